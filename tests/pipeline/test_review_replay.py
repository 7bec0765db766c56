"""Corrections replayed from the machine's events: what they give, and which are impossible."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.events import GaitEvents
from kinelab.errors import InputError
from kinelab.pipeline.corrections import Stored, parse_stored
from kinelab.pipeline.review_replay import Machine, Replayed, check_next, machine_of, named, replay


def stored(*corrections: dict[str, object]) -> tuple[Stored, ...]:
    at = "2026-03-01T09:00:00+00:00"
    return parse_stored(
        {"number": i, "by": "Dr A" if i % 2 else "Dr B", "at": at, "correction": one}
        for i, one in enumerate(corrections, start=1)
    )


@pytest.fixture
def machine() -> Machine:
    """Two strides of each foot at 50 Hz: left contacts e0 e4 e8, right contacts e2 e6."""
    order = (("left", "ic"), ("right", "to"), ("right", "ic"), ("left", "to"))
    sides = tuple(order[i % 4][0] for i in range(9))
    kinds = tuple(order[i % 4][1] for i in range(9))
    times = np.array([0.2, 0.32, 0.7, 0.82, 1.2, 1.32, 1.7, 1.82, 2.2])
    events = GaitEvents(sides, kinds, times, np.full(9, 0.01), ("consensus(5 of 5)",) * 9)  # type: ignore[arg-type]
    return Machine(named(events), 0.0, 3.0, 50.0, 150, ("left_ankle", "nose"), (640, 480))


def time_of(state: Replayed, name: str) -> float:
    return next(event.time_s for event in state.events if event.id == name)


def test_without_corrections_the_machine_is_right(machine: Machine) -> None:
    state = replay(machine, ())
    assert state.events == machine.events
    assert not state.gait_events().reviewed_by[0]


def test_a_moved_event_keeps_its_name_and_says_who_moved_it(machine: Machine) -> None:
    state = replay(machine, stored({"kind": "move_event", "event": "e4", "time_s": 1.16}))
    moved = next(event for event in state.events if event.id == "e4")
    assert (moved.time_s, moved.corrected_by, moved.method) == (1.16, "Dr A", "moved by a person")
    assert state.gait_events().reviewed_by[4] == "Dr A"
    # 10 ms of a person's eye and a frame of 20 ms, evenly spread
    assert moved.sd_s == pytest.approx(np.sqrt(0.010**2 + 0.020**2 / 12))


def test_added_and_removed_events(machine: Machine) -> None:
    state = replay(
        machine,
        stored(
            {"kind": "remove_event", "event": "e8", "reason": "beside the mat"},
            {"kind": "add_event", "side": "left", "event_kind": "ic", "time_s": 2.24},
        ),
    )
    assert [event.id for event in state.events][-1] == "a2"
    assert state.removed == {"e8": "Dr A"}
    assert state.gait_events().times("left", "ic").tolist() == [0.2, 1.2, 2.24]


def test_a_stride_that_was_left_out_stays_so_when_its_contact_moves(machine: Machine) -> None:
    out = {"kind": "exclude_stride", "side": "left", "start_event": "e4", "reason": "stumbled"}
    state = replay(machine, stored(out, {"kind": "move_event", "event": "e4", "time_s": 1.25}))
    assert state.strides["left", "e4"].reason == "stumbled"
    assert state.decide.keywords["wanted"].keys() == {("left", 1.25)}


def test_an_undo_takes_back_and_may_be_undone(machine: Machine) -> None:
    move = {"kind": "move_event", "event": "e4", "time_s": 1.16}
    undo = [{"kind": "undo", "number": n} for n in (1, 2, 3)]
    given = [time_of(replay(machine, stored(move, *undo[:n])), "e4") for n in range(4)]
    assert given == [1.16, 1.2, 1.16, 1.2]


@pytest.mark.parametrize(
    ("one", "says"),
    [
        ({"kind": "move_event", "event": "e4", "time_s": 3.0}, "3.000 s is outside the recording, 0.000 to"),
        ({"kind": "move_event", "event": "e4", "time_s": -0.1}, "outside the recording"),
        ({"kind": "move_event", "event": "e4", "time_s": 1.9}, "e4 would pass e7, the toe-off of the same"),
        ({"kind": "move_event", "event": "e4", "time_s": 0.5}, "e4 would pass e3"),
        ({"kind": "move_event", "event": "e4", "time_s": 2.15}, "lies 50 ms from e8, another one of that"),
        ({"kind": "move_event", "event": "e9", "time_s": 1.0}, "no event e9; there are e0, e1, e2, e3, ..."),
        ({"kind": "add_event", "side": "left", "event_kind": "ic", "time_s": 1.22}, "20 ms from e4"),
        (
            {"kind": "exclude_stride", "side": "left", "start_event": "e2", "reason": "x"},
            "e2 is a right init",
        ),
        (
            {"kind": "exclude_stride", "side": "left", "start_event": "e8", "reason": "x"},
            "no left initial con",
        ),
        ({"kind": "move_landmark", "frame": 150, "landmark": "nose", "x_px": 1, "y_px": 1}, "0 to 149"),
        ({"kind": "move_landmark", "frame": 1, "landmark": "ear", "x_px": 1, "y_px": 1}, "left_ankle, nose"),
        ({"kind": "move_landmark", "frame": 1, "landmark": "nose", "x_px": 640, "y_px": 1}, "640 x 480 px"),
        ({"kind": "hide_landmark", "frame": 150, "landmark": "nose"}, "there is no frame 150"),
        ({"kind": "undo", "number": 1}, "there is no number 1 to undo before it; there are none"),
    ],
)
def test_what_is_impossible_is_refused(machine: Machine, one: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match="correction 1: .*" + says.replace("(", r"\(")):
        replay(machine, stored(one))


def test_the_last_contact_of_a_foot_may_be_removed_only_once(machine: Machine) -> None:
    gone = {"kind": "remove_event", "event": "e8", "reason": "x"}
    with pytest.raises(InputError, match="correction 2: event e8 was removed by Dr A; undo that first"):
        replay(machine, stored(gone, gone))


def test_an_undo_of_what_another_correction_rests_on_is_refused(machine: Machine) -> None:
    add = {"kind": "add_event", "side": "left", "event_kind": "ic", "time_s": 2.6}
    rest = {"kind": "exclude_stride", "side": "left", "start_event": "e8", "reason": "half a stride"}
    one, two, three = stored(add, rest, {"kind": "undo", "number": 1})
    with pytest.raises(InputError, match=r"correction 2: no stride starts with e8.*correction 3 undoes what"):
        check_next(machine, (one, two), three)
    replay(machine, stored(add, rest, {"kind": "undo", "number": 2}, {"kind": "undo", "number": 1}))


def test_nothing_is_undone_twice(machine: Machine) -> None:
    undo = {"kind": "undo", "number": 1}
    with pytest.raises(InputError, match="correction 3: number 1 was undone already"):
        replay(machine, stored({"kind": "note", "text": "x"}, undo, undo))


def test_landmarks_of_a_recording_without_video_cannot_be_moved(machine: Machine) -> None:
    blind = Machine(machine.events, 0.0, 3.0, 50.0, 150)
    with pytest.raises(InputError, match="has no landmarks in a video"):
        replay(blind, stored({"kind": "hide_landmark", "frame": 1, "landmark": "nose"}))


def test_the_last_word_on_a_landmark_counts(machine: Machine) -> None:
    at = {"frame": 7, "landmark": "nose"}
    move = {"kind": "move_landmark", "x_px": 5.0, "y_px": 6.0, **at}
    state = replay(machine, stored({"kind": "hide_landmark", **at}, move))
    assert state.points == {(7, "nose"): (5.0, 6.0)}


def test_a_review_of_a_corrected_result_is_no_ground(machine: Machine) -> None:
    with pytest.raises(InputError, match="not a review of kinelab"):
        machine_of({"events": []})
    events = [vars(event) | {"corrected_by": "Dr A"} for event in machine.events]
    said = {"events": events, "video": None, "landmarks": None, "start_s": 0, "duration_s": 3, "rate_hz": 50}
    with pytest.raises(InputError, match="this review is of a corrected result"):
        machine_of({**said, "n_frames": 150})
