"""Errors travel between processes as they are: the workers of a study raise them."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from kinelab import errors
from kinelab.errors import FileFormatError, KinelabError, MissingExtraError, OutputError

ERRORS = [
    FileFormatError("./a b.trc", "is no .trc", row=3),
    FileFormatError(Path("x.mot"), "is empty"),
    MissingExtraError("reading .osim", "opensim"),
    OutputError("cannot write x: the disk is full"),
    *(kind("what was found") for kind in vars(errors).values()
      if isinstance(kind, type) and issubclass(kind, KinelabError)
      and kind not in (FileFormatError, MissingExtraError)),
]  # fmt: skip


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_comes_out_of_a_pickle_as_it_went_in(error: KinelabError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)
    assert again.args == error.args
