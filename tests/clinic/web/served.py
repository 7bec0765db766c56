"""A clinic as people meet it: the real command as a process, a program that asks its API, a browser."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import Browser, BrowserContext, Page, Route

CHROMIUM = Path("/usr/bin/chromium")
API = "/api/v1"
FIRST = "four quiet grey geese fly"
PASSWORD = "nine slow green boats sail"
_MAIN = """
import sys
from kinelab.cli import main
sys.exit(main())
"""
_JOB_S = 300.0


class Served:
    """`kinelab clinic serve --data FOLDER` with warnings as errors, on a free port."""

    def __init__(self, folder: Path, url: str | None = None, workers: int = 1) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        first = folder.parent / f"{folder.name}-first.txt"
        first.write_text(f"{FIRST}\n")
        store = [] if url is None else ["--database", url]
        command = [
            sys.executable, "-W", "error", "-c", _MAIN, "clinic", "serve", "--data", str(folder), *store,
            "--workers", str(workers), "--admin-password-file", str(first),
        ]  # fmt: skip
        models = folder.parent / "no-models"  # what ships with kinelab and nothing else, on every computer
        # NiceGUI serves otherwise where it sees pytest, without compression for one.
        around = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        around |= {"OMP_NUM_THREADS": "1", "KINELAB_MODELS": str(models)}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=around
        )
        self.errors, self.said = "", ""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if found := re.search(r"http://\S+", line):
                self.address = found[0].rstrip("/")
                break
        else:
            raise RuntimeError(self.said + self.process.communicate()[1])
        self._readers = [threading.Thread(target=self._read, args=(name,)) for name in ("stdout", "stderr")]
        for reader in self._readers:
            reader.start()

    def _read(self, name: str) -> None:
        text = getattr(self.process, name).read()
        if name == "stderr":
            self.errors = text

    def stop(self) -> str:
        """As Ctrl-C does; what it wrote to stderr."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(timeout=30)
        for reader in self._readers:
            reader.join(timeout=10)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
        return self.errors

    def __enter__(self) -> Served:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.stop()


class Caller:
    """A person's program: logs in with a password and asks the API."""

    def __init__(self, address: str, name: str, password: str = PASSWORD) -> None:
        self.client = httpx.Client(base_url=address + API, timeout=60, headers={"Origin": address})
        self.name = name
        said = self.post("/login", name=name, password=password)
        self.csrf = said["csrf"]
        self.must_change = said["must_change_password"]

    def ask(self, method: str, path: str, **more: Any) -> Any:
        headers = {"X-CSRF-Token": getattr(self, "csrf", "")}
        answer = self.client.request(method, path, headers=headers, **more)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def get(self, path: str) -> Any:
        return self.ask("GET", path)

    def post(self, path: str, **body: Any) -> Any:
        return self.ask("POST", path, json=body)

    def change_password(self, old: str, new: str) -> None:
        self.csrf = self.post("/me/password", old=old, new=new)["csrf"]

    def wait(self, job: dict[str, Any]) -> dict[str, Any]:
        """The job when it is done."""
        until = time.monotonic() + _JOB_S
        while job["state"] not in ("done", "failed", "cancelled"):
            assert time.monotonic() < until, f"not done in time: {job}"
            time.sleep(0.2)
            job = self.get(f"/jobs/{job['id']}")
        assert job["state"] == "done", job
        return job

    def analysed(self, patient_id: str, recording: Path, **options: Any) -> str:
        """A new visit of a patient with an analysed recording; its id."""
        visit = self.post(
            f"/patients/{patient_id}/visits", visited_on="2026-11-20", title="made up", synthetic=True
        )["id"]
        self.ask(
            "POST",
            f"/visits/{visit}/uploads",
            params={"name": recording.name},
            content=recording.read_bytes(),
        )
        self.wait(self.post(f"/visits/{visit}/analyse", options=options))
        return str(visit)

    def close(self) -> None:
        self.client.close()


def make_people(address: str, *accounts: tuple[str, str]) -> dict[str, str]:
    """Accounts (name, role) that log in with PASSWORD, made by the first administrator; their ids by name."""
    administrator, ids = Caller(address, "administrator", FIRST), {}
    administrator.change_password(FIRST, PASSWORD)
    for name, role in accounts:
        made = administrator.post("/users", name=name, role=role)
        person = Caller(address, name, made["one_time_password"])
        person.change_password(made["one_time_password"], PASSWORD)
        person.close()
        ids[name] = str(made["id"])
    administrator.close()
    return ids


@dataclass
class Visit:
    """One browser profile; requests to anywhere but this computer are refused and remembered."""

    browser: Browser
    size: tuple[int, int] = (1280, 800)
    outside: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context: BrowserContext = self.browser.new_context(
            viewport={"width": self.size[0], "height": self.size[1]}, accept_downloads=True
        )
        self.context.route("**/*", self._local_only)

    def _local_only(self, route: Route) -> None:
        if urlsplit(route.request.url).hostname in ("127.0.0.1", None):
            route.continue_()
        else:
            self.outside.append(route.request.url)
            route.abort()

    def page(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        return page

    def enter(self, address: str, name: str, password: str = PASSWORD) -> None:
        """Log this browser in without its page."""
        answer = self.context.request.post(
            f"{address}{API}/login", data={"name": name, "password": password}, headers={"Origin": address}
        )
        assert answer.ok, answer.text()

    def log_out(self, address: str) -> None:
        """As another window of this browser does it; pages that are open are not told."""
        csrf = next(one["value"] for one in self.context.cookies() if one["name"] == "kinelab_csrf")
        headers = {"Origin": address, "X-CSRF-Token": csrf}
        answer = self.context.request.post(f"{address}{API}/logout", headers=headers)
        assert answer.status == 204, answer.text()

    def log_in(self, address: str, name: str, password: str = PASSWORD) -> Page:
        """Through the page, as a person does."""
        page = self.page()
        page.goto(f"{address}/login")
        page.get_by_role("textbox", name="Name", exact=True).fill(name)
        page.get_by_role("textbox", name="Password", exact=True).fill(password)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        return page
