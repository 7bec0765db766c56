"""Where sensors lie, and which findings stop a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinelab.core.subject import Subject
from kinelab.errors import InputError
from kinelab.files.session import Session, SessionFile, write_session
from kinelab.inertial.checking.check import SensorCheck
from kinelab.inertial.checking.finding import Confidence, Finding, Kind
from kinelab.pipeline.inertial_source import find_sensors, recording_record, weigh


def _check(*findings: Finding) -> SensorCheck:
    return SensorCheck((), findings, True, True)


def _finding(kind: Kind, confidence: Confidence = "certain", figure: float = 1.0) -> Finding:
    return Finding(kind, "s1", f"something about {kind}", figure, "", confidence, "[sensors.s1]\nfix = 1")


@pytest.mark.parametrize("kind", ["unit", "gravity", "rate", "sides"])
def test_what_makes_angles_wrong_stops_with_the_correction(kind: Kind) -> None:
    with pytest.raises(InputError, match=rf"s1: something about {kind}.*\n\[sensors.s1\]\nfix = 1"):
        weigh(_check(_finding(kind)), calibrated=True, accept=False)
    (told,) = weigh(_check(_finding(kind)), calibrated=True, accept=True)
    assert told.level == "attention"
    (told,) = weigh(_check(_finding(kind, "possible")), calibrated=True, accept=False)
    assert told.level == "attention"


def test_a_calibration_mends_how_sensors_sit() -> None:
    found = _check(_finding("upside_down", "likely"))
    (told,) = weigh(found, calibrated=True, accept=False)
    assert (told.level, told.evidence) == (
        "info", "the calibration finds how each sensor sits, so this does no harm",
    )  # fmt: skip
    with pytest.raises(InputError, match="something about upside_down"):
        weigh(found, calibrated=False, accept=False)


def test_lost_samples_are_one_sentence() -> None:
    few = weigh(
        _check(_finding("gap", figure=0.2), _finding("gap", figure=0.1)), calibrated=True, accept=False
    )
    assert [f.text for f in few] == ["Samples of 2 sensors were lost, most by s1: 0.20 s in all."]
    assert few[0].level == "info"
    (many,) = weigh(_check(_finding("gap", figure=3.0)), calibrated=True, accept=False)
    assert many.level == "attention"


def test_a_long_list_is_cut() -> None:
    told = weigh(_check(*[_finding("clipped")] * 30), calibrated=True, accept=False)
    assert len(told) == 9
    assert "22 further findings" in told[-1].text


def test_sensors_of_a_session(tmp_path: Path) -> None:
    (tmp_path / "imu").mkdir()
    for name in ("a.csv", "b.csv"):
        (tmp_path / "imu" / name).write_text("x", encoding="utf-8")
    files = tuple(SessionFile(f"imu/{name}", "imu") for name in ("a.csv", "b.csv"))
    write_session(Session(Subject("P7"), files, synthetic=True), tmp_path)
    found = find_sensors(tmp_path)
    assert (found.path, found.subject.id, found.synthetic) == (tmp_path / "imu", "P7", True)
    assert find_sensors(tmp_path / "imu").synthetic
    record = recording_record(tmp_path / "imu")
    assert (record.path, record.size_bytes) == ("imu", 2)
    (tmp_path / "imu" / "b.csv").write_text("y", encoding="utf-8")
    assert recording_record(tmp_path / "imu").sha256 != record.sha256
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "c.csv").write_text("x", encoding="utf-8")
    write_session(Session(Subject("P7"), (*files, SessionFile("more/c.csv", "imu"))), tmp_path)
    with pytest.raises(InputError, match=r"sensors in several folders \(imu, more\); name one of them"):
        find_sensors(tmp_path)
