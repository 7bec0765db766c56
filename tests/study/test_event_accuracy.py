"""How events are judged, and the figures against the laboratories' own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from kinelab.core.events import GaitEvents
from kinelab.errors import FileFormatError, InputError
from kinelab.files.c3d_writer import write_c3d
from kinelab.pipeline.gait_events import events_of
from kinelab.pipeline.gait_inputs import read_input
from kinelab.study import event_accuracy, laboratory_measures
from kinelab.study.event_trials import Trial, measured_errors, read_trials, score


@pytest.fixture(scope="module")
def trial(walker: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    walk = walker.marker_walk()
    path = tmp_path_factory.mktemp("trial") / "walk.c3d"
    write_c3d(walk.markers, path, walk.events)
    given = read_input(path)
    found = events_of(given, "found")
    return Trial("someone", "walk", given, found, found.methods)


def changed(events: GaitEvents, late_s: float, without: int | None = None) -> GaitEvents:
    kept = [i for i in range(len(events.kind)) if i != without]
    return GaitEvents(
        tuple(events.side[i] for i in kept), tuple(events.kind[i] for i in kept),
        events.time_s[kept] + late_s, np.full(len(kept), 0.01), ("it",) * len(kept),
    )  # fmt: skip


def test_late_missed_and_made_up_events_are_counted(trial: Trial) -> None:
    exact = score(trial, changed(trial.truth, 0.0), "ic")
    assert (exact.missed, exact.extra) == (0, 0)
    np.testing.assert_allclose(exact.error_ms, 0, atol=1e-9)
    np.testing.assert_allclose(score(trial, changed(trial.truth, 0.02), "ic").error_ms, 20, atol=1e-6)
    inner = next(i for i, t in enumerate(trial.truth.time_s) if t > 1 and trial.truth.kind[i] == "ic")
    assert score(trial, changed(trial.truth, 0.0, inner), "ic").missed == 1
    fewer = replace(trial, given=replace(trial.given, events=changed(trial.truth, 0.0, inner)))
    assert score(fewer, trial.truth, "ic").extra == 1


def test_beyond_the_annotated_range_nothing_is_made_up(trial: Trial) -> None:
    count = len(trial.truth.kind)
    first = GaitEvents(
        trial.truth.side[: count // 2], trial.truth.kind[: count // 2], trial.truth.time_s[: count // 2],
        np.full(count // 2, np.nan), ("it",) * (count // 2),
    )  # fmt: skip
    half = replace(trial, given=replace(trial.given, events=first))
    assert score(half, trial.truth, "ic").extra == 0


def test_a_person_is_left_out_of_the_errors(trial: Trial) -> None:
    name = "Zeni 2008"
    events = trial.methods[name]
    late = replace(trial, person="late", methods={name: changed(events, 0.0)})
    late = replace(late, given=replace(late.given, events=changed(trial.truth, -0.03)))
    both = measured_errors([trial, late], "nobody")
    alone = measured_errors([trial, late], "late")
    variant = events.method[0]
    assert measured_errors([trial], "nobody")[variant, "ic"] == alone[variant, "ic"]
    assert both["it", "ic"].late_s - alone[variant, "ic"].late_s == pytest.approx(0.03, abs=1e-3)


def test_without_recordings_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="give their folder with --shared"):
        event_accuracy.run(quick=True, shared=None)
    with pytest.raises(FileFormatError, match="holds no C3D files"):
        event_accuracy.run(quick=True, shared=tmp_path)


@pytest.mark.shared
def test_events_and_measures_of_a_hospital(shared_data: Path, tmp_path: Path) -> None:
    """Times and cadence within 1 %, lengths within 2 cm of Vicon's own; events of a real trial."""
    trials = [
        trial
        for name in ("Sydney", "MH")
        for trial in read_trials(_only(tmp_path / name, shared_data / "gait/c3d_hospitals" / name), 1)
    ]
    pairs = laboratory_measures.compare(trials)
    assert len(pairs) == 36
    for pair in pairs:
        if pair.unit == "m":
            assert pair.ours == pytest.approx(pair.theirs, abs=0.02)
        else:
            assert pair.ours == pytest.approx(pair.theirs, rel=0.01)
    first = score(trials[0], trials[0].found.found, "ic")
    assert (first.missed, first.extra) == (0, 0)
    assert np.abs(first.error_ms).mean() < 25


def _only(folder: Path, laboratory: Path) -> Path:
    """A folder as `read_trials` wants it, with one laboratory in it."""
    (folder / "gait").mkdir(parents=True)
    (folder / "gait/c3d_one").symlink_to(laboratory)
    return folder
