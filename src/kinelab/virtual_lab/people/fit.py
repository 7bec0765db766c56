"""The own body inside a mesh: lengths and pose in which its joint centres are the mesh's anatomical ones.

As many unknowns as conditions (`fit_conditions`), solved by Newton's method, so that nothing is left over:
hips, knees, ankles, C7/T1, shoulders, elbows and wrists meet to 1e-9 m, and the foot stands on its sole. What
the mesh does not tell follows from the own body: the pelvis tilts forward by 10 degrees, as people at ease do
(docs/models/own_body.md), L5/S1, T12/L1 and the sternoclavicular joints lie where its proportions put them.

The mesh is its own mirror image, and so is the fit: right and left coordinates are the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from kinelab.body.forward import Placement, forward
from kinelab.body.own_body import own_body
from kinelab.body.own_body import points as p
from kinelab.core.checks import Array, IntArray
from kinelab.errors import InputError
from kinelab.virtual_lab.people.figure import Figure
from kinelab.virtual_lab.people.fit_conditions import condition_errors, targets_of

# Angles of the mesh's stance, deg, where Newton's method starts; right side and mid-line.
_START_DEG = {
    "hip_flexion": 10.0, "hip_adduction": -6.0, "hip_rotation": -5.0, "knee_angle": 4.0,
    "knee_adduction": 0.0, "ankle_angle": 2.0,
    "subtalar_angle": 8.0, "lumbar_extension": 10.0, "neck_extension": 0.0,
    "clav_protraction": 0.0, "clav_elevation": 5.0, "arm_flex": 0.0, "arm_add": -45.0, "arm_rot": 30.0,
    "elbow_flex": 45.0, "pro_sup": 70.0, "wrist_flex": 0.0, "wrist_dev": 0.0,
}  # fmt: skip
_PELVIS_TILT_DEG = -10.0
# Scale factors that are solved for: body and axes that share one number.
_SCALES: tuple[tuple[tuple[str, str], ...], ...] = (
    (("pelvis", "z"),),
    (("femur", "xyz"),),
    (("tibia", "xyz"),),
    (("talus", "y"), ("calcn", "y"), ("toes", "y")),
    (("talus", "x"),),
    (("calcn", "xz"), ("talus", "z"), ("toes", "z")),
    (("lumbar", "xyz"), ("torso", "xy")),
    (("clavicle", "xyz"),),
    (("humerus", "xyz"),),
    (("ulna", "xyz"), ("radius", "xyz")),
)
_STEPS = 12
_TOLERANCE_M = 1e-9
_DIFFERENCE = 1e-6


@dataclass(frozen=True, eq=False)
class Fit:
    """scale (S, 3) of the own body's bodies; coordinates (C,) and placement of the bind pose."""

    scale: Array
    coordinates: Array
    placement: Placement


def fit_own_body(figure: Figure) -> Fit:
    """Scale and pose the own body into a figure.

    Raises:
        InputError: no pose meets the figure's joints (a mesh that is not a person's).
    """
    model, layout, targets = own_body(), _layout(), targets_of(figure)
    coordinates, scale = _start(figure, targets.scale)
    x = np.zeros(len(layout.turned))

    def posed(unknown: Array) -> tuple[Array, Array]:
        """Coordinates (T, C) and scale factors (T, S, 3) at unknowns (T, N)."""
        grown = 1 + (unknown @ layout.grown).reshape(-1, *scale.shape)
        return coordinates + unknown @ layout.turned, scale * grown

    for _ in range(_STEPS):
        errors = condition_errors(forward(model, *posed(x + layout.around)), targets)
        if np.abs(errors[0]).max() < _TOLERANCE_M:
            break
        slope = (errors[1:] - errors[0]).T / _DIFFERENCE
        x = np.clip(x - np.clip(np.linalg.solve(slope, errors[0]), -0.5, 0.5), layout.least, np.inf)
    else:
        raise InputError(
            f"the skeleton does not fit a body of {figure.shape}: {np.abs(errors[0]).max() * 1000:.1f} mm off"
        )
    pose, grown = (found[0] for found in posed(x[None]))
    return Fit(grown, pose, forward(model, pose, grown))


@dataclass(frozen=True, eq=False)
class _Layout:
    """What each of N unknowns does: turned (N, C) to the coordinates, grown (N, 3 S) to the scale factors.

    around (1 + N, N): no step and one small step of each; least (N,): no length shrinks below a fifth.
    """

    turned: Array
    grown: Array
    around: Array
    least: Array


@cache
def _layout() -> _Layout:
    model = own_body()
    angles = ("pelvis_tx", "pelvis_ty", *_START_DEG)
    n = len(angles) + len(_SCALES)
    turned, grown = np.zeros((n, len(model.coordinates))), np.zeros((n, len(model.bodies), 3))
    for k, name in enumerate(angles):
        turned[k, _columns(name)] = 1
    for k, group in enumerate(_SCALES, start=len(angles)):
        for body, axes in group:
            for row, name in enumerate(model.body_names):
                if name.removesuffix("_r").removesuffix("_l") == body:
                    grown[k, row, ["xyz".index(axis) for axis in axes]] = 1
    around = np.vstack([np.zeros(n), _DIFFERENCE * np.eye(n)])
    least = np.where(np.arange(n) < len(angles), -np.inf, -0.8)
    return _Layout(turned, grown.reshape(n, -1), around, least)


def _columns(name: str) -> IntArray:
    names = own_body().coordinate_names
    return np.array([k for k, one in enumerate(names) if one in (name, f"{name}_r", f"{name}_l")])


def _start(figure: Figure, given: dict[str, Array]) -> tuple[Array, Array]:
    """Coordinates (C,) and scale factors (S, 3) before the search; those of `given` bodies are final."""
    model = own_body()
    coordinates = np.zeros(len(model.coordinates))
    for name, angle in {"pelvis_tilt": _PELVIS_TILT_DEG, **_START_DEG}.items():
        coordinates[_columns(name)] = np.radians(angle)
    hip = figure.point_m["hip"]
    ratio = figure.height_m / p.H
    coordinates[_columns("pelvis_tx")] = hip[0] + 0.05 * ratio
    coordinates[_columns("pelvis_ty")] = hip[1] + 0.08 * ratio
    scale = np.full((len(model.bodies), 3), ratio)
    for row, name in enumerate(model.body_names):
        factors = given.get(name.removesuffix("_r").removesuffix("_l"))
        if factors is not None:
            scale[row] = factors
    return coordinates, scale
