"""Strides and measures of worn sensors, from angles and events."""

from __future__ import annotations

from collections.abc import Mapping

from kinelab.core.events import GaitEvents
from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measures
from kinelab.core.report import Finding
from kinelab.errors import GaitError
from kinelab.gait.cutting import cut
from kinelab.gait.deciding import Decide, unchanged
from kinelab.gait.measuring import measure, not_measured
from kinelab.pipeline.evaluate import no_strides
from kinelab.reports.analysis import Analysis, Worn


def worn_analysis(
    kinematics: Kinematics,
    events: GaitEvents,
    methods: Mapping[str, GaitEvents],
    worn: Worn,
    remarks: tuple[Finding, ...],
    decide: Decide = unchanged,
) -> Analysis:
    """One recording with its events, as reports want it; decide: which strides a person wants measured.

    Where there are no events and no method looked for them, gait was not asked for.
    """
    strides, measures = no_strides(kinematics), Measures(())
    if methods or events.kind:
        try:
            strides = decide(cut(kinematics, events))
        except GaitError as error:
            text = str(error)
            remarks += (Finding("warning", f"{text[0].upper()}{text[1:].rstrip('.')}."),)
        else:
            measures = measure(strides, events, kinematics)
            remarks += not_measured(strides, events)
    return Analysis(
        kinematics=kinematics,
        events=events,
        strides=strides,
        measures=measures,
        provenance=kinematics.provenance,
        methods=methods,
        worn=worn,
        remarks=remarks,
    )
