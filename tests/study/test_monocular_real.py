"""The table of real video: errors are those of the frames, and what is missing is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from kinelab.core.kinematics import Kinematics
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.study import monocular_real


def reference(angle_deg: np.ndarray) -> Kinematics:
    shape = angle_deg.shape
    valid = np.ones(shape, bool)
    return Kinematics(("knee_angle_r", "knee_angle_l"), Timebase(60.0, len(angle_deg)), angle_deg,
                      np.zeros(shape), valid)  # fmt: skip


def test_errors_with_and_without_the_mean_difference() -> None:
    truth = np.stack([np.linspace(0, 60, 50), np.linspace(60, 0, 50)], axis=1)
    told = truth + np.array([5.0, 0.0]) + np.where(np.arange(50) % 2, 1.0, -1.0)[:, None]
    told[10] = np.nan
    names = ["knee_angle_r", "knee_angle_l"]
    # The columns of a way are in its own order.
    found = monocular_real._errors((names[::-1], told[:, ::-1]), reference(truth), names)
    np.testing.assert_allclose(found[0], [5.0, 1.0], atol=0.03)
    np.testing.assert_allclose(found[1], [1.0, 1.0], atol=0.03)
    page = monocular_real._markdown({"cam01": {"one way": found}}, names)
    assert "| knee_angle_r | 5.0 (1.0) |" in page
    assert "| cam01 | 3.0 (1.0) |" in page


def test_without_the_recordings_it_says_where_they_go(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="give the folder that holds them with --shared"):
        monocular_real.run(True, tmp_path, None, Console(quiet=True))
