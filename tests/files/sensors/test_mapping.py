"""Mapping files: what they say is done and noted; what they cannot say is refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kinelab.errors import FileFormatError, InputError
from kinelab.files.sensors.mapping import Mapping, read_mapping
from kinelab.files.sensors.own_tables import write_imu_npz
from kinelab.files.sensors.reading import read_logs, read_sensors

G, DEG = 9.80665, np.pi / 180

TABLE = """\
rate_hz = 100.0
acc_unit = "g"
gyr_unit = "deg/s"
time = { column = "packet", unit = "samples", wrap = 256 }
[sensors.foot_l]
acc = ["left[0]", "left[1]", "left[2]"]
gyr = ["left[3]", "left[4]", "left[5]"]
acc_scale = 0.001
"""


@pytest.fixture
def table(wave, tmp_path: Path) -> Path:
    """An npz of no known layout: counts that wrap at 256, packets 40 to 49 lost, acc in thousandths of g."""
    cells = wave.cells(0, G / 1000, DEG)
    there = np.r_[0:40, 50:300]
    np.savez(tmp_path / "odd.npz", left=cells[there], packet=(200 + there) % 256)
    (tmp_path / "m.toml").write_text(TABLE)
    return tmp_path / "odd.npz"


def test_columns_units_and_wrapping_counts_of_an_unknown_npz(wave, table: Path) -> None:
    read = read_sensors(table, table.with_name("m.toml"))
    assert read.imu.segments == ("foot_l",)
    assert (read.imu.time.n, read.imu.time.rate_hz) == (300, 100.0)
    assert np.isnan(read.imu.gyr_radps[40:50]).all()
    np.testing.assert_allclose(read.imu.acc_mps2[50:, 0], wave.imu.acc_mps2[50:, 0], atol=1e-6)
    np.testing.assert_allclose(read.imu.gyr_radps[:40, 0], wave.imu.gyr_radps[:40, 0], atol=1e-6)
    assert "foot_l: acc times 0.001, as the mapping says" in read.notes


def test_json_says_the_same(table: Path) -> None:
    as_json = table.with_name("m.json")
    as_json.write_text(json.dumps(read_mapping(table.with_name("m.toml")).model_dump(exclude_none=True)))
    assert read_mapping(as_json) == read_mapping(table.with_name("m.toml"))


def test_every_correction_is_applied_as_it_stands_and_noted(wave, tmp_path: Path) -> None:
    write_imu_npz(wave.imu, tmp_path / "w.npz")
    (tmp_path / "m.toml").write_text(
        '[sensors.shank_r]\nsegment = "shank_l"\nhalf_turn = "z"\ngyr_most = 3.0\n'
        '[sensors.shank_l]\nsegment = "shank_r"\nclock_ppm = 20000.0\nclock_offset_s = 0.5\n'
    )
    read = read_sensors(tmp_path / "w.npz", tmp_path / "m.toml")
    left = read.imu.segments.index("shank_l")
    np.testing.assert_allclose(
        read.imu.acc_mps2[:300, left], wave.imu.acc_mps2[:, 0] * [-1, -1, 1], atol=1e-9
    )
    beyond = np.abs(wave.imu.gyr_radps[:, 0]).max(axis=1) >= 3
    np.testing.assert_array_equal(np.isnan(read.imu.gyr_radps[:300, left, 0]), beyond)
    right = read.imu.segments.index("shank_r")
    # What the fast clock calls 0.5 + 1.02 s is 0.5 + 1 s; between samples a spline through 100 Hz is exact.
    assert read.imu.gyr_radps[150, right, 1] == pytest.approx(
        1.3 * np.pi * np.cos(2 * np.pi * 1.3 * 1.02), abs=1e-3
    )
    for said in ("turned by 180 degrees about its z axis", "worn on shank_r", "slowed by 20000 ppm",
                 "moved by +0.5 s", f"{beyond.sum()} samples of gyr at or beyond 3"):  # fmt: skip
        assert any(said in note for note in read.notes), said
    untouched = read_sensors(tmp_path / "w.npz")
    assert not untouched.notes
    np.testing.assert_array_equal(untouched.imu.gyr_radps, wave.imu.gyr_radps)


def test_a_half_turn_turns_orientations_too(wave, makers, tmp_path: Path) -> None:
    path = makers["Opal h5"](wave, tmp_path)
    mapping = Mapping.model_validate({"sensors": {"Right Lower Leg": {"half_turn": "x"}}})
    before, after = read_sensors(path), read_sensors(path, mapping)
    s = before.imu.segments.index("shank_r")
    ground = [np.einsum("tij,tj->ti", r.rotation[:, s], r.imu.acc_mps2[:, s]) for r in (before, after)]
    np.testing.assert_allclose(ground[0], ground[1], atol=1e-9)


def test_a_rate_in_the_mapping_replaces_counted_and_stamped_times(wave, tmp_path: Path) -> None:
    write_imu_npz(wave.imu, tmp_path / "w.npz")
    read = read_sensors(tmp_path / "w.npz", Mapping(rate_hz=128.0))
    assert (read.imu.time.rate_hz, read.imu.time.n) == (128.0, 300)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("rate = 100", "rate: no such entry; a mapping knows .*rate_hz"),
        ('acc_unit = "gee"', "acc_unit: input should be 'm/s2', 'g' or 'mg'"),
        ("rate_hz = -1", "rate_hz: input should be greater than 0"),
        ('time = { column = "n", unit = "samples" }', "time counts samples, so rate_hz is needed"),
        ('time = { column = "n", unit = "s", wrap = 9 }', "wrap belongs to a time that counts samples"),
        ('[sensors.a]\nhalf_turn = "w"', r"sensors\.a\.half_turn: input should be 'x', 'y' or 'z'"),
        ('[sensors.a]\nacc = ["x", "y"]', r"sensors\.a\.acc"),
        ("[sensors", "cannot be read as TOML"),
    ],
)
def test_faults_of_a_mapping_are_named(text: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(text)
    with pytest.raises(FileFormatError, match=problem):
        read_mapping(tmp_path / "m.toml")


def test_what_fits_nothing_is_refused(wave, table: Path, tmp_path: Path) -> None:
    def mapping(**entry: object) -> Mapping:
        return Mapping.model_validate({"rate_hz": 100, "sensors": {"foot_l": entry}})

    with pytest.raises(FileFormatError, match=r"no column 'ax' for acc of foot_l; there are left\[0\]"):
        read_logs(table, mapping(acc=["ax", "ay", "az"]))
    with pytest.raises(FileFormatError, match=r"file = 'foot\*' fits none of odd.npz"):
        read_logs(table, mapping(acc=["ax", "ay", "az"], file="foot*"))
    write_imu_npz(wave.imu, tmp_path / "w.npz")
    with pytest.raises(
        InputError, match="entry 'foot_l' fits no sensor; the recording holds shank_r, shank_l"
    ):
        read_logs(tmp_path / "w.npz", mapping(half_turn="x"))
    with pytest.raises(
        InputError, match=r"two sensors are on one segment: shank_r \(foot_l\), shank_l \(foot_l\)"
    ):
        read_sensors(
            tmp_path / "w.npz",
            Mapping.model_validate({"sensors": {s: {"segment": "foot_l"} for s in ("shank_r", "shank_l")}}),
        )
