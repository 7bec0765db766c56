"""`kinelab clinic users`: accounts from the server's own shell."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from kinelab.cli import main
from kinelab.clinic.accounts import logins
from kinelab.clinic.opening import open_house
from kinelab.clinic.store.tables import AuditRow, User
from kinelab.errors import LoginRefusedError


def _run(folder: Path, *args: str) -> int:
    return main(["clinic", "users", *args, "--data", str(folder)])


def test_an_account_from_making_to_closing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(tmp_path, "add", "Dr.Lee", "--role", "clinician", "--full-name", "Dr [b]Lee") == 0
    first = re.findall(r"dr\.lee: one-time password (\S+)", capsys.readouterr().out)[0]
    database = open_house(tmp_path).database
    assert logins.login(database, "dr.lee", first).must_change_password
    assert _run(tmp_path, "reset", "dr.lee") == 0
    second = re.findall(r"one-time password (\S+)", capsys.readouterr().out)[0]
    with pytest.raises(LoginRefusedError):
        logins.login(database, "dr.lee", first)
    assert logins.login(database, "dr.lee", second).secret
    assert _run(tmp_path, "disable", "dr.lee") == 0
    assert capsys.readouterr().out == "dr.lee: closed; its logins and tokens have ended\n"
    with pytest.raises(LoginRefusedError):
        logins.login(database, "dr.lee", second)
    assert _run(tmp_path, "list") == 0
    said = capsys.readouterr().out
    assert "Dr [b]Lee" in said
    assert "closed" in said
    assert _run(tmp_path, "enable", "dr.lee") == 0
    assert logins.login(database, "dr.lee", second).secret
    with database.reading() as db:
        by_command = {row.via for row in db.scalars(select(AuditRow).where(AuditRow.action != "login"))}
    assert by_command == {"command"}
    database.close()


def test_an_account_of_the_clinics_own_system_has_no_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    subject = "https://id.example#17"
    assert _run(tmp_path, "add", "ann", "--role", "assistant", "--oidc-subject", subject) == 0
    assert capsys.readouterr().out == "ann: logs in through the clinic's own login system.\n"
    database = open_house(tmp_path).database
    with database.reading() as db:
        user = db.scalars(select(User)).one()
    assert (user.oidc_subject, user.password_hash) == (subject, "")
    database.close()


def test_what_cannot_be_done_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(tmp_path, "add", "boss", "--role", "administrator") == 0
    for args, why in (
        (("add", "boss", "--role", "clinician"), "there is an account 'boss' already"),
        (("add", "a b", "--role", "clinician"), "the name 'a b' cannot be used"),
        (("reset", "nobody"), "no account 'nobody'"),
        (("disable", "boss"), "this is the last administrator"),
    ):
        capsys.readouterr()
        assert _run(tmp_path, *args) == 2
        assert why in capsys.readouterr().err
