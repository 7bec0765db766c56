"""From what a network said of frames to one person's kinematics in the ground frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from kinelab.body.model import BodyModel
from kinelab.core.checks import Array, BoolArray
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.provenance import Provenance
from kinelab.core.report import Finding
from kinelab.core.skeletons import GAIT_20, Skeleton
from kinelab.core.subject import Subject
from kinelab.core.timebase import Timebase
from kinelab.geometry.lens import distort
from kinelab.geometry.projection import to_pixels
from kinelab.geometry.rotations import to_cardan
from kinelab.monocular.camera_sight import MonocularCamera
from kinelab.monocular.estimate import Looks, on_timebase
from kinelab.monocular.quality import Quality, believed, doubted, findings
from kinelab.monocular.refine import Refined, RefineSettings, refine
from kinelab.monocular.refine_equations import offsets
from kinelab.monocular.refine_evidence import Evidence, evidence_of, with_landmarks
from kinelab.monocular.refine_feet import ground_rotation

PELVIS = ("pelvis_tilt", "pelvis_list", "pelvis_rotation")
_OTHER_SD = 0.02  # of the crop's side: other networks mean slightly other places by their landmarks
_LEAST_CONFIDENCE = 0.3


@dataclass(frozen=True, eq=False)
class MonocularMotion:
    """What one camera tells of one person at T uniform times.

    kinematics: pelvis and joints in ground (X along the way, Y up). landmarks: the model's (T, K, 3) m in
    ground; drawn: those of the skeleton to draw, px of the picture. factors (S, 3): of the model; model: so
    scaled, with the landmarks as markers; coordinates (T, C) of it. notes: camera and ground in words.
    """

    kinematics: Kinematics
    landmarks: Keypoints
    drawn: Keypoints
    model: BodyModel
    factors: Array
    coordinates: Array
    refined: Refined
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]


def motion_of(
    looks: Looks,
    quality: Quality,
    camera: MonocularCamera,
    timebase: Timebase,
    *,
    subject: Subject | None = None,
    provenance: Provenance | None = None,
    other: Keypoints | None = None,
    contact: bool = True,
    advance: Callable[[int], None] = lambda done: None,
) -> MonocularMotion:
    """One motion from the looks at one person.

    quality: `quality.judge` of the looks. other: landmarks of another network at frames of the same video,
    px, taken in as further evidence. contact: whether standing feet hold still on a floor.

    Raises:
        InputError: no frame shows anything.
    """
    subject = subject or Subject()
    even = on_timebase(doubted(looks, quality), timebase, quality.shown)
    evidence = evidence_of(even.poses, camera, even.landmark_px, even.px_per_crop_px, even.middle_px)
    if other is not None:
        evidence = _with_other(evidence, other, even, camera, timebase)
    up = camera.ground_rotation()
    settings = RefineSettings(
        subject.height_m, None if up is None else (up[1, 0], up[1, 1], up[1, 2]), contact
    )
    refined = refine(evidence, timebase.rate_hz, settings, advance)
    ground, eye_m, notes = _ground(refined, evidence, camera)
    return _told(refined, evidence, camera, ground, eye_m, timebase, subject, provenance or Provenance(),
                 findings(looks, quality, refined, evidence, subject.height_m), notes)  # fmt: skip


def _with_other(
    evidence: Evidence, other: Keypoints, even: Looks, camera: MonocularCamera, timebase: Timebase
) -> Evidence:
    """Landmarks of another network beside, at the nearest frame."""
    row = np.clip(np.searchsorted(other.time_s, timebase.time_s), 0, other.n - 1)
    row = np.where((row > 0) & (np.abs(other.time_s[np.maximum(row - 1, 0)] - timebase.time_s)
                                < np.abs(other.time_s[row] - timebase.time_s)), row - 1, row)  # fmt: skip
    near = np.abs(other.time_s[row] - timebase.time_s) < 0.5 / timebase.rate_hz
    sure = near[:, None] & (other.confidence[row] >= _LEAST_CONFIDENCE)
    px = np.where(sure[..., None], other.position[row], np.nan)
    own_px = np.zeros(sure.shape) if other.sd is None else np.nan_to_num(other.sd[row])
    side_px = (even.square[:, 2] - even.square[:, 0])[:, None]
    sd = np.hypot(own_px, _OTHER_SD * side_px) / camera.focal_px
    return with_landmarks(evidence, other.skeleton.landmarks, camera.sight(px), np.where(sure, sd, np.nan))


def _ground(
    refined: Refined, evidence: Evidence, camera: MonocularCamera
) -> tuple[Array, Array, tuple[str, ...]]:
    """Rotation (3, 3) of the camera's axes to ground, the camera's place (3,) m there; what they rest on."""
    known, place_m = camera.ground_rotation(), camera.ground_position_m()
    notes = [f"camera: {camera.source}"]
    if known is not None and place_m is not None:
        return known, place_m, (*notes, "ground: of the calibration")
    told = evidence.told
    pelvis_m, turn = refined.motion.position_m[told], refined.motion.rotation[told]
    if refined.floor is None:
        up, height_m = np.array([0.0, -1.0, 0.0]), float(np.median(pelvis_m[:, 1])) - 1.0
        notes.append("ground: the camera taken as level; no foot stood long enough to show a floor")
    else:
        up, height_m = refined.floor.up, float(refined.floor.height_m.min())
        notes.append("ground: where feet stood, the camera level within some degrees")
    rotation = ground_rotation(up, pelvis_m, turn)
    start = rotation @ pelvis_m[0]
    return rotation, -np.array([start[0], height_m, start[2]]), tuple(notes)


def _told(
    refined: Refined, evidence: Evidence, camera: MonocularCamera, ground: Array, eye_m: Array,
    timebase: Timebase, subject: Subject, provenance: Provenance, found: tuple[Finding, ...],
    notes: tuple[str, ...],
) -> MonocularMotion:  # fmt: skip
    head, motion, shape = evidence.head, refined.motion, refined.sized.shape
    sd, valid = believed(refined, evidence, timebase.rate_hz)
    pelvis = ground @ motion.rotation
    turned = np.unwrap(to_cardan(pelvis, "ZXY"), axis=0)
    pelvis_sd = np.interp(
        np.arange(evidence.n), np.flatnonzero(evidence.told), refined.rotation_sd[evidence.told]
    )
    pelvis_m = motion.position_m @ ground.T + eye_m
    offset_m = offsets(head, motion, shape)
    point_m = offset_m + motion.position_m[:, None]
    names = tuple(head.model.coordinate_names[i] for i in head.columns)
    around: BoolArray = np.logical_or.reduce(valid, axis=1)[:, None]
    kinematics = Kinematics(
        names=(*PELVIS, *names),
        time=timebase,
        angle_deg=np.degrees(np.concatenate([turned, motion.angle], axis=1)),
        sd_deg=np.degrees(np.concatenate([np.repeat(pelvis_sd[:, None], 3, axis=1), sd], axis=1)),
        valid=np.concatenate([np.repeat(around, 3, axis=1), valid], axis=1),
        subject=subject,
        provenance=replace(provenance, steps=(*provenance.steps, *notes)),
        pelvis_rotation=pelvis,
        pelvis_position_m=pelvis_m,
    )
    q = _coordinates(head.model, kinematics)
    seen = np.where(around, 1.0, 0.0)
    landmarks = Keypoints(
        Skeleton("model", head.model.marker_names),
        timebase.time_s,
        np.where(around[..., None], point_m @ ground.T + eye_m, np.nan),
        np.broadcast_to(seen, point_m.shape[:2]),
        "m",
    )
    drawn = _drawn(head.model, point_m, camera, refined, timebase, seen)
    return MonocularMotion(
        kinematics,
        landmarks,
        drawn,
        head.model.scaled(shape.scale(head)),
        shape.scale(head),
        q,
        refined,
        found,
        notes,
    )


def _coordinates(model: BodyModel, kinematics: Kinematics) -> Array:
    """All coordinates (T, C) rad and m of the model in ground."""
    q = np.tile(model.default_coordinates, (kinematics.time.n, 1))
    for name in kinematics.names:
        if name in model.coordinate_names:
            q[:, model.coordinate_index(name)] = np.radians(kinematics.of(name))
    assert kinematics.pelvis_position_m is not None
    for i, name in enumerate(("pelvis_tx", "pelvis_ty", "pelvis_tz")):
        if name in model.coordinate_names:
            q[:, model.coordinate_index(name)] = kinematics.pelvis_position_m[:, i]
    return q


def _drawn(
    model: BodyModel,
    point_m: Array,
    camera: MonocularCamera,
    refined: Refined,
    timebase: Timebase,
    seen: Array,
) -> Keypoints:
    names = tuple(name for name in GAIT_20.landmarks if name in model.marker_names)
    rows = [model.marker_index(name) for name in names]
    xy = point_m[:, rows, :2] / np.maximum(point_m[:, rows, 2:], 0.1) * np.exp(refined.sized.shape.focal_log)
    view = camera.view
    px = to_pixels(view, distort(view.lens, xy) if view.lens.bends else xy)
    links = tuple(link for link in GAIT_20.links if set(link) <= set(names))
    px = np.where(seen[..., None] > 0, px, np.nan)
    return Keypoints(
        Skeleton("model", names, links), timebase.time_s, px, np.broadcast_to(seen, px.shape[:2])
    )
