"""A movement: what one person's skeletal model does over time, and what follows from it exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np

from kinelab.body.forward import Placement, forward
from kinelab.core.checks import Array, Problems, read_only
from kinelab.core.events import EventKind, GaitEvents, Side
from kinelab.core.timebase import Timebase
from kinelab.virtual_lab.motion.mover import Mover

Label = str | float | int | bool


def no_events() -> GaitEvents:
    """No foot contact is known."""
    return planned_events([], 0.0, 0.0)


def planned_events(
    planned: Iterable[tuple[float, Side, EventKind]], start_s: float, stop_s: float
) -> GaitEvents:
    """The events (time_s, side, kind) of a plan within [start_s, stop_s), in order; time 0 is start_s."""
    kept = sorted(
        (time_s - start_s, side, kind) for time_s, side, kind in planned if start_s <= time_s < stop_s
    )
    return GaitEvents(
        side=tuple(side for _, side, _ in kept),
        kind=tuple(kind for _, _, kind in kept),
        time_s=np.array([time_s for time_s, _, _ in kept], dtype=float),
        sd_s=np.zeros(len(kept)),
        method=("planned",) * len(kept),
    )


@dataclass(frozen=True, eq=False)
class Movement:
    """Coordinates (T, C) rad or m of `mover.model` over time, in the ground frame (X forward, Y up, Z right).

    name: the kind of movement ("walk"); events the exact contacts; labels what it was made of (speed_mps,
    pattern, dose ...), plain values for the session's file; notes say in words where it gave way.
    """

    name: str
    mover: Mover
    time: Timebase
    coordinates: Array
    events: GaitEvents = field(default_factory=no_events)
    labels: Mapping[str, Label] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "coordinates", read_only(self.coordinates))
        object.__setattr__(self, "labels", MappingProxyType(dict(self.labels)))
        with Problems(f"Movement {self.name}") as problems:
            shape = (self.time.n, len(self.mover.model.coordinates))
            problems.shape("coordinates", self.coordinates, shape)
            problems.add_if(not np.isfinite(self.coordinates).all(), "coordinates hold NaN or infinity")

    @cached_property
    def placement(self) -> Placement:
        """Where bodies, joint centres and the soles' bearing points (as `SOLE_NAMES`) are at each time."""
        return forward(self.mover.model, self.coordinates, threads=2)

    def picked(self, frames: slice) -> Movement:
        """The movement at a run of its frames, every n-th where the slice steps; events within stay."""
        kept = np.arange(self.time.n)[frames]
        step = int(kept[1] - kept[0]) if kept.size > 1 else 1
        rate_hz = self.time.rate_hz / step
        time = Timebase(rate_hz, kept.size, float(self.time.time_s[kept[0]]))
        stop_s = time.start_s + time.duration_s
        inside = [i for i, t in enumerate(self.events.time_s) if time.start_s <= t < stop_s]
        return replace(self, time=time, coordinates=self.coordinates[kept], events=self.events.chosen(inside))

    def angle_deg(self, coordinate: str) -> Array:
        """One rotation over time, (T,) deg."""
        return np.degrees(self.coordinates[:, self.mover.column(coordinate)])
