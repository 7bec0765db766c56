from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from kinelab.cameras.synchronise import find_offsets
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.errors import InputError
from kinelab.files.calibration import CameraCalibration

Cameras = tuple[CameraCalibration, ...]
Film = Callable[..., list[Keypoints]]


def shifted(track: Keypoints, late_s: float) -> Keypoints:
    """The same recording by a clock that is late."""
    return replace(track, time_s=track.time_s + late_s)


@pytest.mark.parametrize("n", [2, 4])
def test_offsets_are_found_without_calibration(cameras: Cameras, film: Film, n: int) -> None:
    true = [0.0, 0.2, -0.35, 0.013][:n]
    tracks = [shifted(t, s) for t, s in zip(film(cameras[:n]), true, strict=True)]
    found = find_offsets([c.name for c in cameras[:n]], tracks)
    np.testing.assert_allclose(found.offset_s, true, atol=0.05)  # three frames


def test_a_calibration_finds_fractions_of_a_frame_and_says_how_sure(cameras: Cameras, film: Film) -> None:
    true = np.array([0.0, 0.1037, -0.0512, 0.007])
    tracks = [shifted(t, s) for t, s in zip(film(cameras), true, strict=True)]
    found = find_offsets([c.name for c in cameras], tracks, cameras)
    np.testing.assert_allclose(found.offset_s, true, atol=0.0015)
    assert (np.abs(found.offset_s - true)[1:] < 4 * found.sd_s[1:]).all()
    assert (found.sd_s[1:] < 0.003).all()


def test_unequal_frame_rates_are_brought_into_step(cameras: Cameras, film: Film) -> None:
    tracks = film(cameras[:3])
    third = tracks[2]
    half = replace(
        third, time_s=third.time_s[::2] + 0.08, position=third.position[::2],
        confidence=third.confidence[::2], sd=None,
    )  # fmt: skip
    found = find_offsets([c.name for c in cameras[:3]], [tracks[0], tracks[1], half], cameras)
    np.testing.assert_allclose(found.offset_s, [0, 0, 0.08], atol=0.003)


def test_noise_is_not_sure_of_anything(cameras: Cameras, film: Film) -> None:
    tracks = film(cameras[:2])
    rng = np.random.default_rng(0)
    tracks[1] = replace(tracks[1], position=rng.uniform(0, 1000, tracks[1].position.shape))
    found = find_offsets(["a", "b"], tracks)
    assert not found.sure.any()
    assert "not sure: no peak stands out" in found.said()[1]


def test_what_cannot_be_used_is_said(cameras: Cameras, film: Film) -> None:
    tracks = film(cameras[:2])
    with pytest.raises(InputError, match="1 recording; there is nothing to bring into step"):
        find_offsets(["a"], tracks[:1])
    short = [
        replace(t, time_s=t.time_s[:30], position=t.position[:30], confidence=t.confidence[:30], sd=None)
        for t in tracks
    ]
    with pytest.raises(InputError, match=r"recordings of 0\.50 and 0\.50 s are too short"):
        find_offsets(["a", "b"], short)
    other = Skeleton("other", tuple(f"point_{k}" for k in range(17)))
    with pytest.raises(InputError, match="no name in common"):
        find_offsets(["a", "b"], [tracks[0], replace(tracks[1], skeleton=other)])
    with pytest.raises(InputError, match="no calibration of b; the file has cam_01"):
        find_offsets(["cam_01", "b"], tracks, cameras)
