"""A movement for the virtual laboratory from any motion file, C3D and TRC through our own inverse kinematics.

It stands here because the marker room stands above the laboratory.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinelab.body.own_body import keypoint_markers, own_body
from kinelab.body.own_body.anthropometry import HEIGHT_M
from kinelab.core.subject import Subject
from kinelab.errors import FileFormatError
from kinelab.markers.estimate import MarkerSettings, estimate
from kinelab.markers.trial import read_trial
from kinelab.signals.gaps import fill_gaps
from kinelab.virtual_lab.motion.finishing import Finish, finished, relaxed
from kinelab.virtual_lab.motion.from_file import SUFFIXES, motion_from_file
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.retarget import leg_length_m

MARKER_SUFFIXES = (".c3d", ".trc")
_LONGEST_GAP_S = 0.5  # without any marker: longer, and there is no movement to give


def movement_from_any_file(
    path: str | Path,
    mover: Mover,
    rate_hz: float | None = None,
    *,
    keep_feet: bool = True,
    cutoff_hz: float | None = 12.0,
    seed: int = 0,
) -> Movement:
    """`motion_from_file`, and .c3d and .trc too: markers become coordinates by our own inverse kinematics.

    The recorded person's own size is found first (`markers.estimate`); their angles then move the mover, and
    the way of the pelvis is scaled by the length of the legs. Coordinates that no marker tells hang at ease.

    Raises:
        FileFormatError: another suffix, or the file cannot be read.
        InputError: markers that the own body has not, or a part of the trial without markers.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix in SUFFIXES:
        return motion_from_file(path, mover, rate_hz, keep_feet=keep_feet, cutoff_hz=cutoff_hz)
    if suffix not in MARKER_SUFFIXES:
        read = ", ".join((*SUFFIXES, *MARKER_SUFFIXES))
        raise FileFormatError(
            path, f"is no motion that is read here ({suffix or 'no suffix'}); read are {read}"
        )
    settings = MarkerSettings(model_height_m=HEIGHT_M, subject=Subject(), seed=seed)
    result = estimate(read_trial(path), own_body(), settings, landmarks=keypoint_markers())
    time, ik = result.kinematics.time, result.ik
    coordinates = np.where(np.isfinite(ik.cost)[:, None], ik.coordinates, np.nan)
    coordinates = fill_gaps(time.time_s, coordinates, _LONGEST_GAP_S).values
    lost = np.flatnonzero(~np.isfinite(coordinates).all(axis=1))
    if lost.size:
        at_s = float(time.time_s[lost[0]])
        raise FileFormatError(
            path, f"no marker of the body is seen for a while from {at_s:.2f} s; cut the trial"
        )
    told = frozenset(ik.coordinate_names[column] for column in np.flatnonzero(ik.valid.any(axis=0)))
    ratio = leg_length_m(mover.model) / leg_length_m(result.model)
    coordinates[:, [mover.column(f"pelvis_t{axis}") for axis in "xyz"]] *= ratio
    rms_mm = 1000 * float(np.nanmedian(ik.rms_error_m))
    notes = (
        f"from {len(result.markers.skeleton.landmarks)} markers, {rms_mm:.1f} mm off in the median frame",
        f"the way of the pelvis is scaled by {ratio:.3f} to the person's legs",
        *(f"{finding.level}: {finding.text}" for finding in result.findings),
    )
    return finished(
        path.name, mover, time, relaxed(mover, coordinates, told), Finish(rate_hz, keep_feet, cutoff_hz),
        {"source": path.name, "leg_ratio": ratio}, notes,
    )  # fmt: skip
