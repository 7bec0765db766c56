from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.measures import Measures
from kinelab.core.strides import Strides
from kinelab.gait.variability import variability


def _strides(durations_s: list[float], spread_deg: float = 0.0) -> Strides:
    stop = np.cumsum(durations_s)
    start = stop - durations_s
    n = stop.size
    offset = spread_deg * (np.arange(n) - (n - 1) / 2) / np.std(np.arange(n), ddof=1)
    curves = np.tile(30 * np.sin(np.linspace(0, 2 * np.pi, 101)), (n, 1)) + offset[:, None]
    return Strides(
        side=("right",) * n,
        start_s=start,
        toe_off_s=start + 0.6 * np.array(durations_s),
        stop_s=stop,
        used=np.ones(n, dtype=bool),
        why_not=("",) * n,
        names=("knee_angle_r",),
        curves_deg=curves[:, :, None],
    )


def test_known_spreads() -> None:
    found = Measures(variability(_strides([1.0, 1.1, 1.2, 1.1], spread_deg=2.5)))
    assert found.get("stride_time_cv_pct", "right").value == pytest.approx(100 * np.sqrt(0.02 / 3) / 1.1)
    assert found.get("knee_curve_sd_deg", "right").value == pytest.approx(2.5)
    assert found.get("knee_curve_sd_deg", "right").n == 4


def test_two_strides_have_no_spread() -> None:
    assert variability(_strides([1.0, 1.1])) == ()
