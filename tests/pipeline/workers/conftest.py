"""Work that other processes find by its name, for the tests of this room."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

WORKS = """
import os, signal, time
from pathlib import Path
from kinelab.errors import InputError, OutputError

def _begun(folder):
    with (folder / "begun.txt").open("a") as file:
        file.write(f"{os.getpid()}\\n")
    return len((folder / "begun.txt").read_text().splitlines())

def tells(job, folder, say):
    _begun(folder)
    time.sleep(job.settings.get("wait_s", 0.0))
    threads = os.environ.get("OMP_NUM_THREADS")
    return {"square": job.settings["x"] ** 2, "pid": os.getpid(), "threads": threads}

def plain(job, folder, say):
    time.sleep(job.settings.get("wait_s", 0.0))
    (folder / "file.txt").write_text(f"{job.settings['x']}")
    return {"square": job.settings["x"] ** 2}

def sleeps_or_eats(job, folder, say):
    if job.settings["x"] == 2:
        print("going to bed")
        kept = bytearray(os.urandom(1_000_000) * 600) if job.settings.get("eats") else b""
        time.sleep(60)
        return {"kept": len(kept)}
    return tells(job, folder, say)

def dies_twice(job, folder, say):
    if job.settings["x"] == 2 and _begun(folder) < 3:
        os.abort()
    return {"square": job.settings["x"] ** 2}

def always_dies(job, folder, say):
    if job.settings["x"] == 2:
        os._exit(3)
    return {"square": job.settings["x"] ** 2}

def finds_the_disk_full(job, folder, say):
    if job.settings["x"] == 2:
        raise OutputError("the disk is full")
    return tells(job, folder, say)
"""


@pytest.fixture
def works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "works.py").write_text(WORKS)
    monkeypatch.syspath_prepend(str(tmp_path / "code"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "code"))  # for the workers of clusters
    monkeypatch.delitem(sys.modules, "works", raising=False)
    return importlib.import_module("works")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def cluster(works: ModuleType) -> Iterator[Any]:
    """Two workers with nannies, which start them again when they are killed."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        yield cluster
