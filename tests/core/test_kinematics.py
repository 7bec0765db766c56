from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.kinematics import Kinematics
from kinelab.core.provenance import Provenance
from kinelab.core.subject import Subject
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError

ANGLES = np.array([[10.0, 20.0], [11.0, np.nan], [12.0, 22.0]])


def kinematics(**change):
    fields = {
        "names": ["knee_angle_r", "hip_flexion_r"],
        "time": Timebase(50, 3, start_s=1),
        "angle_deg": ANGLES,
        "sd_deg": np.full((3, 2), np.nan),
        "valid": [[True, True], [True, False], [False, True]],
    }
    return Kinematics(**{**fields, **change})


def test_one_angle():
    motion = kinematics()
    np.testing.assert_array_equal(motion.of("hip_flexion_r"), [20, np.nan, 22])
    assert motion.column("knee_angle_r") == 0
    assert motion.names == ("knee_angle_r", "hip_flexion_r")


def test_unknown_angle_lists_what_exists():
    with pytest.raises(
        InputError, match="no angle 'knee_angle_l' here; there are knee_angle_r, hip_flexion_r"
    ):
        kinematics().of("knee_angle_l")


def test_frame_leaves_guesses_out():
    frame = kinematics().to_frame()
    assert list(frame) == ["time_s", "knee_angle_r_deg", "hip_flexion_r_deg"]
    np.testing.assert_allclose(frame.time_s, [1, 1.02, 1.04])
    np.testing.assert_array_equal(frame.knee_angle_r_deg, [10, 11, np.nan])  # the last is a guess


def test_labels():
    data = kinematics(subject=Subject("P7"), provenance=Provenance(synthetic=True)).to_xarray()
    assert data.angle.attrs["units"] == "degree"
    assert (data.attrs["subject"], data.attrs["synthetic"]) == ("P7", 1)
    assert data.valid.sel(coordinate="hip_flexion_r").values.tolist() == [1, 0, 1]


def test_arrays_are_its_own():
    with pytest.raises(ValueError, match="read-only"):
        kinematics().angle_deg[0] = 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"names": ["a", "a"]}, "Kinematics: names holds a more than once"),
        ({"names": ["a"]}, r"angle_deg has shape \(3, 2\), expected \(3, 1\)"),
        ({"sd_deg": np.zeros((3, 1))}, r"sd_deg has shape \(3, 1\), expected \(3, 2\)"),
        ({"sd_deg": np.full((3, 2), -1.0)}, "sd_deg is negative"),
        ({"valid": np.ones((2, 2))}, r"valid has shape \(2, 2\)"),
        ({"valid": np.ones((3, 2))}, "1 valid angles are NaN or infinite"),
        ({"pelvis_rotation": np.zeros((3, 3))}, r"pelvis_rotation has shape \(3, 3\), expected \(3, 3, 3\)"),
        ({"pelvis_position_m": np.zeros((3, 2))}, r"pelvis_position_m has shape \(3, 2\), expected \(3, 3\)"),
    ],
)
def test_bad_kinematics(change, message):
    with pytest.raises(InputError, match=message):
        kinematics(**change)
