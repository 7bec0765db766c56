"""Progress bars: how far, how fast, how long still."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

Advance = Callable[[int], None]


class Told(Console):
    """A console that shows nothing and tells `listen` of each bar instead: label, and share that is done."""

    def __init__(self, listen: Callable[[str, float], None]) -> None:
        super().__init__(quiet=True)
        self.listen = listen


class _Speed(ProgressColumn):
    """Things a second; rich has it for bytes only."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        """The speed of late, or the mean speed once done."""
        speed = task.finished_speed or task.speed
        said = "" if speed is None else f"{speed:.3g} {self._unit}/s"
        return Text(said, style="cyan")


def counted(show: Advance) -> Advance:
    """For a bar that wants how many are done: what is called with how many more are."""
    done = 0

    def more(count: int) -> None:
        nonlocal done
        done += count
        show(done)

    return more


@contextlib.contextmanager
def progress(label: str, total: int, console: Console, unit: str = "frames") -> Iterator[Advance]:
    """A bar on `console`; call what it gives with the number of frames (or other units) done so far."""
    if isinstance(console, Told):
        listen = console.listen
        listen(label, 0.0)
        yield lambda done: listen(label, done / max(total, 1))
        return
    columns = (
        TextColumn("{task.description:<26}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        _Speed(unit),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(label, total=total)
        yield lambda done: bar.update(task, completed=done)
