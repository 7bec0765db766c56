"""Whose two recordings belong together: by names as tools and people give them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinelab.errors import InputError
from kinelab.study.retest_pairing import pair_days, recording_file


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def test_tracks_of_both_days_lie_in_one_folder(tmp_path: Path) -> None:
    tracks = [f"V000{i}_day{day}_water_run_01_sagittal/track.nc" for i in (1, 2, 3) for day in (1, 2)]
    found = pair_days(touch(tmp_path, *tracks[:-1], tracks[0].replace("track.nc", "track.csv")))
    assert list(found.people) == ["V0001", "V0002"]
    assert [path.name for path in found.people["V0002"]] == [
        "V0002_day1_water_run_01_sagittal",
        "V0002_day2_water_run_01_sagittal",
    ]
    assert found.left_out == ("V0003 (only in day 1)",)


def test_a_study_of_the_laboratory_is_read_as_it_is(tmp_path: Path) -> None:
    trials = [f"V000{i}/day{day}/water_run_01" for i in (1, 2) for day in (1, 2)]
    held = [f"{trial}/{file}" for trial in trials for file in ("truth/kinematics.nc", "markers.trc")]
    found = pair_days(touch(tmp_path, "people.csv", "lab.json", "V0001/model.json", *held))
    assert list(found.people) == ["V0001", "V0002"]
    assert recording_file(found.people["V0001"][1]) == tmp_path / trials[1] / "truth" / "kinematics.nc"


@pytest.mark.parametrize(
    "names",
    [
        ("anna_day1.csv", "anna_day2.csv", "Day-2 berta.csv", "Day-1 berta.csv"),
        ("session_1/anna.csv", "session_2/anna.csv", "session_2/berta.csv", "session_1/berta.csv"),
        ("Visit 4/anna.nc", "Visit 11/anna.nc", "Visit 4/berta.nc", "Visit 11/berta.nc"),
        ("birthday1_anna_day1.h5", "day1_berta.h5", "birthday1_anna_day2.h5", "day2_berta.h5"),
    ],
)
def test_the_day_is_told_by_the_name(tmp_path: Path, names: tuple[str, ...]) -> None:
    found = pair_days(touch(tmp_path, *names))
    assert sorted(name.removeprefix("birthday1_") for name in found.people) == ["anna", "berta"]
    days = [recording.relative_to(tmp_path).as_posix() for recording in found.people["berta"]]
    assert days == [name for name in sorted(names, key=later) if "berta" in name]


def later(name: str) -> bool:
    return any(text in name.lower() for text in ("day2", "day-2", "session_2", "visit 11"))


def test_two_folders_whose_names_say_the_day_too(tmp_path: Path) -> None:
    touch(tmp_path / "first", "anna_day1/track.nc", "berta_day1/track.nc", "berta_day1/track_smoothed.nc")
    touch(tmp_path / "second", "anna_day2/track.nc", "berta_day2/track.nc")
    found = pair_days(tmp_path / "first", tmp_path / "second")
    assert list(found.people) == ["anna", "berta"]
    files = [recording_file(path) for path in found.people["berta"]]
    assert [file.name for file in files if file] == ["track_smoothed.nc", "track.nc"]
    assert recording_file(tmp_path) is None


def test_refusals_of_one_folder(tmp_path: Path) -> None:
    touch(tmp_path / "one", "anna_day1.csv", "berta_day1.csv")
    with pytest.raises(InputError, match=r"its recordings are of days 1; expected two, .* such as anna_day1"):
        pair_days(tmp_path / "one")
    touch(tmp_path / "three", *(f"anna_day{day}.csv" for day in (1, 2, 3)))
    with pytest.raises(InputError, match="are of days 1, 2, 3; expected two"):
        pair_days(tmp_path / "three")
    touch(tmp_path / "none", "anna.csv")
    with pytest.raises(InputError, match=r"are of days none; .* give a folder for each day"):
        pair_days(tmp_path / "none")
    touch(tmp_path / "twice", "anna_day1.csv", "day1/anna.csv", "anna_day2.csv")
    with pytest.raises(InputError, match=r"holds two recordings of anna: anna_day1\.csv and anna\.csv"):
        pair_days(tmp_path / "twice")
    touch(tmp_path / "alone", "anna_day1.csv", "anna_day2.csv")
    with pytest.raises(
        InputError, match=r"1 people have a recording on both days \(day 1: anna; day 2: anna"
    ):
        pair_days(tmp_path / "alone")
