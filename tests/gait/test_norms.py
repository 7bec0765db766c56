"""Norm sets as files and by their names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from kinelab.errors import FileFormatError, InputError
from kinelab.gait.norms import ARRAYS, NormLabel, NormSet, load_norms, save_norms
from kinelab.gait.norms_making import make_norms
from kinelab.gait.norms_store import DEFAULT, FOLDER_VARIABLE, add_norms, find_norms, norm_files


@pytest.fixture(scope="module")
def norms() -> NormSet:
    rng = np.random.default_rng(3)
    label = NormLabel("ours", "1", "here", "Plug-in Gait", "adults", 5, "our ward", "not for others", "these")
    return make_norms(label, rng.normal(0, 5, (5, 2, 9, 101)))


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "mine"))
    return tmp_path / "mine"


def test_what_is_saved_comes_back(norms: NormSet, tmp_path: Path) -> None:
    save_norms(norms, tmp_path / "a.safetensors")
    again = load_norms(tmp_path / "a.safetensors")
    assert (again.label, again.variables) == (norms.label, norms.variables)
    for kind in ("measured", "offset_free"):
        for name in ARRAYS:
            ours, theirs = (getattr(getattr(one, kind), name) for one in (norms, again))
            assert theirs == pytest.approx(ours, rel=1e-6, abs=1e-5)


def test_a_set_is_added_under_its_name_once(norms: NormSet, tmp_path: Path, own_folder: Path) -> None:
    file = tmp_path / "any.safetensors"
    save_norms(norms, file)
    assert set(norm_files()) == {DEFAULT}
    add_norms(file)
    assert set(norm_files()) == {DEFAULT, "ours"}
    assert find_norms("ours").label == find_norms(file).label == norms.label
    with pytest.raises(InputError, match="there is a norm set ours already"):
        add_norms(file)
    add_norms(file, replace=True)
    assert [path.name for path in own_folder.iterdir()] == ["ours.safetensors"]


def test_a_set_that_is_replaced_is_read_anew(norms: NormSet, tmp_path: Path) -> None:
    file = tmp_path / "any.safetensors"
    save_norms(norms, file)
    assert find_norms(file) is find_norms(file)
    save_norms(replace(norms, label=replace(norms.label, version="2")), file)
    assert find_norms(file).label.version == "2"


def test_refusals(norms: NormSet, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"no norm set 'theirs'; there are {DEFAULT}"):
        find_norms("theirs")
    with pytest.raises(InputError, match=r"a norm set is a \.safetensors file"):
        save_norms(norms, tmp_path / "a.json")
    with pytest.raises(FileFormatError, match="there is no such norm set"):
        load_norms(tmp_path / "none.safetensors")
    text = tmp_path / "text.safetensors"
    text.write_text("hello")
    with pytest.raises(FileFormatError, match="is not a safetensors file"):
        load_norms(text)
    other = tmp_path / "other.safetensors"
    other.write_bytes(save({"a": np.zeros(2, np.float32)}, metadata={"format": "kinelab network 1"}))
    with pytest.raises(FileFormatError, match="its format is 'kinelab network 1'"):
        load_norms(other)
    hollow = tmp_path / "hollow.safetensors"
    hollow.write_bytes(save({"a": np.zeros(2, np.float32)}, metadata={"format": "kinelab norms 1"}))
    with pytest.raises(
        FileFormatError, match=r"is no valid norm set \('measured/mean_deg'\); it was altered"
    ):
        load_norms(hollow)
