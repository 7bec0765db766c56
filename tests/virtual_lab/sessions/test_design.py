"""Designs check themselves, deal people into groups, and keep their random numbers apart."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.virtual_lab.sessions.design import Filming, LabDesign, Marking, Sensing, Task, rng_of


def test_everyone_is_in_one_group_of_the_asked_size() -> None:
    design = LabDesign(people=90, split=(63, 3, 16), seed=5)
    groups = Counter(design.group_of(person) for person in range(90))
    assert groups == {"train": 63 + 8, "validation": 3, "test": 16}
    first = [design.group_of(person) for person in range(16)]
    assert set(first) != {"test"}  # dealt, not cut off
    assert first == [design.group_of(person) for person in range(16)]
    assert LabDesign(people=3).group_of(2) == "all"
    few = LabDesign(people=5, split=(63, 3, 16), seed=5)  # the first five of that study
    assert [few.group_of(person) for person in range(5)] == first[:5]


def test_random_numbers_of_different_things_are_unrelated_and_repeatable() -> None:
    draws = [rng_of(3, *place).standard_normal(2000) for place in ((1, 0), (1, 1), (2, 0), (1, 0, 0))]
    together = np.corrcoef(draws)[np.triu_indices(4, 1)]
    assert np.abs(together).max() < 0.09  # 4 sd of a correlation of 2,000
    np.testing.assert_array_equal(draws[0], rng_of(3, 1, 0).standard_normal(2000))


def test_a_design_is_plain_data_without_folders(tmp_path: Path) -> None:
    design = LabDesign(
        tasks=(Task("motion", motion_file=tmp_path / "clip.bvh"),),
        filming=Filming(backgrounds=tmp_path / "streets"),
    )
    text = json.dumps(design.as_data())
    assert str(tmp_path) not in text
    assert "clip.bvh" in text
    assert "streets" in text


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LabDesign(people=0), "people is 0, expected 1 to 100000"),
        (lambda: LabDesign(people=5, split=(3, -1, 1)), r"split is \(3, -1, 1\), expected numbers of people"),
        (lambda: LabDesign(seed=-1), "seed is -1, expected 0 or more"),
        (lambda: LabDesign(tasks=()), "no task is named"),
        (lambda: LabDesign(days=0), "days is 0"),
        (lambda: Task("walk", duration_s=0), r"duration_s is 0, expected 0\.1 to 3600"),
        (lambda: Task("walk", dose=(0.5, 0.2)), r"dose is \(0\.5, 0\.2\), expected 0 to 1, low first"),
        (lambda: Task("walk", trials=0), "trials is 0"),
        (lambda: Task("walk", share=2.0), "share is 2"),
        (lambda: Filming(cameras=()), "no camera is named"),
        (lambda: Filming(cameras=("back", "back")), "back"),
        (lambda: Filming(size_px=(10, 10)), r"size_px is \(10, 10\), expected 64 to 4096"),
        (lambda: Filming(rate_hz=0), "rate_hz is 0"),
        (lambda: Filming(height_m=46), r"height_m is 46, expected 0\.05 to 5 \(metres\)"),
        (lambda: Sensing(form="mat"), "form is 'mat', allowed are 'csv', 'npz', 'xsens', 'opensense'"),
        (lambda: Marking(form="csv"), "form is 'csv', allowed are 'trc', 'c3d'"),
        (lambda: Filming(others=50), "others is 50, expected 0 to 8"),
        (lambda: Sensing(segments=()), "no segment is named"),
        (lambda: Sensing(rate_hz=3), "rate_hz is 3"),
        (lambda: Marking(raters=9), "raters is 9"),
        (lambda: Marking(skin="wood"), "skin is 'wood'"),
    ],
)
def test_nonsense_is_refused(make: object, message: str) -> None:
    assert callable(make)
    with pytest.raises(InputError, match=message):
        make()
