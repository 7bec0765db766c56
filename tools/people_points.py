"""Anatomical points of the body mesh for tools/build_people.py: weighted means of vertices and bone heads.

MakeHuman's bone heads are handles for animators. What is taken from them and what is not:

hip             level and depth of its bone's head (0.53 of the height; Drillis & Contini: 0.530); half the
                hips' distance is `HIP_OUT` of the level, as in the own body (MakeHuman: a quarter more)
elbow, knee     between the bone's head and the middle of the ring where both bones hold the skin alike: half,
                and two thirds of the way
ankle           the bone's head, at 0.91 of its height: 0.0455 of the person's (ANSUR II, from memory)
shoulder        the upper arm bone's head, raised by a quarter of the way to the girdle's
wrist, knuckles, ball   the bone's head
mtp             between the bases of toes 1 and 5, at 0.675 of the foot's length as in the own body
neck            C7/T1: an eighth of the way from the head of the lowest neck bone down to that of the
                uppermost spine bone, near the own body's 0.843 of the height
"""

from __future__ import annotations

import numpy as np
from people_mesh import Array
from people_source import Source

# Half the hips' distance over their height above the floor, in the own body: 0.0832 m at 0.9275 m.
HIP_OUT = 0.0897
MTP_ALONG = 0.675
SHOULDER_UP = 0.25
ANKLE_LEVEL = 0.91
POINTS: tuple[str, ...] = (
    "hip", "knee", "ankle", "mtp", "shoulder", "elbow", "wrist", "neck", "knuckle2", "knuckle5",
    "heel", "ball", "big_toe", "vertex",
)  # fmt: skip
_BONE = {
    "wrist": "wrist.R",
    "knuckle2": "finger2-1.R", "knuckle5": "finger5-1.R", "ball": "toe2-1.R",
}  # fmt: skip
_HINGE = {"knee": ("lowerleg01.R", "upperleg", "lowerleg"), "elbow": ("lowerarm01.R", "upperarm", "lowerarm")}


def point_rows(source: Source) -> tuple[Array, Array]:
    """Place (P, 3) m and basis (R, P, 3) of the right and mid-line `POINTS`."""
    rows = [_row(name, source) for name in POINTS]
    place = np.array([row[0] for row in rows])
    basis = np.stack([row[1] for row in rows], axis=1)
    return place, basis


def _row(name: str, source: Source) -> tuple[Array, Array]:
    if name in _BONE:
        return _bone(_BONE[name], source)
    if name in _HINGE:
        bone, above, below = _HINGE[name]
        ring = _ring(above, below, source)
        return _mean([_bone(bone, source), ring] + ([ring] if name == "knee" else []))
    if name == "ankle":
        return _ankle(source)
    if name == "shoulder":
        return _shoulder(source)
    if name == "mtp":
        return _mtp(source)
    if name == "neck":
        return _mean([*[_bone("neck01", source)] * 7, _bone("spine01", source)])
    if name == "hip":
        return _hip(source)
    foot = source.bone_weight[:, [b.startswith(("foot", "toe")) for b in source.bones]].sum(1) > 0.5
    right = source.place_m[:, 2] > 0
    if name == "heel":
        return _vertex(np.where(foot & right, source.place_m[:, 0], np.inf).argmin(), source)
    if name == "big_toe":
        return _vertex(np.where(foot & right, source.place_m[:, 0], -np.inf).argmax(), source)
    middle = np.abs(source.place_m[:, 2]) < 1e-5
    return _vertex(np.where(middle, source.place_m[:, 1], -np.inf).argmax(), source)


def _bone(name: str, source: Source) -> tuple[Array, Array]:
    b = source.bones.index(name)
    return source.head_m[b], source.head_basis_m[:, b]


def _vertex(v: np.intp, source: Source) -> tuple[Array, Array]:
    return source.place_m[v], source.basis_m[:, v]


def _mean(rows: list[tuple[Array, Array]]) -> tuple[Array, Array]:
    return np.mean([r[0] for r in rows], axis=0), np.mean([r[1] for r in rows], axis=0)


def _ring(above: str, below: str, source: Source) -> tuple[Array, Array]:
    """Middle of the skin that both of two right bones hold, weighted by how evenly."""
    of = [source.bone_weight[:, [b.startswith(n) and b.endswith(".R") for b in source.bones]].sum(1)
          for n in (above, below)]  # fmt: skip
    weight = of[0] * of[1]
    weight = weight / weight.sum()
    return weight @ source.place_m, np.tensordot(source.basis_m, weight, (1, 0))


def _shoulder(source: Source) -> tuple[Array, Array]:
    place, basis = _bone("upperarm01.R", source)
    higher, higher_basis = _bone("shoulder01.R", source)
    place, basis = place.copy(), basis.copy()
    place[1] += SHOULDER_UP * (higher[1] - place[1])
    basis[:, 1] += SHOULDER_UP * (higher_basis[:, 1] - basis[:, 1])
    return place, basis


def _mtp(source: Source) -> tuple[Array, Array]:
    place, basis = _mean([_bone("toe1-1.R", source), _bone("toe5-1.R", source)])
    heel, toe = _row("heel", source), _row("big_toe", source)
    place, basis = place.copy(), basis.copy()
    place[0] = heel[0][0] + MTP_ALONG * (toe[0][0] - heel[0][0])
    basis[:, 0] = heel[1][:, 0] + MTP_ALONG * (toe[1][:, 0] - heel[1][:, 0])
    return place, basis


def _floor(source: Source) -> tuple[float, Array]:
    """Height of the soles and its basis (R,)."""
    seen = np.unique(source.quads)
    low = seen[source.place_m[seen, 1] < source.place_m[seen, 1].min() + 0.004]
    return float(source.place_m[low, 1].mean()), source.basis_m[:, low, 1].mean(1)


def _ankle(source: Source) -> tuple[Array, Array]:
    place, basis = _bone("foot.R", source)
    floor, floor_basis = _floor(source)
    place, basis = place.copy(), basis.copy()
    place[1] = floor + ANKLE_LEVEL * (place[1] - floor)
    basis[:, 1] = floor_basis + ANKLE_LEVEL * (basis[:, 1] - floor_basis)
    return place, basis


def _hip(source: Source) -> tuple[Array, Array]:
    place, basis = _bone("upperleg01.R", source)
    floor, floor_basis = _floor(source)
    place, basis = place.copy(), basis.copy()
    place[2] = HIP_OUT * (place[1] - floor)
    basis[:, 2] = HIP_OUT * (basis[:, 1] - floor_basis)
    return place, basis
