from __future__ import annotations

import hashlib
import http.server
import io
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kinelab.detection.catalogue import ModelEntry
from kinelab.detection.download import fetch
from kinelab.detection.store import FOLDER_VARIABLE, is_installed, model_path
from kinelab.errors import ModelError

CONTENT = bytes(range(256)) * 3000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def archive(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name in names:
            file.writestr(name, CONTENT if name.endswith("end2end.onnx") else b"other")
    return buffer.getvalue()


FILES = {
    "/net.onnx": CONTENT,
    "/net.zip": archive("20230831/rtm/detail.json", "20230831/rtm/end2end.onnx"),
    "/evil.zip": archive("../../evil/end2end.onnx", "/etc/passwd"),
    "/twice.zip": archive("a/end2end.onnx", "b/end2end.onnx"),
    "/page.zip": b"<html>please log in</html>",
    "/short.onnx": CONTENT,
}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        content = FILES.get(self.path)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if "short" in self.path else content)

    def log_message(self, *args: object) -> None:
        """Be quiet."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return folder


def entry(source: str | None, sha256: str | None = DIGEST, member: str | None = None) -> ModelEntry:
    return ModelEntry(name="net", kind="pose", head="heatmap", source=source, sha256=sha256, member=member)


def test_a_good_file_is_kept_with_its_hash(server: str, store: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    kept = fetch(entry(f"{server}/net.onnx"), on_bytes=lambda done, total: seen.append((done, total)))
    assert (store / "net.onnx").read_bytes() == CONTENT
    assert kept.sha256 == DIGEST
    assert kept.size_bytes == len(CONTENT)
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert len(seen) > 1
    assert model_path("net") == store / "net.onnx"
    assert sorted(p.name for p in store.iterdir()) == ["net.json", "net.onnx"]


def test_a_member_of_an_archive(server: str, store: Path) -> None:
    fetch(entry(f"{server}/net.zip", member="end2end.onnx"))
    assert (store / "net.onnx").read_bytes() == CONTENT


def test_paths_in_an_archive_are_never_followed(server: str, store: Path, tmp_path: Path) -> None:
    fetch(entry(f"{server}/evil.zip", member="end2end.onnx"))
    assert (store / "net.onnx").read_bytes() == CONTENT
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize(
    ("page", "member", "sha256", "match"),
    [
        ("/net.onnx", None, "0" * 64, rf"another file than expected.*SHA-256 {DIGEST}, expected 0000"),
        (
            "/gone.onnx",
            None,
            DIGEST,
            r"answered 404 Not Found; the publisher may have moved.*models add FILE",
        ),
        ("/short.onnx", None, DIGEST, r"only 384000 of 768000 bytes came"),
        ("/page.zip", "end2end.onnx", DIGEST, "did not send a zip archive"),
        ("/twice.zip", "end2end.onnx", DIGEST, "holds 2 files called end2end.onnx; expected one"),
        ("/net.zip", "model.onnx", DIGEST, "holds 0 files called model.onnx"),
    ],
)
def test_what_goes_wrong_is_told_and_nothing_is_kept(
    server: str, store: Path, page: str, member: str | None, sha256: str, match: str
) -> None:
    with pytest.raises(ModelError, match=match):
        fetch(entry(server + page, sha256, member))
    assert not is_installed("net")
    assert not store.exists() or list(store.iterdir()) == []


def test_a_failed_download_leaves_the_old_file(server: str, store: Path) -> None:
    fetch(entry(f"{server}/net.onnx"))
    with pytest.raises(ModelError, match="only 384000"):
        fetch(entry(f"{server}/short.onnx"))
    assert (store / "net.onnx").read_bytes() == CONTENT


def test_without_connection_the_way_by_hand_is_told(server: str) -> None:
    with pytest.raises(
        ModelError, match=r"cannot fetch http://127.0.0.1:9/x.*refused.*models add FILE --name net"
    ):
        fetch(entry("http://127.0.0.1:9/x"))
    with pytest.raises(ModelError, match="is not http or https"):
        fetch(entry("file:///etc/passwd"))


def test_without_a_published_hash_the_user_decides(server: str) -> None:
    unknown = entry(f"{server}/net.onnx", sha256=None)
    with pytest.raises(ModelError, match=r"no SHA-256 is published for net.*--sha256.*--trust-first-use"):
        fetch(unknown)
    with pytest.raises(ModelError, match="another file than expected"):
        fetch(unknown, sha256="1" * 64)
    assert fetch(unknown, sha256=DIGEST.upper()).sha256 == DIGEST
    assert fetch(unknown, trust_first_use=True).sha256 == DIGEST


def test_nothing_to_fetch() -> None:
    with pytest.raises(ModelError, match="has no address to fetch from; add it by hand"):
        fetch(entry(None))
