"""The real command line as a process of its own, and the browser that looks at it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Playwright, Route

CHROMIUM = Path("/usr/bin/chromium")
_MAIN = """
import sys
from kinelab.cli import main
sys.exit(main())
"""


class Server:
    """`kinelab label FOLDER --no-browser` with warnings as errors."""

    def __init__(self, folder: Path, *options: str) -> None:
        command = [sys.executable, "-W", "error", "-c", _MAIN, "label", str(folder), "--no-browser", *options]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder
        )
        assert self.process.stdout is not None
        found = re.search(r"http\S+", self.process.stdout.readline())
        if found is None:
            raise RuntimeError(self.process.communicate()[1])
        self.address = found[0]
        self.errors = ""
        self._reader = threading.Thread(target=self._read_errors)
        self._reader.start()

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self.errors = self.process.stderr.read()

    @property
    def port(self) -> str:
        return str(urlsplit(self.address).port)

    def kill(self) -> None:
        """As kill -9 does, and wait until it is gone."""
        self.process.kill()
        self._end()

    def stop(self) -> str:
        """As Ctrl-C does; what it wrote to stderr."""
        if self.process.poll() is None:
            self.process.terminate()
        self._end()
        return self.errors

    def _end(self) -> None:
        self.process.wait(timeout=20)
        self._reader.join(timeout=5)
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.process.stdout.close()
        self.process.stderr.close()


class OwnBrowser:
    """A browser that is a process group of its own, so that a test can kill it and nothing else."""

    def __init__(self, playwright: Playwright, profile: Path) -> None:
        options = (
            "--headless=new",
            "--no-sandbox",
            "--remote-debugging-port=0",
            f"--user-data-dir={profile}",
        )
        self.process = subprocess.Popen(
            [CHROMIUM, *options, "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if found := re.search(r"ws://\S+", line):
                break
        else:
            raise RuntimeError("the browser ended without a word")
        self.browser = playwright.chromium.connect_over_cdp(found[0])

    def kill(self) -> None:
        """As kill -9 does to it and all its children, and wait until it is gone."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=20)
        assert self.process.stderr is not None
        self.process.stderr.close()


@dataclass
class Visit:
    """One browser profile; requests to anywhere but this computer are refused and remembered."""

    browser: Browser
    outside: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context = self.browser.new_context(viewport={"width": 1280, "height": 720})
        self.context.route("**/*", self._local_only)

    def _local_only(self, route: Route) -> None:
        host = urlsplit(route.request.url).hostname
        if host in ("127.0.0.1", None):
            route.continue_()
        else:
            self.outside.append(route.request.url)
            route.abort()

    def open(self, address: str) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.goto(address)
        page.wait_for_selector("#stage[data-frame]")
        return page
