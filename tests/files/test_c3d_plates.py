"""Force plates of C3D files."""

from __future__ import annotations

from pathlib import Path

import ezc3d
import numpy as np
import pytest

from kinelab.files.c3d_plates import read_c3d_plates

CHANNELS = ("Fx1", "Fy1", "Fz1", "Mx1", "My1", "Mz1")


def write(path: Path, plate_type: int = 2) -> None:
    """50 frames at 100 Hz from frame 20 on, a plate of 0.6 x 0.4 m at 1000 Hz: 500 N from 0.4 s on."""
    file = ezc3d.c3d()
    file["parameters"]["POINT"]["UNITS"]["value"] = ["mm"]
    file["parameters"]["POINT"]["RATE"]["value"] = [100]
    file["parameters"]["POINT"]["LABELS"]["value"] = ["LHEE"]
    file["parameters"]["ANALOG"]["RATE"]["value"] = [1000]
    file["parameters"]["ANALOG"]["LABELS"]["value"] = list(CHANNELS)
    file["parameters"]["ANALOG"]["UNITS"]["value"] = ["N"] * 3 + ["Nmm"] * 3
    file["header"]["points"]["first_frame"] = 20
    file["data"]["points"] = np.ones((4, 1, 50))
    analog = np.zeros((1, 6, 500))
    analog[0, 2, 200:] = -500.0
    file["data"]["analogs"] = analog
    corners = np.array([[600, 400, 0], [0, 400, 0], [0, 0, 0], [600, 0, 0]], dtype=float)
    values = {
        "USED": [1],
        "TYPE": [plate_type],
        "CHANNEL": np.arange(1, 7).reshape(6, 1),
        "CORNERS": corners.T.reshape(3, 4, 1),
        "ORIGIN": np.array([[0.0], [0.0], [-20.0]]),
        "ZERO": [1, 0],
    }
    for name, value in values.items():
        file["parameters"]["FORCE_PLATFORM"][name]["value"] = value
    file.write(str(path))


def test_a_plate_in_metres_on_the_markers_clock(tmp_path: Path) -> None:
    write(tmp_path / "walk.c3d")
    (plate,) = read_c3d_plates(tmp_path / "walk.c3d")
    np.testing.assert_allclose(np.ptp(plate.corners_m, axis=0), [0.6, 0.4, 0.0], atol=1e-6)
    assert plate.time_s[0] == pytest.approx(0.2)
    np.testing.assert_allclose(plate.force_n[plate.time_s < 0.399], 0.0, atol=1e-3)
    np.testing.assert_allclose(plate.force_n[plate.time_s > 0.401], 500.0, rtol=1e-5)


def test_a_plate_of_an_unknown_type_counts_as_none(tmp_path: Path) -> None:
    write(tmp_path / "odd.c3d", plate_type=99)
    assert read_c3d_plates(tmp_path / "odd.c3d") == ()


@pytest.mark.shared
def test_plates_of_laboratories(shared_data: Path) -> None:
    folder = shared_data / "gait"
    assert len(read_c3d_plates(folder / "c3d_hospitals" / "Sydney" / "S4-AMGait03.c3d")) == 3
    assert read_c3d_plates(folder / "c3d_hospitals" / "MH" / "MH_Cal_01.c3d") == ()
