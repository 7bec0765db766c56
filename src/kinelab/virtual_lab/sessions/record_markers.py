"""The skin markers of a trial and of the static trial, as a marker laboratory exports them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from kinelab.core.events import GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.files import native
from kinelab.files.c3d_writer import write_c3d
from kinelab.files.opensim_files import write_trc
from kinelab.files.session import SessionFile
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.sensors.skin_markers import film_markers, stand_still
from kinelab.virtual_lab.sessions.design import Marking
from kinelab.virtual_lab.sessions.record_truth import TRUTH
from kinelab.virtual_lab.sessions.wear import Wear, marker_quality

MARKERS, STATIC, ON_SKIN_FILE = "markers", "static", "markers_on_skin.nc"
_DIGITS = 6  # micrometres: a hundredth of a laboratory's noise
# Events that people mark in a C3D lie off those of a force plate by 9 to 12 ms (standard deviation).
_ANNOTATED_SD_S = 0.010


def record_markers(
    wear: Wear, marking: Marking, movement: Movement, rng: np.random.Generator, folder: Path
) -> list[SessionFile]:
    """Write markers and static as .trc or .c3d, and truth/markers_on_skin.nc; the files.

    A C3D holds gait events too, as someone marked them, to the nearest frame.
    """
    trial_rng, static_rng, annotator = rng.spawn(3)
    quality = marker_quality(marking)
    filmed = film_markers(wear.markers, movement, quality, trial_rng, marking.rate_hz)
    still = stand_still(wear.person.mover)
    static = film_markers(wear.markers, still, quality, static_rng, marking.rate_hz)
    exact = quality.noise_sd_m == 0
    _write(filmed.markers, marking, folder / MARKERS, exact, annotated(movement.events, marking, annotator))
    _write(static.markers, marking, folder / STATIC, exact, None)
    on_skin = replace(
        filmed.markers, position=filmed.skin_m, confidence=np.ones(filmed.markers.confidence.shape)
    )
    native.save(on_skin, folder / TRUTH / ON_SKIN_FILE, synthetic=True)
    return [
        SessionFile(f"{MARKERS}.{marking.form}", "markers"),
        SessionFile(f"{STATIC}.{marking.form}", "static"),
        SessionFile(f"{TRUTH}/{ON_SKIN_FILE}", "truth"),
    ]


def annotated(events: GaitEvents, marking: Marking, rng: np.random.Generator) -> GaitEvents:
    """True events as someone marks them in the markers' frames, 10 ms off (standard deviation)."""
    guessed_s = events.time_s + _ANNOTATED_SD_S * rng.standard_normal(events.time_s.size)
    time_s = np.maximum(np.round(guessed_s * marking.rate_hz) / marking.rate_hz, 0.0)
    order = np.argsort(time_s, kind="stable")
    return GaitEvents(
        side=tuple(events.side[i] for i in order),
        kind=tuple(events.kind[i] for i in order),
        time_s=time_s[order],
        sd_s=np.full(order.size, _ANNOTATED_SD_S),
        method=("annotated",) * order.size,
    )


def _write(markers: Keypoints, marking: Marking, stem: Path, exact: bool, events: GaitEvents | None) -> None:
    path = stem.with_name(f"{stem.name}.{marking.form}")
    if marking.form == "c3d":
        write_c3d(markers, path, events, synthetic=True)
        return
    rounded = markers if exact else replace(markers, position=markers.position.round(_DIGITS))
    write_trc(rounded, path, marking.rate_hz, synthetic=True)
