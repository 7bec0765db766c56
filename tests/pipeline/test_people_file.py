from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import COCO_17
from kinelab.detection.person_track import PersonTrack
from kinelab.errors import FileFormatError
from kinelab.pipeline.people_file import load_people, save_people


def track(number: int, frames: range, seed: int) -> PersonTrack:
    rng = np.random.default_rng(seed)
    n = len(frames)
    position = rng.uniform(0, 500, (n, 17, 2))
    position[0, 3] = np.nan
    confidence = rng.uniform(size=(n, 17))
    confidence[0, 3] = np.nan
    keypoints = Keypoints(
        COCO_17, np.array(frames) / 30, position, confidence, "px", rng.uniform(size=(n, 17))
    )
    low = rng.uniform(0, 100, (n, 2))
    return PersonTrack(
        number,
        np.array(frames),
        np.concatenate([low, low + 50], axis=1),
        rng.uniform(size=n),
        keypoints,
        rng.integers(0, 255, (320, 160, 3)).astype(np.uint8),
        (640, 480),
    )


def test_tracks_come_back_as_they_went(tmp_path: Path) -> None:
    tracks = [track(1, range(5), 1), track(3, range(2, 12), 2)]
    save_people(tracks, tmp_path / "people.nc")
    for before, after in zip(tracks, load_people(tmp_path / "people.nc"), strict=True):
        assert after.id == before.id
        assert after.size_px == before.size_px
        assert after.keypoints.skeleton == before.keypoints.skeleton
        for name in ("frame_index", "box", "score", "thumbnail"):
            np.testing.assert_array_equal(getattr(after, name), getattr(before, name))
        for name in ("time_s", "position", "confidence", "sd"):
            np.testing.assert_array_equal(getattr(after.keypoints, name), getattr(before.keypoints, name))


def test_another_file_is_refused(tmp_path: Path) -> None:
    xr.Dataset({"x": ("t", [1.0])}).to_netcdf(tmp_path / "other.nc", engine="h5netcdf")
    with pytest.raises(FileFormatError, match="not a 'kinelab people 1' file"):
        load_people(tmp_path / "other.nc")
