"""A virtual walk seen by four cameras, from files to joint angles; and the real demo, from video."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.cli import multicamera as command
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import COCO_17
from kinelab.errors import InputError
from kinelab.files import native
from kinelab.files.calibration import (
    WORLD_FROM_GROUND,
    CameraCalibration,
    Worth,
    read_worth,
    write_calibration,
)
from kinelab.files.landmark_names import map_landmarks
from kinelab.files.opensim_files import read_mot, read_trc
from kinelab.geometry.projection import project_view
from kinelab.pipeline.multicamera import SUMMARY, TRC, run_multicamera
from kinelab.pipeline.multicamera_inputs import MulticameraOptions
from kinelab.virtual_lab.cameras.calibrated import calibration_of
from kinelab.virtual_lab.cameras.rig import ring


@pytest.fixture(scope="module")
def person_m(standing_m: np.ndarray) -> np.ndarray:
    """(90, 17, 3) m: a person who stands, sways and lifts the wrists."""
    time = np.arange(90) / 60
    points = np.empty((90, 17, 3))
    for k, name in enumerate(COCO_17.landmarks):
        x, y, z = standing_m[k]
        side = -1 if name.startswith("left_") else 1
        lift = 0.3 * np.sin(2 * np.pi * time + side) * name.endswith("wrist")
        sway = 0.05 * y * np.sin(3 * time)
        points[:, k] = np.stack([x + sway, np.full(90, y) + lift, np.full(90, z)], axis=1)
    return points


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory, person_m: np.ndarray) -> Path:
    """A folder with cameras.toml and a landmark file for each camera."""
    folder = tmp_path_factory.mktemp("rig")
    cameras = [calibration_of(camera) for camera in ring(4)]
    write_calibration(folder / "cameras.toml", cameras, Worth(0.3, adjusted=True, rests_on="a laboratory"))
    for camera in cameras:
        native.save(seen(camera, person_m), folder / f"{camera.name}.nc")
    return folder


def seen(camera: CameraCalibration, person_m: np.ndarray) -> Keypoints:
    rng = np.random.default_rng(len(camera.name))
    px = project_view(camera.view, person_m @ WORLD_FROM_GROUND.T)
    px = px + rng.standard_normal(px.shape)
    shape = px.shape[:2]
    return Keypoints(COCO_17, np.arange(len(px)) / 60, px, np.full(shape, 0.9), "px", np.full(shape, 1.0))


def files(folder: Path) -> list[str]:
    return [str(path) for path in sorted(folder.glob("cam_*.nc"))]


def test_a_person_in_space_with_angles_and_figures(rig: Path, tmp_path: Path, person_m: np.ndarray) -> None:
    out = tmp_path / "out"
    done = run_multicamera(rig / "cameras.toml", files(rig), out)
    assert read_worth(out / "cameras.toml") == Worth(0.3, adjusted=True, rests_on="a laboratory")
    trc = read_trc(out / TRC)
    np.testing.assert_allclose(trc.position, person_m, atol=0.012)
    assert trc.rate_hz == pytest.approx(60)
    assert done.summary["findings"][0]["text"].startswith("the cameras agree")
    angles = read_mot(out / "ik/kinematics.mot")
    knee = angles.angle_deg[:, angles.names.index("knee_angle_r")]
    assert np.abs(knee - np.median(knee)).max() < 6  # the knees never bend
    for name in ("cameras", "errors"):
        svg = (out / f"figures/{name}.svg").read_text(encoding="utf-8")
        assert "cam_01" in svg
    before = (out / SUMMARY).stat().st_mtime_ns
    run_multicamera(rig / "cameras.toml", files(rig), out)  # finds what is done
    assert (out / SUMMARY).stat().st_mtime_ns == before


def test_the_command_says_what_is_wrong_between_the_cameras(
    rig: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    late = native.load_as(Keypoints, rig / "cam_03.nc")
    for number in (1, 2, 4):
        native.save(native.load_as(Keypoints, rig / f"cam_0{number}.nc"), tmp_path / f"cam_0{number}.nc")
    native.save(replace(late, position=late.position + np.array([60, 0])), tmp_path / "cam_03.nc")
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    given = [str(rig / "cameras.toml"), str(tmp_path), "--out", str(tmp_path / "out"), "--no-ik", "--quiet"]
    assert command.run(parser.parse_args(given)) == 0
    assert "cam_03 sees everything 60 px off" in capsys.readouterr().out
    summary = json.loads((tmp_path / "out" / SUMMARY).read_text(encoding="utf-8"))
    assert summary["median_error_px"]["cam_03"] > 30


def test_what_cannot_be_used_is_said_and_nothing_is_written(rig: Path, tmp_path: Path) -> None:
    toml, out = rig / "cameras.toml", tmp_path / "out"
    first, second, *_ = files(rig)
    cases: list[tuple[list[str], str]] = [
        ([first], "1 recording given; a place in space needs two cameras or more"),
        ([first, str(tmp_path / "none.nc")], "none.nc: no such file"),
        ([first, f"side={second}"], "has no camera side; it has cam_01, cam_02"),
        ([first, f"cam_01={second}"], "two recordings were given for cam_01"),
    ]
    for given, told in cases:
        with pytest.raises(InputError, match=told):
            run_multicamera(toml, given, out)
    plain = tmp_path / "walk.nc"
    plain.write_bytes((rig / "cam_01.nc").read_bytes())
    with pytest.raises(InputError, match=r"walk\.nc: no camera's name is in the file's name"):
        run_multicamera(toml, [first, str(plain)], out)
    camera = calibration_of(ring(1)[0])
    write_calibration(tmp_path / "one.toml", [camera])
    with pytest.raises(InputError, match="holds one camera; depth needs two or more"):
        run_multicamera(tmp_path / "one.toml", [first, second], out)
    far = [replace(calibration_of(c), translation_m=1000 * calibration_of(c).translation_m) for c in ring(2)]
    write_calibration(tmp_path / "mm.toml", far)
    with pytest.raises(InputError, match="m apart; is it in millimetres"):
        run_multicamera(tmp_path / "mm.toml", [first, second], out)
    with pytest.raises(InputError, match="rule is 'best', allowed are 'robust', 'pose2sim'"):
        MulticameraOptions(rule="best")
    assert not out.exists()


@pytest.mark.shared
def test_from_real_video_to_joint_angles(shared_data: Path, tmp_path: Path) -> None:
    """The figure to beat: 44 mm median, knees 7.9 and 13.1 deg. Measured: 36 mm, 5.6 and 11.2 deg."""
    demo, weights = shared_data / "video/pose2sim_demo", shared_data / "weights"
    from kinelab.core.subject import Subject

    options = MulticameraOptions(
        pose=str(next(weights.glob("pp_tinypose/*.onnx"))),
        detector=str(next(weights.glob("yolox_nano/*.onnx"))),
        detect_every=5,
        subject=Subject("demo", height_m=1.72, mass_kg=70),
    )
    done = run_multicamera(
        demo / "calibration/Calib_qualisys.toml", [str(demo / "single/videos")], tmp_path / "out", options
    )
    texts = " ".join(str(finding["text"]) for finding in done.summary["findings"])
    assert "cam_01: pictures of 1080 x 1920 px, calibrated for 1088 x 1920" in texts
    assert "cam_03 sees everything" in texts
    ours = read_trc(tmp_path / "out" / TRC)
    theirs = map_landmarks(read_trc(next(demo.glob("single/pose-3d/*0-100_filt_butterworth.trc"))))
    common = [name for name in ours.skeleton.landmarks if theirs.skeleton.has(name)]
    apart = [np.linalg.norm(ours.of(name) - theirs.of(name), axis=1) for name in common]
    assert 1000 * np.nanmedian(apart) < 40
    angles = read_mot(tmp_path / "out/ik/kinematics.mot")
    reference = read_mot(next(demo.glob("single/opensim/*LSTM.mot")))
    for name, limit_deg in (("knee_angle_r", 7.0), ("knee_angle_l", 12.5)):
        off = [k.angle_deg[:, k.names.index(name)] for k in (angles, reference)]
        assert np.mean(np.abs(off[0] - off[1])) < limit_deg
