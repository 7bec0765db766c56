"""Examples from BML-MoVi where the user has it: videos, the fits of AMASS, and the SMPL-H files they need."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from kinelab.errors import InputError
from kinelab.files.amass import read_amass
from kinelab.files.calibration import CameraCalibration
from kinelab.files.sensors.npz_arrays import read_arrays
from kinelab.files.video import open_video
from kinelab.monocular.examples import Arrays, Examples, write_arrays
from kinelab.monocular.filmed import KnownMotion, examples_of_video, known_motion
from kinelab.monocular.ground_truth import ground_truth
from kinelab.monocular.movi import (
    AMASS_TO_GROUND,
    CAMERAS,
    Motion,
    Subject,
    find_cameras,
    find_subjects,
    read_motions,
)
from kinelab.monocular.smpl import SmplModel, read_smpl
from kinelab.monocular.smpl_sites import SMPL_TO_GROUND, find_sites, points_m, read_sites

_STILL = np.zeros((1, 22, 3)), np.zeros((1, 3))  # the T-pose, in which lengths are taken


def examples_from_movi(
    folder: Path,
    models: Mapping[str, Path],
    out: Path,
    *,
    sites: Path | None = None,
    subjects: Sequence[int] | None = None,
    advance: Callable[[int], None] = lambda done: None,
) -> Examples:
    """One shard a subject, with the labels of `sequences.make_sequences` and `valid`; shards there stay.

    models: SMPL-H files by gender as AMASS names it ("male", "female", "neutral"); sites: a table of markers
    (default: found on each model). subjects: their numbers (default: all that are there).

    Raises:
        InputError: no subject, no such one, no camera, no model of a gender. FileFormatError: a damaged file.
    """
    found, cameras = find_subjects(folder), find_cameras(folder)
    if subjects is not None:
        missing = sorted(set(subjects) - {one.number for one in found})
        if missing:
            raise InputError(f"{folder} has no subject {', '.join(map(str, missing))} with all of its files")
        found = [one for one in found if one.number in subjects]
    bodies: dict[str, tuple[SmplModel, dict[str, int]]] = {}
    for gender, path in models.items():
        model = read_smpl(path)
        bodies[gender] = model, find_sites(model) if sites is None else read_sites(sites, model)
    out.mkdir(parents=True, exist_ok=True)
    for subject in found:
        path = out / f"subject_{subject.number:03d}.safetensors"
        if not path.is_file():
            _write_subject(path, subject, cameras, bodies)
        advance(1)
    return Examples(out)


def _write_subject(
    path: Path, subject: Subject, cameras: Mapping[str, CameraCalibration],
    bodies: Mapping[str, tuple[SmplModel, dict[str, int]]],
) -> None:  # fmt: skip
    parts: list[Arrays] = []
    motions = [one for one in read_motions(subject.flags) if one.number in subject.fits]
    names = sorted({one.name for one in motions})
    for motion in motions:
        known = _truth(subject.fits[motion.number], bodies)
        for view, camera in enumerate(CAMERAS):
            part = _view(subject.videos[camera], cameras[camera], motion, known)
            n = len(part["frame"])
            number = 100 * subject.number + motion.number
            part |= {
                "view": np.full(n, view),
                "clip": np.full(n, number),
                "person": np.full(n, subject.number),
            }
            parts.append(part | {"movement": np.full(n, names.index(motion.name))})
    if not parts:
        raise InputError(f"subject {subject.number}: none of its fits is of a motion in {subject.flags}")
    arrays = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    write_arrays(path, arrays, names, synthetic=False)


def _view(path: Path, camera: CameraCalibration, motion: Motion, known: KnownMotion) -> Arrays:
    """The motion begins with its first frame in the video."""
    start_s = float(open_video(path).frame_time_s[motion.start])
    later = KnownMotion(
        known.time_s + start_s, known.coordinates, known.scale, known.landmark_m, known.marker_m, known.valid
    )
    return examples_of_video(path, camera, later, slice(motion.start, motion.stop))


def _truth(fit: Path, bodies: Mapping[str, tuple[SmplModel, dict[str, int]]]) -> KnownMotion:
    """The motion of a fit, by virtual markers and inverse kinematics."""
    held = read_arrays(fit)
    gender = _text(held.get("gender", "neutral"))
    if gender not in bodies:
        raise InputError(
            f"{fit} is of a {gender} body; give that SMPL-H file too (there are {', '.join(bodies)})"
        )
    model, table = bodies[gender]
    betas = np.ravel(held.get("betas", np.zeros(0))).astype(np.float64)[: model.shape.shape[2]]
    motion = read_amass(fit)
    names, point = points_m(model, table, betas, motion.rotation_vector, motion.position_m)
    _, still = points_m(model, table, betas, *_STILL)
    truth = ground_truth(names, still @ SMPL_TO_GROUND.T, point @ AMASS_TO_GROUND.T)
    time_s = np.arange(len(point)) / motion.rate_hz
    return known_motion(time_s, truth.coordinates, truth.scale, truth.valid)


def _text(value: object) -> str:
    """What AMASS writes for the gender: text or bytes, in an array or not."""
    single = np.ravel(np.asarray(value))[0]
    return single.decode() if isinstance(single, bytes) else str(single)
