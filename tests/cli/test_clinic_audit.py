"""`kinelab clinic audit`: whether the chain holds, its rows shown and written out."""

from __future__ import annotations

import itertools
import json
import re
import sqlite3
from pathlib import Path

import pytest

from kinelab.cli import main


def _run(folder: Path, *args: str) -> int:
    return main(["clinic", "audit", *args, "--data", str(folder)])


@pytest.fixture
def clinic(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Three rows: a clinic with three accounts."""
    for name in ("ann", "bea", "cid"):
        assert main(["clinic", "users", "add", name, "--role", "clinician", "--data", str(tmp_path)]) == 0
    capsys.readouterr()
    return tmp_path


def _end(clinic: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert _run(clinic, "verify") == 0
    return re.findall(r"\d+:[0-9a-f]{64}", capsys.readouterr().out)[0]


def _alter(clinic: Path, statement: str) -> None:
    connection = sqlite3.connect(clinic / "clinic.sqlite")
    for act in ("update", "delete"):
        connection.execute(f"DROP TRIGGER audit_no_{act}")
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_chain_holds_and_an_end_that_was_noted_is_found_again(
    clinic: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    noted = _end(clinic, capsys)
    assert noted.startswith("3:")
    assert main(["clinic", "users", "disable", "cid", "--data", str(clinic)]) == 0
    assert _run(clinic, "verify", "--expect", noted) == 0
    assert "The audit holds: 4 rows." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE audit SET action = 'read' WHERE seq = 2", "row 2 was altered"),
        ("DELETE FROM audit WHERE seq = 2", "row 2 is missing: after row 1 comes row 3"),
        ("DELETE FROM audit WHERE seq = 3", "the chain ends at row 2, but its end is noted as row 3"),
    ],
)
def test_what_was_altered_by_who_may_write_the_file_is_found(
    clinic: Path, capsys: pytest.CaptureFixture[str], statement: str, why: str
) -> None:
    _alter(clinic, statement)
    assert _run(clinic, "verify") == 1
    assert f"The audit does NOT hold: {why}" in capsys.readouterr().out


def test_an_end_that_was_cut_off_with_its_note_is_found_by_the_noted_one(
    clinic: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    noted = _end(clinic, capsys)
    _alter(clinic, "UPDATE audit_head SET seq = 2, hash = (SELECT hash FROM audit WHERE seq = 2)")
    connection = sqlite3.connect(clinic / "clinic.sqlite")
    connection.execute("DELETE FROM audit WHERE seq = 3")
    connection.commit()
    connection.close()
    assert _run(clinic, "verify") == 0
    assert _run(clinic, "verify", "--expect", noted) == 1
    assert "row 3 with the hash that was noted earlier is not in the chain" in capsys.readouterr().out


def test_rows_are_shown_and_written_out(clinic: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(clinic, "show", "--last", "2", "--action", "create") == 0
    said = capsys.readouterr().out
    assert "bea" in said
    assert "cid" in said
    assert "ann" not in said
    out = clinic / "audit.jsonl"
    assert _run(clinic, "export", "--out", str(out)) == 0
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [row["action"] for row in rows] == ["create", "create", "create", "read"]
    assert all(after["previous_hash"] == before["hash"] for before, after in itertools.pairwise(rows))
    assert _run(clinic, "show", "--last", "1", "--action", "export") == 0
    assert '"rows":4' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (("verify", "--expect", "3"), "expected ROW:HASH as `kinelab clinic audit verify` prints it"),
        (("show", "--last", "0"), "--last 0: expected 1 to 500"),
        (("show", "--user", "nobody"), "no account 'nobody'"),
    ],
)
def test_what_cannot_be_understood_is_told(
    clinic: Path, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], why: str
) -> None:
    assert _run(clinic, *args) == 2
    assert why in capsys.readouterr().err
