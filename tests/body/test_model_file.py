from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kinelab.body.model_file import load_model, open_model, save_model
from kinelab.body.osim import read_osim
from kinelab.errors import FileFormatError, OutputError

if TYPE_CHECKING:
    from .conftest import Osim

Write = Callable[[str], Path]


def assert_same(one: Any, other: Any) -> None:
    """Field by field, to the last bit."""
    assert type(one) is type(other)
    if is_dataclass(one):
        for part in fields(one):
            assert_same(getattr(one, part.name), getattr(other, part.name))
    elif isinstance(one, tuple):
        assert len(one) == len(other)
        for mine, theirs in zip(one, other, strict=True):
            assert_same(mine, theirs)
    elif isinstance(one, np.ndarray):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    else:
        assert one == other


@pytest.mark.parametrize("seed", range(20))
def test_a_model_comes_back_to_the_last_bit(
    seed: int, osim: type[Osim], written: Write, tmp_path: Path
) -> None:
    model = read_osim(written(osim.random(seed)))
    save_model(model, tmp_path / "model.json")
    assert_same(load_model(tmp_path / "model.json"), model)


def test_loading_needs_no_opensim(osim: type[Osim], written: Write, tmp_path: Path) -> None:
    save_model(read_osim(written(osim.random(7))), tmp_path / "model.json")
    code = (
        "import sys; sys.modules['opensim'] = None\n"
        "from kinelab.body.model_file import open_model\n"
        f"print(open_model({str(tmp_path / 'model.json')!r}).name)"
    )
    run = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True)
    assert run.stdout == "made\n"


def test_the_suffix_chooses_the_reader(osim: type[Osim], written: Write, tmp_path: Path) -> None:
    path = written(osim.random(7))
    model = open_model(path)
    save_model(model, tmp_path / "MODEL.JSON")
    assert_same(open_model(tmp_path / "MODEL.JSON"), model)
    with pytest.raises(FileFormatError, match=r"a model's file ends in .osim or .json, not in .trc"):
        open_model(tmp_path / "walk.trc")


def test_files_that_are_no_model(osim: type[Osim], written: Write, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    with pytest.raises(FileFormatError, match=r"cannot be read .*No such file"):
        load_model(path)
    path.write_text('{"format": "kinelab')
    with pytest.raises(FileFormatError, match="this is no JSON, or it was cut off"):
        load_model(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileFormatError, match="this is no JSON"):
        load_model(path)
    path.write_text("[1, 2]")
    with pytest.raises(FileFormatError, match="this JSON holds no model"):
        load_model(path)


def test_parts_that_are_missing_or_wrong_are_named(osim: type[Osim], written: Write, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    pin = osim.joint("PinJoint", "hinge", ("/ground", "/bodyset/a"), ["q"])
    save_model(read_osim(written(osim.model(["a"], [pin]))), path)

    def changed(change: Callable[[Any], object]) -> Path:
        document = json.loads(path.read_text())
        change(document)
        (tmp_path / "changed.json").write_text(json.dumps(document))
        return tmp_path / "changed.json"

    with pytest.raises(FileFormatError, match="is of version 2; this kinelab reads 1, update kinelab"):
        load_model(changed(lambda d: d.update(version=2)))
    with pytest.raises(FileFormatError, match="a part of the model has no 'parent'"):
        load_model(changed(lambda d: d["model"]["joints"][0].pop("parent")))
    with pytest.raises(FileFormatError, match="joint hinge hangs on moon, which is no body"):
        load_model(changed(lambda d: d["model"]["joints"][0].update(parent="moon")))
    with pytest.raises(FileFormatError, match="a part of the model is not of its kind"):
        load_model(changed(lambda d: d["model"]["bodies"][0].update(inertia_kgm2=[1, 2])))
    with pytest.raises(FileFormatError, match="a part of the model is not of its kind"):
        load_model(changed(lambda d: d.update(model=[])))


def test_a_folder_that_cannot_be_is_said(osim: type[Osim], written: Write) -> None:
    path = written(osim.random(7))
    with pytest.raises(OutputError, match="part of its path is a file"):
        save_model(read_osim(path), path / "model.json")
