"""Every fault that is put into a virtual walk is named where it is, and nothing else is."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.files.sensors.corrections import HALF_TURNS, corrected
from kinelab.files.sensors.mapping import Mapping
from kinelab.files.sensors.sensor_log import SensorLog
from kinelab.inertial.checking.check import check_logs, merged
from kinelab.inertial.checking.finding import Finding

G, DEG = 9.80665, np.pi / 180


def only(logs: list[SensorLog]) -> Finding:
    found = check_logs(logs).findings
    assert len(found) == 1, [(one.kind, one.segment) for one in found]
    return found[0]


def mended(logs: list[SensorLog]) -> tuple[SensorLog, ...]:
    """The logs with every proposed correction applied, as a user would paste it."""
    proposal = check_logs(logs).proposal
    return corrected(logs, Mapping.model_validate(tomllib.loads(proposal)))


def test_a_sound_walk_has_no_finding(walker) -> None:
    check = check_logs(list(walker.values()))
    assert check.findings == ()
    assert check.walking
    assert check.could_compare
    assert check.proposal == ""


@pytest.mark.parametrize("segment", ["pelvis", "thigh_l", "foot_r"])
@pytest.mark.parametrize(("unit", "factor"), [("g", 1 / G), ("mg", 1000 / G)])
def test_acceleration_in_another_unit(spoil, walker, segment: str, unit: str, factor: float) -> None:
    logs = spoil(segment, acc=factor * walker[segment].acc)
    finding = only(logs)
    assert (finding.kind, finding.segment, finding.confidence) == ("unit", segment, "certain")
    assert finding.proposal == f'[sensors.{segment}]\nacc_unit = "{unit}"'
    assert "the file says m/s2" in finding.what
    assert not check_logs(mended(logs)).findings


@pytest.mark.parametrize("segment", ["pelvis", "shank_l", "foot_r"])
def test_angular_velocity_in_degrees(spoil, walker, segment: str) -> None:
    logs = spoil(segment, gyr=walker[segment].gyr / DEG)
    finding = only(logs)
    assert (finding.kind, finding.segment) == ("unit", segment)
    assert 'gyr_unit = "deg/s"' in finding.proposal
    assert not check_logs(mended(logs)).findings


def test_units_that_nobody_told_are_told_by_the_numbers(walker) -> None:
    logs = [replace(log, acc_unit=None, gyr_unit=None, gyr=log.gyr / DEG) for log in walker.values()]
    check = check_logs(logs)
    assert {one.kind for one in check.findings} == {"unit"}
    data = tomllib.loads(check.proposal)["sensors"]
    assert all(data[name] == {"acc_unit": "m/s2", "gyr_unit": "deg/s"} for name in walker)


def test_gravity_that_was_taken_out(spoil, walker) -> None:
    acc = walker["foot_l"].acc
    finding = check_logs(spoil("foot_l", acc=acc - acc.mean(axis=0))).findings[0]
    assert (finding.kind, finding.proposal) == ("gravity", "")
    assert "export the raw acceleration" in finding.what


def test_a_still_sensor_that_reads_another_gravity() -> None:
    rng = np.random.default_rng(0)
    acc = np.array([0, 0, 8.9]) + 0.02 * rng.standard_normal((1000, 3))
    gyr = 0.001 * rng.standard_normal((1000, 3))
    log = SensorLog("hand_r", Path("x"), "t", acc=acc, gyr=gyr, acc_unit="m/s2", gyr_unit="rad/s",
                    time_s=np.arange(1000) / 100)  # fmt: skip
    finding = only([log])
    assert finding.kind == "scale"
    assert finding.figure == pytest.approx(8.9, abs=0.01)
    assert float(finding.proposal.split("=")[1]) == pytest.approx(G / 8.9, rel=1e-3)
    unknown = check_logs([replace(log, acc=acc * G / 8.9, gyr_unit=None)]).findings
    assert [one.what for one in unknown if "too little movement to tell its unit" in one.what]


def test_a_stated_rate_that_the_stamps_contradict(spoil, walker) -> None:
    finding = only(spoil("thigh_r", stated_rate_hz=128.0))
    assert (finding.kind, finding.segment) == ("rate", "thigh_r")
    assert finding.figure == pytest.approx(100.0, abs=0.01)
    assert "states 128 Hz, its stamps tell 100.00 Hz" in finding.what


def test_stamps_that_jitter_repeat_and_go_back(spoil, walker) -> None:
    time_s = np.array(walker["thigh_r"].time_s)
    jittered = time_s + 0.004 * np.random.default_rng(1).uniform(-1, 1, time_s.size)
    assert any(
        "intervals vary by" in one.what for one in check_logs(spoil("thigh_r", time_s=jittered)).findings
    )
    time_s[100] = time_s[99]
    time_s[[200, 201]] = time_s[[201, 200]]
    found = check_logs(spoil("thigh_r", time_s=time_s)).findings
    assert [one.kind for one in found] == [
        "order",
        "gap",
    ]  # where the repeated packet's own place stays empty
    assert "1 stamps come twice and 1 go back" in found[0].what


def test_gaps_are_told_with_their_place_and_stay_open(spoil, walker) -> None:
    log = walker["shank_r"]
    there = np.r_[0:500, 530 : log.n]
    picked = {name: getattr(log, name)[there] for name in ("acc", "gyr", "time_s")}
    finding = only(spoil("shank_r", **picked))
    assert (finding.kind, finding.confidence, finding.proposal) == ("gap", "certain", "")
    assert finding.start_s == pytest.approx(log.time_s[500])
    assert finding.stop_s == pytest.approx(log.time_s[530])
    assert finding.figure == pytest.approx(0.3)


def test_readings_that_a_recorder_repeated(spoil, walker) -> None:
    acc, gyr = np.array(walker["foot_l"].acc), np.array(walker["foot_l"].gyr)
    swings = [start + int(np.abs(gyr[start : start + 100, 1]).argmax()) for start in (300, 700)]
    for start, n in zip(swings, (12, 9), strict=True):
        acc[start : start + n], gyr[start : start + n] = acc[start], gyr[start]
    found = check_logs(spoil("foot_l", acc=acc, gyr=gyr)).findings
    assert [one.kind for one in found] == ["repeated"]
    assert found[0].figure == 12 + 9
    assert found[0].start_s == pytest.approx(walker["foot_l"].time_s[swings[0]])


@pytest.mark.parametrize(("segment", "kind", "most"), [("foot_r", "acc", 40.0), ("shank_l", "gyr", 4.0)])
def test_clipped_readings(spoil, walker, segment: str, kind: str, most: float) -> None:
    values = np.clip(getattr(walker[segment], kind), -most, most)
    logs = spoil(segment, **{kind: values})
    finding = only(logs)
    assert (finding.kind, finding.segment) == ("clipped", segment)
    beyond = np.abs(getattr(walker[segment], kind)).max(axis=1) >= most
    assert finding.figure == beyond.sum()
    lost = next(log for log in mended(logs) if log.segment == segment).signal(kind)
    np.testing.assert_array_equal(np.isnan(lost).any(axis=1), beyond)


def test_coarse_steps_are_no_clipping(spoil, walker) -> None:
    assert not check_logs(spoil("pelvis", gyr=np.round(walker["pelvis"].gyr / 0.01) * 0.01)).findings


@pytest.mark.parametrize("segment", ["thigh_r", "thigh_l", "shank_r"])
@pytest.mark.parametrize("axis", ["y", "z"])
def test_sensors_upside_down(spoil, walker, segment: str, axis: str) -> None:
    log, turn = walker[segment], HALF_TURNS[axis]
    logs = spoil(segment, acc=log.acc * turn, gyr=log.gyr * turn)
    finding = only(logs)
    assert (finding.kind, finding.segment, finding.confidence) == ("upside_down", segment, "likely")
    assert finding.proposal == f'[sensors.{segment}]\nhalf_turn = "{axis}"'
    assert not check_logs(mended(logs)).findings


def test_a_foot_sensor_turned_round_is_told_but_not_which(spoil, walker) -> None:
    log, turn = walker["foot_l"], HALF_TURNS["z"]
    finding = only(spoil("foot_l", acc=log.acc * turn, gyr=log.gyr * turn))
    assert finding.kind in ("turned", "upside_down")
    assert 'half_turn = "z"' in finding.proposal
    assert "foot_l" in finding.sensor


@pytest.mark.parametrize("limbs", [("thigh",), ("shank",), ("foot",), ("thigh", "shank", "foot")])
def test_left_and_right_exchanged(walker, limbs: tuple[str, ...]) -> None:
    other = {f"{limb}_{a}": f"{limb}_{b}" for limb in limbs for a, b in ("rl", "lr")}
    logs = [
        replace(log, name=f"s{i}", segment=other.get(name, name))
        for i, (name, log) in enumerate(walker.items())
    ]
    finding = only(logs)
    assert (finding.kind, finding.segment) == ("sides", " and ".join(limbs))
    right = {log.name: name for log, name in zip(logs, walker, strict=True)}
    assert all(log.segment == right[log.name] for log in mended(logs))


def test_of_two_pairs_that_disagree_it_is_not_said_which(walker) -> None:
    other = {"foot_r": "foot_l", "foot_l": "foot_r"}
    legs = [replace(log, segment=other.get(name, name), acc=log.acc[:, [0, 2, 1]], gyr=log.gyr[:, [0, 2, 1]])
            for name, log in walker.items() if name[:4] in ("foot", "shan")]  # fmt: skip
    finding = next(one for one in check_logs(legs).findings if one.kind == "sides")
    assert finding.confidence == "possible"
    assert "As well it may be those of" in finding.what


def test_one_sensor_that_nobody_walks_with_is_not_compared(walker) -> None:
    check = check_logs([walker["pelvis"]])
    assert check.findings == ()
    assert not check.walking


def test_sensors_that_cannot_be_compared_are_still_checked_alone(walker) -> None:
    late = replace(walker["foot_r"], time_s=walker["foot_r"].time_s + 1e4)
    check = check_logs([walker["foot_l"], late])
    assert not check.could_compare
    assert any(
        "could not be compared" in one.what and "never record together" in one.what for one in check.findings
    )
    with pytest.raises(InputError, match="no sensor to check"):
        check_logs([])


def test_proposals_of_one_sensor_become_one_entry() -> None:
    text = merged(
        (
            "rate_hz = 5",
            '[sensors.a]\nacc_unit = "g"',
            "[sensors.b]\nx = 1",
            '[sensors.a]\ngyr_unit = "deg/s"',
        )
    )
    assert tomllib.loads(text) == {
        "rate_hz": 5, "sensors": {"a": {"acc_unit": "g", "gyr_unit": "deg/s"}, "b": {"x": 1}},
    }  # fmt: skip
