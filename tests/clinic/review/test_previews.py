"""Previews beside the server: the same as the engine's, asked before read ahead, and killed processes."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kinelab.clinic.review import preview_process, previewing
from kinelab.clinic.review.preview_process import PreviewProcess, PreviewThread
from kinelab.clinic.review.previewing import ReviewedResult
from kinelab.clinic.review.previews import Previews
from kinelab.errors import BusyError, FileFormatError
from kinelab.pipeline.corrections import Stored, parse_correction
from kinelab.pipeline.review_state import open_review


def result_of(run: Path, name: str = "r1") -> ReviewedResult:
    return ReviewedResult(
        name, {path.name: path for path in run.iterdir() if path.suffix in (".nc", ".json")}
    )


@pytest.fixture
def corrections(machine_run: Path) -> tuple[Stored, ...]:
    events = json.loads((machine_run / "review.json").read_text(encoding="utf-8"))["events"]
    move = {"kind": "move_event", "event": "e3", "time_s": events[3]["time_s"] + 0.03}
    at = datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)
    return (Stored(number=1, by="Dr A", at=at, correction=parse_correction(move)),)


def test_a_process_that_was_killed_has_a_successor_that_answers_the_same(
    machine_run: Path, corrections: tuple[Stored, ...], caplog: pytest.LogCaptureFixture
) -> None:
    before = set(multiprocessing.active_children())
    with Previews(1) as previews:
        (first,) = set(multiprocessing.active_children()) - before
        first.kill()
        first.join()
        made = asyncio.run(previews.of(result_of(machine_run), corrections))
        (second,) = set(multiprocessing.active_children()) - before
        assert "was killed; another one starts" in caplog.text
    assert json.loads(made) == open_review(machine_run).preview(corrections)
    assert not second.is_alive()


def test_killed_twice_it_says_so_and_nothing_else_is_lost(
    machine_run: Path, corrections: tuple[Stored, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed:
        n_asked = 0

        def submit(self, *_: object) -> Future[Any]:
            Killed.n_asked += 1
            future: Future[Any] = Future()
            future.set_exception(BrokenExecutor("killed"))
            return future

        def shutdown(self, **_: object) -> None:
            pass

    monkeypatch.setattr(PreviewProcess, "_new", lambda _: Killed())
    one = PreviewProcess()
    with pytest.raises(BusyError, match="killed twice, probably for want of memory; no correction is lost"):
        asyncio.run(one.ask(result_of(machine_run), corrections))
    assert Killed.n_asked == 2


def test_a_lost_file_is_told_to_who_asks_not_to_who_reads_ahead(
    machine_run: Path, corrections: tuple[Stored, ...]
) -> None:
    given = result_of(machine_run, "lost")
    files = {name: path for name, path in given.files.items() if name != "measures.nc"}
    lost = ReviewedResult("lost", files)
    with Previews() as previews:
        previews.take_up(lost)
        with pytest.raises(FileFormatError, match=r"measures.nc: no such file"):
            asyncio.run(previews.of(lost, corrections))


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[list[str], threading.Event]]:
    """What a worker did, in order; it waits for the event at each step."""
    done: list[str] = []
    on = threading.Event()

    def doing(what: str) -> Callable[..., bytes]:
        def do(result: ReviewedResult, *_: object) -> bytes:
            assert on.wait(30)
            done.append(f"{what} {result.id}")
            return b"{}"

        return do

    monkeypatch.setattr(preview_process, "preview", doing("preview"))
    monkeypatch.setattr(preview_process, "take_up", doing("take up"))
    yield done, on
    on.set()


def test_who_asks_comes_before_what_is_read_ahead(slow: tuple[list[str], threading.Event]) -> None:
    done, on = slow
    one = PreviewThread()
    for name in ("a", "b", "c"):
        one.take_up(ReviewedResult(name, {}))

    async def ask() -> None:
        asked = asyncio.gather(*(one.ask(ReviewedResult(name, {}), ()) for name in ("d", "e")))
        await asyncio.sleep(0)
        on.set()
        await asked

    asyncio.run(ask())
    for _ in range(300):
        if len(done) == 5:
            break
        threading.Event().wait(0.1)
    one.close()
    assert done == ["take up a", "preview d", "preview e", "take up b", "take up c"]


def test_the_longest_ago_is_let_go_when_memory_is_full(
    machine_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = previewing._Kept()
    opened: list[str] = []
    state = open_review(machine_run)
    monkeypatch.setattr(previewing, "_open", lambda result: opened.append(result.id) or state)
    monkeypatch.setattr(previewing, "_MOST_SAMPLES", 2 * state.run.kinematics.time.n)
    for name in ("a", "b", "a", "c", "a", "b"):
        kept.state(ReviewedResult(name, {}))
    assert opened == ["a", "b", "c", "b"]
