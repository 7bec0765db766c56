from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinelab.core.events import GaitEvents
from kinelab.core.quantities import QUANTITIES
from kinelab.errors import InputError
from kinelab.gait.consensus import consensus
from kinelab.gait.cutting import StrideLimits, cut
from kinelab.gait.detecting import detect_all
from kinelab.gait.measuring import measure, not_measured


def test_every_measure_is_in_the_catalogue_with_its_unit_and_in_its_order(walk) -> None:
    found = measure(
        cut(walk.kinematics, walk.events), walk.events, walk.kinematics, walk.keypoints, lengths_known=True
    )
    # Not of a walk in the plane: runs, landings, landmarks or a pelvis in space, angles of three planes.
    elsewhere = {"step_width_m", "foot_progression_deg", "contact_time_s", "flight_time_s", "duty_factor_pct"}
    elsewhere |= {n for n, row in QUANTITIES.items() if row.group in ("landing", "scores") or "harmonic" in n}
    assert {m.quantity for m in found} == set(QUANTITIES) - elsewhere
    for row in found:
        assert row.unit == QUANTITIES[row.quantity].unit
    places = [list(QUANTITIES).index(m.quantity) for m in found]
    assert places == sorted(places)


def test_from_keypoints_to_measures_near_the_truth(walk) -> None:
    events = consensus(detect_all(walk.keypoints).events)
    strides = cut(walk.kinematics, events, walk.keypoints)
    found = measure(strides, events, walk.kinematics, walk.keypoints, lengths_known=True)
    assert found.get("cadence_spm").value == pytest.approx(120 / 1.1, rel=1e-3)
    assert found.get("speed_mps").value == pytest.approx(1.2, rel=1e-3)
    assert found.get("stance_pct", "left").value == pytest.approx(62, abs=3)
    assert found.get("symmetry_index_step_time_pct").value == pytest.approx(0, abs=0.1)
    knee = walk.kinematics.of("knee_angle_l")
    assert found.get("knee_rom_deg", "left").value == pytest.approx(np.ptp(knee), abs=0.5)


def test_no_lengths_without_a_scale(walk) -> None:
    found = measure(cut(walk.kinematics, walk.events), walk.events, walk.kinematics, walk.keypoints)
    assert not {"speed_mps", "step_length_m", "stride_length_m"} & {m.quantity for m in found}
    strides = cut(walk.kinematics, walk.events)
    texts = [f.text for f in not_measured(strides, walk.events, walk.keypoints)]
    assert texts == ["No lengths and no speed: the scale of the picture is not known."]
    texts = [f.text for f in not_measured(strides, walk.events)]
    assert texts == ["No lengths and no speed: nothing here tells where the feet are."]


def test_one_stride_is_measured_with_a_warning(walk) -> None:
    i = [
        k
        for k, (s, e) in enumerate(zip(walk.events.side, walk.events.kind, strict=True))
        if (s, e) == ("left", "ic")
    ]
    part = slice(i[0], i[1] + 1)
    events = GaitEvents(
        walk.events.side[part], walk.events.kind[part], walk.events.time_s[part], walk.events.sd_s[part],
        walk.events.method[part],
    )  # fmt: skip
    strides = cut(walk.kinematics, events)
    found = measure(strides, events, walk.kinematics)
    row = found.get("stride_time_s", "left")
    assert (row.n, row.ci95) == (1, None)
    assert np.isnan(row.sd)
    warnings = [f.text for f in not_measured(strides, events) if f.level == "warning"]
    assert warnings == [
        "Only 1 stride of the left foot could be measured.",
        "No stride of the right foot could be measured.",
    ]


def test_without_a_used_stride_there_are_reasons_instead_of_measures(walk) -> None:
    strides = cut(walk.kinematics, walk.events, limits=StrideLimits(longest_s=1.0))
    assert len(measure(strides, walk.events, walk.kinematics, walk.keypoints, lengths_known=True)) == 0
    findings = not_measured(strides, walk.events)
    assert [f.text for f in findings if f.level == "warning"] == [
        "No stride of the left foot could be measured.",
        "No stride of the right foot could be measured.",
    ]
    assert (
        findings[2].text
        == f"{strides.n} of {strides.n} strides not used: lasts 1.10 s, allowed are 0.5 to 1 s."
    )


def test_findings_name_the_disputed_events_and_the_treadmill(walk_of) -> None:
    walk = walk_of(treadmill=True)
    spread = np.full(walk.events.time_s.size, 0.01)
    spread[3] = 0.06
    events = replace(walk.events, sd_s=spread)
    findings = not_measured(cut(walk.kinematics, events), events, walk.keypoints, lengths_known=True)
    assert [f.level for f in findings] == ["attention", "info"]
    assert findings[0].text == "The event methods disagree by more than 40 ms on 1 event."
    assert findings[0].evidence == f"look at the frames at {walk.events.time_s[3]:.2f} s"
    assert findings[1].evidence.startswith("belt speed 1.2")


def test_strides_of_another_recording_are_refused(walk, walk_of) -> None:
    strides = cut(walk.kinematics, walk.events)
    short = walk_of(seconds=4.0).kinematics
    with pytest.raises(InputError, match=r"not cut from these kinematics \(2\.00 to 6\.00 s, 11 angles\)"):
        measure(strides, walk.events, short)
