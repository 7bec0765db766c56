"""Shards of drawn people: the same for any number of workers, whole or not there, and read row by row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from kinelab.errors import FileFormatError, InputError
from kinelab.monocular.examples import Examples, make_examples
from kinelab.virtual_lab.sample import FRAMES_PER_PERSON, SampleDesign, make_samples

TINY = SampleDesign(size_px=(32, 32), movements=(("squat", 1.0),), body="solids")
DESIGNS = (TINY, replace(TINY, population="children", movements=(("bow", 1.0),)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("examples")
    make_examples(out, DESIGNS, 3, seed=5, per_shard=2)
    return out


def test_everything_that_is_true_of_a_sample_comes_back(folder: Path) -> None:
    found = Examples(folder)
    assert found.synthetic
    assert len(found) == 4 * FRAMES_PER_PERSON  # rounded up to whole shards of two people
    assert found.movements == ("bow", "squat")
    sample = make_samples(DESIGNS[1], 5, 0, 3)[7]
    row = 3 * FRAMES_PER_PERSON + 7
    np.testing.assert_array_equal(found.images(np.array([row]))[0], sample.image)
    for name in ("coordinates", "scale", "pelvis_rotation", "landmark_px", "marker_m", "seen"):
        np.testing.assert_allclose(found.labels[name][row], getattr(sample, name), rtol=1e-6, atol=1e-6)
    assert found.labels["lens"][row].tolist() == pytest.approx([sample.focal_px, *sample.centre_px])
    assert found.movements[found.labels["movement"][row]] == "bow"


def test_pictures_come_in_the_order_that_was_asked_for(folder: Path) -> None:
    found = Examples(folder)
    rows = np.array([40, 3, 25, 3])
    pictures = found.images(rows)
    for row, picture in zip(rows, pictures, strict=True):
        np.testing.assert_array_equal(picture, found.images(np.array([row]))[0])


def test_what_is_drawn_stays_and_what_is_missing_is_drawn_again_by_any_number_of_workers(
    folder: Path,
) -> None:
    second = folder / "shard_00001.safetensors"
    before, first_time = load_file(second), (folder / "shard_00000.safetensors").stat().st_mtime_ns
    second.unlink()
    make_examples(folder, DESIGNS, 4, seed=5, per_shard=2, workers=2)
    again = load_file(second)
    assert again.keys() == before.keys()
    for name, array in before.items():
        np.testing.assert_array_equal(again[name], array)
    assert (folder / "shard_00000.safetensors").stat().st_mtime_ns == first_time


def test_what_cannot_be_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="people is 0, expected 1 or more"):
        make_examples(tmp_path, DESIGNS, 0, seed=0)
    with pytest.raises(InputError, match="of one size"):
        make_examples(tmp_path, (TINY, replace(TINY, size_px=(64, 64))), 2, seed=0)
    with pytest.raises(InputError, match="no such folder"):
        Examples(tmp_path / "nowhere")
    with pytest.raises(InputError, match="holds no examples"):
        Examples(tmp_path)


def test_a_file_that_is_cut_or_foreign_is_named(folder: Path, tmp_path: Path) -> None:
    whole = (folder / "shard_00000.safetensors").read_bytes()
    (tmp_path / "cut.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FileFormatError, match=r"cut\.safetensors: not a whole safetensors file"):
        Examples(tmp_path)
    (tmp_path / "cut.safetensors").unlink()
    save_file({"image": np.zeros((1, 2, 2, 3), np.uint8)}, tmp_path / "other.safetensors", {"format": "x"})
    with pytest.raises(FileFormatError, match="holds no 'kinelab examples 1'; it lacks coordinates"):
        Examples(tmp_path)
