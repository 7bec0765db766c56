"""The twin's clock against the person's own: slower or faster, and another share of time on both feet."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.interpolate import PchipInterpolator

from kinelab.core.checks import Array, BoolArray
from kinelab.core.events import SIDES, GaitEvents, Side
from kinelab.core.timebase import Timebase
from kinelab.twin.pace import Pace

_LEAST, _MOST = 0.02, 0.90  # share of the stride on both feet (of a runner: in the air) that is kept


@dataclass(frozen=True, eq=False)
class Clock:
    """knots of the own time (K,) s and of the twin's, both rising; time: the twin's samples."""

    own_s: Array
    twin_s: Array
    time: Timebase

    @property
    def is_own(self) -> bool:
        """Whether it is the person's own clock."""
        return bool(np.array_equal(self.own_s, self.twin_s))

    def own_of(self, twin_s: Array) -> Array:
        """When the person was where the twin is at these times, s; smooth and exact at the events."""
        if self.is_own:
            return twin_s
        return np.asarray(PchipInterpolator(self.twin_s, self.own_s, extrapolate=True)(twin_s))

    def events(self, events: GaitEvents) -> GaitEvents:
        """The person's events at the twin's times."""
        if self.is_own:
            return events
        later = PchipInterpolator(self.twin_s, self.own_s, extrapolate=True)
        slope = 1 / np.maximum(later.derivative()(np.interp(events.time_s, self.own_s, self.twin_s)), 1e-6)
        # Events are knots, so the straight line between knots is exact at them.
        return replace(
            events,
            time_s=np.interp(events.time_s, self.own_s, self.twin_s),
            sd_s=events.sd_s * slope,
            method=tuple(f"{method}, in silico" for method in events.method),
        )


def make_clock(time: Timebase, events: GaitEvents, pace: Pace) -> Clock:
    """The clock of a pace: cadence multiplied, and the share of stance changed by `pace.stance_change`.

    Both feet share one clock, so that their order stays: the times on both feet (a runner's in the air) get
    one factor, all others another, such that strides come out in the time that the cadence asks for.
    """
    end_s = time.start_s + time.duration_s
    if pace.cadence == 1.0 and pace.stance_change == 0.0:
        edges = np.array([time.start_s, end_s])
        return Clock(edges, edges, time)
    inside = events.time_s[(events.time_s > time.start_s) & (events.time_s < end_s)]
    knots = np.unique(np.concatenate([[time.start_s], inside, [end_s]]))
    middle, spans = (knots[1:] + knots[:-1]) / 2, np.diff(knots)
    special = ~np.logical_xor(*(_on_ground(events, side, middle) for side in SIDES))
    walked = (middle > inside.min()) & (middle < inside.max()) if inside.size else np.zeros(spans.size, bool)
    whole = _in_whole_strides(events, middle)
    factor = np.full(spans.size, 1 / pace.cadence)
    share = float(spans[special & whole].sum() / spans[whole].sum()) if whole.any() else 0.0
    if _LEAST < share < _MOST:
        wanted = share + (-2 if pace.runs else 2) * pace.stance_change
        wanted = float(np.clip(wanted, _LEAST, _MOST))
        factor[special & walked] *= wanted / share
        factor[~special & walked] *= (1 - wanted) / (1 - share)
    twin = time.start_s + np.concatenate([[0.0], np.cumsum(spans * factor)])
    n = max(int(np.floor((twin[-1] - twin[0]) * time.rate_hz + 1e-9)), 1)
    return Clock(knots, twin, Timebase(time.rate_hz, n, time.start_s))


def _in_whole_strides(events: GaitEvents, time_s: Array) -> BoolArray:
    """(T,) between the first and the last contact of the foot that has more of them."""
    contacts = max((events.times(side, "ic") for side in SIDES), key=len)
    if contacts.size < 2:
        return np.zeros(time_s.size, bool)
    inside: BoolArray = (time_s > contacts[0]) & (time_s < contacts[-1])
    return inside


def _on_ground(events: GaitEvents, side: Side, time_s: Array) -> BoolArray:
    """(T,) whether a foot stands: its last event is a contact; before any, its first is a toe-off."""
    contacts, offs = events.times(side, "ic"), events.times(side, "to")
    times = np.concatenate([contacts, offs])
    lands = np.concatenate([np.ones(contacts.size, bool), np.zeros(offs.size, bool)])
    order = np.argsort(times)
    times, lands = times[order], lands[order]
    if not times.size:
        return np.zeros(time_s.size, bool)
    before = np.searchsorted(times, time_s, side="right") - 1
    return np.where(before >= 0, lands[np.maximum(before, 0)], ~lands[0])
