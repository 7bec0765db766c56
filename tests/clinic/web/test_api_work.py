"""Recordings and work over HTTP: bodies by the byte, refusals, jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kinelab.clinic.store.files import FileStore
from kinelab.clinic.uploads import service
from kinelab.clinic.uploads.looking import Looked

_DAY = {"visited_on": "2026-03-01", "synthetic": True}


@pytest.fixture
def visit(desk: Any, a_patient: Any) -> str:
    made = desk.post("clinician", f"/patients/{a_patient.id}/visits", json=_DAY)
    return str(made.json()["id"])


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking at a file has tests of its own."""
    monkeypatch.setattr(service, "probe", lambda *_: Looked("trc", ".trc", "text/plain", {"n_markers": 11}))


def test_the_whole_way_of_a_recording(desk: Any, visit: str, looked: None) -> None:
    data = bytes(range(256)) * 10_000
    made = desk.post("assistant", f"/visits/{visit}/uploads", params={"name": "walk.trc"}, content=data)
    assert made.status_code == 201, made.text
    upload = made.json()
    assert (upload["n_bytes"], upload["kind"], upload["facts"]) == (len(data), "trc", {"n_markers": 11})
    listed = desk.get("assistant", f"/visits/{visit}/uploads").json()
    assert [row["id"] for row in listed] == [upload["id"]]
    sent = desk.get("clinician", f"/uploads/{upload['id']}/file")
    assert sent.content == data
    assert sent.headers["content-disposition"].startswith("attachment")
    assert sent.headers["x-content-type-options"] == "nosniff"
    part = desk.get("clinician", f"/uploads/{upload['id']}/file", headers={"Range": "bytes=256-511"})
    assert (part.status_code, part.content) == (206, bytes(range(256)))

    asked = desk.post("assistant", f"/visits/{visit}/analyse", json={"options": {"vertical": "+y"}})
    assert asked.status_code == 202
    job = asked.json()
    assert (job["state"], job["kind"], job["message"]) == ("queued", "analyse", "waits for a worker")
    again = desk.post("clinician", f"/visits/{visit}/analyse", json={})
    assert again.json()["id"] == job["id"]
    assert desk.get("clinician", f"/jobs/{job['id']}").json()["state"] == "queued"
    assert [row["id"] for row in desk.get("clinician", f"/visits/{visit}/jobs").json()] == [job["id"]]
    ended = desk.ask("clinician", "DELETE", f"/jobs/{job['id']}")
    assert ended.json()["state"] == "cancelled"
    assert desk.ask("clinician", "DELETE", f"/jobs/{job['id']}").status_code == 409


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../../x.mp4", "begins with a full stop"),
        ("a<b>.mp4", "U+003C"),
        ("a\u202eb.mp4", "U+202E"),
        ("a/b", "U+002F"),
    ],
)
def test_names_are_refused_before_a_byte_is_taken(
    desk: Any, visit: str, name: str, why: str, record_property: Callable[[str, object], None]
) -> None:
    said = desk.post("clinician", f"/visits/{visit}/uploads", params={"name": name}, content=b"x")
    assert said.status_code == 422
    assert why in said.json()["problem"]
    assert not (desk.database.folder / "files").exists()
    record_property("refused: hostile uploads", 1)


def test_what_is_too_big_is_refused_by_its_header_or_by_its_bytes(desk: Any, visit: str) -> None:
    desk.app.state.settings = desk.app.state.settings.model_copy(
        update={"limits": desk.app.state.settings.limits.model_copy(update={"upload_bytes": 1000})}
    )

    def unannounced() -> Any:
        yield from [b"x" * 600] * 3

    for body in (b"x" * 1001, unannounced()):
        said = desk.post("clinician", f"/visits/{visit}/uploads", params={"name": "a.mp4"}, content=body)
        assert said.status_code == 413, said.text
        assert "larger than 1000 bytes" in said.json()["problem"]
    assert list(FileStore(desk.database.folder).left_over()) == []


def test_a_file_of_no_kind_is_told_so(desk: Any, visit: str) -> None:
    said = desk.post(
        "clinician", f"/visits/{visit}/uploads", params={"name": "a.gif"}, content=b"GIF89a<html>"
    )
    assert (said.status_code, said.json()["kind"]) == (422, "InputError")
    assert said.json()["problem"].startswith("a.gif: the file is a GIF picture")


def test_nothing_to_analyse_and_nothing_to_make_anew(desk: Any, visit: str) -> None:
    said = desk.post("clinician", f"/visits/{visit}/analyse", json={})
    assert (said.status_code, said.json()["kind"]) == (422, "InputError")
    assert desk.post("clinician", f"/visits/{visit}/rebuild").status_code == 404
    odd = desk.post("clinician", f"/visits/{visit}/analyse", json={"options": {"pose": "../../model.onnx"}})
    assert odd.status_code == 422
    assert desk.post("clinician", f"/visits/{visit}/analyse", json={"uploads": ["0" * 32]}).status_code == 404


@pytest.mark.parametrize(
    ("role", "status"), [(None, 401), ("researcher", 403), ("administrator", 403), ("clinician", 404)]
)
def test_others_get_nowhere(desk: Any, role: Any, status: int) -> None:
    nowhere = "0" * 32
    for method, path in (
        ("GET", f"/visits/{nowhere}/uploads"), ("GET", f"/uploads/{nowhere}/file"),
        ("GET", f"/jobs/{nowhere}"),
        ("GET", f"/visits/{nowhere}/jobs"), ("POST", f"/visits/{nowhere}/uploads?name=a.mp4"),
        ("POST", f"/visits/{nowhere}/analyse"), ("POST", f"/visits/{nowhere}/rebuild"),
        ("DELETE", f"/jobs/{nowhere}"),
    ):  # fmt: skip
        more = {"json": {}} if path.endswith("analyse") else {}
        said = desk.ask(role, method, path, **more)
        # Work without a visit is its asker's, whatever the role: nobody is told that there is none.
        expected = (403, 404) if status == 403 and "/jobs/" in path else (status,)
        assert said.status_code in expected, (method, path, said.text)
