"""Trials made by several processes, none of which outlives a stop, an error or the death of the first."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from pathlib import Path

from kinelab.errors import KinelabError
from kinelab.pipeline.child_process import end_with_the_first
from kinelab.pipeline.lab_motion import movement_from_any_file
from kinelab.virtual_lab.sessions.design import LabDesign
from kinelab.virtual_lab.sessions.study_folder import make_trial
from kinelab.virtual_lab.sessions.trial import TrialPlan

_PATIENCE_S = 10.0


def make_here(design: LabDesign, plan: TrialPlan, study: Path) -> Path:
    """Make one trial in this process; its folder."""
    return make_trial(design, plan, study, movement_from_any_file)


def make_trials(design: LabDesign, plans: Iterable[TrialPlan], study: Path, jobs: int) -> Iterator[Path]:
    """Make trials in `jobs` processes, their folders as they are done.

    Few are queued at a time, so that a study of a million takes no more memory.

    Raises:
        InputError, OutputError: as `make_trial`.
        KinelabError: a process was killed from outside, as computers short of memory do.
    """
    if jobs <= 1:
        for plan in plans:
            yield make_here(design, plan, study)
        return
    # Spawned, not forked: a forked child would inherit locks of the parent's threads.
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    waiting = iter(plans)
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=end_with_the_first) as pool:
        try:
            running: set[Future[Path]] = set()
            while True:
                more = islice(waiting, 2 * jobs - len(running))
                running |= {pool.submit(_make, design, plan, study) for plan in more}
                if not running:
                    return
                ended, running = wait(running, return_when=FIRST_COMPLETED)
                for future in ended:
                    yield future.result()
        except BaseException as error:
            pool.shutdown(wait=False, cancel_futures=True)
            # Nobody waits minutes for trials that nobody wants: each removes its unfinished folder and ends.
            ours = set(multiprocessing.active_children()) - others
            for child in ours:
                child.terminate()
            for child in ours:
                child.join(_PATIENCE_S)
            if isinstance(error, BrokenProcessPool):
                raise KinelabError(
                    "a process that made trials was killed; if memory ran out, ask for fewer with --jobs. The"
                    " same command goes on where it stopped"
                ) from error
            raise


def _make(design: LabDesign, plan: TrialPlan, study: Path) -> Path:
    try:
        return make_here(design, plan, study)
    except SystemExit:
        # Told to end; the executor would take it for a result and go on with the next trial.
        os._exit(1)
