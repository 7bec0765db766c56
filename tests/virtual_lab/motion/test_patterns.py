from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.core.events import Side
from kinelab.errors import InputError
from kinelab.virtual_lab.motion.floor_contact import track_of
from kinelab.virtual_lab.motion.floor_report import floor_report
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import default_mover
from kinelab.virtual_lab.motion.patterns import PATTERN_NAMES, PATTERNS, with_pattern
from kinelab.virtual_lab.motion.walk import walk, walk_contacts
from kinelab.virtual_lab.motion.walk_style import WalkStyle, draw_walk_style

MOVER = default_mover(1.72)
STEADY = WalkStyle(stride_time_cv=0, step_length_cv=0, step_width_sd_m=0)
DOSES = (0.0, 0.5, 1.0)


@cache
def walked(name: str, dose: float, side: Side = "right") -> Movement:
    """Two strides from a contact of the right foot."""
    style = replace(with_pattern(STEADY, name, dose, side), stride_time_cv=0.0)
    return walk(MOVER, style, 100.0, 2 * style.stride_time_s, np.random.default_rng(0))


def phase_of(movement: Movement, side: Side, kind: str, begin: float, end: float, name: str) -> Array:
    """A curve over part of a foot's stance ("ic") or swing ("to"), as shares of it."""
    events = movement.events
    starts = events.times(side, "ic" if kind == "ic" else "to")
    stops = events.times(side, "to" if kind == "ic" else "ic")
    start = starts[starts + 0.1 < stops.max()][0]
    stop = stops[stops > start][0]
    span = movement.time.span(start + begin * (stop - start), start + end * (stop - start))
    return movement.angle_deg(name)[span]


def share_of_stance(movement: Movement, side: Side) -> float:
    landed, left = movement.events.times(side, "ic"), movement.events.times(side, "to")
    stance = left[left > landed[0]][0] - landed[0]
    return float(stance / (movement.events.times("right", "ic")[1] - movement.events.times("right", "ic")[0]))


def outwards_mm(movement: Movement) -> float:
    """How far the right foot swings outwards of where it stands, mm."""
    start = movement.events.times("right", "to")[0]
    swing = movement.time.span(start, start + 0.4)
    return float(1e3 * np.ptp(track_of(movement, "right", "heel")[swing, 2]))


def step_length_m(movement: Movement) -> float:
    travelled = movement.coordinates[-1, 3] - movement.coordinates[0, 3]
    return float(travelled / (movement.time.n - 1) * movement.time.n / 4)


# What defines each pattern, and by how much it grows from dose 0 to 1, at least and at most.
MEASURES: dict[str, tuple[Callable[[Movement], float], float, float]] = {
    "stiff_knee": (lambda m: -phase_of(m, "right", "to", 0, 0.8, "knee_angle_r").max(), 20, 33),
    "crouch": (lambda m: phase_of(m, "right", "ic", 0.3, 0.8, "knee_angle_r").min(), 20, 30),
    "trendelenburg": (lambda m: -phase_of(m, "right", "ic", 0.2, 0.7, "pelvis_list").mean(), 5, 9),
    "trendelenburg_compensated": (
        lambda m: np.mean(
            phase_of(m, "right", "ic", 0.3, 0.6, "lumbar_bending")
            + phase_of(m, "right", "ic", 0.3, 0.6, "pelvis_list")
        ),
        9,
        16,
    ),
    "drop_foot": (lambda m: -phase_of(m, "right", "to", 0.5, 0.9, "ankle_angle_r").mean(), 12, 22),
    "parkinsonian_shuffle": (lambda m: -1e2 * step_length_m(m), 25, 40),
    "antalgic": (lambda m: 1e2 * (share_of_stance(m, "left") - share_of_stance(m, "right")), 8, 12),
    "post_acl_asymmetry": (
        lambda m: (
            phase_of(m, "left", "ic", 0.05, 0.4, "knee_angle_l").max()
            - phase_of(m, "right", "ic", 0.05, 0.4, "knee_angle_r").max()
        ),
        4,
        9,
    ),
    "hemiparetic": (outwards_mm, 15, 90),
}


def test_every_pattern_has_its_measure() -> None:
    assert set(MEASURES) == set(PATTERN_NAMES)
    assert all(pattern.source and pattern.marked_by for pattern in PATTERNS)


@pytest.mark.parametrize("name", PATTERN_NAMES)
def test_grows_with_the_dose_to_the_published_size(name: str) -> None:
    measure, least, most = MEASURES[name]
    values = [float(measure(walked(name, dose))) for dose in DOSES]
    assert values == sorted(values)
    assert least < values[-1] - values[0] < most


@pytest.mark.parametrize("name", PATTERN_NAMES)
def test_dose_nought_changes_nothing(name: str) -> None:
    assert with_pattern(STEADY, name, 0.0) == STEADY


@pytest.mark.parametrize("name", [pattern.name for pattern in PATTERNS if pattern.sided])
def test_left_is_the_mirror_of_right(name: str) -> None:
    """The left pattern half a stride later is the right one, side for side, within the walk's own lean."""
    right, left = (walked(name, 1.0, side) for side in ("right", "left"))
    for joint in ("knee_angle", "ankle_angle", "hip_flexion"):
        one = phase_of(right, "right", "to", 0.1, 0.9, f"{joint}_r")
        other = phase_of(left, "left", "to", 0.1, 0.9, f"{joint}_l")
        assert one.max() == pytest.approx(other.max(), abs=1.5)
        assert one.min() == pytest.approx(other.min(), abs=1.5)


@pytest.mark.parametrize("name", PATTERN_NAMES)
def test_feet_keep_to_the_floor(name: str) -> None:
    """Toes clear the floor, standing feet stand: also in marked cases."""
    style = with_pattern(WalkStyle(), name, 1.0)
    movement = walk(MOVER, style, 100.0, 4.0, np.random.default_rng(1))
    report = floor_report(movement, walk_contacts(MOVER, style, 4.0, np.random.default_rng(1)))
    assert report.penetration_max_mm < 1.5
    assert report.slide_max_mm < 2.0
    assert movement.notes == ()


def test_dragging_patterns_fit_any_healthy_walker() -> None:
    rng = np.random.default_rng(6)
    for name in PATTERN_NAMES:
        for height_m in (1.3, 1.9):
            mover = default_mover(height_m)
            style = with_pattern(draw_walk_style(rng, mover), name, float(rng.uniform(0.3, 1)), "left")
            movement = walk(mover, style, 50.0, 2.0, rng)
            assert movement.placement.marker_m[..., 1].min() > -0.003


def test_labels_tell_the_pattern() -> None:
    labels = walked("antalgic", 0.5, "left").labels
    assert (labels["pattern"], labels["dose"], labels["affected"]) == ("antalgic", 0.5, "left")
    assert walked("crouch", 1.0).labels["affected"] == "both"
    assert walked("crouch", 0.0).labels["pattern"] == ""


def test_a_parkinsonian_walker_is_stooped_and_still() -> None:
    """Morris 1996: slow by short steps, not by cadence; arms and trunk hardly move."""
    healthy, shuffling = STEADY, with_pattern(STEADY, "parkinsonian_shuffle", 1.0)
    assert shuffling.cadence_spm >= healthy.cadence_spm
    assert shuffling.speed_mps == pytest.approx(0.52 * healthy.speed_mps)
    movement = walked("parkinsonian_shuffle", 1.0)
    assert np.ptp(movement.angle_deg("arm_flex_r")) < 10
    assert np.ptp(movement.angle_deg("pelvis_rotation")) < 4
    assert (movement.angle_deg("pelvis_tilt") + movement.angle_deg("lumbar_extension")).mean() < -15


def test_a_drop_foot_does_not_land_on_its_heel_first() -> None:
    """Steppage: the foot lands flat or toes first, and hip and knee have lifted it."""
    healthy, steppage = walked("drop_foot", 0.0), walked("drop_foot", 1.0)
    landed = steppage.events.times("right", "ic")[0]
    frame = steppage.time.nearest(landed)
    heel, toe = (track_of(steppage, "right", point)[frame, 1] for point in ("heel", "toe"))
    assert toe - heel < 0.02
    assert steppage.angle_deg("hip_flexion_r").max() > healthy.angle_deg("hip_flexion_r").max() + 5


def test_bad_requests_are_told() -> None:
    with pytest.raises(InputError, match="'limp' is no pattern; there are stiff_knee, crouch"):
        with_pattern(STEADY, "limp", 0.5)
    with pytest.raises(InputError, match=r"dose is 2, expected 0 \(healthy\) to 1"):
        with_pattern(STEADY, "crouch", 2)
    with pytest.raises(InputError, match="side is 'near'"):
        with_pattern(STEADY, "stiff_knee", 0.5, "near")  # type: ignore[arg-type]
