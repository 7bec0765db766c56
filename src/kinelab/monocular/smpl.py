"""The SMPL family's body in numpy, from a model file that the user has: vertices and joints of any pose.

Loper et al. 2015, "SMPL: a skinned multi-person linear model", ACM Trans. Graph. 34:248, equations 2 to 10.
Model files come under licences of their own and are not part of kinelab. Units m; axes of the model: x to the
person's left, y up, z forward, in a T-pose.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array, IntArray
from kinelab.errors import FileFormatError, InputError
from kinelab.files.amass import BODY_JOINTS
from kinelab.files.sensors.npz_arrays import read_arrays

_NEEDED = ("v_template", "shapedirs", "posedirs", "J_regressor", "weights", "kintree_table")
_ROOT_PARENTS = (-1, 2**32 - 1)  # files hold an unsigned -1


@dataclass(frozen=True, eq=False)
class SmplModel:
    """V vertices, J joints, B shape numbers: template_m (V, 3), shape (V, 3, B), pose (V, 3, 9 (J - 1)),
    regressor (J, V), weight (V, J), parent (J,) with -1 for the root. Joints begin as `BODY_JOINTS`."""

    template_m: Array
    shape: Array
    pose: Array
    regressor: Array
    weight: Array
    parent: IntArray

    def rest_m(self, betas: Array) -> tuple[Array, Array]:
        """Vertices (V, 3) and joints (J, 3) in the T-pose of who has these shape numbers (b,), b <= B."""
        if betas.ndim != 1 or len(betas) > self.shape.shape[2]:
            raise InputError(f"betas have shape {betas.shape}, expected at most ({self.shape.shape[2]},)")
        vertices: Array = self.template_m + self.shape[..., : len(betas)] @ betas
        return vertices, self.regressor @ vertices

    def posed_m(
        self, betas: Array, rotation_vector: Array, position_m: Array, vertices: IntArray
    ) -> tuple[Array, Array]:
        """Chosen vertices (T, n, 3) and all joints (T, J, 3) of a person in motion, in the motion's axes.

        rotation_vector (T, j, 3) rad of each joint against its parent, of the first j joints (the others are
        as in the T-pose); position_m (T, 3) is added to all, as AMASS' `trans` is.

        Raises:
            InputError: more joints than the model has, or vertices that it has not.
        """
        frames, told = rotation_vector.shape[:2]
        joints = len(self.parent)
        if told > joints or (len(vertices) and vertices.max() >= len(self.template_m)):
            raise InputError(
                f"the model has {joints} joints and {len(self.template_m)} vertices; more are asked"
            )
        turn = np.tile(np.eye(3), (frames, joints, 1, 1))
        turn[:, :told] = (
            Rotation.from_rotvec(rotation_vector.reshape(-1, 3)).as_matrix().reshape(frames, told, 3, 3)
        )
        rest, centre = self.rest_m(betas)
        bent = (turn[:, 1:] - np.eye(3)).reshape(frames, -1)
        local = rest[vertices] + np.einsum("vdp,tp->tvd", self.pose[vertices], bent)
        rotation, place = np.empty_like(turn), np.empty((frames, joints, 3))
        for j, parent in enumerate(self.parent.tolist()):
            if parent < 0:
                rotation[:, j], place[:, j] = turn[:, j], centre[j]
            else:
                rotation[:, j] = rotation[:, parent] @ turn[:, j]
                place[:, j] = place[:, parent] + rotation[:, parent] @ (centre[j] - centre[parent])
        weight = self.weight[vertices]
        blended = np.einsum("vj,tjab->tvab", weight, rotation)
        shift = weight @ (place - np.einsum("tjab,jb->tja", rotation, centre))
        skin = np.einsum("tvab,tvb->tva", blended, local) + shift
        return skin + position_m[:, None], place + position_m[:, None]

    @cached_property
    def dominant(self) -> IntArray:
        """(V,) the joint that each vertex follows most."""
        return np.asarray(self.weight.argmax(axis=1))


def read_smpl(path: str | Path) -> SmplModel:
    """Read an .npz without pickled objects, as the SMPL-H of AMASS comes.

    Raises:
        FileFormatError: no npz, Python objects in it, arrays missing or of shapes that do not fit each other.
    """
    path = Path(path)
    arrays = read_arrays(path)
    missing = [name for name in _NEEDED if name not in arrays]
    if missing:
        raise FileFormatError(path, f"is no SMPL model: it lacks {', '.join(missing)}")
    template, shape, pose, regressor, weight = (arrays[name].astype(np.float64) for name in _NEEDED[:5])
    parent = arrays["kintree_table"][0].astype(np.int64)
    v, j = len(template), len(parent)
    wanted = {"v_template": (v, 3), "posedirs": (v, 3, 9 * (j - 1)), "J_regressor": (j, v), "weights": (v, j)}
    for name, expected in wanted.items():
        if arrays[name].shape != expected:
            raise FileFormatError(path, f"{name} has shape {arrays[name].shape}, expected {expected}")
    if shape.shape[:2] != (v, 3) or shape.ndim != 3:
        raise FileFormatError(path, f"shapedirs has shape {shape.shape}, expected ({v}, 3, betas)")
    parent = np.where(np.isin(parent, _ROOT_PARENTS), -1, parent)
    if (
        j < len(BODY_JOINTS)
        or parent[0] != -1
        or (parent[1:] >= np.arange(1, j)).any()
        or (parent[1:] < 0).any()
    ):
        raise FileFormatError(
            path, "kintree_table is not that of the SMPL family: parents come before children"
        )
    return SmplModel(template, shape, pose, regressor, weight, parent)
