"""Contact and flight of runners."""

from __future__ import annotations

import numpy as np

from kinelab.core.events import SIDES, GaitEvents, Side
from kinelab.core.measures import Measure
from kinelab.core.strides import Strides
from kinelab.gait.making import make
from kinelab.gait.within import the_one_within


def running(strides: Strides, events: GaitEvents) -> tuple[Measure, ...]:
    """Contact time, flight time and duty factor of the used strides that are run.

    A stride is run when the other foot lands after this one has left the ground: both are in the air between
    (Novacheck 1998, doi:10.1016/S0966-6362(97)00038-6). Duty factor: contact time / stride time (Alexander
    1991), below 50 % in running. Walking gives nothing.
    """
    rows: list[Measure] = []
    for side in SIDES:
        other: Side = "right" if side == "left" else "left"
        chosen = strides.chosen(side)
        start, off, stop = strides.start_s[chosen], strides.toe_off_s[chosen], strides.stop_s[chosen]
        landing = the_one_within(events.times(other, "ic"), start, stop)
        contact = np.where(landing > off, off - start, np.nan)
        flight, duty = landing - off + 0 * contact, 100 * contact / (stop - start)
        rows += make("contact_time_s", side, contact)
        rows += make("flight_time_s", side, flight)
        rows += make("duty_factor_pct", side, duty)
    return tuple(rows)
