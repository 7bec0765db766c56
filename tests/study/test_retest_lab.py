"""The whole of Cronin's path once, as small as it can be: filmed, labelled, learnt, followed, and gone on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from kinelab.files.session import read_session
from kinelab.study.retest_lab import LANDMARKS, QUICK, follow_runners
from kinelab.study.retest_reliability import reliability
from kinelab.study.retest_validation import markdown

TINY = replace(QUICK, duration_s=2.5, size_px=(96, 64), rate_hz=15.0, per_video=2, steps=2, long_side_px=96)


def test_the_whole_path_and_the_way_back_to_it(tmp_path: Path) -> None:
    pytest.importorskip("timm")
    pytest.importorskip("lightning")
    quiet = Console(quiet=True)
    runners = follow_runners(TINY, tmp_path, quiet, jobs=1)
    assert sorted(runners.exact) == ["V0001", "V0002", "V0003"]
    assert runners.project.landmarks == LANDMARKS
    assert len(runners.untaught) == 1
    cadence = next(row for row in reliability(runners.exact) if row.quantity == "Cadence")
    for person, found in zip(cadence.people, cadence.values, strict=True):
        for day, steps_per_min in zip((1, 2), found, strict=True):
            labels = read_session(tmp_path / "lab" / person / f"day{day}" / "water_run_01").labels
            asked = 2 * float(labels["strides_per_min"])
            assert steps_per_min == pytest.approx(asked, rel=0.1)  # strides differ by 3 % (SD)
    tracks = sorted(path.name for path in (tmp_path / "project" / "tracks").iterdir())
    assert tracks == [f"V000{i}_day{day}_water_run_01_sagittal" for i in (1, 2, 3) for day in (1, 2)]
    made = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.suffix in (".mp4", ".nc")}
    again = follow_runners(TINY, tmp_path, quiet, jobs=1)
    assert made == {path: path.stat().st_mtime_ns for path in made}
    assert len(made) > 12
    np.testing.assert_array_equal(again.evaluation.predicted_px, runners.evaluation.predicted_px)
    assert markdown(TINY, again, quick=True) == markdown(TINY, runners, quick=True)
