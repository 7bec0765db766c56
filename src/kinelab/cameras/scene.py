"""The door of triangulation: landmarks of several cameras in, landmarks in space out, and how sure they
are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from kinelab.cameras.sides import Exchange, mend_sides
from kinelab.cameras.tracks import ViewTracks
from kinelab.core.checks import Array, BoolArray, Problems
from kinelab.core.keypoints import Keypoints
from kinelab.core.report import Finding
from kinelab.errors import InputError
from kinelab.files.calibration import WORLD_FROM_GROUND, CameraCalibration
from kinelab.geometry.projection import CameraView
from kinelab.geometry.triangulation import ExclusionRule, RobustRule, Rule, Triangulated, triangulate

_BASE_SD = 0.004  # of the picture's height: what a pose network is off by, where it does not say
_ROUNDS = 6
_RAYLEIGH = 1.1774  # median distance of two normal errors of sd 1


@dataclass(frozen=True)
class SceneSettings:
    """How landmarks become points. min_confidence: less is taken as not seen (Pose2Sim's 0.3). mend_sides:
    look for cameras that exchanged left and right. learn_sd: weigh each camera and landmark by how far it is
    off in this very recording; `ExclusionRule` weighs by confidence, as Pose2Sim does, and learns nothing.
    """

    rule: Rule = field(default_factory=RobustRule)
    min_confidence: float = 0.3
    mend_sides: bool = True
    learn_sd: bool = True

    def __post_init__(self) -> None:
        with Problems("SceneSettings") as problems:
            inside = 0 <= self.min_confidence < 1
            problems.add_if(not inside, f"min_confidence is {self.min_confidence}, expected 0 to below 1")


@dataclass(frozen=True, eq=False)
class Scene:
    """Landmarks (T, K, 3) m in the ground frame with sd, where the calibration's Z is up.

    used (T, K, C) cameras that count, error_px (T, K, C) distances of seen and reprojected; sd_px (C, K) what
    each camera turned out to be off by; exchanges of left and right that were undone.
    """

    keypoints: Keypoints
    used: BoolArray
    error_px: Array
    sd_px: Array
    exchanges: tuple[Exchange, ...]
    findings: tuple[Finding, ...]


def triangulate_tracks(
    cameras: Sequence[CameraCalibration], tracks: ViewTracks, settings: SceneSettings | None = None
) -> Scene:
    """Landmarks in space, each from the cameras that agree on it.

    Raises:
        InputError: cameras and tracks do not belong together; which.
    """
    settings = settings or SceneSettings()
    chosen = matched(cameras, tracks.names)
    views = [camera.view for camera in chosen]
    seen = np.isfinite(tracks.px[..., 0]) & (np.nan_to_num(tracks.confidence) >= settings.min_confidence)
    px = np.where(seen[..., None], tracks.px, np.nan)
    if isinstance(settings.rule, ExclusionRule):
        sd = np.where(seen, 1 / np.maximum(tracks.confidence, 1e-6), np.nan)
    else:
        sd = _first_sd(chosen, tracks, seen)
    exchanges: tuple[Exchange, ...] = ()
    if settings.mend_sides and tracks.skeleton.pairs:
        px, sd, exchanges = mend_sides(views, replace(tracks, px=px), sd)
    points = _points(views, px, sd, settings.rule)
    scale = np.ones(sd.shape[1:])
    if settings.learn_sd and isinstance(settings.rule, RobustRule):
        for _ in range(_ROUNDS):
            scale = scale * _too_small(views, points, sd * scale)
            points = _points(views, px, sd * scale, settings.rule)
    typical = np.array([[_median(sd[:, c, k]) for k in range(sd.shape[2])] for c in range(sd.shape[1])])
    ground = points.position_m @ WORLD_FROM_GROUND
    confidence = _confidence(tracks.confidence, points.used)
    keypoints = Keypoints(tracks.skeleton, tracks.time_s, ground, confidence, "m", points.sd_m)
    findings = _findings(keypoints, points, tracks.names, exchanges)
    return Scene(keypoints, points.used, points.error_px, typical * scale, exchanges, findings)


def matched(cameras: Sequence[CameraCalibration], names: Sequence[str]) -> list[CameraCalibration]:
    """The calibrations of the recordings, by name.

    Raises:
        InputError: a recording without calibration; with what there is.
    """
    known = {camera.name: camera for camera in cameras}
    missing = [name for name in names if name not in known]
    if missing:
        raise InputError(
            f"no calibration of {', '.join(missing)}; the file has {', '.join(known)}. Is it of another rig? "
            "A recording is matched by its file's name: rename it, or name it on the command line (cam=FILE)"
        )
    return [known[name] for name in names]


def _first_sd(cameras: Sequence[CameraCalibration], tracks: ViewTracks, seen: BoolArray) -> Array:
    """(T, C, K) px: what the network says, or else a share of the picture's height over the confidence."""
    height = np.array([max(camera.size_px) for camera in cameras])[None, :, None]
    guess = _BASE_SD * height / np.sqrt(np.clip(np.nan_to_num(tracks.confidence), 0.05, 1))
    sd = np.where(np.isfinite(tracks.sd_px) & (tracks.sd_px > 0), tracks.sd_px, guess)
    return np.where(seen, np.maximum(sd, 0.5), np.nan)


def _points(views: Sequence[CameraView], px: Array, sd: Array, rule: Rule) -> Triangulated:
    return triangulate(views, np.moveaxis(px, 1, 2), np.moveaxis(sd, 1, 2), rule)


def _too_small(views: Sequence[CameraView], points: Triangulated, sd: Array) -> Array:
    """(C, 1) by how much each camera's sd is too small, as the errors left over show.

    A camera of great weight draws the points to itself; so its error is held against what its sd leaves after
    the points took up their share. Not for each landmark: where the calibration is a little off, the pair of
    cameras that happens to agree on a landmark would take all the weight.
    """
    factors = []
    for c, view in enumerate(views):
        local = points.position_m @ view.rotation.T + view.translation_m
        by_local = view.rotation[:2] - (local[..., :2] / local[..., 2:])[..., None] * view.rotation[2]
        slope = by_local / local[..., 2:, None] * view.focal_px[:, None]
        taken = np.einsum("tkai,tkij,tkaj->tk", slope, points.covariance_m2, slope) / 2
        left = np.maximum(sd[:, c] ** 2 - taken, 0.05 * sd[:, c] ** 2)
        error = np.where(points.used[..., c], points.error_px[..., c], np.nan)
        factors.append(_median(error / np.sqrt(left)) / _RAYLEIGH)
    return np.clip(factors, 0.2, 10)[:, None]


def _median(values: Array) -> float:
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if finite.size else 1.0


def _confidence(confidence: Array, used: BoolArray) -> Array:
    """(T, K): mean of the cameras that count."""
    given = np.moveaxis(np.nan_to_num(confidence), 1, 2)
    n = used.sum(axis=-1)
    mean = (given * used).sum(axis=-1) / np.maximum(n, 1)
    return np.where(n > 0, np.clip(mean, 0, 1), np.nan)


def _findings(
    keypoints: Keypoints, points: Triangulated, names: Sequence[str], exchanges: tuple[Exchange, ...]
) -> tuple[Finding, ...]:
    found = [exchange.finding(keypoints.time_s) for exchange in exchanges]
    seen = np.isfinite(points.error_px)
    for c, name in enumerate(names):
        share = float(points.used[..., c].sum() / max(seen[..., c].sum(), 1))
        if share < 0.5:
            found.append(
                Finding(
                    "warning",
                    f"{name} agrees with the other cameras in {100 * share:.0f} % of its landmarks only; "
                    "was it moved, mixed up with another, or not started together with them?",
                )
            )
    lost = 1 - keypoints.seen.mean(axis=0)
    rare = [
        f"{n} ({100 * x:.0f} %)" for n, x in zip(keypoints.skeleton.landmarks, lost, strict=True) if x > 0.2
    ]
    if rare:
        found.append(Finding("attention", f"not placed in many frames: {', '.join(rare)}"))
    return tuple(found)
