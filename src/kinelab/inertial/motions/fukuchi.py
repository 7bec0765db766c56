"""The running set of Fukuchi et al. 2017 (PeerJ 5:e3298, CC BY 4.0) as segment motion: packed or as C3D."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.timebase import Timebase
from kinelab.errors import FileFormatError, InputError
from kinelab.files.c3d import read_c3d
from kinelab.files.packed_markers import read_packed_markers
from kinelab.inertial.motions.from_markers import (
    PUBLISHED_CUTOFF_HZ,
    MarkerSet,
    MarkerTrial,
    motion_from_markers,
    person_clusters,
)
from kinelab.inertial.motions.paths import resampled
from kinelab.inertial.segment_motion import SegmentMotion
from kinelab.signals.resampling import uniform_timebase

_LANDMARKS = {
    "asis": "ASIS", "psis": "PSIS", "knee_lateral": "Knee", "knee_medial": "Knee.Medial",
    "ankle_lateral": "Ankle", "ankle_medial": "Ankle.Medial", "heel": "Heel.Bottom", "mt1": "MT1",
    "mt5": "MT5",
}  # fmt: skip
_CORNERS = tuple(f"{end}.{edge}" for end in ("Top", "Bottom") for edge in ("Lateral", "Medial"))
_LEG = {
    "thigh": tuple(f"Thigh.{corner}" for corner in _CORNERS),
    "shank": tuple(f"Shank.{corner}" for corner in _CORNERS),
    "foot": ("Heel.Top", "Heel.Bottom", "Heel.Lateral"),
}
MARKER_SET = MarkerSet(
    {
        f"{side}_{name}": f"{side[0].upper()}.{label}"
        for side in ("right", "left")
        for name, label in _LANDMARKS.items()
    },
    {
        "pelvis": tuple(f"{s}.{name}" for s in "RL" for name in ("ASIS", "PSIS", "Iliac.Crest")),
        **{
            f"{segment}_{letter}": tuple(f"{letter.upper()}.{end}" for end in ends)
            for segment, ends in _LEG.items()
            for letter in "rl"
        },
    },
)
SPEED_MPS = {"T25": 2.5, "T35": 3.5, "T45": 4.5}
# What a label of the source stands on in truth (the data set's own list of faults).
LABEL_FAULTS: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("RBDS001", "T25"): {"R.MT1": "R.MT5", "R.MT5": "R.MT1"},
    ("RBDS001", "T35"): {"R.MT1": "R.MT5", "R.MT5": "R.MT1"},
    ("RBDS03", "T25"): {"R.MT5": "R.MT1", "R.ASY": "R.MT5"},
}


def read_runner(
    path: str | Path, rate_hz: float | None = None, cutoff_hz: float = PUBLISHED_CUTOFF_HZ
) -> list[SegmentMotion]:
    """One runner's trials (T25, T35, T45: 2.5, 3.5, 4.5 m/s, 30 s each) of a packed file; 150 Hz or rate_hz.

    Labels that are known to be exchanged in the source are put right (`LABEL_FAULTS`); they are on toes,
    which no cluster uses, so the motion is the same.

    Raises:
        FileFormatError: no such packed file.
        InputError: landmarks or clusters are missing.
    """
    path = Path(path)
    packed = read_packed_markers(path)
    clusters = person_clusters(packed.standing_m, MARKER_SET)
    motions = []
    for name, trial in packed.trials.items():
        renamed = LABEL_FAULTS.get((path.stem, name), {})
        labels = [renamed.get(label, label) for label in trial.labels]
        time = Timebase(trial.rate_hz, len(trial.marker_m))
        made = motion_from_markers(
            clusters, MarkerTrial(path.stem, name, "running", time, labels, trial.marker_m), cutoff_hz
        )
        motions.append(made if rate_hz is None else resampled(made, rate_hz))
    return motions


def read_runners(
    folder: str | Path, rate_hz: float | None = None, cutoff_hz: float = PUBLISHED_CUTOFF_HZ
) -> Iterator[SegmentMotion]:
    """All runners of a folder of packed files, in the order of their names.

    Raises:
        InputError: a folder without such files.
    """
    files = sorted(Path(folder).glob("RBDS*.npz"))
    if not files:
        raise InputError(f"{folder}: no runners (RBDS*.npz) in it; give the folder running_26")
    for file in files:
        yield from read_runner(file, rate_hz, cutoff_hz)


def read_runner_c3d(
    static: str | Path, running: str | Path, cutoff_hz: float = PUBLISHED_CUTOFF_HZ
) -> SegmentMotion:
    """One trial from the original C3D files: RBDS001static.c3d and RBDS001runT25.c3d.

    Raises:
        FileFormatError: no such C3D, or a name that does not say which trial it is.
    """
    running = Path(running)
    person, found, name = running.stem.partition("run")
    if not found or name not in SPEED_MPS:
        raise FileFormatError(running, f"is not named as RBDS001runT25 is; trials are {', '.join(SPEED_MPS)}")
    standing = read_c3d(static).markers
    mean = {label: _mean(standing.position[:, k]) for k, label in enumerate(standing.skeleton.landmarks)}
    moving = read_c3d(running).markers
    renamed = LABEL_FAULTS.get((person, name), {})
    labels = [renamed.get(label, label) for label in moving.skeleton.landmarks]
    time = uniform_timebase(moving.time_s)
    trial = MarkerTrial(person, name, "running", time, labels, moving.position)
    return motion_from_markers(person_clusters(mean, MARKER_SET), trial, cutoff_hz)


def _mean(position_m: Array) -> Array:
    """Mean (3,) over the samples that were seen; NaN without any."""
    seen = np.isfinite(position_m).all(axis=1)
    return np.asarray(position_m[seen].mean(axis=0)) if seen.any() else np.full(3, np.nan)
