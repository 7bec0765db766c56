from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import COCO_17, GAIT_20, Skeleton
from kinelab.errors import FileFormatError, InputError
from kinelab.files.keypoint_files import KeypointFormat, read_keypoints, write_keypoints

FORMATS: dict[str, KeypointFormat] = {
    "a.nc": "native",
    "a.csv": "csv",
    "d.h5": "deeplabcut",
    "d.csv": "deeplabcut",
    "s.slp": "sleap",
    "s.analysis.h5": "sleap",
    "c.json": "coco",
    "folder": "openpose",
}


def keypoints() -> Keypoints:
    position = np.random.default_rng(5).uniform(100, 500, (17, 2)) + 2.0 * np.arange(8)[:, None, None]
    position[2, 3] = np.nan
    position[4] = np.nan
    confidence = np.where(np.isfinite(position[..., 0]), 0.75, np.nan)
    return Keypoints(COCO_17, np.arange(8) / 50, position, confidence)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_the_same_keypoints_behind_the_door(name: str, tmp_path: Path) -> None:
    noun = keypoints()
    write_keypoints(noun, tmp_path / name, FORMATS[name])
    read = read_keypoints(tmp_path / name, rate_hz=None if name in ("a.nc", "a.csv") else 50.0)
    assert read.skeleton == noun.skeleton
    for field in ("time_s", "position", "confidence"):
        np.testing.assert_allclose(getattr(read, field), getattr(noun, field), rtol=1e-12)
    assert [p.name for p in tmp_path.iterdir()] == [name]  # nothing half-written lies about


@pytest.mark.parametrize("name", ["d.h5", "d.csv", "s.slp", "c.json", "folder"])
def test_files_of_frame_numbers_ask_for_the_rate_and_refuse_metres(name: str, tmp_path: Path) -> None:
    write_keypoints(keypoints(), tmp_path / name, FORMATS[name])
    with pytest.raises(InputError, match="holds frame numbers and no times; give the video's frame rate"):
        read_keypoints(tmp_path / name)
    metres = Keypoints(GAIT_20, [0.0], np.ones((1, 20, 3)), np.ones((1, 20)), unit="m")
    with pytest.raises(InputError, match=r"hold 2D pixels, these are 3D positions in m; write \.nc"):
        write_keypoints(metres, tmp_path / f"new_{name}", FORMATS[name])


def test_metres_go_through_trc_csv_and_native(tmp_path: Path) -> None:
    position = np.random.default_rng(1).normal(size=(5, 20, 3))
    metres = Keypoints(GAIT_20, np.arange(5) / 100, position, np.ones((5, 20)), unit="m")
    for name, kind in {"a.trc": "trc", "a.csv": "csv", "a.nc": "native"}.items():
        write_keypoints(metres, tmp_path / name, kind)  # type: ignore[arg-type]
        np.testing.assert_allclose(read_keypoints(tmp_path / name).position, position, rtol=1e-12)


def test_names_are_mapped_and_a_landmark_set_can_be_picked(tmp_path: Path) -> None:
    names = ("tail", *(n.replace("left_", "L").replace("right_", "R") for n in reversed(COCO_17.landmarks)))
    noun = Keypoints(
        Skeleton("odd", names), np.arange(2.0), np.arange(72.0).reshape(2, 18, 2), np.ones((2, 18))
    )
    write_keypoints(noun, tmp_path / "a.csv", "csv")
    assert read_keypoints(tmp_path / "a.csv").skeleton.landmarks[:3] == ("tail", "right_ankle", "left_ankle")
    picked = read_keypoints(tmp_path / "a.csv", skeleton="coco17")
    assert picked.skeleton == COCO_17
    np.testing.assert_array_equal(picked.of("right_ankle"), noun.of("Rankle"))
    np.testing.assert_array_equal(picked.of("nose"), noun.of("nose"))
    with pytest.raises(FileFormatError, match=r"lacks head, neck, .* of the landmark set 'gait20'"):
        read_keypoints(tmp_path / "a.csv", skeleton="gait20")
    with pytest.raises(InputError, match="unknown landmark set 'coco18'; known are"):
        read_keypoints(tmp_path / "a.csv", skeleton="coco18")


def test_what_the_door_does_not_open(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="no such file"):
        read_keypoints(tmp_path / "none.csv")
    (tmp_path / "a.xlsx").write_text("")
    with pytest.raises(FileFormatError, match=r"unknown kind of keypoint file; accepted are DeepLabCut \.h5"):
        read_keypoints(tmp_path / "a.xlsx")
    write_keypoints(keypoints(), tmp_path / "a.nc", "native")
    with pytest.raises(InputError, match="has times of its own and one person; leave rate_hz"):
        read_keypoints(tmp_path / "a.nc", rate_hz=30.0)
    with pytest.raises(InputError, match="unknown format 'c3d'; known are native, csv"):
        write_keypoints(keypoints(), tmp_path / "a.c3d", "c3d")  # type: ignore[arg-type]
    (tmp_path / "a.h5").write_text("no HDF5")
    with pytest.raises(FileFormatError, match="cannot be read as HDF5"):
        read_keypoints(tmp_path / "a.h5", rate_hz=30.0)


@pytest.mark.shared
def test_real_files_come_through_the_door_in_our_vocabulary(shared_data: Path) -> None:
    mouse = read_keypoints(
        shared_data / "labelled/openfield/labeled-data/m4s1/CollectedData_Pranav.h5", rate_hz=30.0
    )
    assert mouse.skeleton.landmarks == ("snout", "left_ear", "right_ear", "tailbase")
    people = read_keypoints(shared_data / "labelled/lspet_250/CollectedData_LSPET.csv", rate_hz=1.0)
    assert people.n == 250
    assert people.skeleton.has("left_hip", "right_ankle", "head", "neck")
    markers = read_keypoints(
        shared_data / "video/pose2sim_demo/single/pose-3d/S00_P00_T01_BalancingTrial_0-100.trc"
    )
    assert markers.skeleton.has("left_hip", "right_big_toe", "left_small_toe", "right_heel", "nose", "head")
    thigh = np.linalg.norm(markers.of("left_hip") - markers.of("left_knee"), axis=1)
    assert 0.3 < np.nanmedian(thigh) < 0.5  # m, a grown person's
