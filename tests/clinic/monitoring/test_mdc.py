"""The clinic's own errors of measurement."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from kinelab.cli import main
from kinelab.clinic.actor import Actor, Role, command_actor
from kinelab.clinic.monitoring.mdc import set_mdc95
from kinelab.clinic.store.tables import Alert, Mdc95
from kinelab.errors import InputError, NotAllowedError


def test_new_errors_judge_everybody_anew(ward: Any) -> None:
    ward.walk([1.1, 1.12, 1.08, 0.9, 0.92])
    with ward.database.writing() as db:
        assert len(list(db.scalars(select(Alert)))) == 1
        assert set_mdc95(db, command_actor(), {("speed_mps", "both"): 0.3, ("hops", "both"): 1.0}, "new") == 1
        assert list(db.scalars(select(Alert))) == []
        assert [(row.value, row.unit, row.source) for row in db.scalars(select(Mdc95))] == [
            (0.3, "m/s", "new")
        ]


def test_who_may_and_nothing_to_take(ward: Any, people: dict[Role, Actor]) -> None:
    with (
        pytest.raises(InputError, match="old: holds no error of measurement"),
        ward.database.writing() as db,
    ):
        set_mdc95(db, people["clinician"], {("speed_mps", "both"): 0.0}, "old")
    with pytest.raises(NotAllowedError, match="assistant"), ward.database.writing() as db:
        set_mdc95(db, people["assistant"], {("speed_mps", "both"): 0.1}, "old")


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = tmp_path / "two-days" / "reliability.json"
    study.parent.mkdir()
    row = {"quantity": "speed_mps", "side": "both", "sem_within": {"mdc95": 0.12}}
    study.write_text(json.dumps({"format": "kinelab reliability 1", "measures": [row]}), encoding="utf-8")
    assert main(["clinic", "mdc", str(study), "--data", str(tmp_path / "clinic")]) == 0
    assert "MDC95 in use, from 'two-days': 1." in capsys.readouterr().out
    study.write_text("{}", encoding="utf-8")
    assert main(["clinic", "mdc", str(study), "--data", str(tmp_path / "clinic")]) == 2
    assert "no reliability.json" in capsys.readouterr().err
