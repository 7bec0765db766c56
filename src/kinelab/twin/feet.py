"""Points of the feet and landmarks of any full body model, by the names of its bodies."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.model import BodyModel, Marker
from kinelab.body.own_body import points as p
from kinelab.core.checks import Array
from kinelab.core.events import SIDES, Side
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import GAIT_20, Skeleton
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError

# Points that bear the body: of the calcaneus and of the toes, places in our own standing body.
_SOLE: Mapping[str, tuple[str, p.Point]] = {
    "heel": ("calcn", (p.HEEL[0], 0.0, p.HEEL[2])),
    "ball_in": ("calcn", (p.METATARSAL_1[0], 0.0, p.METATARSAL_1[2])),
    "ball_out": ("calcn", (p.METATARSAL_5[0], 0.0, p.METATARSAL_5[2])),
    "toe_joint": ("toes", p.MTP),
    "toe": ("toes", (p.TOE_TIP[0], 0.0, p.TOE_TIP[2])),
}
SOLE_POINTS = tuple(_SOLE)
# What moves a foot, from the pelvis down; OpenSim's names.
LEG_BODIES = ("femur", "tibia", "talus", "calcn", "toes")
_LANDMARKS: Mapping[str, tuple[str, p.Point | None]] = {
    "hip": ("femur", None), "knee": ("tibia", None), "ankle": ("talus", None),
    "heel": ("calcn", (p.HEEL[0], 0.020, p.HEEL[2])), "big_toe": ("toes", p.TOE_TIP),
    "small_toe": ("calcn", (p.METATARSAL_5[0] + 0.035, 0.012, p.METATARSAL_5[2] - 0.004)),
}  # fmt: skip


def with_foot_points(model: BodyModel) -> BodyModel:
    """The model with the points of both soles and the landmarks of gait as its only markers.

    Hip, knee and ankle are the origins of femur, tibia and talus. A foot is our own body's, enlarged alike in
    all directions by the distance from the origin of the calcaneus to the toes' joint.

    Raises:
        InputError: the model lacks a body of the legs.
    """
    lacking = [f"{b}_{s[0]}" for s in SIDES for b in LEG_BODIES if f"{b}_{s[0]}" not in model.body_names]
    if lacking:
        raise InputError(
            f"model {model.name} has no body {', '.join(lacking)}: a twin walks on legs of femur, tibia,"
            " talus, calcn and toes, as OpenSim's gait models name them"
        )
    markers = []
    for side in SIDES:
        size, s = _foot_size(model, side), side[0]
        for name, (body, place) in _SOLE.items():
            markers.append(Marker(f"sole_{name}_{s}", f"{body}_{s}", _offset(body, place, side, size)))
        for name, (body, spot) in _LANDMARKS.items():
            at = np.zeros((3, 3)) if spot is None else _offset(body, spot, side, size)
            markers.append(Marker(f"{side}_{name}", f"{body}_{s}", at))
    return model.with_markers(markers)


def sole_rows(model: BodyModel, side: Side) -> list[int]:
    """Rows of the markers of one sole, in the order of `SOLE_POINTS`, of a `with_foot_points` model."""
    return [model.marker_index(f"sole_{name}_{side[0]}") for name in SOLE_POINTS]


def landmarks_of(model: BodyModel, coordinates: Array, time: Timebase) -> Keypoints:
    """Landmarks of gait (T, K, 3) m in ground of a `with_foot_points` model."""
    marker_m = forward(model, coordinates).marker_m
    names = tuple(name for name in GAIT_20.landmarks if name in model.marker_names)
    position = marker_m[:, [model.marker_index(name) for name in names]]
    links = tuple(link for link in GAIT_20.links if set(link) <= set(names))
    ones = np.ones(position.shape[:2])
    return Keypoints(Skeleton(GAIT_20.name, names, links), time.time_s, position, ones, "m")


def leg_length_m(model: BodyModel) -> float:
    """Hip to floor with every angle at zero, mean of both legs, m."""
    placed = forward(model, np.zeros(len(model.coordinates))).marker_m
    hips = np.mean([placed[model.marker_index(f"{side}_hip"), 1] for side in SIDES])
    soles = np.mean([placed[sole_rows(model, side), 1].min() for side in SIDES])
    return float(hips - soles)


def _foot_size(model: BodyModel, side: Side) -> float:
    """The foot's length over our own body's."""
    placed = forward(model, np.zeros(len(model.coordinates)))
    heel = placed.position_m[model.body_index(f"calcn_{side[0]}")]
    toes = placed.position_m[model.body_index(f"toes_{side[0]}")]
    own = np.array(p.ORIGIN["toes"]) - p.ORIGIN["calcn"]
    return float(np.linalg.norm(toes - heel) / np.linalg.norm(own))


def _offset(body: str, place: p.Point, side: Side, size: float) -> Array:
    mirror = np.array([1.0, 1.0, 1.0 if side == "right" else -1.0])
    return np.diag((np.array(place) - p.ORIGIN[body]) * mirror * size)
