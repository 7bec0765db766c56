from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest

import kinelab


def test_names_are_sorted_and_there_once() -> None:
    assert kinelab.__all__ == sorted(set(kinelab.__all__))
    assert set(dir(kinelab)) == {*kinelab.__all__, "__version__"}


@pytest.mark.parametrize("name", kinelab.__all__)
def test_each_name_is_loaded_from_its_room_and_documented(name: str) -> None:
    thing = getattr(kinelab, name)
    assert inspect.getdoc(thing)
    assert getattr(importlib.import_module(thing.__module__), thing.__name__) is thing


def test_type_checkers_see_the_same_names() -> None:
    source = Path(kinelab.__file__).read_text()
    assert sorted(re.findall(r"^    from kinelab\.\S+ import \w+ as (\w+)$", source, re.M)) == kinelab.__all__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'kinelab' has no attribute 'analyse'"):
        _ = kinelab.analyse
