"""The reproduction of D3KE's tables: ways whose errors are put in by hand give the numbers that they must."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kinelab.body.own_body import own_body
from kinelab.cli import main
from kinelab.errors import FileFormatError, InputError
from kinelab.monocular.examples import Examples, Shard
from kinelab.monocular.head import Head
from kinelab.monocular.poses import Poses
from kinelab.monocular.scores import skin_markers_m, truth_of
from kinelab.monocular.sequences import SequenceDesign, make_sequences, people_of
from kinelab.study import bittner2022, bittner2022_paper
from kinelab.study.bittner2022_speed import table5
from kinelab.study.bittner2022_tables import strength, table1, table2, table3, table4, table6
from kinelab.study.bittner2022_ways import Judged, Told, Way, judged

MODEL = own_body()
TOLD = Head(MODEL).columns
SIZE_PX = 32


@dataclass
class Fake:
    """A way that is wrong by so much: all angles by off_deg (its sign by the view), lengths by factor."""

    name: str = "direct"
    key: str = "1"
    off_deg: float = 0.0
    by_view: bool = False
    factor: float = 0.0
    shake_deg: float = 0.0
    own_markers: bool = False
    lost: int = 0
    size_px: int = SIZE_PX
    asked: int = 0

    def tell(self, shard: Shard) -> Told:
        self.asked += 1
        truth = truth_of(shard.labels, (self.size_px, self.size_px), MODEL)
        n, rng = len(truth.coordinates), np.random.default_rng(0)
        sign = np.where(self.by_view & (shard.labels["view"] == 1), -1.0, 1.0)[:, None]
        coordinates = truth.coordinates.copy()
        coordinates[:, TOLD] += np.radians(
            sign * self.off_deg + self.shake_deg * rng.standard_normal((n, 34))
        )
        coordinates[: self.lost] = np.nan
        poses = Poses(
            model=MODEL, coordinates=coordinates, sd_rad=np.zeros_like(coordinates),
            scale=truth.scale + self.factor, view_rotation=truth.view_rotation, view_sd_rad=np.zeros(n),
            landmarks=(), landmark_px=np.zeros((n, 0, 2)), landmark_sd_px=np.zeros((n, 0)), size_px=(1, 1),
        )  # fmt: skip
        skin = skin_markers_m(shard.labels, (self.size_px,) * 2) if self.own_markers else None
        return Told(poses, skin)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Examples:
    design = SequenceDesign(frames=6, movements=2, size_px=SIZE_PX)
    return make_sequences(tmp_path_factory.mktemp("clips"), design, people_of(design.lab, "test")[:3])


def _judged(ways: Sequence[Way], clips: Examples, folder: Path) -> list[Judged]:
    return [judged(way, clips, folder) for way in ways]


def _row(frame: pd.DataFrame, way: str) -> pd.Series:
    return frame.set_index("way").loc[way]


def test_known_errors_come_out(clips: Examples, tmp_path: Path) -> None:
    ways = (Fake("direct", off_deg=2.0, factor=0.01), Fake("cms", off_deg=4.0, own_markers=True))
    found = _judged(ways, clips, tmp_path)
    first = table1(found)
    assert _row(first, "direct")["mae_angle_deg"] == pytest.approx(2.0, abs=1e-4)
    assert _row(first, "direct")["mae_legs_deg"] == pytest.approx(2.0, abs=1e-4)
    assert _row(first, "direct")["sd_of_people_deg"] == pytest.approx(0.0, abs=1e-4)
    assert _row(first, "cms")["mpblpe_mm"] == pytest.approx(0.0, abs=1e-3)  # it told the skin's markers
    assert _row(first, "cms")["mae_body_mm"] == pytest.approx(0.0, abs=1e-3)
    assert _row(first, "direct")["mpblpe_mm"] > 5
    assert _row(first, "direct")["paper_mae_angle_deg"] == 3.58
    constant = _row(first, "constant")
    truth = found[0].truth.angle_deg
    assert constant["mae_angle_deg"] == pytest.approx(np.abs(truth - np.median(truth, axis=0)).mean())
    assert constant["mae_legs_deg"] > 5
    second = table2(found)
    own = second[(second["way"] == "direct") & (second["segment"] == "femur")].iloc[0]
    assert own["rmse_factor"] == pytest.approx(0.01, abs=1e-5)
    assert 3.5 < own["mae_mm"] < 5.0  # a hundredth of a thigh's length
    assert own["paper_mae_mm"] == 22.21


def test_who_stands_still_is_not_judged(clips: Examples, tmp_path: Path) -> None:
    (found,) = _judged([Fake()], clips, tmp_path)
    assert len(found.clips.person) == 3 * 2 * 2 * 6
    assert "static" not in np.array(found.clips.movements)[np.unique(found.clips.movement)]
    assert len(found.clips.both) == 6


def test_the_mean_of_two_views_cancels_what_is_opposite(clips: Examples, tmp_path: Path) -> None:
    frame = table3(_judged([Fake(off_deg=3.0, by_view=True), Fake("cms", off_deg=3.0)], clips, tmp_path))
    assert _row(frame, "direct")["mae_angle_deg"] == pytest.approx(0.0, abs=1e-3)
    assert _row(frame, "cms")["mae_angle_deg"] == pytest.approx(3.0, abs=1e-3)
    assert _row(frame, "cms")["sd_angle_deg"] == pytest.approx(0.0, abs=1e-3)


def test_what_shakes_is_faster_than_the_truth(clips: Examples, tmp_path: Path) -> None:
    frame = table4(_judged([Fake(), Fake("direct_lstm", shake_deg=1.0)], clips, tmp_path))
    still, shaken, truth = (_row(frame, way) for way in ("direct", "direct_lstm", "truth"))
    assert still["mv_angle_dps"] == pytest.approx(truth["mv_angle_dps"], rel=1e-3)
    assert still["mv_bl_mmps"] == pytest.approx(truth["mv_bl_mmps"], rel=1e-3)
    # The mean of |x - y| for two normal numbers is 2 / sqrt(pi) sd, 30 times a second.
    assert shaken["mv_angle_dps"] > truth["mv_angle_dps"]
    assert shaken["mv_angle_dps"] < truth["mv_angle_dps"] + 30 * 2 / np.sqrt(np.pi) * 1.1


def test_groups_have_their_members(clips: Examples, tmp_path: Path) -> None:
    frame = table6(_judged([Fake(off_deg=2.0)], clips, tmp_path)[0])
    assert frame["members"].tolist()[:2] == [20, 20]  # 14 of two sides and 6 of the middle
    assert frame["members"].tolist()[4:] == [3, 3]
    np.testing.assert_allclose(frame["mae_deg_median"], 2.0, atol=1e-3)
    np.testing.assert_allclose(frame["mae_deg_iqr"], 0.0, atol=1e-3)
    np.testing.assert_allclose(frame["rho_median"], 1.0, atol=1e-3)
    assert set(frame["strength"]) == {"excellent"}
    assert frame["paper_rho_iqr"].tolist() == [0.16, 0.21, 0.11, 0.11, 0.04, 0.04]


@pytest.mark.parametrize(
    ("rho", "word"),
    [(0.35, "weak"), (-0.36, "moderate"), (0.67, "moderate"), (0.9, "strong"), (0.91, "excellent"),
     (np.nan, "none")],
)  # fmt: skip
def test_correlations_have_taylors_words(rho: float, word: str) -> None:
    assert strength(rho) == word


def test_estimates_are_made_once_and_again_when_the_way_changes(clips: Examples, tmp_path: Path) -> None:
    way = Fake(off_deg=1.0)
    first = judged(way, clips, tmp_path)
    again = judged(way, clips, tmp_path)
    assert way.asked == 3
    np.testing.assert_array_equal(first.told.coordinates, again.told.coordinates)
    way.key, way.off_deg = "2", 5.0
    assert _row(table1([judged(way, clips, tmp_path)]), "direct")["mae_angle_deg"] == pytest.approx(
        5.0, abs=1e-3
    )
    assert way.asked == 6
    damaged = next((tmp_path / "direct").glob("*.safetensors"))
    damaged.write_bytes(damaged.read_bytes()[:100])
    judged(way, clips, tmp_path)
    assert way.asked == 7


def test_lost_frames_are_counted_and_left_out(clips: Examples, tmp_path: Path) -> None:
    frame = table1(_judged([Fake("mediapipe", off_deg=1.0, lost=3)], clips, tmp_path))
    assert frame["told_share"][0] == pytest.approx(1 - 9 / 72)
    assert frame["mae_angle_deg"][0] == pytest.approx(1.0, abs=1e-3)


def test_all_parts_are_written_and_stand_on_the_page(clips: Examples, tmp_path: Path) -> None:
    speeds = tmp_path / "speed.json"
    rows = [{"way": "direct", "network": "small", "batch": b, "frames_per_s": 10.0 * b} for b in (1, 16)]
    speeds.write_text(json.dumps({"rows": rows}), encoding="utf-8")
    request = bittner2022.Request(examples=clips.folder, benchmark=speeds)
    ways = [Fake(off_deg=2.0), Fake("cms", off_deg=4.0, shake_deg=1.0)]
    out = tmp_path / "out"
    text = bittner2022.reproduce(bittner2022.WHAT, ways, request, out)
    assert "direct, frame by frame" in text
    assert "2.00 (3.58)" in text
    assert "below the best of many" in " ".join(text.split())
    assert "10.0 (0.9)" in text
    for name in (*(f"table{i}.csv" for i in range(1, 7)), "series.csv", "figure4.svg", "figure4.png"):
        assert (out / name).is_file(), name
    assert pd.read_csv(out / "table1.csv")["synthetic"].tolist() == [1, 1, 1]
    page = tmp_path / "page.md"
    page.write_text("<!-- begin d3ke -->\n<!-- end d3ke -->\n", encoding="utf-8")
    bittner2022.put_on_page(out, page, "kinelab reproduce d3ke all")
    assert "(figures/d3ke_figure4.svg" in page.read_text(encoding="utf-8")
    assert (tmp_path / "figures" / "d3ke_figure4.svg").is_file()


def test_the_command_draws_judges_and_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "kinelab.study.bittner2022_choice.ways_of", lambda _: [Fake(off_deg=1.5, size_px=160)]
    )
    start = ["reproduce", "d3ke", "table1,table6", "--quick", "--quiet", "--out", str(tmp_path / "out")]
    assert main(start) == 0
    assert "1.50 (3.58)" in capsys.readouterr().out
    assert len(list((tmp_path / "out" / "clips_quick").glob("*.safetensors"))) == 2
    assert main([*start, "--seed", "5"]) == 2
    assert "another design or seed" in capsys.readouterr().err
    monkeypatch.undo()
    assert main([*start[:3], "--direct", "nowhere.safetensors", "--out", str(tmp_path / "x")]) == 2
    assert "nowhere.safetensors" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()
    assert main(["reproduce", "d3ke", "table1", "--movi", str(tmp_path), "--out", str(tmp_path / "x")]) == 2
    assert "--smpl is not given; give male=FILE" in capsys.readouterr().err
    assert main(["reproduce", "d3ke", "table5", "--out", str(tmp_path / "x")]) == 2
    assert "--benchmark" in capsys.readouterr().err


def test_bad_requests_are_refused(clips: Examples, tmp_path: Path) -> None:
    request = bittner2022.Request(examples=clips.folder)
    with pytest.raises(InputError, match="no part table9 of the paper; there are table1"):
        bittner2022.reproduce(["table9"], [Fake()], request, tmp_path)
    with pytest.raises(InputError, match="give the file that benchmarks"):
        bittner2022.reproduce(["table5"], [], request, tmp_path)
    with pytest.raises(InputError, match="no way to judge: name a network"):
        bittner2022.reproduce(["table1"], [], request, tmp_path)
    with pytest.raises(InputError, match="holds no part of the reproduction yet"):
        bittner2022.section(tmp_path)
    with pytest.raises(InputError, match="no such file; benchmarks"):
        table5(tmp_path / "none.json")
    for text, match in (("[]", "is no benchmark"), ('{"rows": [{"way": "direct"}]}', "lacks network, batch")):
        (tmp_path / "bad.json").write_text(text, encoding="utf-8")
        with pytest.raises(FileFormatError, match=match):
            table5(tmp_path / "bad.json")


def test_the_papers_own_numbers_agree_with_each_other() -> None:
    one, four = bittner2022_paper.TABLE1, bittner2022_paper.TABLE4
    assert 1 - one["direct_transformer"][2] / one["cms_transformer"][2] == pytest.approx(0.374, abs=0.001)
    assert four["direct_transformer"][1] == bittner2022_paper.TABLE3["direct_transformer"][2]
