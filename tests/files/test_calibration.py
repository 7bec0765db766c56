from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.errors import FileFormatError, InputError
from kinelab.files.calibration import (
    CameraCalibration,
    Worth,
    read_calibration,
    read_worth,
    write_calibration,
)

CAMERA = CameraCalibration(
    name='left "front"',
    size_px=(1088, 1920),
    matrix=np.array([[1681.24, 0, 532.97], [0, 1681.08, 948.14], [0, 0, 1]]),
    distortions=np.array([-0.0007, 0.0022, 9.5e-06, 1.078125e-05]),
    rotation_rad=np.array([1.68827548, 1.04832205, -0.4195585]),
    translation_m=np.array([0.32110489, 0.95633206, 1 / 3]),
)
FIELDS = ("matrix", "distortions", "rotation_rad", "translation_m")


def test_what_is_written_is_read_back_exactly(tmp_path: Path) -> None:
    fisheye = replace(CAMERA, name="b", distortions=np.array([0.06, 0.0, 0.0, 0.0]), fisheye=True)
    write_calibration(tmp_path / "Calib.toml", [CAMERA, fisheye])
    read = read_calibration(tmp_path / "Calib.toml")
    for written, found in zip((CAMERA, fisheye), read, strict=True):
        assert (found.name, found.size_px, found.fisheye) == (written.name, written.size_px, written.fisheye)
        for field in FIELDS:
            np.testing.assert_array_equal(getattr(found, field), getattr(written, field))


@pytest.mark.shared
def test_a_calibration_by_pose2sim_is_read(shared_data: Path) -> None:
    path = shared_data / "video/pose2sim_demo/calibration/Calib_qualisys.toml"
    cameras = read_calibration(path)
    assert [camera.name for camera in cameras] == ["cam_01", "cam_02", "cam_03", "cam_04"]
    assert cameras[2].size_px == (1088, 1920)
    np.testing.assert_allclose(cameras[2].translation_m, [-0.79348039, 0.32283594, 4.35351487])


def text(**changed: str) -> str:
    fields = {
        "name": '"a"',
        "size": "[640, 480]",
        "matrix": "[[500, 0, 320], [0, 500, 240], [0, 0, 1]]",
        "distortions": "[0, 0, 0, 0]",
        "rotation": "[0, 0, 0]",
        "translation": "[0, 0, 3]",
        "fisheye": "false",
    } | changed
    return "[cam_01]\n" + "\n".join(f"{key} = {value}" for key, value in fields.items() if value)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ("[cam", "not a TOML file"),
        ("[metadata]\nerror = 0.0", "no camera in it"),
        (text(rotation=""), r"\[cam_01\] lacks rotation"),
        (text(size="[640.5, 480]"), r"size is \[640.5, 480\], expected whole pixels"),
        (text(size="[480]"), "not enough values"),
        (text(matrix="[[500, 0], [0, 500]]"), r"matrix has shape \(2, 2\), expected \(3, 3\)"),
        (text(matrix="[[500, 0, 320], [0, 500, 1240], [0, 0, 1]]"), "are width and height swapped"),
        (text(matrix="[[-500, 0, 320], [0, 500, 240], [0, 0, 1]]"), r"expected \[\[fx, skew, cx\]"),
        (text(distortions="[0, 0, 0, 0, 0, 0, 0, 0]"), "distortions are 8 numbers, expected 4 or 5"),
        (text(distortions="[0, 0, 0, 0, 0]", fisheye="true"), "distortions are 5 numbers, expected 4"),
        (text(translation="[0, nan, 3]"), "translation holds NaN or infinity"),
        (text() + "\n" + text().replace("cam_01", "cam_02"), "two cameras are called a"),
    ],
)
def test_a_calibration_that_does_not_fit_is_told(tmp_path: Path, content: str, match: str) -> None:
    path = tmp_path / "Calib.toml"
    path.write_text(content)
    with pytest.raises(FileFormatError, match=match):
        read_calibration(path)


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="no such file"):
        read_calibration(tmp_path / "none.toml")
    with pytest.raises(FileFormatError, match="is a folder, expected a file"):
        read_calibration(tmp_path)
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileFormatError, match="is not text"):
        read_calibration(tmp_path / "binary.toml")


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    """Windows' editor puts one before a file that it saves as UTF-8."""
    path = tmp_path / "Calib.toml"
    path.write_text(text(), encoding="utf-8-sig")
    assert read_calibration(path)[0].name == "a"


def test_cameras_of_one_name_are_not_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="more than once"):
        write_calibration(tmp_path / "Calib.toml", [CAMERA, CAMERA])
    with pytest.raises(InputError, match="no cameras to write"):
        write_calibration(tmp_path / "Calib.toml", [])
    assert not list(tmp_path.iterdir())


@pytest.mark.shared
def test_a_calibration_by_caliscope_is_read(shared_data: Path) -> None:
    """Rotations are matrices there, and the board stands in the same file."""
    path = shared_data / "video/calibration_charuco/tests/sessions/post_optimization/config.toml"
    cameras = read_calibration(path)
    assert [camera.name for camera in cameras] == ["cam_0", "cam_1", "cam_2", "cam_3"]
    np.testing.assert_allclose(cameras[0].view.rotation[0], [-0.70707162, 0.56398808, -0.42657611], atol=1e-7)


def test_what_a_calibration_is_worth_is_written_for_others_and_read_again(tmp_path: Path) -> None:
    worth = Worth(0.25, adjusted=True, rests_on='a "board"')
    write_calibration(tmp_path / "Calib.toml", [CAMERA], worth)
    text = (tmp_path / "Calib.toml").read_text(encoding="utf-8")
    assert 'adjusted = true\nerror = 0.25\nrests_on = "a \\"board\\""\n' in text
    assert len(read_calibration(tmp_path / "Calib.toml")) == 1
    assert read_worth(tmp_path / "Calib.toml") == worth


def test_a_file_that_says_nothing_of_its_worth_or_in_other_words_is_read(tmp_path: Path) -> None:
    path = tmp_path / "Calib.toml"
    write_calibration(path, [CAMERA])
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("error = 0.0", 'error = "small"').replace("adjusted = false", "adjusted = 1")
    )
    assert read_worth(path) == Worth()
    path.write_text(text.split("[metadata]")[0])
    assert read_worth(path) == Worth()
