"""What `kinelab gait` is given: a marker file, or angles with landmarks, read into one noun."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.provenance import Provenance
from kinelab.core.subject import Subject
from kinelab.core.timebase import Timebase
from kinelab.errors import FileFormatError, InputError
from kinelab.files import native
from kinelab.files.c3d import C3dAngles, read_c3d_angles
from kinelab.files.c3d_plates import read_c3d_plates
from kinelab.files.opensim_files import read_mot
from kinelab.gait.force_plates import PlateLoad
from kinelab.markers.trial import NO_EVENTS, read_trial
from kinelab.pipeline.gait_landmarks import gait_landmarks
from kinelab.pipeline.marker_inputs import MarkerOptions
from kinelab.pipeline.recorded import as_recorded
from kinelab.signals.resampling import resample, uniform_timebase

MARKER_SUFFIXES = (".c3d", ".trc")
ANGLE_SUFFIXES = (".nc", ".mot", ".sto")
KINEMATICS = ("kinematics.nc", "kinematics.mot")  # in the folder of a run, the better first
# Where `kinelab ik` and other commands put the landmarks of their kinematics, the best first.
_BESIDE = ("markers.nc", "markers.trc", "keypoints.nc", "keypoints.trc")
# Plug-in Gait's angle -> ours: the sagittal one, flexion and dorsiflexion positive in both (Vicon's
# documentation of the model).
_PLUG_IN_GAIT = {"HipAngles": "hip_flexion", "KneeAngles": "knee_angle", "AnkleAngles": "ankle_angle"}
_UNEVEN = 0.01
_LONGEST_GAP_S = 0.1


@dataclass(frozen=True, eq=False)
class GaitInput:
    """One recording: angles (maybe none), landmarks, the file's own events.

    landmarks: (T, K, 3) m in ground, or (T, K, 2) m of a side camera, or None; missing: why there are none,
    in words. notes: what was done on reading. plates: the force plates of a C3D.
    """

    path: Path
    kinematics: Kinematics
    landmarks: Keypoints | None
    events: GaitEvents = NO_EVENTS
    notes: tuple[str, ...] = ()
    missing: str = ""
    synthetic: bool = False
    plates: tuple[PlateLoad, ...] = ()


@dataclass(frozen=True)
class Reading:
    """How a file is read: names of markers, which axis is up, whose markers, landmarks of other files."""

    marker_map: Mapping[str, str] | None = None
    vertical: str | None = None
    c3d_subject: str | None = None
    landmarks: Path | None = None
    subject: Subject = field(default_factory=Subject)


def read_input(path: str | Path, reading: Reading | None = None) -> GaitInput:
    """Read a marker file (.c3d, .trc) or angles (.nc, .mot, .sto, or the folder of a run that holds them).

    Angles need landmarks for events: `reading.landmarks`, or the file of them that lies beside.

    Raises:
        FileFormatError: a file that cannot be read, or of another kind.
        InputError: a run folder without kinematics.
    """
    path, reading = Path(path), reading or Reading()
    if path.is_dir():
        path = _kinematics_in(path)
    suffix = path.suffix.lower()
    if suffix in MARKER_SUFFIXES:
        return _from_markers(path, reading)
    if suffix in ANGLE_SUFFIXES:
        return _from_angles(path, reading)
    known = ", ".join((*MARKER_SUFFIXES, *ANGLE_SUFFIXES))
    raise FileFormatError(path, f"is nothing that gait is read from: known are {known}, found {suffix!r}")


def _from_markers(path: Path, reading: Reading) -> GaitInput:
    recorded = as_recorded(MarkerOptions(subject=reading.subject), path)
    trial = read_trial(path, reading.vertical, reading.c3d_subject)
    even, uneven = _even(trial.markers)
    landmarks: Keypoints | None = None
    notes: tuple[str, ...] = ()
    missing = ""
    try:
        found = gait_landmarks(even, reading.marker_map)
        landmarks, notes = found.landmarks, found.notes
    except InputError as error:
        missing = str(error)
    kinematics, said = _angles_of(path, even, replace(reading, subject=recorded.subject))
    told = (*trial.notes, *uneven, *notes, *said)
    plates = _plates(path, trial.rotation)
    return GaitInput(path, kinematics, landmarks, trial.events, told, missing, recorded.synthetic, plates)


def _plates(path: Path, rotation: Array) -> tuple[PlateLoad, ...]:
    """Force plates of a C3D in the ground frame."""
    if path.suffix.lower() != ".c3d":
        return ()
    return tuple(
        PlateLoad((plate.corners_m @ rotation.T)[:, [0, 2]], plate.time_s, plate.force_n)
        for plate in read_c3d_plates(path)
    )


def _from_angles(path: Path, reading: Reading) -> GaitInput:
    is_native = path.suffix.lower() == ".nc"
    kinematics = native.load_as(Kinematics, path) if is_native else read_mot(path)
    synthetic = kinematics.provenance.synthetic
    if reading.subject != Subject():
        kinematics = replace(kinematics, subject=reading.subject)
    beside = reading.landmarks or next((p for n in _BESIDE if (p := path.with_name(n)).is_file()), None)
    if beside is None:
        names = ", ".join(_BESIDE)
        missing = f"no landmarks: give --landmarks FILE, or keep one of {names} beside the angles"
        return GaitInput(path, kinematics, None, missing=missing, synthetic=synthetic)
    events = NO_EVENTS
    notes: tuple[str, ...] = ()
    if beside.suffix.lower() == ".nc":
        points = native.load_as(Keypoints, beside)
    else:
        trial = read_trial(beside, reading.vertical, reading.c3d_subject)
        points, events, notes = trial.markers, trial.events, trial.notes
    if (own := path.with_name("events.nc")).is_file() and reading.landmarks is None:
        events = native.load_as(GaitEvents, own)
    even, uneven = _even(points)
    said = (f"landmarks from {beside.name}", *notes, *uneven, *_apart(kinematics, even))
    try:
        if points.position.shape[-1] == 2 or points.skeleton.has("left_ankle", "right_ankle"):
            return GaitInput(path, kinematics, even, events, said, synthetic=synthetic)
        found = gait_landmarks(even, reading.marker_map)
    except InputError as error:
        return GaitInput(path, kinematics, None, events, said, str(error), synthetic)
    return GaitInput(path, kinematics, found.landmarks, events, (*said, *found.notes), synthetic=synthetic)


def _kinematics_in(folder: Path) -> Path:
    for name in KINEMATICS:
        if (folder / name).is_file():
            return folder / name
    raise InputError(f"{folder}: holds no kinematics.nc and no kinematics.mot; is it the folder of a run?")


def _angles_of(path: Path, markers: Keypoints, reading: Reading) -> tuple[Kinematics, tuple[str, ...]]:
    """Sagittal angles that a C3D file itself holds (Plug-in Gait), or none."""
    time = Timebase(max(markers.rate_hz, 1.0), markers.n, float(markers.time_s[0]) if markers.n else 0.0)
    nothing = np.empty((markers.n, 0))
    none = Kinematics((), time, nothing, nothing, nothing.astype(bool), reading.subject, Provenance())
    if path.suffix.lower() != ".c3d":
        return none, ("no joint angles: a .trc holds none (kinelab ik works them out)",)
    try:
        angles = read_c3d_angles(path, reading.c3d_subject)
    except FileFormatError:
        return none, ("no joint angles: the file holds none (kinelab ik works them out)",)
    names, columns = _sagittal(angles)
    if not names:
        return none, ("no joint angles that are known by name (Plug-in Gait's) in the file",)
    angle = np.stack(columns, axis=1)
    found = Kinematics(
        tuple(names), time, angle, np.full(angle.shape, np.nan), np.isfinite(angle), reading.subject
    )
    return found, ("joint angles are those that the laboratory's software wrote into the file",)


def _sagittal(angles: C3dAngles) -> tuple[list[str], list[Array]]:
    names: list[str] = []
    columns: list[Array] = []
    for theirs, ours in _PLUG_IN_GAIT.items():
        for side in ("L", "R"):
            if f"{side}{theirs}" in angles.names:
                names.append(f"{ours}_{side.lower()}")
                columns.append(angles.angle_deg[:, angles.names.index(f"{side}{theirs}"), 0])
    return names, columns


def _even(points: Keypoints) -> tuple[Keypoints, tuple[str, ...]]:
    """Landmarks at one rate: event methods need uniform times."""
    steps = np.diff(points.time_s)
    if steps.size < 2 or np.ptp(steps) <= _UNEVEN * steps.mean():
        return points, ()
    time = uniform_timebase(points.time_s)
    position = resample(points.time_s, points.position, time, _LONGEST_GAP_S)
    confidence = np.where(np.isfinite(position).all(axis=-1), 1.0, np.nan)
    low, high = 1e3 * steps.min(), 1e3 * steps.max()
    note = f"landmarks came {low:.0f} to {high:.0f} ms apart: resampled to {time.rate_hz:.4g} Hz"
    return Keypoints(points.skeleton, time.time_s, position, confidence, points.unit), (note,)


def _apart(kinematics: Kinematics, landmarks: Keypoints) -> tuple[str, ...]:
    """What a reader must know of angles and landmarks that do not share their times."""
    said = []
    if landmarks.n and kinematics.time.n:
        start, stop = kinematics.time.start_s, kinematics.time.start_s + kinematics.time.duration_s
        first, last = float(landmarks.time_s[0]), float(landmarks.time_s[-1])
        if first >= stop or last <= start:
            said.append(
                f"angles ({start:.2f} to {stop:.2f} s) and landmarks ({first:.2f} to {last:.2f} s) do not"
                " overlap: are they of one recording?"
            )
        ours, theirs = kinematics.time.rate_hz, landmarks.rate_hz
        if abs(ours / max(theirs, 1e-9) - 1) > _UNEVEN:
            said.append(f"angles at {ours:.4g} Hz and landmarks at {theirs:.4g} Hz: joined by their times")
    return tuple(said)
