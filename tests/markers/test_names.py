from __future__ import annotations

import pytest

from kinelab.markers.names import mirror_pairs, region, same_markers


@pytest.mark.parametrize(
    ("trial", "model"),
    [
        ("R.ASIS", "RASI"), ("r.ASIS_study", "RASI"), ("LPSIS", "L.PSIS"), ("RLFC", "RKNE"),
        ("RKNE", "R.Knee.Lat"), ("L_mknee_study", "LMFC"), ("V.Sacral", "SACR"), ("LLM", "LANK"),
        ("RLTHI", "RTHI"), ("LLTHI", "LTHI"), ("R.Heel", "RCAL"), ("JN", "CLAV"), ("rACR", "R.Acromium"),
        ("r_5meta_study", "RMT5"), ("Top.Head", "HDTP"), ("L_lwrist_study", "LWRA"), ("RTOE", "RFM2"),
    ],
)  # fmt: skip
def test_names_of_one_point(trial: str, model: str) -> None:
    assert same_markers([trial], [model]) == {trial: model}
    assert same_markers([model], [trial]) == {model: trial}


@pytest.mark.parametrize(
    ("trial", "model"),
    [
        ("RASI", "LASI"),
        ("RKNE", "RMFC"),
        ("LANK", "LMMAL"),
        ("RTH1", "RTHI"),
        ("SACR", "RASI"),
        ("LMT1", "LMT5"),
    ],
)
def test_other_points_are_not_mixed_up(trial: str, model: str) -> None:
    assert same_markers([trial], [model]) == {}


def test_equal_names_come_first_and_none_twice() -> None:
    assert same_markers(["RHEE", "RCAL"], ["RCAL", "X"]) == {"RCAL": "RCAL"}
    assert same_markers(["RHEE", "rheel"], ["RCAL"]) == {"RHEE": "RCAL"}
    assert same_markers(["rasi", "RASI"], ["RASI"]) == {"RASI": "RASI"}


def test_mirror_pairs_of_all_spellings() -> None:
    names = (
        "LASI",
        "RASI",
        "L.MT1",
        "R.MT1",
        "knee_l",
        "knee_r",
        "HipLeft",
        "HipRight",
        "C7",
        "RBAK",
        "RLM",
        "LLM",
    )
    assert set(mirror_pairs(names)) == {
        ("LASI", "RASI"), ("L.MT1", "R.MT1"), ("knee_l", "knee_r"), ("HipLeft", "HipRight"), ("LLM", "RLM"),
    }  # fmt: skip


def test_regions() -> None:
    assert [region(n) for n in ("R.Heel.Top", "LTOE", "SACR", "L.Iliac.Crest", "C7", "RSHO", "RTHI")] == [
        "feet", "feet", "pelvis", "pelvis", "trunk", "trunk", None,
    ]  # fmt: skip
