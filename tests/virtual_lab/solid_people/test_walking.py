from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.core.skeletons import GAIT_20
from kinelab.virtual_lab.solid_people.bodies import Body, random_body
from kinelab.virtual_lab.solid_people.motion import Motion
from kinelab.virtual_lab.solid_people.normal_gait import NORMAL_SERIES, evaluate
from kinelab.virtual_lab.solid_people.posture import column
from kinelab.virtual_lab.solid_people.walk_style import WalkStyle, random_style
from kinelab.virtual_lab.solid_people.walking import walk

RATE_HZ = 500.0
SIDES = ("right", "left")


@cache
def walkers() -> tuple[tuple[WalkStyle, Motion], ...]:
    """The average walker, then 25 random ones with all their faults, 3.3 strides each."""
    rng = np.random.default_rng(11)
    bodies = [Body(), *(random_body(rng) for _ in range(25))]
    styles = [WalkStyle(), *(random_style(rng, body) for body in bodies[1:])]
    return tuple(
        (style, walk(style, body, RATE_HZ, 3.3 * style.stride_time_s, start_cycle=-0.15))
        for style, body in zip(styles, bodies, strict=True)
    )


def track(motion: Motion, landmark: str) -> Array:
    xyz: Array = motion.landmarks_m[:, GAIT_20.index(landmark)]
    return xyz


def stances(motion: Motion, side: str) -> list[tuple[float, float]]:
    landed = motion.events.times(side, "ic")  # type: ignore[arg-type]
    left = motion.events.times(side, "to")  # type: ignore[arg-type]
    return [(t, left[left > t][0]) for t in landed if (left > t).any()]


@pytest.mark.parametrize("side", SIDES)
def test_contact_points_do_not_slide(side: str) -> None:
    """The heel until the foot is flat (9 % of the stride), then the tip of the toes: within a micrometre."""
    for style, motion in walkers():
        time_s = motion.time.time_s
        for start, stop in stances(motion, side):
            flat = start + 0.09 * style.stride_time_s
            for landmark, span in (("heel", (start, flat)), ("big_toe", (flat, stop))):
                xyz = track(motion, f"{side}_{landmark}")[(time_s >= span[0]) & (time_s <= span[1])]
                np.testing.assert_array_less(np.ptp(xyz, axis=0), 1e-6)
                np.testing.assert_array_less(np.abs(xyz[:, 1]), 1e-6)


def test_no_part_of_a_foot_sinks_into_the_floor() -> None:
    for _, motion in walkers():
        for side in SIDES:
            ball = motion.posed.point(f"toes_{side[0]}", (0.0, 0.0, 0.0))
            lowest = min(ball[:, 1].min(), track(motion, f"{side}_heel")[:, 1].min())
            lowest = min(lowest, track(motion, f"{side}_big_toe")[:, 1].min())
            assert lowest > -1e-6


def test_events_are_where_the_foot_touches_and_leaves() -> None:
    """Just before initial contact the heel is in the air; just after toe-off the toes are."""
    for style, motion in walkers():
        time_s, step = motion.time.time_s, 0.04 * style.stride_time_s
        for side in SIDES:
            heel, tip = track(motion, f"{side}_heel")[:, 1], track(motion, f"{side}_big_toe")[:, 1]
            for start, stop in stances(motion, side):
                if start - step >= 0:
                    assert np.interp(start - step, time_s, heel) > 2e-4
                if stop + step < time_s[-1]:
                    assert np.interp(stop + step, time_s, tip) > 2e-4


def test_stride_time_and_stance_are_exact() -> None:
    for style, motion in walkers():
        for side in SIDES:
            landed = motion.events.times(side, "ic")  # type: ignore[arg-type]
            np.testing.assert_allclose(np.diff(landed), 120 / style.cadence_spm, rtol=1e-12)
            for start, stop in stances(motion, side):
                assert (stop - start) / style.stride_time_s == pytest.approx(style.stance_share)


def test_advance_is_the_speed() -> None:
    for style, motion in walkers():
        heel = track(motion, "right_heel")[:, 0]
        # A sample within each heel contact, where the heel stands still.
        at = [motion.time.nearest(t + 0.04 * style.stride_time_s) for t in motion.events.times("right", "ic")]
        np.testing.assert_allclose(np.diff(heel[at]), style.stride_length_m, atol=1e-9)


def test_step_width_and_side() -> None:
    style = WalkStyle(step_width_m=0.14)
    motion = walk(style, Body(), RATE_HZ, 2.0)
    at = motion.time.nearest(float(motion.events.times("right", "ic")[0]) + 0.05)
    assert track(motion, "right_heel")[at, 2] == pytest.approx(0.07)


def test_average_walker_has_normal_angles() -> None:
    """Own joint angles against the published shape over one stride: RMS within a few degrees."""
    style, motion = walkers()[0]
    first = motion.events.times("right", "ic")[0]
    time_s = first + np.arange(100) / 100 * style.stride_time_s
    normal = evaluate(NORMAL_SERIES, np.arange(100) / 100)

    def curve(name: str) -> Array:
        return np.interp(time_s, motion.time.time_s, motion.angle_deg[:, column(name)])

    thigh = curve("hip_flexion_r") + curve("pelvis_tilt")
    knee, ankle = curve("knee_angle_r"), curve("ankle_angle_r")
    for mine, published, bound in zip((thigh, knee, ankle), normal, (4.0, 5.0, 6.0), strict=True):
        assert np.sqrt(np.mean((mine - published) ** 2)) < bound
    assert knee[:30].max() == pytest.approx(18, abs=3)
    assert knee.max() == pytest.approx(60, abs=4)
    assert curve("hip_flexion_r").max() > 30
    assert curve("hip_flexion_r").min() < -5


def test_sides_are_alike_half_a_stride_apart() -> None:
    style, motion = walkers()[0]
    half = round(0.5 * style.stride_time_s * RATE_HZ)
    assert half / RATE_HZ == pytest.approx(0.5 * style.stride_time_s, abs=1e-3)
    for joint in ("knee_angle", "ankle_angle", "hip_flexion"):
        right, left = motion.angle_deg[:, column(f"{joint}_r")], motion.angle_deg[:, column(f"{joint}_l")]
        np.testing.assert_allclose(right[:-half], left[half:], atol=1.0)


def test_asymmetry_shows_in_step_times_and_knee() -> None:
    style = WalkStyle(timing_asymmetry=0.04, knee_loss_deg=(20.0, 0.0))
    motion = walk(style, Body(), RATE_HZ, 4.0)
    right, left = motion.events.times("right", "ic"), motion.events.times("left", "ic")
    assert left[0] - right[0] == pytest.approx(0.54 * style.stride_time_s)
    loss = (
        motion.angle_deg[:, column("knee_angle_l")].max() - motion.angle_deg[:, column("knee_angle_r")].max()
    )
    # The floor gives back a part of what was taken: the toes must still clear it.
    assert 4 < loss < 25


def test_knees_never_bend_backward_and_angles_do_not_jump() -> None:
    for _, motion in walkers():
        knees = motion.angle_deg[:, [column("knee_angle_r"), column("knee_angle_l")]]
        assert knees.min() >= 0
        # Even the quickest joint turns less than 1500 deg/s: a jump would show as far more.
        legs = motion.angle_deg[:, 3:15]
        assert np.abs(np.diff(legs, axis=0)).max() * RATE_HZ < 2000


def test_walking_is_exact_at_any_rate() -> None:
    fast, slow = walk(WalkStyle(), Body(), 100.0, 2.0), walk(WalkStyle(), Body(), 50.0, 2.0)
    np.testing.assert_allclose(fast.landmarks_m[::2], slow.landmarks_m, atol=1e-12)
    np.testing.assert_array_equal(fast.events.time_s, slow.events.time_s)


def test_start_places_the_walker() -> None:
    motion = walk(WalkStyle(), Body(), 100.0, 0.1, start_cycle=7.3, start_x_m=-4.0)
    assert motion.pelvis_position_m[0, 0] == pytest.approx(-4.0, abs=0.03)
