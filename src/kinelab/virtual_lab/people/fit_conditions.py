"""What must meet when the own body is put into a mesh (`fit`): one number each, right side and mid-line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.body.forward import Placement
from kinelab.body.own_body import own_body
from kinelab.body.own_body import points as p
from kinelab.core.checks import Array
from kinelab.virtual_lab.people.asset import body_asset
from kinelab.virtual_lab.people.figure import Figure

# Joint of the own body whose centre is a point of the mesh, all three coordinates of it.
MET: tuple[tuple[str, str], ...] = (
    ("hip_r", "hip"), ("knee_r", "knee"), ("ankle_r", "ankle"), ("acromial_r", "shoulder"),
    ("elbow_r", "elbow"), ("wrist_r", "wrist"),
)  # fmt: skip
# MakeHuman's knuckles lie 2 cm beyond the heads of the metacarpals, 81 mm below the own body's wrist.
_KNUCKLES_BELOW_WRIST_M = 0.100


@dataclass(frozen=True, eq=False)
class Targets:
    """point_m: the mesh's anatomical points; foot (3, 3): axes of the right foot, along, up, across, and
    sole_m (3,) a point under it: heel and ball of the mesh bear alike. hand (3, 2): directions of the right
    hand from knuckles to wrist and from little finger to index. scale: bodies whose factors the mesh tells
    straight away."""

    point_m: dict[str, Array]
    foot: Array
    sole_m: Array
    hand: Array
    scale: dict[str, Array]


def targets_of(figure: Figure) -> Targets:
    """Conditions of one figure."""
    at = figure.point_m
    foot, sole = _right_foot(figure)
    heading = foot[:, 0]
    knuckles = (at["knuckle2"] + at["knuckle5"]) / 2
    up = at["wrist"] - knuckles
    across = at["knuckle2"] - at["knuckle5"]
    head = (at["vertex"][1] - at["neck"][1]) / (p.VERTEX[1] - p.C7T1[1])
    toes = float((at["big_toe"] - at["mtp"]) @ heading) / (p.TOE_TIP[0] - p.MTP[0])
    ratio = figure.height_m / p.H
    scale = {
        "pelvis": np.array([ratio, ratio, at["hip"][2] / p.HIP[2]]),
        "torso": np.array([ratio, ratio, at["shoulder"][2] / p.SHOULDER[2]]),
        "head": np.full(3, head),
        "toes": np.array([toes, ratio, ratio]),
        "hand": np.full(3, np.linalg.norm(up) / _KNUCKLES_BELOW_WRIST_M),
    }
    hand = np.column_stack([up / np.linalg.norm(up), across / np.linalg.norm(across)])
    return Targets(at, foot, sole, hand, scale)


def _right_foot(figure: Figure) -> tuple[Array, Array]:
    """Axes (3, 3) of the right foot, and the point (3,) m of its sole that is lowest under the toes.

    MakeHuman's men stand with the heel up to 5 mm off the floor, so along is not quite level.
    """
    at, asset = figure.point_m, body_asset()
    heading = (at["ball"] - at["heel"]) * [1.0, 0.0, 1.0]
    heading /= np.linalg.norm(heading)
    right = np.arange(len(asset.area)) < asset.half
    skin = figure.vertex_m[right & ((asset.region["foot"] + asset.region["toes"]) > 0)].astype(np.float64)
    along = skin @ heading
    rear, front = skin[along < at["ankle"] @ heading], skin[along > at["mtp"] @ heading - 0.03]
    back, fore = rear[rear[:, 1].argmin()], front[front[:, 1].argmin()]
    rise = (fore[1] - back[1]) / ((fore - back) @ heading)
    ahead = (heading + np.array([0.0, rise, 0.0])) / np.hypot(1.0, rise)
    across = np.array([-heading[2], 0.0, heading[0]])
    return np.column_stack([ahead, np.cross(across, ahead), across]), fore


def condition_errors(placed: Placement, targets: Targets) -> Array:
    """How far each condition is from being met, (T, N); m, and sines of angles."""
    model = own_body()
    at = targets.point_m
    centre = {name: placed.joint_centre_m[:, k] for k, name in enumerate(model.joint_names)}
    turn = {name: placed.rotation[:, k] for k, name in enumerate(model.body_names)}
    foot, hand = turn["calcn_r"], turn["hand_r"]
    heel = placed.position_m[:, model.body_index("calcn_r")]
    along, above, across = targets.foot.T
    to_wrist, to_index = targets.hand.T
    columns = [(centre[joint] - at[point]).T for joint, point in MET]
    columns.append((centre["neck"] - at["neck"])[:, :2].T)
    single = [
        foot[:, :, 1] @ along,
        foot[:, :, 1] @ across,
        foot[:, :, 0] @ across,
        (heel - targets.sole_m) @ above,
        (heel - at["heel"]) @ along,
        (centre["mtp_r"] - at["mtp"]) @ along,
        turn["head"][:, 0, 1],
        hand[:, :, 0] @ to_wrist,
        hand[:, :, 2] @ to_wrist,
        hand[:, :, 0] @ to_index,
    ]
    return np.concatenate([*columns, np.array(single)]).T
