"""Virtual cameras, found again from a virtual person who walks about between them."""

from __future__ import annotations

import argparse
import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.cameras.rig import distances_of
from kinelab.cameras.stature import standing_height
from kinelab.cli import calibrate as command
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import COCO_17
from kinelab.errors import InputError
from kinelab.files import native
from kinelab.files.calibration import (
    WORLD_FROM_GROUND,
    CameraCalibration,
    read_calibration,
    write_calibration,
)
from kinelab.geometry.projection import project_view
from kinelab.pipeline.calibration_run import CAMERAS, SUMMARY, TEXT
from kinelab.virtual_lab.cameras.calibrated import calibration_of
from kinelab.virtual_lab.cameras.rig import ring

pytest.importorskip("cv2")
_RATE_HZ = 60.0
_LATE_S = (0.0, 0.1, 0.0, -0.05)


def straight_ring() -> tuple[CameraCalibration, ...]:
    return tuple(replace(calibration_of(camera), distortions=np.zeros(5)) for camera in ring(4))


def walking_m(standing_m: np.ndarray) -> np.ndarray:
    """(180, 17, 3) m: a person who turns and walks about at an uneven pace, each limb in its own way."""
    rng = np.random.default_rng(4)
    time = np.arange(180) / _RATE_HZ
    at = time + 0.25 * np.sin(2 * np.pi * 0.31 * time) + 0.06 * np.sin(2 * np.pi * 1.3 * time)
    phase = rng.uniform(0, 2 * np.pi, (17, 3))
    points = standing_m + 0.06 * np.sin(2 * np.pi * 0.9 * at[:, None, None] + phase)
    turn = Rotation.from_rotvec(np.outer(0.8 * at, [0.0, 1.0, 0.0])).as_matrix()
    way = np.stack([0.8 * np.sin(0.9 * at), 0 * at, 0.7 * np.cos(1.1 * at)], axis=1)
    return np.einsum("tij,tkj->tki", turn, points) + way[:, None]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory, standing_m: np.ndarray) -> tuple[Path, float]:
    """A folder with what each camera saw, two of them by other clocks, and the person's height."""
    folder, person = tmp_path_factory.mktemp("films"), walking_m(standing_m)
    rng = np.random.default_rng(0)
    time_s = np.arange(len(person)) / _RATE_HZ
    seen = np.ones(person.shape[:2])
    for camera, late_s in zip(straight_ring(), _LATE_S, strict=True):
        px = project_view(camera.view, person @ WORLD_FROM_GROUND.T) + rng.normal(0, 1.5, (*seen.shape, 2))
        native.save(Keypoints(COCO_17, time_s + late_s, px, 0.9 * seen, "px"), folder / f"{camera.name}.nc")
    height_m = standing_height(Keypoints(COCO_17, time_s, person, seen, "m"))
    assert height_m is not None
    return folder, height_m


def calibrate(*given: object) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args([str(part) for part in given]))


def test_cameras_and_their_clocks_are_found_from_a_person(
    films: tuple[Path, float], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, true = tmp_path / "out", straight_ring()
    size = "{}x{}".format(*true[0].size_px)
    assert calibrate(
        films[0], "--person-height-m", films[1], "--picture-size", size, "--sync", "--out", out, "--quiet"
    ) == 0  # fmt: skip
    found = read_calibration(out / CAMERAS)
    expected, apart = distances_of(true), distances_of(found)
    assert apart.keys() == expected.keys()
    np.testing.assert_allclose(list(apart.values()), list(expected.values()), rtol=0.02)
    summary = json.loads((out / SUMMARY).read_text(encoding="utf-8"))
    clocks = [float(line.split(": ")[1].split(" +-")[0]) for line in summary["offsets"]]
    np.testing.assert_allclose(clocks, 1000 * np.array(_LATE_S), atol=3)
    assert summary["offsets_applied"]
    said = tomllib.loads((out / CAMERAS).read_text(encoding="utf-8"))["metadata"]["rests_on"]
    assert said.startswith(f"a person of {films[1]:g} m who moved")
    assert "focal lengths found with the rest" in said
    assert "brought into step by the movement" in said
    for name in ("rig", "errors"):
        assert "cam_03" in (out / f"figures/{name}.svg").read_text(encoding="utf-8")
    assert (out / TEXT).read_text(encoding="utf-8") in capsys.readouterr().out


def test_recordings_out_of_step_are_told_and_left_as_they_are(
    films: tuple[Path, float], tmp_path: Path
) -> None:
    lenses = tmp_path / "lenses.toml"
    write_calibration(lenses, straight_ring())
    calibrate(
        films[0], "--person-height-m", films[1], "--intrinsics", lenses, "--out", tmp_path / "out", "--quiet"
    )
    text = (tmp_path / "out" / TEXT).read_text(encoding="utf-8")
    assert re.search(r"cam_02 shows each moment (8|9|10|11)\d ms \([567] frames\) later", text)
    assert "than the others; bring them into step with --sync" in text
    assert "(not brought into step: --sync)" in text
    assert "lenses of lenses.toml" in text
    found = read_calibration(tmp_path / "out" / CAMERAS)
    for camera, true in zip(found, straight_ring(), strict=True):
        np.testing.assert_allclose(camera.matrix, true.matrix, atol=1e-9)  # the lenses were kept


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], r"what do the films show\? Of a board: --size 7x5 --square-mm 40; of a person"),
        (["--size", "7x5", "--square-mm", "40", "--sync"], "--sync is for calibrating by a person"),
        (["--person-height-m", "1.75", "--floor", "0"], "--floor is for a board, and --person-height-m"),
        (["--person-height-m", "1.75"], r"cam_01\.nc does not say how large the pictures were"),
        (["--person-height-m", "1.75", "--picture-size", "1080p"], "--picture-size is '1080p', expected two"),
        (["--person-height-m", "175", "--picture-size", "1920x1088"], r"height_m is 175, expected 0\.5 to"),
    ],
)
def test_what_cannot_be_used_is_said_and_nothing_is_written(
    films: tuple[Path, float], tmp_path: Path, options: list[str], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        calibrate(films[0], *options, "--out", tmp_path / "out", "--quiet")
    assert not (tmp_path / "out").exists()


def test_recordings_that_are_not_of_this_rig_are_said(films: tuple[Path, float], tmp_path: Path) -> None:
    lenses = tmp_path / "lenses.toml"
    write_calibration(lenses, straight_ring()[:3])
    given = ("--person-height-m", "1.75", "--intrinsics", lenses, "--out", tmp_path / "out", "--quiet")
    with pytest.raises(InputError, match=r"cam_04\.nc: no camera's name is in the file's name"):
        calibrate(films[0], *given)
    with pytest.raises(InputError, match="1 recording given; a place in space needs two cameras"):
        calibrate(films[0] / "cam_01.nc", *given)
    with pytest.raises(InputError, match="two recordings were given for cam_01"):
        calibrate(films[0] / "cam_01.nc", f"cam_01={films[0] / 'cam_02.nc'}", *given)
