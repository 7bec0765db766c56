"""Contact and flight of runners."""

from __future__ import annotations

import numpy as np

from kinelab.core.events import SIDES, GaitEvents, Side
from kinelab.core.measures import Measure
from kinelab.core.strides import Strides
from kinelab.gait.making import make


def running(strides: Strides, events: GaitEvents) -> tuple[Measure, ...]:
    """Contact time, flight time and duty factor of the used strides that are run.

    A stride is run when the other foot lands after this one has left the ground: both are in the air between
    (Novacheck 1998, doi:10.1016/S0966-6362(97)00038-6). Duty factor: contact time / stride time (Alexander
    1991), below 50 % in running. Walking gives nothing.
    """
    rows: list[Measure] = []
    for side in SIDES:
        other: Side = "right" if side == "left" else "left"
        landings = events.times(other, "ic")
        contact, flight, duty = [], [], []
        for i in np.flatnonzero(strides.chosen(side)):
            start, off, stop = strides.start_s[i], strides.toe_off_s[i], strides.stop_s[i]
            inside = landings[(landings > start) & (landings < stop)]
            if inside.size == 1 and inside[0] > off:
                contact.append(off - start)
                flight.append(float(inside[0]) - off)
                duty.append(100 * (off - start) / (stop - start))
        rows += make("contact_time_s", side, contact)
        rows += make("flight_time_s", side, flight)
        rows += make("duty_factor_pct", side, duty)
    return tuple(rows)
