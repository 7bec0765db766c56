"""Joints and coordinates of our own body: what hangs on what, about which axes, how far it goes.

Names and signs are those of Rajagopal2016 (docs/conventions.md); a positive angle means the same on both
sides. Rotations follow one another as in the ISB's joint coordinate systems (flexion, adduction, rotation:
Grood & Suntay 1983; Wu et al. 2002, 2005). Coordinates of our own are called after the same pattern.

Ranges in degrees are normal ranges of healthy adults (American Academy of Orthopaedic Surgeons 1965; Norkin &
White 2016; both from memory, compared with public tables of them), the wider where sources differ. Spine:
White & Panjabi 1990 (from memory). Girdle: Inman, Saunders & Abbott 1944 (from memory). The subtalar range
is 10 degrees wider than the clinical one: with the knee's rotation locked, all of a person's toe-out against
the knee's axis is taken up there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.body.own_body import points
from kinelab.core.checks import Array

RIGHT, LEFT = "_r", "_l"
_FORWARD, _UP, _TO_RIGHT = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)


@dataclass(frozen=True)
class Turn:
    """One rotation of a joint: coordinate, axis for the right side, range in degrees."""

    coordinate: str
    axis: tuple[float, float, float]
    range_deg: tuple[float, float]
    locked: bool = False
    clamped: bool = True


@dataclass(frozen=True)
class Hinge:
    """A joint on one side or on the mid-line; `centre` in the standing body, names without a side."""

    name: str
    parent: str
    child: str
    centre: points.Point
    turns: tuple[Turn, ...]


def _three(
    names: tuple[str, str, str],
    first: tuple[float, float],
    second: tuple[float, float],
    third: tuple[float, float],
    *,
    locked: bool = False,
) -> tuple[Turn, ...]:
    """Rotations about Z, X, Y, the order of the ISB's joint coordinate systems."""
    axes = (_TO_RIGHT, _FORWARD, _UP)
    ranges = (first, second, third)
    return tuple(Turn(n, x, r, locked) for n, x, r in zip(names, axes, ranges, strict=True))


def _axis(vector: Array) -> tuple[float, float, float]:
    x, y, z = (float(v) for v in vector)
    return x, y, z


PELVIS = (
    Turn("pelvis_tilt", _TO_RIGHT, (-90, 90), clamped=False),
    Turn("pelvis_list", _FORWARD, (-90, 90), clamped=False),
    Turn("pelvis_rotation", _UP, (-360, 360), clamped=False),
)
PELVIS_SHIFTS = (("pelvis_tx", (-50.0, 50.0)), ("pelvis_ty", (-50.0, 50.0)), ("pelvis_tz", (-50.0, 50.0)))

LEG = (
    Hinge("hip", "pelvis", "femur", points.HIP,
          _three(("hip_flexion", "hip_adduction", "hip_rotation"), (-30, 125), (-50, 40), (-60, 50))),
    Hinge("knee", "femur", "tibia", points.KNEE,
          (Turn("knee_angle", (0.0, 0.0, -1.0), (-10, 150)),
           Turn("knee_adduction", _FORWARD, (-10, 10), locked=True),
           Turn("knee_rotation", _UP, (-20, 20), locked=True))),
    Hinge("ankle", "tibia", "talus", points.ANKLE,
          (Turn("ankle_angle", _axis(points.ankle_axis()), (-50, 30)),)),
    Hinge("subtalar", "talus", "calcn", _axis(points.subtalar_centre()),
          (Turn("subtalar_angle", _axis(points.subtalar_axis()), (-35, 40)),)),
    Hinge("mtp", "calcn", "toes", points.MTP,
          (Turn("mtp_angle", _axis(points.toe_axis()), (-80, 40)),)),
)  # fmt: skip

# One lumbar joint moves the whole trunk, as in Rajagopal2016, so its range is that of the trunk; T12/L1 is
# locked because markers on the thorax alone cannot tell the two apart. Unlock it with markers on the spine.
TRUNK = (
    Hinge("back", "pelvis", "lumbar", points.L5S1,
          _three(("lumbar_extension", "lumbar_bending", "lumbar_rotation"), (-90, 40), (-45, 45), (-50, 50))),
    Hinge("thorax", "lumbar", "torso", points.T12L1,
          _three(("thorax_extension", "thorax_bending", "thorax_rotation"), (-35, 25), (-25, 25), (-35, 35),
                 locked=True)),
    Hinge("neck", "torso", "head", points.C7T1,
          _three(("neck_extension", "neck_bending", "neck_rotation"), (-65, 65), (-50, 50), (-80, 80))),
)  # fmt: skip

# The girdle turns about the sternoclavicular joint (Wu et al. 2005: pro/retraction, then elevation); locked,
# because the acromion's one marker cannot tell its turning from the trunk's without a good trunk.
ARM = (
    Hinge("sternoclavicular", "torso", "clavicle", points.STERNOCLAVICULAR,
          (Turn("clav_protraction", _UP, (-25, 25), locked=True),
           Turn("clav_elevation", (-1.0, 0.0, 0.0), (-10, 40), locked=True))),
    Hinge("acromial", "clavicle", "humerus", points.SHOULDER,
          _three(("arm_flex", "arm_add", "arm_rot"), (-60, 180), (-180, 50), (-95, 95))),
    Hinge("elbow", "humerus", "ulna", points.ELBOW,
          (Turn("elbow_flex", _TO_RIGHT, (-5, 150)),)),
    Hinge("radioulnar", "ulna", "radius", points.CAPITULUM,
          (Turn("pro_sup", _axis(points.pronation_axis()), (-5, 165)),)),
    Hinge("wrist", "radius", "hand", points.WRIST,
          (Turn("wrist_flex", _TO_RIGHT, (-75, 85)), Turn("wrist_dev", _FORWARD, (-25, 45)))),
)  # fmt: skip


def mirrored_point(point: points.Point) -> points.Point:
    """The point of the left side."""
    return (point[0], point[1], -point[2])


def mirrored_axis(axis: points.Point) -> points.Point:
    """The axis of the left side: a rotation vector keeps its part along Z and turns the rest about."""
    return (-axis[0], -axis[1], axis[2])


def on_side(hinge: Hinge, side: str) -> Hinge:
    """The hinge of one side ("_r" or "_l") with full names."""
    shared = {"pelvis", "torso"}
    parent = hinge.parent if hinge.parent in shared else hinge.parent + side
    left = side == LEFT
    return Hinge(
        hinge.name + side,
        parent,
        hinge.child + side,
        mirrored_point(hinge.centre) if left else hinge.centre,
        tuple(
            Turn(
                t.coordinate + side,
                mirrored_axis(t.axis) if left else t.axis,
                t.range_deg,
                t.locked,
                t.clamped,
            )
            for t in hinge.turns
        ),
    )


def hinges() -> tuple[Hinge, ...]:
    """All joints but that of the pelvis, parents first."""
    legs = [on_side(hinge, side) for side in (RIGHT, LEFT) for hinge in LEG]
    arms = [on_side(hinge, side) for side in (RIGHT, LEFT) for hinge in ARM]
    return (*legs, *TRUNK, *arms)


def origin(body: str) -> Array:
    """Origin of a body's frame in the standing body, (3,) m; body with its side (`femur_l`)."""
    if body.endswith((RIGHT, LEFT)):
        point = points.ORIGIN[body[:-2]]
        return np.array(mirrored_point(point) if body.endswith(LEFT) else point)
    return np.array(points.ORIGIN[body])
