from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

pytest.importorskip("lightning")

from kinelab.learning.run_diary import RunDiary


class Run:
    """What a diary asks of a learner."""

    elapsed_s, global_step = 10.0, 2


class Trainer:
    def save_checkpoint(self, path: Path) -> None:
        path.write_text("state")


def test_lines_of_steps_that_are_done_anew_go(tmp_path: Path) -> None:
    diary = RunDiary(cast(Any, Run()), tmp_path / "log.csv", tmp_path / "state", 60.0)
    for step in (1, 2, 3):
        diary.write({"step": step, "loss": 0.5})
    diary.on_train_start()
    assert (tmp_path / "log.csv").read_text().splitlines() == ["step,loss", "1,0.5", "2,0.5"]
    diary.write({"step": 3, "loss": 0.4})
    assert (tmp_path / "log.csv").read_text().splitlines()[-1] == "3,0.4"


def test_the_state_is_kept_when_it_is_time(tmp_path: Path) -> None:
    run = Run()
    diary = RunDiary(cast(Any, run), tmp_path / "log.csv", tmp_path / "state", 60.0)
    diary.on_train_start()
    run.elapsed_s = 69.0
    diary.keep(cast(Any, Trainer()))
    assert not (tmp_path / "state").exists()
    run.elapsed_s = 71.0
    diary.keep(cast(Any, Trainer()))
    assert (tmp_path / "state").read_text() == "state"
