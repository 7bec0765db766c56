"""The way of many steps: points on a person in space, then the person's lengths, then the pose of each frame.

The rival of the direct estimate, as Bittner et al. 2022 (doi:10.3390/s23010341) built it for comparison: a
network says where markers are (`metric_heatmaps`), a standing clip scales the model, and inverse kinematics
gives the angles. Both of the last steps come in two ways: OpenSim's, and ours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.ik_setup import IkTasks, uniform_tasks
from kinelab.body.inverse import IkSettings, solve
from kinelab.body.joint_estimation import EstimateSettings, estimate
from kinelab.body.marker_placement import place_markers
from kinelab.body.model import BodyModel
from kinelab.body.own_body import keypoint_markers, own_body
from kinelab.body.scale_setup import MarkerPlacing, Measurement, ModelScaling
from kinelab.body.scaling import scale_factors
from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.errors import InputError
from kinelab.monocular.head import Head
from kinelab.monocular.multistep_opensim import opensim_poses_of
from kinelab.monocular.poses import Poses

Scaling = Literal["distances", "jointly"]
Solver = Literal["kinelab", "opensim"]
# From a view (y down, z away) to a frame with y up, in which a standing pelvis is near its default: Cardan
# angles of the pelvis are then far from where they are not unique.
_UPRIGHT = np.diag([1.0, -1.0, -1.0])
# The legs and the trunk of who stands still are near the model's default, as OpenSim's own set-ups have it:
# 5 deg off it counts as much as all points being 9 mm off.
_STAND = ("hip", "knee_angle", "ankle", "subtalar", "mtp", "lumbar", "neck")
_STANDING_WEIGHT = 0.01
_POINT_SD_M = 0.030  # of a network's point in one frame; alike in many frames in a row


def _sides(first: str, second: str) -> tuple[tuple[str, str], ...]:
    return tuple((f"{side}_{first}", f"{side}_{second}") for side in ("left", "right"))


def _both(*bodies: str, axes: str = "XYZ") -> dict[str, str]:
    return {f"{body}_{side}": axes for body in bodies for side in "rl"}


# Which distances say how long each body is. Later ones replace earlier ones, so that a set of landmarks
# without, say, the fingers still scales the hand, by the forearm.
DISTANCES = ModelScaling(
    measurements=(
        Measurement(
            "trunk",
            _sides("shoulder", "hip"),
            {"pelvis": "XYZ", "lumbar": "XYZ", "torso": "XYZ", "head": "XYZ"},
        ),
        Measurement("shoulders", (("left_shoulder", "right_shoulder"),), _both("clavicle")),
        Measurement("hips", (("left_hip", "right_hip"),), {"pelvis": "XYZ"}),
        Measurement("pelvic depth", (("RASI", "RPSI"), ("LASI", "LPSI")), {"pelvis": "X"}),
        Measurement("head", (("left_ear", "right_ear"),), {"head": "XYZ"}),
        Measurement("thigh", _sides("hip", "knee"), _both("femur")),
        Measurement("shank", _sides("knee", "ankle"), _both("tibia", "talus", "calcn", "toes")),
        Measurement("foot", _sides("heel", "big_toe"), _both("talus", "calcn", "toes")),
        Measurement("upper arm", _sides("shoulder", "elbow"), _both("humerus")),
        Measurement("forearm", _sides("elbow", "wrist"), _both("ulna", "radius", "hand")),
        Measurement("hand", _sides("wrist", "index"), _both("hand")),
    )
)


_CENTRES = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")


@cache
def point_body() -> BodyModel:
    """The own body with the pose networks' landmarks and its skin markers, in the order of `View.point_m`.

    The joint centres are fixed on it: their places say the lengths. All others sit on skin, where each person
    has them elsewhere.
    """
    body = own_body()
    return body.with_markers(
        [
            replace(marker, fixed=marker.name.endswith(_CENTRES))
            for marker in (*keypoint_markers(), *body.markers)
        ]
    )


def _standing() -> dict[str, float]:
    return {
        one.name: _STANDING_WEIGHT
        for one in own_body().coordinates
        if one.name.startswith(_STAND) and not one.locked
    }


@dataclass(frozen=True, eq=False)
class MeasuredBody:
    """A person's body: model scaled, its points where the person has them; scale (S, 3) over the own body."""

    model: BodyModel
    scale: Array


def measured_body(names: tuple[str, ...], still_m: Array, scaling: Scaling = "distances") -> MeasuredBody:
    """Lengths and places of points of a person who stands still.

    names: of K points of `point_body`. still_m (T, K, 3) m in the view's frame (x right, y down, z away),
    NaN = not told. scaling "distances": OpenSim's ScaleTool, by `DISTANCES`, then its MarkerPlacer;
    "jointly": `body.joint_estimation`, which weighs the points against what bodies are like.

    Raises:
        InputError: names that are no points of the body, a shape that does not fit, too few points.
    """
    upright_m = _checked(names, still_m) @ _UPRIGHT
    if scaling == "jointly":
        found = estimate(
            point_body(), names, upright_m, EstimateSettings(measurement_sd_m=_POINT_SD_M, frames=12)
        )
        return MeasuredBody(found.model, found.scales)
    count = np.isfinite(upright_m).sum(axis=0, keepdims=True)
    middle_m = np.nansum(upright_m, axis=0, keepdims=True) / np.where(count > 0, count, np.nan)
    trial = Keypoints(
        position=middle_m, confidence=np.isfinite(middle_m).all(axis=2).astype(float), time_s=np.zeros(1),
        skeleton=Skeleton("points", names), unit="m",
    )  # fmt: skip
    factors = scale_factors(point_body(), DISTANCES, trial, missing="skip")
    placing = MarkerPlacing(IkTasks(dict.fromkeys(names, 1.0), _standing()))
    return MeasuredBody(place_markers(point_body().scaled(factors), placing, trial).model, factors)


def solved(body: MeasuredBody, names: tuple[str, ...], point_m: Array, solver: Solver = "kinelab") -> Poses:
    """The pose of every frame by inverse kinematics, all points alike.

    point_m (T, K, 3) m in the view's frame, NaN = not told; where the person is in it does not matter.
    OpenSim's solver states no sd: there it is NaN for what is not told and 0 elsewhere.

    Raises:
        InputError: as `measured_body`; no point in any frame. MissingExtraError: no opensim.
    """
    upright_m = _checked(names, point_m) @ _UPRIGHT
    if solver == "opensim":
        coordinates = opensim_poses_of(body.model, body.scale, names, upright_m)
        sd = np.zeros_like(coordinates)
    else:
        result = solve(body.model, names, upright_m, uniform_tasks(names), IkSettings(threads=1))
        coordinates, sd = np.array(result.coordinates), np.array(result.sd)
    return as_poses(body, coordinates, sd)


def as_poses(body: MeasuredBody, coordinates: Array, sd_rad: Array) -> Poses:
    """What inverse kinematics found upright, as the poses that networks tell: no landmarks in a picture.

    coordinates, sd_rad (T, C) of the scaled own body in a frame with y up.
    """
    own, head = own_body(), Head(own_body())
    n = len(coordinates)
    told, sd = np.tile(own.default_coordinates, (n, 1)), np.full(coordinates.shape, np.nan)
    told[:, head.columns] = coordinates[:, head.columns]
    sd[:, head.columns] = np.where(np.isfinite(sd_rad), sd_rad, np.pi)[:, head.columns]
    root = own.body_index("pelvis")
    return Poses(
        model=own,
        coordinates=told,
        sd_rad=sd,
        scale=np.tile(body.scale, (n, 1, 1)),
        view_rotation=_UPRIGHT @ forward(body.model, coordinates).rotation[:, root],
        view_sd_rad=np.nanmax(np.where(np.isfinite(sd_rad), sd_rad, np.pi)[:, :3], axis=1),
        landmarks=(),
        landmark_px=np.zeros((n, 0, 2)),
        landmark_sd_px=np.zeros((n, 0)),
        size_px=(1, 1),
    )


def _checked(names: tuple[str, ...], point_m: Array) -> Array:
    """The points, once they are seen to fit their names."""
    unknown = [name for name in names if name not in point_body().marker_names]
    if unknown:
        raise InputError(
            f"{', '.join(unknown)}: no point of the own body; its {len(point_body().markers)} are landmarks "
            "of pose networks (left_knee ...) and skin markers (RASI ...)"
        )
    points = np.asarray(point_m, dtype=np.float64)
    if points.ndim != 3 or points.shape[1:] != (len(names), 3) or not len(points):
        raise InputError(f"points have shape {points.shape}, expected (frames, {len(names)}, 3) with a frame")
    return points
