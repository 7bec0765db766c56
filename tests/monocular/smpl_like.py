"""A body of ours in the format of SMPL, so that what reads SMPL can be tested without its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from kinelab.body.forward import forward
from kinelab.body.own_body import own_body
from kinelab.core.checks import Array
from kinelab.monocular.smpl_sites import SMPL_TO_GROUND
from kinelab.virtual_lab.people.making import make_person
from kinelab.virtual_lab.people.shape import Shape

PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21)
BODIES = {
    0: "pelvis", 1: "femur_l", 2: "femur_r", 3: "lumbar", 4: "tibia_l", 5: "tibia_r", 7: "calcn_l",
    8: "calcn_r", 9: "torso", 10: "toes_l", 11: "toes_r", 12: "head", 13: "clavicle_l", 14: "clavicle_r",
    16: "humerus_l", 17: "humerus_r", 18: "ulna_l", 19: "ulna_r", 20: "hand_l", 21: "hand_r",
}  # fmt: skip
FOLLOWS = {6: 3, 15: 12, 22: 20, 23: 21}  # joints of SMPL that we have not move with these
ALIKE = {"talus": "calcn", "radius": "ulna"}
SHARE = 3  # of the vertices, one in so many is kept


@dataclass(frozen=True, eq=False)
class SmplLike:
    """arrays: of the model file; scale (S, 3) of the person; still (C,) the coordinates of its T-pose."""

    arrays: dict[str, np.ndarray]
    scale: Array
    still: Array

    def write(self, path: Path) -> Path:
        np.savez(path, **self.arrays)
        return path

    def pose(self, coordinates: Array) -> tuple[Array, Array]:
        """Rotation vectors (T, 24, 3) and trans (T, 3) in SMPL's axes of coordinates (T, C)."""
        body, frames = own_body(), len(coordinates)
        now, before = forward(body, coordinates, self.scale), forward(body, self.still[None], self.scale)
        turned = now.rotation @ before.rotation.swapaxes(-1, -2)
        local = np.tile(np.eye(3), (frames, 24, 1, 1))
        world = np.empty((frames, 24, 3, 3))
        for j, parent in enumerate(PARENTS):
            row = body.body_index(BODIES[FOLLOWS.get(j, j)])
            world[:, j] = SMPL_TO_GROUND.T @ turned[:, row] @ SMPL_TO_GROUND
            local[:, j] = world[:, j] if parent < 0 else world[:, parent].swapaxes(1, 2) @ world[:, j]
        vectors = Rotation.from_matrix(local.reshape(-1, 3, 3)).as_rotvec().reshape(frames, 24, 3)
        root = self.arrays["J_regressor"][0] @ self.arrays["v_template"]
        return vectors, now.position_m[:, 0] @ SMPL_TO_GROUND - root


def make_smpl_like() -> SmplLike:
    body, person = own_body(), make_person(Shape("male", 30, 1.78, 76.0), None)
    still = person.mover.standing.copy()
    for side in "rl":
        still[body.coordinate_index(f"arm_add_{side}")] = np.radians(-85.0)
        still[body.coordinate_index(f"pro_sup_{side}")] = np.radians(90.0)
    scale = person.mover.scale
    placed = forward(body, still[None], scale)
    skin = (
        person.vertices(placed.rotation[0], placed.position_m[0])[::SHARE].astype(np.float64) @ SMPL_TO_GROUND
    )
    centre = _joints(dict(zip(body.joint_names, placed.joint_centre_m[0], strict=True))) @ SMPL_TO_GROUND
    weight = np.zeros((len(skin), 24))
    column = {body.body_index(name): j for j, name in BODIES.items()}
    for name in body.body_names:
        column.setdefault(
            body.body_index(name), column[body.body_index(ALIKE.get(name[:-2], name[:-2]) + name[-2:])]
        )
    for slot in range(4):
        rows = [column[int(row)] for row in person.weight_body[::SHARE, slot]]
        np.add.at(weight, (np.arange(len(skin)), rows), person.weight[::SHARE, slot])
    arrays = {
        "v_template": skin, "shapedirs": np.stack([0.05 * skin, 0 * skin], axis=2),
        "posedirs": np.zeros((len(skin), 3, 9 * 23), np.float16), "J_regressor": _regressor(skin, centre),
        "weights": weight / weight.sum(axis=1, keepdims=True),
        "kintree_table": np.array([[2**32 - 1, *PARENTS[1:]], range(24)], np.uint32),
    }  # fmt: skip
    return SmplLike(arrays, scale, still)


def _joints(at: dict[str, Array]) -> Array:
    def side(name: str) -> list[Array]:
        return [at[f"{name}_l"], at[f"{name}_r"]]

    up = np.array([0.0, 0.08, 0.0])
    back, chest, neck = at["back"], at["thorax"], at["neck"]
    return np.array(
        [at["ground_pelvis"], *side("hip"), back, *side("knee"), (back + chest) / 2, *side("ankle"), chest,
         *side("mtp"), neck, *side("sternoclavicular"), neck + up, *side("acromial"), *side("elbow"),
         *side("wrist"), *side("wrist")]
    )  # fmt: skip


def _regressor(skin: Array, centre: Array) -> Array:
    """Weights of the nearest vertices that give each joint exactly."""
    found = np.zeros((len(centre), len(skin)))
    for j, point in enumerate(centre):
        near = np.argsort(np.linalg.norm(skin - point, axis=1))[:60]
        system = np.vstack([skin[near].T, np.ones(60)])
        found[j, near] = np.linalg.pinv(system) @ np.append(point, 1.0)
    return found
