from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from kinelab.keypoints.projects.labels import labels_path
from kinelab.labelling.access import Door, Guard
from kinelab.labelling.desk import Desk
from kinelab.labelling.routes import ERRORS, Room, answer_error, make_router

from .conftest import LANDMARKS

PAGE = "page-one-id"
PORT = 8720


def application(folder: Path) -> FastAPI:
    app = FastAPI()
    app.include_router(make_router(Room(Desk(folder, "anna"))))
    for kind in ERRORS:
        app.add_exception_handler(kind, answer_error)
    return app


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient]:
    with TestClient(application(folder)) as client:
        yield client


def edit(client: TestClient, version: str, **more: object) -> tuple[int, dict[str, object]]:
    body = {"page": PAGE, "video": "side", "version": version, "do": "put", "frame": 3, **more}
    answer = client.post("/api/edit", json=body)
    return answer.status_code, answer.json()


def test_open_edit_undo(client: TestClient, folder: Path) -> None:
    opened = client.get("/api/video/side", params={"page": PAGE}).json()
    assert opened["landmarks"] == list(LANDMARKS)
    assert [frame["number"] for frame in opened["frames"]] == [3, 40, 77]
    assert opened["marks"] == {}
    status, said = edit(client, opened["version"], marks={"nose": [100.25, 50.0, "visible"]})
    assert status == 200
    assert said["marks"] == {"3": [[100.25, 50.0, "visible"], *2 * [[None, None, "unlabelled"]]]}
    assert (said["undo"], said["redo"]) == (1, 0)
    assert '"nose"' in labels_path(folder, "anna", "side").read_text()
    status, said = edit(client, str(said["version"]), do="undo")
    assert said["marks"] == {"3": 3 * [[None, None, "unlabelled"]]}


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"marks": {"nose": [1000, 5, "visible"]}}, "outside the picture of 320 x 240"),
        ({"marks": {"tail": [10, 5, "visible"]}}, "'tail'"),
        ({"marks": {"nose": [10, None, "visible"]}}, "visible at"),
        ({"frame": 4, "marks": {}}, "frame 4 of side was not chosen"),
        ({"video": "../side"}, "no video '../side'"),
        ({"do": "undo"}, "nothing to undo"),
        ({"do": "erase"}, "'put', 'undo' or 'redo'"),
        ({"marks": {"nose": ["NaN", 5, "visible"]}}, "finite"),
    ],
)
def test_bad_edits_are_refused_with_their_reason(
    client: TestClient, folder: Path, more: dict[str, object], problem: str
) -> None:
    version = client.get("/api/video/side", params={"page": PAGE}).json()["version"]
    status, said = edit(client, version, **more)
    assert status == 422
    assert problem in str(said)
    assert not labels_path(folder, "anna", "side").exists()


def test_an_old_version_is_a_conflict_with_what_is_now(client: TestClient) -> None:
    version = client.get("/api/video/side", params={"page": PAGE}).json()["version"]
    edit(client, version, marks={"nose": [1, 2, "visible"]})
    status, said = edit(client, version, page="page-two-id", marks={"nose": [5, 6, "visible"]})
    assert status == 409
    assert said["now"]["marks"]["3"][0] == [1, 2, "visible"]  # type: ignore[index]


def test_without_a_network_the_frame_before_is_proposed(client: TestClient) -> None:
    version = client.get("/api/video/side", params={"page": PAGE}).json()["version"]
    answer = client.get("/api/proposal/side/40", params={"page": PAGE})
    assert answer.status_code == 422
    assert "nothing to propose" in answer.json()["problem"]
    edit(client, version, marks={"left_knee": [7.5, 8, "occluded"]})
    said = client.get("/api/proposal/side/40", params={"page": PAGE}).json()
    assert said == {"source": "frame 3", "places": [None, [7.5, 8.0], None]}


def test_pictures_may_be_kept_by_the_browser(client: TestClient, folder: Path) -> None:
    address = client.get("/api/video/side", params={"page": PAGE}).json()["frames"][0]["picture"]
    answer = client.get(address)
    assert answer.content == (folder / "frames" / "side" / "000003.png").read_bytes()
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    [
        "/frames/side/4.png",
        "/frames/side/-3.png",
        "/frames/other/3.png",
        "/frames/..%2f..%2fetc/3.png",
        "/frames/side/..%2f..%2fproject.json",
        "/frames/%2e%2e/project.json",
        "/frames/side/%2e%2e/%2e%2e/project.json",
    ],
)
def test_nothing_but_chosen_frames_is_served(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (404, 422)
    assert "landmarks" not in answer.text


def test_a_link_out_of_the_project_is_not_followed(client: TestClient, folder: Path) -> None:
    secret = folder.parent / "secret.png"
    (folder / "frames" / "side" / "000003.png").rename(secret)
    (folder / "frames" / "side" / "000003.png").symlink_to(secret)
    assert client.get("/frames/side/3.png").status_code == 422


# ---- the door


@pytest.fixture
def guarded(folder: Path) -> Iterator[tuple[TestClient, Door]]:
    app, door = application(folder), Door("127.0.0.1", PORT)
    app.add_middleware(Guard, door=door)
    with TestClient(app, base_url=f"http://127.0.0.1:{PORT}", follow_redirects=False) as client:
        yield client, door


def test_the_token_is_exchanged_for_a_cookie_and_leaves_the_address(
    guarded: tuple[TestClient, Door],
) -> None:
    client, door = guarded
    assert client.get("/api/others/side").status_code == 403
    answer = client.get(f"/?video=side&token={door.token}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?video=side")
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "samesite=lax" in answer.headers["set-cookie"].lower()
    answer = client.get("/api/others/side")
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def test_a_wrong_token_opens_nothing(guarded: tuple[TestClient, Door]) -> None:
    client, _ = guarded
    assert client.get("/?token=guess").status_code == 403
    client.cookies.set(f"kinelab_label_{PORT}", "guess")
    assert client.get("/api/others/side").status_code == 403


def test_a_redirect_never_leads_to_another_host(guarded: tuple[TestClient, Door]) -> None:
    client, door = guarded
    answer = client.get(f"http://127.0.0.1:{PORT}//evil.example/?token={door.token}")
    assert answer.headers["location"] == "/evil.example/"


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example:8720"},  # a foreign name that leads to 127.0.0.1
        {"host": "127.0.0.1:9999"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
    ],
)
def test_other_sites_are_refused_even_with_the_cookie(
    guarded: tuple[TestClient, Door], headers: dict[str, str]
) -> None:
    client, door = guarded
    client.get(f"/?token={door.token}")
    assert client.get("/api/others/side").status_code == 200
    assert client.get("/api/others/side", headers=headers).status_code == 403


def test_web_sockets_pass_the_same_door(guarded: tuple[TestClient, Door]) -> None:
    from starlette.websockets import WebSocketDisconnect

    client, _ = guarded
    with (
        pytest.raises(WebSocketDisconnect) as caught,
        client.websocket_connect(f"ws://127.0.0.1:{PORT}/_nicegui_ws/socket.io/"),
    ):
        pass
    assert caught.value.code == 1008
