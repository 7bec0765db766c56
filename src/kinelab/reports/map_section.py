"""The part of a report that shows what a deviation from the healthy is made of."""

from __future__ import annotations

import numpy as np

from kinelab.core.events import SIDES
from kinelab.gait.deviation_variables import NAMES, VARIABLES
from kinelab.reports.figure_map import MAP_CAPTION, draw_map
from kinelab.reports.healthy import Healthy
from kinelab.reports.sections import Section, StudyFigure

TITLE = "Where the walk differs from the healthy"


def map_section(healthy: Healthy) -> Section:
    """The movement analysis profile, with whose walking it is compared and what cannot be told."""
    legs = healthy.found.measured
    known = [
        name
        for k, name in enumerate(NAMES)
        if any(np.isfinite(legs[side].gvs_deg[:, k]).any() for side in SIDES)
    ]
    said = [f"Compared with {healthy.who}."]
    if healthy.differs:
        said.append(healthy.differs)
    missing = [v.label.lower() for v in VARIABLES if v.name not in known]
    if missing:
        said.append(f"Not measured here: {', '.join(missing)}. The scores over all nine curves need them.")
    return Section(
        TITLE,
        tuple(said),
        (StudyFigure("map", "Movement analysis profile", MAP_CAPTION, draw_map(healthy.found)),),
    )
