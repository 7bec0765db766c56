"""Mass, centre and inertia of every body of our own body, from de Leva's table.

Where the table has one segment and the model two or three (trunk with girdles, forearm, foot) the parts sum
to the table's segment exactly in the neutral pose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.body.own_body import points
from kinelab.body.own_body.anthropometry import DE_LEVA, MASS_KG, of_de_leva
from kinelab.body.own_body.tree import LEFT, RIGHT, origin
from kinelab.core.checks import Array

# Own choices. Clavicle and scapula without the muscles that move with the trunk; talus and toes as shares of
# the foot's mass, solid ellipsoids of these half axes (m).
GIRDLE_KG = 0.25
GIRDLE_HALF_AXES_M = (0.05, 0.06, 0.08)
TALUS_SHARE, TALUS_HALF_AXES_M = 0.10, (0.028, 0.020, 0.022)
TOES_SHARE, TOES_HALF_AXES_M = 0.15, (0.040, 0.012, 0.042)


@dataclass(frozen=True)
class Lump:
    """Mass, centre (3,) m in the standing body, inertia (3, 3) kg m2 about that centre."""

    mass_kg: float
    centre_m: Array
    inertia_kgm2: Array


def _steiner(mass_kg: float, shift_m: Array) -> Array:
    """What the inertia grows by when seen from a point `shift_m` away (parallel axis theorem)."""
    return np.asarray(mass_kg * (shift_m @ shift_m * np.eye(3) - np.outer(shift_m, shift_m)))


def _less(whole: Lump, parts: list[Lump]) -> Lump:
    """The rest of a lump after parts are taken out of it."""
    mass = whole.mass_kg - sum(p.mass_kg for p in parts)
    moment = whole.mass_kg * whole.centre_m - sum(p.mass_kg * p.centre_m for p in parts)
    centre = moment / mass
    inertia = whole.inertia_kgm2 + _steiner(whole.mass_kg, whole.centre_m - centre)
    for part in parts:
        inertia = inertia - part.inertia_kgm2 - _steiner(part.mass_kg, part.centre_m - centre)
    return Lump(float(mass), np.asarray(centre), np.asarray(inertia))


def _ellipsoid(mass_kg: float, centre_m: Array, half_axes_m: tuple[float, float, float]) -> Lump:
    squares = np.square(half_axes_m)
    return Lump(mass_kg, np.asarray(centre_m), np.diag(mass_kg / 5 * (squares.sum() - squares)))


def _segment(name: str, first: Array, second: Array, length_m: float | None = None) -> Lump:
    """A segment of the table laid between two points; its radii of gyration scale with `length_m`."""
    row = DE_LEVA[name]
    length = float(np.linalg.norm(second - first)) if length_m is None else length_m
    mass = row.mass * MASS_KG
    centre = first + row.centre * (second - first)
    return Lump(mass, centre, np.diag(mass * np.square(np.array(row.radii) * length)))


def _trunk() -> dict[str, Lump]:
    """Pelvis, lumbar and torso without girdles.

    Levels: jugular notch, xiphoid, mid-hip; the navel divides xiphoid to mid-hip as in the table, which was
    measured lying down (its trunk is 3 cm longer than ours, so the radii take the table's lengths). Centres
    lie on the line from mid-hip to mid-shoulder, the table's long axis of the trunk.
    """
    table = {
        name: of_de_leva(DE_LEVA[name].length_m) for name in ("upper_trunk", "middle_trunk", "lower_trunk")
    }
    hip, shoulder = (np.array([x, y, 0.0]) for x, y, _ in (points.HIP, points.SHOULDER))

    def on_axis(level_m: float) -> Array:
        return np.asarray(hip + (level_m - hip[1]) / (shoulder[1] - hip[1]) * (shoulder - hip))

    notch, xiphoid = points.JUGULAR_NOTCH[1], points.XIPHOID[1]
    share = table["lower_trunk"] / (table["lower_trunk"] + table["middle_trunk"])
    navel = hip[1] + share * (xiphoid - hip[1])
    cuts = {"torso": ("upper_trunk", notch, xiphoid), "lumbar": ("middle_trunk", xiphoid, navel),
            "pelvis": ("lower_trunk", navel, hip[1])}  # fmt: skip
    return {
        body: _segment(name, on_axis(upper), on_axis(lower), table[name])
        for body, (name, upper, lower) in cuts.items()
    }


def _foot() -> dict[str, Lump]:
    """Talus, calcaneus with midfoot, and toes: together the table's foot, its centre 3 cm above the sole."""
    heel, tip = np.array(points.HEEL), np.array(points.TOE_TIP)
    heel[1] = tip[1] = 0.030
    tip[2] = heel[2]
    foot = _segment("foot", heel, tip)
    talus = _ellipsoid(TALUS_SHARE * foot.mass_kg, np.array(points.ANKLE) - (0, 0.012, 0), TALUS_HALF_AXES_M)
    toes_centre = 0.5 * (np.array(points.MTP) + points.TOE_TIP)
    toes_centre[2] = heel[2]
    toes = _ellipsoid(TOES_SHARE * foot.mass_kg, toes_centre, TOES_HALF_AXES_M)
    return {"talus": talus, "toes": toes, "calcn": _less(foot, [talus, toes])}


def _right() -> dict[str, Lump]:
    """All bodies of the right side."""
    forearm = _segment("forearm", np.array(points.ELBOW), np.array(points.WRIST))
    half = Lump(forearm.mass_kg / 2, forearm.centre_m, forearm.inertia_kgm2 / 2)
    girdle_centre = 0.5 * (np.array(points.STERNOCLAVICULAR) + points.ACROMION) - (0.05, 0.02, 0.0)
    return {
        "femur": _segment("thigh", np.array(points.HIP), np.array(points.KNEE)),
        "tibia": _segment("shank", np.array(points.KNEE), np.array(points.ANKLE)),
        **_foot(),
        "clavicle": _ellipsoid(GIRDLE_KG, girdle_centre, GIRDLE_HALF_AXES_M),
        "humerus": _segment("upper_arm", np.array(points.SHOULDER), np.array(points.ELBOW)),
        "ulna": half,
        "radius": half,
        "hand": _segment("hand", np.array(points.WRIST), np.array(points.FINGERTIP)),
    }


def _mirrored(lump: Lump) -> Lump:
    flip = np.diag([1.0, 1.0, -1.0])
    return Lump(lump.mass_kg, flip @ lump.centre_m, flip @ lump.inertia_kgm2 @ flip)


def lumps() -> dict[str, Lump]:
    """Every body's mass, centre in the standing body, and inertia, by full name."""
    right = {name + RIGHT: lump for name, lump in _right().items()}
    left = {name + LEFT: _mirrored(lump) for name, lump in _right().items()}
    trunk = _trunk()
    trunk["torso"] = _less(trunk["torso"], [right["clavicle_r"], left["clavicle_l"]])
    neck = np.array([points.TRAGION[0], points.C7[1], 0.0])
    head = _segment("head", np.array(points.VERTEX), neck)
    return {**trunk, "head": head, **right, **left}


def in_body(name: str, lump: Lump) -> Lump:
    """The lump with its centre in its body's own frame."""
    return Lump(lump.mass_kg, lump.centre_m - origin(name), lump.inertia_kgm2)
