from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinelab.virtual_lab.motion.footfalls import plan_footfalls
from kinelab.virtual_lab.motion.gait_curves import INSTANTS
from kinelab.virtual_lab.motion.walk_style import WalkStyle

STYLE = WalkStyle(step_time_asymmetry=0.1, step_length_asymmetry=-0.2, stance_share=(0.60, 0.66))


def test_the_mean_stride_is_what_the_style_says() -> None:
    plan = plan_footfalls(STYLE, 10.0, None)
    step_s, step_m = np.diff(plan.contact_s), np.diff(plan.heel_m[:, 0])
    right = plan.right[1:]
    mean_s, mean_m = 60 / STYLE.cadence_spm, STYLE.step_length_m
    np.testing.assert_allclose(step_s[right], 1.1 * mean_s)
    np.testing.assert_allclose(step_s[~right], 0.9 * mean_s)
    np.testing.assert_allclose(step_m[right], 0.8 * mean_m)
    np.testing.assert_allclose(step_m[~right], 1.2 * mean_m)
    np.testing.assert_allclose(np.abs(np.diff(plan.heel_m[:, 2])), STYLE.step_width_m)
    share = (plan.toe_off_s - plan.contact_s) / STYLE.stride_time_s
    np.testing.assert_allclose(share[plan.right], 0.60)
    np.testing.assert_allclose(share[~plan.right], 0.66)


def test_phases_meet_their_instants() -> None:
    plan = plan_footfalls(STYLE, 5.0, np.random.default_rng(2))
    for step in (8, 9, 10, 11):
        phase = plan.phase("right" if plan.right[step] else "left", plan.instants_s(step))
        np.testing.assert_allclose(phase - np.floor(phase[0] + 1e-9), INSTANTS, atol=1e-9)


@pytest.mark.parametrize("share", [0.57, 0.62, 0.70, 0.78])
def test_phases_never_run_back(share: float) -> None:
    plan = plan_footfalls(replace(WalkStyle(), stance_share=(share, share)), 10.0, np.random.default_rng(1))
    time_s = np.arange(0, 10, 0.002)
    for side in ("right", "left"):
        assert np.diff(plan.phase(side, time_s)).min() > 0


def test_starts_where_it_is_told() -> None:
    plan = plan_footfalls(WalkStyle(), 3.0, np.random.default_rng(0), start_phase=0.3, start_m=(2.0, -1.0))
    zero = np.zeros(1)
    assert plan.contact_s[plan.right][np.searchsorted(plan.contact_s[plan.right], 0) - 1] == pytest.approx(
        -0.3 * WalkStyle().stride_time_s
    )
    np.testing.assert_allclose(plan.progress_m(zero), [[2.0, -1.0]], atol=1e-9)


def test_fluctuates_as_published() -> None:
    """Coefficient of variation of stride time and length, SD of step width (a thousand steps)."""
    style = WalkStyle(stride_time_cv=0.02, step_length_cv=0.03, step_width_sd_m=0.02)
    plan = plan_footfalls(style, 600.0, np.random.default_rng(4))
    stride_s = np.diff(plan.contact_s[plan.right])
    assert stride_s.std() / stride_s.mean() == pytest.approx(0.02, abs=0.004)
    step_m = np.diff(plan.heel_m[:, 0])
    assert step_m.std() / step_m.mean() == pytest.approx(0.03, abs=0.005)
    assert np.abs(np.diff(plan.heel_m[:, 2])).std() == pytest.approx(0.02, abs=0.003)


def test_events_are_the_contacts() -> None:
    plan = plan_footfalls(STYLE, 4.0, np.random.default_rng(3))
    events = plan.events(0.0, 4.0)
    inside = (plan.contact_s >= 0) & (plan.contact_s < 4) & plan.right
    np.testing.assert_array_equal(events.times("right", "ic"), plan.contact_s[inside])
    assert (np.diff(events.time_s) >= 0).all()
