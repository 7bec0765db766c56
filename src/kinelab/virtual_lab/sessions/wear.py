"""What a person wears on one day: skin markers and inertial sensors, and the flesh under them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.body.model import BodyModel
from kinelab.virtual_lab.people.person import Person
from kinelab.virtual_lab.sensors.imu_quality import QUALITIES
from kinelab.virtual_lab.sensors.magnetic import MagneticField, draw_field
from kinelab.virtual_lab.sensors.placement import (
    AS_INTENDED,
    AS_RAPP_2021,
    BY_A_CLINICIAN,
    BY_THE_WEARER,
    Mounting,
    mount,
)
from kinelab.virtual_lab.sensors.skin_markers import (
    LABORATORY,
    RIGID,
    MarkerQuality,
    WornMarkers,
    wear_markers,
    with_plates,
)
from kinelab.virtual_lab.sessions.design import Marking, Sensing

# How well sensors of a quality are put on, by who uses such.
_PUT_ON = {
    "ideal": AS_INTENDED,
    "research": BY_A_CLINICIAN,
    "consumer": BY_THE_WEARER,
    "rapp2021": AS_RAPP_2021,
}
_TISSUE_ONLY = MarkerQuality(tissue=1.0)


@dataclass(frozen=True, eq=False)
class Wear:
    """What one person wears on one day: the same in every trial of it. None where the design has none.

    mountings: the sensors as they were put on; field: that of the building, for those with a magnetometer.
    """

    person: Person
    markers: WornMarkers
    mountings: tuple[Mounting, ...]
    field: MagneticField | None
    marking: Marking | None
    sensing: Sensing | None


def put_on(
    person: Person, marking: Marking | None, sensing: Sensing | None, seed: np.random.SeedSequence
) -> Wear:
    """Markers, sensors and flesh of one day; rigid markers sit where they should, on skin that is still."""
    marker_rng, sensor_rng = np.random.default_rng(seed).spawn(2)
    markers = wear_markers(marked_model(person, marking), marker_quality(marking), marker_rng)
    if sensing is None:
        return Wear(person, markers, (), None, marking, None)
    mountings = mount(person.model, sensing.segments, _PUT_ON[sensing.quality], sensor_rng)
    field = None if QUALITIES[sensing.quality].mag is None else draw_field(sensor_rng)
    return Wear(person, markers, mountings, field, marking, sensing)


def marked_model(person: Person, marking: Marking | None) -> BodyModel:
    """The person's model with all markers that are worn."""
    return with_plates(person.model) if marking is not None and marking.plates else person.model


def marker_quality(marking: Marking | None) -> MarkerQuality:
    """How markers are put on and filmed."""
    if marking is None or marking.skin == "none":
        return _TISSUE_ONLY  # sensors sit on the same moving skin
    return RIGID if marking.skin == "rigid" else LABORATORY
