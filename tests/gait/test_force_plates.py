"""Events by force plates, and what they teach of the others."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from kinelab.core.events import GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.gait.anchoring import PersonSpread, anchored
from kinelab.gait.consensus import disputed
from kinelab.gait.force_plates import PlateLoad, plate_events

FEET = ("left_heel", "left_big_toe", "right_heel", "right_big_toe")
SQUARE = np.array([[0.0, 0.0], [0.6, 0.0], [0.6, 0.4], [0.0, 0.4]])


def standing(left_x: float = 0.1, right_x: float = -0.5, z: float = 0.2) -> Keypoints:
    """Two feet that stand still, each 20 cm long."""
    at = [(left_x, z), (left_x + 0.2, z), (right_x, z), (right_x + 0.2, z)]
    place = np.array([[x, 0.03, z] for x, z in at])
    time_s = np.arange(300) / 100
    return Keypoints(Skeleton("feet", FEET), time_s, np.tile(place, (300, 1, 1)), np.ones((300, 4)), "m")


def load(start_s: float, stop_s: float, newton: float = 700.0, offset: float = 6.0) -> PlateLoad:
    time_s = np.arange(3000) / 1000
    return PlateLoad(SQUARE, time_s, offset + newton * ((time_s >= start_s) & (time_s < stop_s)))


def told(events: GaitEvents) -> list[tuple[str, str, float]]:
    return [
        (s, k, round(float(t), 3)) for s, k, t in zip(events.side, events.kind, events.time_s, strict=True)
    ]


def test_the_foot_on_the_plate_lands_and_leaves() -> None:
    assert told(plate_events([load(0.8, 1.4)], standing())) == [("left", "ic", 0.8), ("left", "to", 1.4)]
    other_way_round = PlateLoad(SQUARE[::-1], load(0.8, 1.4).time_s, load(0.8, 1.4).force_n)
    assert len(plate_events([other_way_round], standing()).kind) == 2


@pytest.mark.parametrize(
    ("plate", "feet"),
    [
        (load(0.8, 1.4), {"left_x": 0.9}),  # beside the plate
        (load(0.8, 1.4), {"right_x": 0.1}),  # both on it
        (load(0.8, 0.9), {}),  # a knock
        (load(0.8, 1.4, newton=60.0), {}),  # a bag
        (load(-1.0, 9.0), {}),  # loaded from the first to the last sample
    ],
)
def test_no_event_without_one_foot_and_two_ends(plate: PlateLoad, feet: dict[str, float]) -> None:
    assert not plate_events([plate], standing(**feet)).kind


def test_toes_over_the_edge_leave_no_foot_off() -> None:
    """The tip is 5 cm ahead of the marker: it may still stand on the floor."""
    assert told(plate_events([load(0.8, 1.4)], standing(left_x=0.36))) == [("left", "ic", 0.8)]


def events(rows: list[tuple[float, str, str]], sd_s: float = 0.01) -> GaitEvents:
    return GaitEvents(
        tuple(r[1] for r in rows), tuple(r[2] for r in rows), np.array([r[0] for r in rows]),
        np.full(len(rows), sd_s), ("consensus(5 of 5)",) * len(rows),
    )  # fmt: skip


FOUND = events([(1.0, "left", "ic"), (1.1, "right", "to"), (1.5, "right", "ic"), (1.6, "left", "to")])


def test_the_plates_time_counts_and_the_persons_others_are_shifted() -> None:
    spread = {"ic": PersonSpread(0.006, 0.013), "to": PersonSpread(0.02, 0.01)}
    held = anchored(FOUND, events([(1.03, "left", "ic"), (1.63, "left", "to")]), spread)
    share = 0.02**2 / (0.02**2 + 0.01**2)
    np.testing.assert_allclose(held.events.time_s, [1.03, 1.1 + 0.03 * share, 1.5, 1.63])
    assert held.events.method[0] == held.events.method[3] == "force plate"
    assert (held.seen, set(held.shift_s)) == (2, {"to"})
    assert not disputed(held.events).any()


def test_methods_that_are_wrong_together_are_flagged() -> None:
    held = anchored(FOUND, events([(1.66, "left", "to")]))
    flagged = disputed(held.events)
    assert [k for k, on in zip(held.events.kind, flagged, strict=True) if on] == ["to"]
    assert held.worst_s["to"] == pytest.approx(0.06)
    assert (np.diff(held.events.time_s) > 0).all()


def test_a_plates_event_that_nobody_found_is_left_out() -> None:
    held = anchored(FOUND, events([(2.0, "left", "ic")]))
    assert held.seen == 0
    np.testing.assert_array_equal(held.events.time_s, FOUND.time_s)


def test_no_plates_change_nothing(walker: ModuleType) -> None:
    walk = walker.marker_walk()
    assert (
        anchored(walk.events, plate_events([], walk.markers)).events.time_s.tolist()
        == walk.events.time_s.tolist()
    )
