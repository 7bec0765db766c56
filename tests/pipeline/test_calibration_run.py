from __future__ import annotations

import argparse
import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from kinelab.cameras.boards import Board
from kinelab.cli import calibrate as command
from kinelab.errors import FileFormatError, InputError
from kinelab.files.calibration import read_calibration
from kinelab.geometry.triangulation import triangulate
from kinelab.pipeline.calibration_pictures import cameras_in, look_for_board
from kinelab.pipeline.calibration_run import CAMERAS, SUMMARY, CalibrationOptions, run_calibration

pytest.importorskip("cv2")


@pytest.mark.shared
def test_real_webcams_and_a_charuco_board(shared_data: Path, tmp_path: Path) -> None:
    """Caliscope's recording: squares of 54 mm. Its own points: 53.72 +- 0.56 mm; ours 54.05 +- 0.8."""
    films = shared_data / "video/calibration_charuco/tests/sessions/post_optimization/calibration/extrinsic"
    board = Board("charuco", 4, 5, 0.054, inverted=True)
    done = run_calibration([str(films)], tmp_path / "out", CalibrationOptions(board, every=2))
    written = tmp_path / "out" / CAMERAS
    assert [camera.name for camera in read_calibration(written)] == [f"cam_{i}" for i in range(4)]
    said = tomllib.loads(written.read_text(encoding="utf-8"))["metadata"]["rests_on"]
    assert said == "charuco board of 4 x 5 squares of 54 mm, lens model radial, lenses found with the rest"
    theirs = read_calibration(films.parents[1] / "config.toml")
    for ours, other in zip(done.cameras, theirs, strict=True):
        # They calibrated each camera by other films.
        assert ours.matrix[1, 1] == pytest.approx(other.matrix[1, 1], rel=0.03)
    summary = json.loads((tmp_path / "out" / SUMMARY).read_text(encoding="utf-8"))
    medians = [said["median_px"] for said in summary["cameras"].values()]
    assert np.median(medians) < 0.5
    # These webcams have no common trigger, which shows most in the one that is farthest from the others.
    assert int(np.argmax(medians)) == 1
    assert any("cam_1 fits the board within" in finding.text for finding in done.findings)
    # Corners of pictures, most of which the calibration has not seen: how far apart are they in space?
    sightings = look_for_board(board, cameras_in([str(films)]), 4, Console(quiet=True))
    px = np.moveaxis(sightings.px, 0, 2)
    points = triangulate([camera.view for camera in done.cameras], px).position_m.reshape(-1, 4, 3, 3)
    sides = [np.linalg.norm(np.diff(points, axis=axis), axis=-1).ravel() for axis in (1, 2)]
    assert 1000 * np.nanmean(np.concatenate(sides)) == pytest.approx(54, abs=0.3)


def test_what_cannot_be_used_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    grey, out = tmp_path / "cam", tmp_path / "out"
    grey.mkdir()
    options = CalibrationOptions(Board("charuco", 5, 4, 0.05))
    with pytest.raises(InputError, match="cam: holds no video"):
        run_calibration([str(grey)], out, options)
    Image.new("RGB", (320, 240), (128, 128, 128)).save(grey / "a.png")
    with pytest.raises(InputError, match=r"cam: the charuco board of 5 x 4 squares of 50 mm was not found"):
        run_calibration([str(grey)], out, options)
    Image.new("RGB", (300, 240)).save(grey / "b.png")
    with pytest.raises(InputError, match="cam: pictures of 320 x 240 and 300 x 240 px; keep one size"):
        run_calibration([str(grey)], out, options)
    (grey / "b.png").write_bytes(b"no picture")
    with pytest.raises(FileFormatError, match="is no picture that can be read"):
        run_calibration([str(grey)], out, options)
    with pytest.raises(InputError, match="no such file or folder"):
        cameras_in([str(tmp_path / "none")])
    with pytest.raises(InputError, match="two cameras are called cam"):
        cameras_in([str(grey), f"cam={grey}"])
    assert not out.exists()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--size", "7by5"], "--size is '7by5', expected two whole numbers such as 7x5"),
        (["--size", "7x5", "--distance", "a", "b", "far"], "--distance ends with 'far', expected metres"),
    ],
)
def test_wrong_options_are_said(tmp_path: Path, given: list[str], told: str) -> None:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    with pytest.raises(InputError, match=told):
        command.run(parser.parse_args([str(tmp_path), "--square-mm", "50", *given]))
