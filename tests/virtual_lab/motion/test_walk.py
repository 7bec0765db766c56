from __future__ import annotations

import time
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.virtual_lab.motion.floor_contact import detect_contacts, track_of
from kinelab.virtual_lab.motion.floor_report import floor_report
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import Mover, default_mover
from kinelab.virtual_lab.motion.walk import walk, walk_contacts
from kinelab.virtual_lab.motion.walk_style import WalkStyle, draw_walk_style

RATE_HZ = 100.0
STEADY = WalkStyle(stride_time_cv=0, step_length_cv=0, step_width_sd_m=0)


@cache
def walkers() -> tuple[tuple[Mover, WalkStyle, Movement, int], ...]:
    """People of 1.2 to 2.0 m, bare and in shoes, with styles of their own, 4 s each."""
    rng = np.random.default_rng(21)
    found = []
    for seed, height_m in enumerate((1.2, 1.35, 1.5, 1.6, 1.7, 1.75, 1.8, 1.9, 2.0, 2.0)):
        mover = default_mover(height_m, sole_m=float(rng.choice([0.0, 0.03])))
        style = draw_walk_style(rng, mover)
        found.append((mover, style, walk(mover, style, RATE_HZ, 4.0, np.random.default_rng(seed)), seed))
    return tuple(found)


def speed_at(movement: Movement, name: str) -> Array:
    return np.gradient(movement.angle_deg(name), 1 / movement.time.rate_hz)


def test_feet_neither_sink_nor_slide() -> None:
    """The mark: under 2 mm each; planned contacts."""
    for mover, style, movement, seed in walkers():
        report = floor_report(movement, walk_contacts(mover, style, 4.0, np.random.default_rng(seed)))
        assert report.penetration_max_mm < 1.5
        assert report.slide_max_mm < 1.0
        assert report.contact_share == 1.0
        assert movement.notes == ()


def test_contacts_are_where_they_were_planned() -> None:
    """Found again from the feet alone: the heel touches at each initial contact, the toes leave at
    toe-off."""
    for _, _, movement, _ in walkers():
        found = detect_contacts(movement)
        for side in ("right", "left"):
            heels = np.array([c.start_s for c in found if c.side == side and c.point == "heel"])
            toes = np.array([c.stop_s for c in found if c.side == side and c.point == "toe"])
            for planned, seen in (("ic", heels), ("to", toes)):
                times = movement.events.times(side, planned)
                times = times[(times > 0.2) & (times < 3.8)]
                assert np.abs(seen[:, None] - times).min(axis=0).max() < 0.07


def test_ranges_are_kept() -> None:
    for mover, _, movement, _ in walkers():
        low, high = np.array([c.range for c in mover.model.coordinates]).T
        assert (movement.coordinates >= low - 1e-9).all()
        assert (movement.coordinates <= high + 1e-9).all()


def test_joints_have_no_jumps_of_speed() -> None:
    """A jump would look five times as sharp at five times the rate; the limit is twice a sprinter's knee."""
    for mover, style, _, seed in walkers()[::3]:
        toes = [mover.column(f"mtp_angle_{s}") for s in "rl"]
        joints = [column for column in range(6, 23) if column not in toes]
        sharpest = []
        for rate_hz in (100.0, 500.0):
            movement = walk(mover, style, rate_hz, 1.5, np.random.default_rng(seed))
            change = np.diff(movement.coordinates[:, joints], 2, axis=0) * rate_hz**2
            sharpest.append(float(np.degrees(np.abs(change).max())))
        assert sharpest[1] < 2 * sharpest[0]
        assert sharpest[1] < 60_000  # deg/s2


def test_the_walk_is_what_the_style_says() -> None:
    mover = default_mover(1.75)
    movement = walk(mover, STEADY, RATE_HZ, 10.0, np.random.default_rng(0), start_m=(1.0, -0.5))
    time_s, x, z = (movement.time.time_s, *movement.coordinates[:, 3:6:2].T)
    assert np.polyfit(time_s, x, 1)[0] == pytest.approx(STEADY.speed_mps, rel=0.005)
    assert z.mean() == pytest.approx(-0.5, abs=0.005)
    for side in ("right", "left"):
        landed = movement.events.times(side, "ic")
        np.testing.assert_allclose(np.diff(landed), STEADY.stride_time_s)
        heel = track_of(movement, side, "heel")
        flat = [heel[movement.time.nearest(t + 0.15), 0] for t in landed[:-1]]
        np.testing.assert_allclose(np.diff(flat), 2 * STEADY.step_length_m, atol=1e-3)


def test_left_mirrors_right() -> None:
    mover = default_mover(1.7)
    movement = walk(mover, STEADY, RATE_HZ, 2 * STEADY.stride_time_s, np.random.default_rng(0))
    half = STEADY.stride_time_s / 2
    for name in ("hip_flexion", "hip_adduction", "knee_angle", "ankle_angle", "arm_flex"):
        time_s = movement.time.time_s[:100]
        left = np.interp(time_s + half, movement.time.time_s, movement.angle_deg(f"{name}_l"))
        np.testing.assert_allclose(left, movement.angle_deg(f"{name}_r")[:100], atol=0.6)


def test_pelvis_moves_as_published() -> None:
    """Perry & Burnfield 2010, ch. 3: some 4 cm up and down twice a stride, 4 cm sideways once."""
    movement = walk(default_mover(1.75), STEADY, RATE_HZ, 4.0, np.random.default_rng(0))
    up, across = movement.coordinates[:, 4], movement.coordinates[:, 5]
    assert 0.025 < np.ptp(up) < 0.055
    assert 0.02 < np.ptp(across) < 0.06
    right_stands = movement.time.span(*(movement.events.times("right", "ic")[0] + np.array([0.25, 0.3])))
    assert across[right_stands].mean() > 0.01  # over the standing leg, highest there
    assert up[right_stands].mean() > up.mean() + 0.01


def test_toes_clear_the_floor_as_published() -> None:
    """Winter 1992 (Phys Ther 72:45): 1.3 cm in mid-swing; the toes pass at 3-4 times the walking speed."""
    movement = walk(default_mover(1.75), STEADY, RATE_HZ, 2.2, np.random.default_rng(0))
    toe = track_of(movement, "right", "toe")
    off, on = movement.events.times("right", "to")[0], movement.events.times("right", "ic")[1]
    middle = movement.time.span(off + 0.3 * (on - off), on - 0.25 * (on - off))
    assert 0.008 < toe[middle, 1].min() < 0.03
    passing = np.gradient(toe[:, 0], 1 / RATE_HZ)[middle]
    assert 3.0 * STEADY.speed_mps < passing.max() < 4.5 * STEADY.speed_mps


def test_faster_walking_bends_the_loaded_knee_more() -> None:
    """Lelas 2003, Fukuchi 2019: loading knee, push-off and hip swing grow with speed."""
    peaks = []
    for speed_mps in (0.8, 1.2, 1.6):
        mover = default_mover(1.75)
        drawn = draw_walk_style(np.random.default_rng(2), mover, speed_mps)
        style = replace(drawn, deviations=(), stride_time_cv=0, step_length_cv=0)
        movement = walk(mover, style, RATE_HZ, 1.3 * style.stride_time_s, np.random.default_rng(0))
        loading = movement.time.span(0.05 * style.stride_time_s, 0.25 * style.stride_time_s)
        peaks.append(
            (
                movement.angle_deg("knee_angle_r")[loading].max(),
                -movement.angle_deg("ankle_angle_r").min(),
                np.ptp(movement.angle_deg("hip_flexion_r")),
            )
        )
    grown = np.diff(np.array(peaks), axis=0)
    assert (grown > 1.0).all()
    assert 4 < grown[:, 0].mean() < 7  # about 10 to 15 deg a m/s


def test_arms_swing_with_the_other_leg() -> None:
    movement = walk(default_mover(1.75), STEADY, RATE_HZ, 2.2, np.random.default_rng(0))
    arm, leg = movement.angle_deg("arm_flex_r"), movement.angle_deg("hip_flexion_l")
    assert np.corrcoef(arm, leg)[0, 1] > 0.85
    assert np.ptp(arm) == pytest.approx(2 * STEADY.arm_swing_deg[0], abs=1.5)


def test_a_frame_is_the_same_at_any_rate() -> None:
    """Nothing depends on neighbouring frames: a training crop shows what the film shows."""
    mover, style = default_mover(1.7), WalkStyle()
    film = walk(mover, style, 120.0, 2.0, np.random.default_rng(3), start_phase=0.2)
    few = walk(mover, style, 30.0, 2.0, np.random.default_rng(3), start_phase=0.2)
    np.testing.assert_allclose(few.coordinates, film.coordinates[::4], atol=1e-5)


def test_same_seed_same_bytes() -> None:
    mover = default_mover(1.7)
    one, two = (walk(mover, WalkStyle(), 50.0, 1.0, np.random.default_rng(3)) for _ in range(2))
    assert one.coordinates.tobytes() == two.coordinates.tobytes()


def test_long_legs_of_short_people_are_told() -> None:
    style = WalkStyle(speed_mps=1.6, cadence_spm=70)
    movement = walk(default_mover(1.2), style, 50.0, 2.0, np.random.default_rng(0))
    assert any("do not reach every footprint" in note for note in movement.notes)


def test_a_few_frames_are_quick() -> None:
    """Wide of the mark of 20 ms for 12 frames, since other work may run beside."""
    mover = default_mover(1.7)
    walk(mover, STEADY, 30.0, 0.4, np.random.default_rng(0))
    took = []
    for seed in range(5):
        start = time.perf_counter()
        walk(mover, STEADY, 30.0, 0.4, np.random.default_rng(seed))
        took.append(time.perf_counter() - start)
    assert min(took) < 0.15


def test_bad_requests_are_told() -> None:
    mover, rng = default_mover(1.7), np.random.default_rng(0)
    with pytest.raises(InputError, match="rate_hz 0 and duration_s 2 must be positive"):
        walk(mover, WalkStyle(), 0.0, 2.0, rng)
    with pytest.raises(InputError, match=r"start_phase is 1.5, expected 0 to 1"):
        walk(mover, WalkStyle(), 50.0, 2.0, rng, start_phase=1.5)
