"""On real recordings no alarm is false: what is found there is there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.files.sensors.mapping import Mapping
from kinelab.inertial.checking.check import check_sensors

pytestmark = pytest.mark.shared


def stroke(person: int, **extra: object) -> Mapping:
    """People after stroke on a treadmill, all sensors by one packet counter."""
    places = {
        "pelvis": "lumbar", "shank_l": "leftshank", "shank_r": "rightshank",
        "foot_l": "leftfoot", "foot_r": "rightfoot",
    }  # fmt: skip
    sensors = {
        name: {"acc": [f"{place}_q[{i}]" for i in (0, 1, 2)], "gyr": [f"{place}_q[{i}]" for i in (3, 4, 5)],
               "acc_scale": 0.005, "gyr_scale": 0.001}
        for name, place in places.items()
    }  # fmt: skip
    time = {} if person == 7 else {"time": {"column": "packet", "unit": "samples", "wrap": 65536}}
    return Mapping.model_validate({"rate_hz": 100, "sensors": sensors, **time, **extra})


@pytest.mark.parametrize("person", [2, 3, 5, 7])
def test_people_after_stroke_raise_no_alarm(shared_data: Path, person: int) -> None:
    path = shared_data / "imu" / "stroke_treadmill" / f"pp0{person}.npz"
    check = check_sensors(path, stroke(person, acc_unit="m/s2", gyr_unit="rad/s"))
    assert check.walking
    assert [one.what for one in check.findings] == []


@pytest.mark.parametrize("limbs", [("shank",), ("foot",), ("shank", "foot")])
@pytest.mark.parametrize("person", [4, 6])
def test_their_sides_exchanged(shared_data: Path, person: int, limbs: tuple[str, ...]) -> None:
    mapping = stroke(person, acc_unit="m/s2", gyr_unit="rad/s").model_dump(exclude_none=True)
    for limb in limbs:
        mapping["sensors"][f"{limb}_r"]["segment"] = f"{limb}_l"
        mapping["sensors"][f"{limb}_l"]["segment"] = f"{limb}_r"
    path = shared_data / "imu" / "stroke_treadmill" / f"pp0{person}.npz"
    found = check_sensors(path, Mapping.model_validate(mapping)).findings
    assert [(one.kind, one.segment) for one in found] == [("sides", " and ".join(limbs))]


@pytest.mark.parametrize(("segment", "kind"), [("shank_r", "upside_down"), ("foot_l", "turned")])
def test_their_sensors_turned_round(shared_data: Path, segment: str, kind: str) -> None:
    mapping = stroke(1, acc_unit="m/s2", gyr_unit="rad/s").model_dump(exclude_none=True)
    mapping["sensors"][segment]["half_turn"] = "z"
    path = shared_data / "imu" / "stroke_treadmill" / "pp01.npz"
    found = check_sensors(path, Mapping.model_validate(mapping)).findings
    assert [one.kind for one in found] == [kind]
    assert segment in found[0].segment


def test_their_units_are_told_by_the_numbers_alone(shared_data: Path) -> None:
    check = check_sensors(shared_data / "imu" / "stroke_treadmill" / "pp04.npz", stroke(4))
    proposals = [one.proposal for one in check.findings]
    assert sum('acc_unit = "m/s2"' in text for text in proposals) == 5
    assert sum('gyr_unit = "rad/s"' in text for text in proposals) == 5


def test_feet_of_two_laboratories_whose_files_tell_no_units(shared_data: Path) -> None:
    found = check_sensors(shared_data / "imu" / "gaitmap" / "imu_sample.csv").findings
    proposals = "\n".join(one.proposal for one in found)
    assert proposals.count('acc_unit = "m/s2"') == 2
    assert proposals.count('gyr_unit = "deg/s"') == 2
    assert "rate_hz = ..." in proposals


def test_lower_backs_in_g_and_degrees(shared_data: Path) -> None:
    folder = shared_data / "imu" / "mobgap" / "example_data" / "data_csv"
    for path in sorted(folder.glob("*/*/*.csv")):
        proposals = "\n".join(one.proposal for one in check_sensors(path).findings)
        assert 'acc_unit = "g"' in proposals, path
        assert 'gyr_unit = "deg/s"' in proposals, path


def test_makers_logs_have_gaps_and_nothing_else(shared_data: Path) -> None:
    for name, kinds in (
        ("opensense_example", set()),
        ("imt_example/knee_tracking1", set()),
        ("ximu3_lower_body", {"gap"}),
    ):
        check = check_sensors(shared_data / "imu" / name)
        assert {one.kind for one in check.findings} == kinds, name


def test_broad_holds_filled_up_gaps(shared_data: Path) -> None:
    """Readings repeated up to 10 times, after which the sensor jumps by ten times its usual step."""
    mapping = {"rate_hz": 2000 / 7, "acc_unit": "m/s2", "gyr_unit": "rad/s", "sensors": {"hand_r": {
        kind: [f"imu_{kind}[{i}]" for i in range(3)] for kind in ("acc", "gyr")}}}  # fmt: skip
    path = shared_data / "imu" / "broad_orientation" / "12_undisturbed_slow_translation_C.npz"
    found = check_sensors(path, Mapping.model_validate(mapping)).findings
    assert [one.kind for one in found] == ["repeated"]
    with np.load(path) as held:
        assert (held["imu_gyr"][36850] == held["imu_gyr"][36859]).all()
        assert np.abs(held["imu_gyr"][36860] - held["imu_gyr"][36859]).max() > 0.4
