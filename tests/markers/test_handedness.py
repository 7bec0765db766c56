from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.markers.handedness import handedness
from kinelab.markers.names import mirror_pairs
from kinelab.markers.trial import read_trial


def test_a_person_is_right_handed(walker: Keypoints) -> None:
    assert handedness(walker) == ()


def test_all_sides_exchanged_or_a_left_handed_frame_is_told(walker: Keypoints) -> None:
    other = {a: b for pair in mirror_pairs(walker.skeleton.landmarks) for a, b in (pair, pair[::-1])}
    names = tuple(other.get(name, name) for name in walker.skeleton.landmarks)
    exchanged = dataclasses.replace(walker, skeleton=Skeleton("x", names))
    mirrored = dataclasses.replace(walker, position=walker.position * [1, 1, -1])
    for wrong in (exchanged, mirrored):
        (found,) = handedness(wrong)
        assert found.level == "warning"
        assert "the toes point backwards" in found.text


def test_without_feet_or_pairs_nothing_is_said(walker: Keypoints) -> None:
    nameless = Skeleton("x", tuple(f"m{i}" for i in range(len(walker.skeleton))))
    assert handedness(dataclasses.replace(walker, skeleton=nameless)) == ()
    lost = walker.position.copy()
    lost[:, [i for i, name in enumerate(walker.skeleton.landmarks) if name.endswith("HEE")]] = np.nan
    assert handedness(dataclasses.replace(walker, position=lost)) == ()


@pytest.mark.shared
def test_no_real_trial_is_accused(shared_data: Path) -> None:
    for path in (*sorted((shared_data / "gait").rglob("*.c3d")), *sorted(shared_data.rglob("*.trc"))):
        assert handedness(read_trial(path).markers) == (), path
