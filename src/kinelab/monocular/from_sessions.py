"""Examples from session folders: what `kinelab lab make` writes, or a user's own videos and kinematics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.model import BodyModel
from kinelab.body.model_file import open_model
from kinelab.body.motion_file import read_coordinates
from kinelab.body.own_body import keypoint_markers, own_body
from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.errors import InputError
from kinelab.files import native
from kinelab.files.calibration import read_calibration
from kinelab.files.session import Session, read_session
from kinelab.monocular.examples import Arrays, Examples, write_arrays
from kinelab.monocular.filmed import KnownMotion, examples_of_video, known_motion

_TRUTH, _LANDMARKS, _MODEL = "truth/kinematics.mot", "truth/landmarks.nc", "model.json"
_ROOT = ("pelvis_tx", "pelvis_ty", "pelvis_tz")
_TOLD = 1e-6  # m: a shorter offset does not tell a factor


def examples_from_sessions(
    sessions: Sequence[Path], out: Path, *, kinematics: Path | None = None, model: Path | None = None
) -> Examples:
    """One shard for each session folder, all of its calibrated cameras in it; shards there already stay.

    kinematics: of the own body, .mot, .sto or .nc (default: the session's truth/kinematics.mot). model: the
    person's scaled own body (default: model.json in the folder or beside it; else the unscaled one). Labels
    as of `make_sequences`; landmarks are those of truth/landmarks.nc where the truth is taken, else where the
    model has them.

    Raises:
        InputError: no session; one without kinematics or video of a calibrated camera; another model than the
            own body. FileFormatError: a damaged file.
    """
    if not sessions:
        raise InputError("examples_from_sessions: no session folder is named")
    people: dict[str, int] = {}
    for number, folder in enumerate(sessions):
        session = read_session(folder)
        person = people.setdefault(session.subject.id, len(people))
        path = out / f"session_{number:05d}.safetensors"
        if not path.is_file():
            arrays = _all_cameras(folder, session, _motion(folder, kinematics, model))
            n = len(arrays["frame"])
            arrays |= {"person": np.full(n, person), "clip": np.full(n, number), "movement": np.zeros(n, int)}
            name = str(session.labels.get("movement", "unknown"))
            write_arrays(path, arrays, [name], synthetic=session.synthetic)
    return Examples(out)


def _all_cameras(folder: Path, session: Session, motion: KnownMotion) -> Arrays:
    cameras = {
        one.name: one for name in session.paths("calibration") for one in read_calibration(folder / name)
    }
    videos = [file for file in session.files if file.role == "video" and file.source in cameras]
    if not videos:
        told = ", ".join(cameras) or "none"
        raise InputError(f"{folder} has no video of a calibrated camera; calibrated are: {told}")
    parts = []
    for view, file in enumerate(videos):
        part = examples_of_video(folder / file.path, cameras[file.source], motion)
        parts.append(part | {"view": np.full(len(part["frame"]), view)})
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _motion(folder: Path, kinematics: Path | None, model: Path | None) -> KnownMotion:
    body, path = own_body(), kinematics or folder / _TRUTH
    if not path.is_file():
        raise InputError(f"{path}: no such file; give the person's kinematics of the own body (.mot or .nc)")
    beside = [place for place in (folder / _MODEL, folder.parent / _MODEL) if place.is_file()]
    person = body if model is None and not beside else open_model(model or beside[0])
    if (person.coordinate_names, person.body_names) != (body.coordinate_names, body.body_names):
        raise InputError(f"model {person.name} is not the own body: its coordinates or bodies differ")
    time_s, coordinates = _coordinates(body, path)
    motion = known_motion(time_s, coordinates, factors_of(person))
    if set(body.marker_names) <= set(person.marker_names):
        rows = [person.marker_index(name) for name in body.marker_names]
        motion = replace(motion, marker_m=forward(person, coordinates).marker_m[:, rows])
    if kinematics is None and (folder / _LANDMARKS).is_file():
        held = native.load_as(Keypoints, folder / _LANDMARKS)
        order = [held.skeleton.landmarks.index(marker.name) for marker in keypoint_markers()]
        if len(held.time_s) == len(time_s):
            motion = replace(motion, landmark_m=held.position[:, order])
    return motion


def _coordinates(body: BodyModel, path: Path) -> tuple[Array, Array]:
    """Times and coordinates of the own body; what the file does not have is at its default."""
    if path.suffix == ".nc":
        held = native.load_as(Kinematics, path)
        if held.pelvis_position_m is None:
            raise InputError(
                f"{path} does not say where the pelvis is; such angles are of no use for a camera"
            )
        time_s, coordinates = held.time.time_s, np.full((held.time.n, len(body.coordinates)), np.nan)
        for name in set(held.names) & set(body.coordinate_names):
            coordinates[:, body.coordinate_index(name)] = np.radians(held.angle_deg[:, held.column(name)])
        coordinates[:, [body.coordinate_index(name) for name in _ROOT]] = held.pelvis_position_m
    else:
        time_s, coordinates = read_coordinates(body, path)
    absent = np.isnan(coordinates).all(axis=0)
    if any(absent[body.coordinate_index(name)] for name in _ROOT):
        raise InputError(f"{path} lacks {', '.join(_ROOT)}: where the person stands before the camera")
    return time_s, np.where(absent, body.default_coordinates, coordinates)


def factors_of(model: BodyModel) -> Array:
    """Factors (S, 3) of a scaled own body, from its centres of mass and the offsets and ways of its joints.

    An axis along which a body has none of these, as a hand's width, has the mean factor of its others.
    """
    body = own_body()
    pairs = [
        (one.name, one.centre_of_mass_m, two.centre_of_mass_m)
        for one, two in zip(body.bodies, model.bodies, strict=True)
    ]
    for one, two in zip(body.joints, model.joints, strict=True):
        before, after = one.parent_frame.translation_by_scale, two.parent_frame.translation_by_scale
        pairs.append((one.parent, np.diag(before), np.diag(after)))
        before, after = one.child_frame.translation_by_scale, two.child_frame.translation_by_scale
        pairs.append((one.child, np.diag(before), np.diag(after)))
        ways = zip(one.translations, two.translations, strict=True)
        pairs += [(one.parent, a.scale_by, b.scale_by) for a, b in ways if a.terms]
    factors = np.full((len(body.bodies), 3), np.nan)
    rows = {name: i for i, name in enumerate(body.body_names)}
    for name, old, new in pairs:
        if name in rows:
            told = np.abs(old) > _TOLD
            factors[rows[name], told] = new[told] / old[told]
    return np.where(np.isnan(factors), np.nanmean(factors, axis=1, keepdims=True), factors)
