"""Our own body on real walks: scaled from the walk itself and solved, it follows markers to millimetres."""

from __future__ import annotations

from pathlib import Path

import ezc3d
import numpy as np
import pytest

from kinelab.body.inverse import solve
from kinelab.body.joint_estimation import estimate
from kinelab.body.own_body import own_body

BODY = own_body()


@pytest.mark.shared
@pytest.mark.parametrize(
    ("trial", "count", "rms_m"),
    [
        ("c3d_children/HC033A/HC033A10.c3d", 36, 0.004),
        ("c3d_children/HC002D/HC002D06.c3d", 36, 0.004),
        ("c3d_hospitals/Sydney/S4-AMGait05.c3d", 16, 0.005),
    ],
)
def test_real_walk(shared_data: Path, trial: str, count: int, rms_m: float) -> None:
    file = ezc3d.c3d(str(shared_data / "gait" / trial))
    labels = [label.split(":")[-1] for label in file["parameters"]["POINT"]["LABELS"]["value"]]
    points = file["data"]["points"][:3].transpose(2, 1, 0) / 1000
    points[points == 0] = np.nan
    names = [n for n in BODY.marker_names if n in labels and np.isfinite(points[:, labels.index(n)]).any()]
    assert len(names) == count
    marker_m = points[:, [labels.index(n) for n in names]][..., [0, 2, 1]] * [1, 1, -1]  # Z up to Y up
    result = solve(estimate(BODY, names, marker_m).model, names, marker_m)
    assert np.sqrt(np.nanmean(result.marker_error_m**2)) < rms_m
    angle_deg = {
        name: np.degrees(result.coordinates[:, BODY.coordinate_index(name)])
        for name in ("knee_angle_r", "knee_angle_l", "hip_flexion_r", "hip_flexion_l")
    }
    for name, curve in angle_deg.items():
        low, high = np.nanpercentile(curve, [2, 98])
        if name.startswith("knee"):  # 60 degrees in swing, near straight in stance (Perry & Burnfield 2010)
            assert -8 < low < 12, name
            assert 50 < high < 75, name
        else:
            assert 35 < high - low < 60, name
