"""One recording of one person on one day: its angles, and the strides that are cut from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import h5py
import numpy as np
from scipy.ndimage import binary_dilation

from kinelab.body.planar import planar_kinematics
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.provenance import Provenance
from kinelab.core.strides import Strides
from kinelab.core.subject import Subject
from kinelab.errors import GaitError, InputError
from kinelab.files.keypoint_files import holds_times, read_keypoints
from kinelab.files.native import load
from kinelab.files.tables import SYNTHETIC
from kinelab.keypoints.cleaning import CleaningOptions, clean
from kinelab.reports.angle_names import SUFFIX
from kinelab.study.cycles import cycles
from kinelab.study.retest_pairing import recording_file

_BEGINNING = 4096  # characters: the header of a table
# No joint bends further: a landmark lies on the other leg. What is then wrong of that leg, beside the joint.
_POSSIBLE_DEG = {"knee_angle": (-25.0, 170.0), "ankle_angle": (-75.0, 50.0)}
_SPOILT = {
    "knee_angle": ("hip_flexion", "knee_angle", "ankle_angle", "thigh_angle", "shank_angle"),
    "ankle_angle": ("ankle_angle", "foot_angle"),
}
_BESIDE_S = 0.12  # the low-pass carries such a frame so far to both sides


@dataclass(frozen=True, eq=False)
class Session:
    """One person on one day: angles, and the strides that were cut from them."""

    kinematics: Kinematics
    strides: Strides


def open_session(
    path: Path, rate_hz: float | None = None, cutoff_hz: float = 6.0, name: str | None = None
) -> Session:
    """Angles and cycles of one recording: kinematics of kinelab, or keypoints of any tool in px.

    rate_hz: frames a second, for files that hold frame numbers only. name: of the person (None: the file's).

    Raises:
        FileFormatError, InputError: the file cannot be used.
        GaitError: not one whole cycle in it.
    """
    file = recording_file(path)
    if file is None:
        raise InputError(f"{path}: holds no kinematics and no track; give a file or a run folder")
    held = load(file) if file.suffix == ".nc" else None
    try:
        if isinstance(held, Kinematics):
            return Session(held, cycles(held))
        if held is not None and not isinstance(held, Keypoints):
            raise InputError(f"{file}: holds {type(held).__name__}, expected Keypoints or Kinematics")
        keypoints = held or read_keypoints(file, rate_hz=None if holds_times(file) else rate_hz)
        return session_of(keypoints, name or path.stem, cutoff_hz, synthetic=_says_synthetic(file))
    except GaitError as error:
        raise GaitError(f"{path}: {error}") from error


def session_of(
    keypoints: Keypoints, name: str, cutoff_hz: float | None = 6.0, *, synthetic: bool = False
) -> Session:
    """Planar angles and cycles of one person's landmarks in px; cutoff_hz None filters nothing.

    Where a knee or ankle is bent as none can be (a knee 25 deg backwards), the angles that rest on it are
    not valid, and strides that need them are not used: where only one leg is followed, a network takes the
    other for it now and then.

    Raises:
        InputError: landmarks that allow no angle, or nobody seen.
        GaitError: not one whole cycle in it.
    """
    cleaned = clean(keypoints, CleaningOptions(cutoff_hz=cutoff_hz)).keypoints
    kinematics = _without_impossible(
        planar_kinematics(cleaned, Subject(name), Provenance(synthetic=synthetic))
    )
    return Session(kinematics, cycles(kinematics))


def _without_impossible(kinematics: Kinematics) -> Kinematics:
    valid = np.array(kinematics.valid)
    beside = np.ones(2 * round(_BESIDE_S * kinematics.time.rate_hz) + 1, bool)
    for suffix in SUFFIX.values():
        for joint, (least, most) in _POSSIBLE_DEG.items():
            if joint + suffix in kinematics.names:
                angle = kinematics.of(joint + suffix)
                bad = binary_dilation((angle < least) | (angle > most), beside)  # never so for NaN
                spoilt = np.isin(kinematics.names, [stem + suffix for stem in _SPOILT[joint]])
                valid &= ~(bad[:, None] & spoilt)
    return replace(kinematics, valid=valid)


def _says_synthetic(file: Path) -> bool:
    """Whether a file of keypoints says that nobody was recorded; formats of other tools cannot."""
    if file.suffix == ".nc":
        with h5py.File(file) as held:
            return bool(held.attrs.get(SYNTHETIC, 0))
    if file.suffix == ".csv":
        with file.open(encoding="utf-8", errors="replace") as text:
            return SYNTHETIC in text.readline(_BEGINNING).strip().split(",")
    return False
