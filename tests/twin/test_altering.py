"""A twin keeps to the ground and to what was asked, and leaves the rest alone."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.core.events import SIDES
from kinelab.errors import GaitError, InputError
from kinelab.gait.cutting import cut
from kinelab.gait.lengths_in_space import lengths_in_space
from kinelab.gait.spatiotemporal import times_and_phases
from kinelab.markers.trial import NO_EVENTS
from kinelab.twin.alteration import Alteration
from kinelab.twin.altering import Twin, alter
from kinelab.twin.checks import check_twin
from kinelab.twin.feet import landmarks_of, sole_rows
from kinelab.twin.joint_limits import hanging
from kinelab.twin.person import kinematics_of

WAYS = {
    "slower": Alteration(80.0),
    "faster": Alteration(125.0),
    "longer": Alteration(step_length_pct=115.0),
    "left longer": Alteration(step_length_pct=112.0, side="left"),
    "calm": Alteration(100.0, step_length_pct=110.0),
    "stiff knee": Alteration(knee_max_deg=30.0, side="right"),
    "dropped foot": Alteration(foot_drop_deg=15.0, side="left"),
    "steppage": Alteration(foot_drop_deg=15.0, side="left", clearing="steppage"),
    "all": Alteration(85.0, knee_max_deg=35.0, foot_drop_deg=10.0, side="right", clearing="circumduction"),
}


@pytest.fixture(scope="module")
def twins(walker):
    @cache
    def make(name: str) -> Twin:
        return alter(walker.person, walker.movement.events, WAYS[name])

    return make


def lengths(coordinates, time, person, events):
    """Mean speed, step lengths by side and cadence by the gait room's own functions."""
    points = landmarks_of(person.model, coordinates, time)
    strides = cut(kinematics_of(person, coordinates, time, time.time_s, ()), events)
    rows = (*lengths_in_space(strides, events, points), *times_and_phases(strides, events))
    return {(m.quantity, m.side): m.value for m in rows}


def of(walker, twin: Twin):
    own = lengths(walker.person.coordinates, walker.person.time, walker.person, walker.movement.events)
    return own, lengths(twin.coordinates, twin.time, walker.person, twin.events)


def test_without_alteration_the_twin_is_the_person(walker) -> None:
    twin = alter(walker.person, walker.movement.events, Alteration())
    assert np.abs(twin.coordinates - walker.person.coordinates).max() < 1e-6
    assert np.abs(twin.kinematics.angle_deg - walker.kinematics.angle_deg).max() < 1e-6
    assert twin.time == walker.kinematics.time
    assert twin.events is walker.movement.events


@pytest.mark.parametrize("name", WAYS)
def test_standing_feet_stand(twins, name: str) -> None:
    check = check_twin(twins(name))
    for foot in check.feet:
        assert foot.slide_mm < 10.0
        assert foot.slide_mm < foot.own_slide_mm + 3.0
        assert foot.away_mm < 3.0
    assert not check.outside_deg


@pytest.mark.parametrize("name", WAYS)
def test_a_twin_is_marked_for_ever(twins, name: str) -> None:
    kinematics = twins(name).kinematics
    assert kinematics.provenance.synthetic
    assert "altered in silico, never measured" in kinematics.provenance.steps[-1]
    assert np.isnan(kinematics.sd_deg).all()


@pytest.mark.parametrize(("name", "factor"), [("slower", 0.80), ("faster", 1.25)])
def test_speed_is_shared_by_the_walk_ratio(walker, twins, name: str, factor: float) -> None:
    own, new = of(walker, twins(name))
    assert new["speed_mps", "both"] / own["speed_mps", "both"] == pytest.approx(factor, rel=0.01)
    assert new["cadence_spm", "both"] / own["cadence_spm", "both"] == pytest.approx(factor**0.5, rel=0.01)
    steps = [np.mean([one["step_length_m", side] for side in SIDES]) for one in (own, new)]
    assert steps[1] / steps[0] == pytest.approx(factor**0.5, rel=0.01)
    # Slower walkers stand longer on both feet.
    longer = new["double_support_pct", "both"] - own["double_support_pct", "both"]
    assert (longer > 1.0) if factor < 1 else (longer < -1.0)


def test_longer_steps_leave_the_cadence(walker, twins) -> None:
    own, new = of(walker, twins("longer"))
    assert new["cadence_spm", "both"] == pytest.approx(own["cadence_spm", "both"], rel=0.002)
    for side in SIDES:
        assert new["step_length_m", side] / own["step_length_m", side] == pytest.approx(1.15, rel=0.01)
    assert new["speed_mps", "both"] / own["speed_mps", "both"] == pytest.approx(1.15, rel=0.01)


def test_steps_and_speed_together_set_the_cadence(walker, twins) -> None:
    own, new = of(walker, twins("calm"))
    assert new["speed_mps", "both"] == pytest.approx(own["speed_mps", "both"], rel=0.01)
    assert new["cadence_spm", "both"] / own["cadence_spm", "both"] == pytest.approx(1 / 1.1, rel=0.01)


def test_one_side_can_step_further(walker, twins) -> None:
    own, new = of(walker, twins("left longer"))
    assert new["step_length_m", "left"] / own["step_length_m", "left"] == pytest.approx(1.12, rel=0.015)
    assert new["step_length_m", "right"] / own["step_length_m", "right"] == pytest.approx(1.0, abs=0.015)


def test_longer_steps_lower_the_pelvis_and_swing_the_hip_more(walker, twins) -> None:
    twin, person = twins("longer"), walker.person
    height = person.pelvis_columns[1]
    assert twin.coordinates[:, height].mean() < twin.own[:, height].mean() - 0.003
    hip = person.model.coordinate_index("hip_flexion_r")
    assert np.ptp(twin.coordinates[:, hip]) > np.ptp(twin.own[:, hip]) + np.radians(3.0)


def test_a_limited_knee_never_bends_further_and_the_other_leg_is_untouched(walker, twins) -> None:
    twin = twins("stiff knee")
    assert twin.kinematics.of("knee_angle_r").max() <= 30.0 + 1e-9
    assert twin.kinematics.of("knee_angle_r").max() > 29.0
    for name in walker.kinematics.names:
        if name.endswith("_l") or name.startswith(("pelvis", "lumbar")):
            assert np.abs(twin.kinematics.of(name) - walker.kinematics.of(name)).max() < 1e-9, name
    foot = check_twin(twin).foot("right")
    assert foot.clearance_mm < 0 < foot.own_clearance_mm
    assert foot.scuffs_pct > 5


def test_a_dropped_foot_hangs_at_its_angle_and_its_clearance_is_that_of_the_model(walker, twins) -> None:
    twin, model = twins("dropped foot"), walker.person.model
    time_s = twin.time.time_s
    hangs = hanging(twin.feet["left"].free_times(time_s), time_s, lands=True) > 0.999
    ankle = twin.kinematics.of("ankle_angle_l")[hangs]
    assert ankle.max() <= -15.0 + 1e-9
    # Closed form: the same pose with the ankle put there by hand has its sole where the twin's is.
    pose = twin.coordinates[hangs].copy()
    deepest = np.argmin(forward(model, pose).marker_m[:, sole_rows(model, "left"), 1].min(axis=1))
    pose[deepest, model.coordinate_index("ankle_angle_l")] = np.radians(-15.0)
    lowest = (forward(model, pose[deepest]).marker_m[sole_rows(model, "left"), 1]
              - twin.feet["left"].ground.level_m).min()  # fmt: skip
    assert check_twin(twin).foot("left").under_mm == pytest.approx(-1e3 * lowest, abs=0.5)


def test_steppage_gives_the_clearance_back_with_hip_and_knee(twins) -> None:
    dropped, stepping = (check_twin(twins(n)).foot("left") for n in ("dropped foot", "steppage"))
    assert dropped.clearance_mm < 0
    assert stepping.clearance_mm == pytest.approx(stepping.own_clearance_mm, abs=0.6)
    twin = twins("steppage")
    assert min(twin.raised["left"].raised_deg) > 1.0
    assert (
        twin.kinematics.of("knee_angle_l").max()
        > twins("dropped foot").kinematics.of("knee_angle_l").max() + 3
    )


def test_hiking_raises_the_pelvis_on_the_side_of_the_stiff_knee(walker) -> None:
    events = walker.movement.events
    twin = alter(walker.person, events, Alteration(knee_max_deg=35.0, side="right", clearing="hiking"))
    change = np.degrees(twin.coordinates - twin.own)[:, walker.person.model.coordinate_index("pelvis_list")]
    # Positive lowers the right side.
    assert change.min() < -3.0
    assert change.max() < 1e-9
    foot = check_twin(twin).foot("right")
    assert foot.clearance_mm == pytest.approx(foot.own_clearance_mm, abs=1.0)
    assert check_twin(twin).foot("left").slide_mm < 10.0


def test_bad_input_is_told(walker) -> None:
    with pytest.raises(InputError, match=r"speed_pct is 20, allowed are 40 to 200 %"):
        Alteration(20)
    with pytest.raises(InputError, match="clearing hiking without a limited knee or a dropped foot"):
        Alteration(clearing="hiking")
    with pytest.raises(InputError, match=r"the way turns by 60 deg.*straight way only"):
        alter(replace(walker.person, turn_deg=60.0), walker.movement.events, Alteration(90))
    with pytest.raises(GaitError, match="foot stands 0 times on the ground"):
        alter(walker.person, NO_EVENTS, Alteration(90))
