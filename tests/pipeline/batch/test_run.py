"""A batch of real recordings of a virtual walker: tables, reasons, going on, the same wherever it is done."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from kinelab.errors import OutputError, RunFolderError
from kinelab.files.c3d_writer import write_c3d
from kinelab.pipeline.batch.finding import find_recordings
from kinelab.pipeline.batch.run import run_batch
from kinelab.pipeline.workers.doing import Where


@pytest.fixture
def visit(walker: ModuleType, tmp_path: Path) -> Path:
    """Two walks (one of a virtual person), one too short, one damaged."""
    walk = walker.marker_walk()
    folder = tmp_path / "visit"
    folder.mkdir()
    write_c3d(walk.markers, folder / "walk0.c3d")
    write_c3d(walk.markers, folder / "walk1.c3d", synthetic=True)
    write_c3d(walker.markers_of(walk.markers.position[:60], walk.markers.time_s[:60]), folder / "short.c3d")
    (folder / "damaged.c3d").write_bytes(b"\x02\x50" + b"\0" * 600)
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def results(out: Path) -> dict[str, bytes]:
    """Every file byte by byte, but for how long the stages took."""
    held = {}
    for path in sorted(out.rglob("*")):
        if path.name == "run.json":
            record = json.loads(path.read_text())
            for stage in record["stages"].values():
                del stage["seconds"]
            held[str(path.relative_to(out))] = json.dumps(record).encode()
        elif path.is_file():
            held[str(path.relative_to(out))] = path.read_bytes()
    return held


def changed(out: Path) -> dict[str, int]:
    return {path.parent.name: path.stat().st_mtime_ns for path in out.glob("*/result.json")}


def test_each_has_a_folder_a_row_and_its_reasons(visit: Path, tmp_path: Path) -> None:
    done = run_batch(find_recordings(visit), visit, tmp_path / "out", Where(2))
    assert dict(done.states) == {"refused": 1, "angles": 1, "measured": 2}
    told = {row["recording"]: row for row in rows(done.overview)}
    assert list(told) == ["damaged.c3d", "short.c3d", "walk0.c3d", "walk1.c3d"]
    assert [row["state"] for row in told.values()] == ["refused", "angles", "measured", "measured"]
    assert "damaged.c3d" in told["damaged.c3d"]["why_not"]
    assert "Not one whole stride" in told["short.c3d"]["why_not"]
    assert [row["synthetic"] for row in told.values()] == ["0", "0", "0", "1"]
    assert int(told["walk0.c3d"]["strides_used"]) > 2
    measures = rows(done.measures)
    assert {row["recording"] for row in measures} == {"walk0.c3d", "walk1.c3d"}
    (cadence,) = (
        row for row in rows(tmp_path / "out" / "walk0.c3d" / "measures.csv")
        if row["quantity"] == "cadence_spm"
    )  # fmt: skip
    (same,) = (r for r in measures if (r["recording"], r["quantity"]) == ("walk0.c3d", "cadence_spm"))
    assert float(same["value"]) == pytest.approx(float(cadence["value"]), rel=1e-5)
    assert (same["unit"], same["n"], same["subject"]) == (cadence["unit"], cadence["n"], "anonymous")
    assert (tmp_path / "out" / "walk0.c3d" / "report.html").is_file()
    assert not list((tmp_path / "out").glob(".*"))


def test_it_goes_on_and_does_again_only_what_changed(visit: Path, walker: ModuleType, tmp_path: Path) -> None:
    out = tmp_path / "out"
    recordings = find_recordings(visit)
    run_batch(recordings, visit, out)
    first = changed(out)
    tables = [(out / name).read_bytes() for name in ("recordings.csv", "measures.csv")]
    run_batch(recordings, visit, out, Where(dask="tcp://127.0.0.1:1"))  # nothing to do: nobody is asked
    assert changed(out) == first
    assert [(out / name).read_bytes() for name in ("recordings.csv", "measures.csv")] == tables

    other = [
        replace(one, subject={"id": "anna"}) if one.name == "walk0.c3d" else one for one in recordings
    ]  # fmt: skip
    run_batch(other, visit, out)
    second = changed(out)
    assert {name for name in second if second[name] != first[name]} == {"walk0.c3d"}
    assert {r["subject"] for r in rows(out / "measures.csv") if r["recording"] == "walk0.c3d"} == {"anna"}

    walk = walker.marker_walk()
    write_c3d(walker.markers_of(walk.markers.position[:400], walk.markers.time_s[:400]), visit / "walk1.c3d")
    (out / "short.c3d" / "result.json").write_text("{")  # a disk that failed
    run_batch(other, visit, out)
    third = changed(out)
    assert {name for name in third if third[name] != second[name]} == {"short.c3d", "walk1.c3d"}
    before, now = (
        next(r for r in csv.DictReader(text.splitlines()) if r["recording"] == "walk1.c3d")
        for text in (tables[0].decode(), (out / "recordings.csv").read_text())
    )
    assert int(now["events"]) < int(before["events"])


@pytest.mark.filterwarnings("ignore")  # of distributed, when a worker is killed under it
def test_a_cluster_with_a_killed_worker_gives_the_same_bytes(
    visit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from threading import Thread

    from distributed import LocalCluster

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    recordings = find_recordings(visit)
    run_batch(recordings, visit, tmp_path / "here")
    there = tmp_path / "there"
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster:

        def kill() -> None:
            while not list(there.glob(".*.part")):
                time.sleep(0.02)
            for worker in cluster.workers.values():
                os.kill(worker.process.pid, signal.SIGKILL)

        killer = Thread(target=kill)
        killer.start()
        run_batch(recordings, visit, there, Where(dask=cluster.scheduler_address))
        killer.join()
    assert results(there) == results(tmp_path / "here")
    assert len(results(there)) > 60


def test_tables_only_keep_nothing_else(visit: Path, tmp_path: Path) -> None:
    few, whole = tmp_path / "few", tmp_path / "whole"
    run_batch(find_recordings(visit), visit, few, Where(2), tables_only=True)
    assert {path.name for path in few.iterdir()} == {"recordings.csv", "measures.csv", ".results"}
    files = {path.name for path in few.rglob("*") if path.is_file()}
    assert files == {"recordings.csv", "measures.csv", "result.json"}
    run_batch(find_recordings(visit), visit, whole)
    for name in ("recordings.csv", "measures.csv"):
        assert (whole / name).read_bytes() == (few / name).read_bytes()


STOPPED = """
import sys
from pathlib import Path
from kinelab.pipeline.batch.finding import find_recordings
from kinelab.pipeline.batch.run import run_batch
root = Path(sys.argv[1])
run_batch(find_recordings(root), root, sys.argv[2])
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_driver_leaves_what_is_done_and_no_process(
    visit: Path, tmp_path: Path, how: signal.Signals
) -> None:
    out = tmp_path / "out"
    driver = subprocess.Popen(
        [sys.executable, "-c", STOPPED, str(visit), str(out)],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while not (out / "short.c3d").is_dir():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(driver.pid, how)
    assert driver.wait(60) != 0
    if how == signal.SIGINT:
        states = [row["state"] for row in rows(out / "recordings.csv")]
        assert states[:2] == ["refused", "angles"]
        assert "open" in states
    while subprocess.run(["pgrep", "-s", str(driver.pid)], stdout=subprocess.DEVNULL).returncode == 0:
        assert time.monotonic() < deadline, "processes of the driver stay behind"
        time.sleep(0.1)
    first = changed(out)
    run_batch(find_recordings(visit), visit, out)
    assert [row["state"] for row in rows(out / "recordings.csv")] == [
        "refused",
        "angles",
        "measured",
        "measured",
    ]
    assert {name: changed(out)[name] for name in first} == first
    assert not list(out.glob(".*"))


def test_a_run_folder_is_no_place_for_a_batch(visit: Path, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(RunFolderError, match="is the folder of one run; choose another folder with --out"):
        run_batch(find_recordings(visit), visit, tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="choose another --out"):
        run_batch(find_recordings(visit), visit, tmp_path / "file")
