"""What must be looked at, by thresholds that are stated in one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.core.events import GaitEvents
from kinelab.core.measures import Measure, Measures
from kinelab.core.report import Finding
from kinelab.pipeline.corrections import Stored
from kinelab.pipeline.review_needs import all_needs, needs_of, open_needs, settled_by
from kinelab.pipeline.review_replay import Replayed
from kinelab.pipeline.review_replay import named as events_named
from kinelab.pipeline.review_state import ReviewState, open_review
from kinelab.pipeline.review_thresholds import thresholds
from kinelab.reports.analysis import InSpace

Listed = Callable[..., tuple[Stored, ...]]


@pytest.fixture(scope="module")
def state(video_run: Path) -> ReviewState:
    return open_review(video_run)


def changed(state: ReviewState, **columns: object) -> dict[str, str]:
    """what -> reason of the machine's result with other events."""
    events: GaitEvents = replace(state.run.events, **columns)  # type: ignore[arg-type]
    replayed = Replayed(events_named(events))
    return {need.what: need.reason for need in needs_of(state.run, replayed, state.run.analysis(replayed))}


def test_every_threshold_says_what_it_allows_and_why() -> None:
    for name, row in thresholds().items():
        assert row.ground, name
        assert row.threshold, name
        need = row.need("result x", 1.0, side="left")
        assert "{" not in need.reason + need.threshold, name


def test_an_event_on_which_methods_differ(state: ReviewState) -> None:
    sd = state.run.events.sd_s.copy()
    sd[3:6] = (0.0399, 0.0401, np.nan)
    methods = ("consensus(5 of 5)",) * sd.size
    found = changed(state, sd_s=sd, method=methods)
    assert {what for what in found if what.startswith("event")} == {"event e4"}
    assert found["event e4"] == "the event methods differ by 40 ms"


@pytest.mark.parametrize(
    ("method", "named"),
    [
        ("consensus(3 of 5)", False),
        ("consensus(2 of 5)", True),
        ("consensus(2 of 4)", True),
        ("consensus(1 of 1)", True),
        ("consensus(2 of 2)", False),
        ("file", False),
        ("force plate", False),
    ],
)
def test_an_event_that_few_methods_saw(state: ReviewState, method: str, named: bool) -> None:
    methods = ["consensus(5 of 5)"] * state.run.events.time_s.size
    methods[3] = method
    found = changed(state, sd_s=np.zeros(len(methods)), method=tuple(methods))
    assert ("event e3" in found) == named


@pytest.mark.parametrize(("share", "named"), [(0.79, True), (0.81, False), (1.19, False), (1.21, True)])
def test_a_stride_of_another_length(state: ReviewState, share: float, named: bool) -> None:
    replayed = Replayed(events_named(state.run.events))
    analysis = state.run.analysis(replayed)
    strides = analysis.strides
    usual_s = float(np.median((strides.stop_s - strides.start_s)[strides.used]))
    i = int(np.flatnonzero(strides.used)[1])
    stop_s = strides.stop_s.copy()
    stop_s[i] = strides.start_s[i] + share * usual_s
    # One of eight may move the median by a hair.
    toe_off_s = np.minimum(strides.toe_off_s, stop_s - 0.01)
    other = replace(analysis, strides=replace(strides, stop_s=stop_s, toe_off_s=toe_off_s))
    name = next(e.id for e in replayed.events if e.time_s == strides.start_s[i])
    found = {need.what: need.reason for need in needs_of(state.run, replayed, other)}
    assert (f"stride {strides.side[i]} {name}" in found) == named
    if named:
        assert (
            found[f"stride {strides.side[i]} {name}"] == f"it lasts {100 * share:.0f} % of the usual stride"
        )


def test_a_stride_whose_angles_were_guessed(state: ReviewState) -> None:
    replayed = Replayed(events_named(state.run.events))
    analysis = state.run.analysis(replayed)
    strides, kinematics = analysis.strides, analysis.kinematics
    i = int(np.flatnonzero(strides.used)[1])
    inside = kinematics.time.span(float(strides.start_s[i]), float(strides.stop_s[i]))
    name = next(e.id for e in replayed.events if e.time_s == strides.start_s[i])
    for share, named in ((0.08, False), (0.13, True)):
        valid = kinematics.valid.copy()
        valid[inside] = True
        valid[inside.start : inside.start + round(share * (inside.stop - inside.start))] = False
        told = replace(analysis, kinematics=replace(kinematics, valid=valid))
        found = {need.what for need in needs_of(state.run, replayed, told)}
        assert (f"stride {strides.side[i]} {name}" in found) == named


def test_warnings_networks_and_few_strides(state: ReviewState) -> None:
    replayed = Replayed(events_named(state.run.events))
    analysis = state.run.analysis(replayed)
    warned = replace(analysis, remarks=(Finding("warning", "The camera stood aslant."),))
    found = {need.what: need for need in needs_of(state.run, replayed, warned)}
    assert found["result warning_1"].reason == "The camera stood aslant."
    assert "gait20" in found["result virtual_network"].reason
    few = replace(analysis, strides=replace(analysis.strides, used=np.arange(analysis.strides.n) < 4))
    told = {need.what: need for need in needs_of(state.run, replayed, few)}
    assert told["result strides_left"].reason == "only 2 strides of the left foot are measured"
    assert told["result strides_left"].threshold == "fewer than 3 strides of a foot"
    direct = replace(analysis, in_space=InSpace(("a pose network",)))
    assert "result direct_network" in {n.what for n in needs_of(state.run, replayed, direct)}
    assert "result direct_network" not in found
    bare = replace(analysis, provenance=replace(analysis.provenance, models=()))
    assert "result virtual_network" not in {n.what for n in needs_of(state.run, replayed, bare)}


def test_an_unsure_angle_and_a_measure_beyond_its_real_change(state: ReviewState) -> None:
    replayed = Replayed(events_named(state.run.events))
    analysis = state.run.analysis(replayed)
    kinematics = analysis.kinematics
    for sd, wanted in ((4.9, False), (5.1, True)):
        unsure = replace(
            analysis, kinematics=replace(kinematics, sd_deg=np.full(kinematics.sd_deg.shape, sd))
        )
        names = {need.what for need in needs_of(state.run, replayed, unsure)}
        assert ("result angle_knee_angle_l" in names) == wanted
        assert "result angle_thigh_angle_l" not in names  # no measure is made of it
    for half, wanted in ((1.9, False), (2.1, True)):
        row = Measure("knee_rom_deg", 55.0, "deg", 4, "left", 2.0, (55 - half, 55 + half), 2.0)
        names = {n.what for n in needs_of(state.run, replayed, replace(analysis, measures=Measures((row,))))}
        assert ("measure knee_rom_deg left" in names) == wanted


def test_exchanged_legs(state: ReviewState) -> None:
    replayed = Replayed(events_named(state.run.events))
    analysis = state.run.analysis(replayed)
    assert analysis.tracking is not None
    for share, wanted in ((0.04, False), (0.07, True)):
        swapped = np.zeros(analysis.tracking.swapped.shape, dtype=bool)
        swapped[: round(share * len(swapped))] = True
        told = replace(analysis, tracking=replace(analysis.tracking, swapped=swapped))
        names = {need.what for need in needs_of(state.run, replayed, told)}
        assert ("result exchanged_legs" in names) == wanted


def test_needs_are_settled_by_who_looked(state: ReviewState, stored: Listed) -> None:
    review = state.review()
    whats = [row["what"] for row in review["needs"]]
    assert "result virtual_network" in whats
    corrections = stored(*({"kind": "confirm", "what": what} for what in whats))
    assert open_needs(review, corrections) == []
    assert {row["settled_by"] for row in state.preview(corrections)["needs"]} <= {"Dr A", "Dr B"}
    assert [row["what"] for row in open_needs(review, corrections[:-1])] == whats[-1:]
    undone = stored(*({"kind": "confirm", "what": what} for what in whats), {"kind": "undo", "number": 1})
    assert [row["what"] for row in open_needs(review, undone)] == whats[:1]


def test_at_the_lowest_level_every_stride_is_looked_at(state: ReviewState, stored: Listed) -> None:
    review = state.review()
    used = [f"stride {s['side']} {s['start_event']}" for s in review["strides"] if s["used"]]
    names = [row["what"] for row in open_needs(review, (), level=0)]
    assert set(used) <= set(names)
    side, event = used[0].split()[1:]
    out = stored({"kind": "exclude_stride", "side": side, "start_event": event, "reason": "x"})
    assert used[0] not in [row["what"] for row in open_needs(review, out, level=0)]
    assert open_needs(review, (), level=2) == open_needs(review, (), level=1)


def test_who_settles_what(stored: Listed) -> None:
    by = settled_by(
        stored(
            {"kind": "move_event", "event": "e1", "time_s": 1.0},
            {"kind": "remove_event", "event": "e2", "reason": "x"},
            {"kind": "include_stride", "side": "left", "start_event": "e4", "reason": "x"},
            {"kind": "note", "text": "x"},
        )
    )
    assert by == {"event e1": "Dr A", "event e2": "Dr B", "stride left e4": "Dr A"}


def test_what_corrections_bring_about_is_a_need_of_its_own(state: ReviewState) -> None:
    table = thresholds()
    machine = [
        table["result_warning"].need("result warning_1", "a"),
        table["side_strides"].need("x", 2, side="l"),
    ]
    now = [machine[0], table["event_sd_s"].need("event a3", 0.05)]
    rows = [(one.need.what, one.open) for one in all_needs(machine, now, Replayed(()))]
    assert rows == [("result warning_1", True), ("x", False), ("event a3", True)]


def test_the_table_stands_in_the_docs() -> None:
    page = (Path(__file__).parents[2] / "docs" / "review.md").read_text(encoding="utf-8")
    for row in thresholds().values():
        assert f"| {row.need('', 0.0, side='').threshold} | {row.ground} |" in page, row.name
