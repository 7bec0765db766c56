"""What is written is read back, by kinelab's reader and by ezc3d's own view of the file."""

from __future__ import annotations

from pathlib import Path

import ezc3d
import numpy as np
import pytest

from kinelab.core.events import GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.errors import InputError
from kinelab.files.c3d import read_c3d
from kinelab.files.c3d_writer import write_c3d


def trial(start_s: float = 0.0) -> Keypoints:
    """Three markers, 1 s at 120 Hz; the second hidden for ten frames."""
    rng = np.random.default_rng(0)
    position = rng.normal(0.9, 0.3, (120, 3, 3))
    position[30:40, 1] = np.nan
    confidence = np.where(np.isnan(position[..., 0]), np.nan, 1.0)
    names = Skeleton("three", ("RASI", "LASI", "C7"))
    return Keypoints(names, start_s + np.arange(120) / 120, position, confidence, unit="m")


def test_markers_gaps_and_events_come_back(tmp_path: Path) -> None:
    events = GaitEvents(
        ("right", "left", "right"), ("ic", "ic", "to"), [0.1, 0.55, 61.25], [0.0] * 3, ("lab",) * 3
    )
    write_c3d(trial(), tmp_path / "t.c3d", events)
    again = read_c3d(tmp_path / "t.c3d")
    np.testing.assert_allclose(again.markers.position, trial().position, atol=1e-6)
    np.testing.assert_array_equal(again.markers.seen, trial().seen)
    np.testing.assert_allclose(again.markers.time_s, trial().time_s, atol=1e-9)
    assert again.markers.skeleton.landmarks == ("RASI", "LASI", "C7")
    assert (again.events.side, again.events.kind) == (events.side, events.kind)
    np.testing.assert_allclose(again.events.time_s, events.time_s, atol=1e-4)
    assert again.up == "+y"
    assert ezc3d.c3d(str(tmp_path / "t.c3d"))["parameters"]["POINT"]["UNITS"]["value"] == ["mm"]


def test_a_trial_that_was_cut_keeps_its_times(tmp_path: Path) -> None:
    write_c3d(trial(start_s=0.5), tmp_path / "t.c3d")
    np.testing.assert_allclose(read_c3d(tmp_path / "t.c3d").markers.time_s[0], 0.5, atol=1e-9)


def test_a_trial_of_a_virtual_person_says_so(tmp_path: Path) -> None:
    write_c3d(trial(), tmp_path / "t.c3d", synthetic=True)
    told = ezc3d.c3d(str(tmp_path / "t.c3d"))["parameters"]["MANUFACTURER"]["SOFTWARE"]["value"]
    assert told == ["Synthetic: a computer made this; nobody was recorded."]
    np.testing.assert_array_equal(read_c3d(tmp_path / "t.c3d").markers.seen, trial().seen)


def test_what_is_no_marker_trial_is_refused(tmp_path: Path) -> None:
    flat = Keypoints(Skeleton("s", ("a",)), [0.0, 0.1], np.zeros((2, 1, 2)), np.ones((2, 1)))
    with pytest.raises(InputError, match=r"in space: \(T, K, 3\) m, not \(2, 1, 2\) px"):
        write_c3d(flat, tmp_path / "t.c3d")
    names = Skeleton("many", tuple(f"m{i}" for i in range(300)))
    many = Keypoints(names, [0.0, 0.1], np.zeros((2, 300, 3)), np.ones((2, 300)), unit="m")
    with pytest.raises(InputError, match="300 markers at 10 Hz; a C3D takes up to 255, at a rate"):
        write_c3d(many, tmp_path / "t.c3d")
