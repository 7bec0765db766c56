"""Named pathological gait patterns: edits of a person's way of walking, by dose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kinelab.core.events import SIDES, Side
from kinelab.errors import InputError
from kinelab.virtual_lab.motion.walk_style import ALLOWED, Deviation, Pair, WalkStyle


@dataclass(frozen=True)
class Pattern:
    """A pattern: `marked_by` says what grows with the dose and how far at dose 1, `source` who says so.

    sided: it affects one leg. apply(style, dose, side) edits a style.
    """

    name: str
    marked_by: str
    source: str
    sided: bool
    apply: Callable[[WalkStyle, float, Side], WalkStyle]


def with_pattern(style: WalkStyle, name: str, dose: float, side: Side = "right") -> WalkStyle:
    """The style with a pattern at a dose: 0 leaves it as it is, 1 is a typical marked case.

    side: the affected leg; patterns of both legs do not ask for it.

    Raises:
        InputError: an unknown pattern or side, or a dose outside 0 to 1.
    """
    known = {pattern.name: pattern for pattern in PATTERNS}
    if name not in known:
        raise InputError(f"with_pattern: {name!r} is no pattern; there are {', '.join(known)}")
    if side not in SIDES:
        raise InputError(f"with_pattern: side is {side!r}, expected 'right' or 'left'")
    if not 0 <= dose <= 1:
        raise InputError(f"with_pattern: dose is {dose:g}, expected 0 (healthy) to 1 (marked)")
    if dose == 0:
        return style
    edited = known[name].apply(style, dose, side)
    names = f"{style.pattern}+{name}" if style.pattern else name
    return replace(edited, pattern=names, dose=dose, affected=side if known[name].sided else "both")


def _stiff_knee(style: WalkStyle, dose: float, side: Side) -> WalkStyle:
    """The swinging knee hardly bends; hip hiking and circumduction bring the foot through."""
    slower = _at_pace(style, dose, speed=0.80, cadence=0.92)
    return _bent(
        slower,
        dose,
        Deviation("knee_angle", -27, None, 0.73, 0.15, side),
        Deviation("hip_flexion", -5, None, 0.80, 0.14, side),
        Deviation("hip_adduction", -6, None, 0.79, 0.12, side),
        _hike(side, 5),
    )


def _crouch(style: WalkStyle, dose: float, side: Side) -> WalkStyle:
    """Hips, knees and ankles stay bent through stance, on both sides."""
    slower = _at_pace(style, dose, speed=0.75, cadence=0.95)
    return _bent(
        slower,
        dose,
        Deviation("knee_angle", 28),
        Deviation("knee_angle", -22, None, 0.73, 0.12),
        Deviation("hip_flexion", 15),
        Deviation("ankle_angle", 13),
        Deviation("ankle_angle", -8, None, 0.85, 0.14),
    )


def _trendelenburg(style: WalkStyle, dose: float, side: Side) -> WalkStyle:
    """The pelvis drops on the other side while the weak hip stands."""
    return _bent(_at_pace(style, dose, speed=0.9, cadence=0.97), dose, _drop(side, 8))


def _trendelenburg_compensated(style: WalkStyle, dose: float, side: Side) -> WalkStyle:
    """The trunk leans over the weak hip while it stands (Duchenne); the pelvis hardly drops."""
    over = _one(style.trunk_bend_deg, side, 14 * dose)
    leaning = _changed(_at_pace(style, dose, speed=0.85, cadence=0.95), {"trunk_bend_deg": over})
    return _bent(leaning, dose, _drop(side, -3))


def _drop_foot(style: WalkStyle, dose: float, side: Side) -> WalkStyle:
    """The foot hangs in swing and lands flat or toes first; hip and knee lift it higher (steppage)."""
    return _bent(
        _at_pace(style, dose, speed=0.88, cadence=0.97),
        dose,
        Deviation("ankle_angle", -23, None, 0.91, 0.19, side),
        Deviation("hip_flexion", 12, None, 0.80, 0.13, side),
        Deviation("knee_angle", 14, None, 0.78, 0.13, side),
    )


def _parkinsonian(style: WalkStyle, dose: float, side: Side) -> WalkStyle:
    """Short quick steps, stooped, arms bent and hardly swinging, trunk and pelvis turning as one."""
    short = _at_pace(style, dose, speed=0.52, cadence=1.06)
    still, stiff = 1 - 0.8 * dose, 1 - 0.85 * dose
    changes: dict[str, float | Pair] = {
        "arm_swing_deg": _each(style.arm_swing_deg, lambda swing: still * swing),
        "elbow_deg": _each(style.elbow_deg, lambda elbow: elbow + dose * max(0.0, 55 - elbow)),
        "trunk_lean_deg": style.trunk_lean_deg + 17 * dose,
        "trunk_turn_deg": stiff * style.trunk_turn_deg,
        "stride_time_cv": style.stride_time_cv * (1 + 1.2 * dose),
        "memory": 0.5 + (style.memory - 0.5) * (1 - 0.8 * dose),
    }
    return _bent(
        _changed(short, changes),
        dose,
        Deviation("pelvis_rotation", -3.6, 1, 0.03),
        Deviation("pelvis_list", 2.6, 1, 0.14),
        Deviation("knee_angle", 9),
        Deviation("knee_angle", -20, None, 0.73, 0.14),
        Deviation("hip_flexion", 6),
        Deviation("ankle_angle", 3),
        Deviation("ankle_angle", -6, None, 0.95, 0.10),
        Deviation("neck_extension", -6),
    )


def _antalgic(style: WalkStyle, dose: float, side: Side) -> WalkStyle:
    """The painful leg stands briefly, its knee stiff in loading; the other foot hurries to land."""
    sign = 1.0 if side == "right" else -1.0
    hurt = _at_pace(style, dose, speed=0.72, cadence=0.90)
    shares = _one(hurt.stance_share, side, -0.055 * dose)
    changes: dict[str, float | Pair] = {
        "stance_share": _one(shares, _other(side), 0.045 * dose),
        "step_time_asymmetry": hurt.step_time_asymmetry + sign * 0.12 * dose,
        "step_length_asymmetry": hurt.step_length_asymmetry + sign * 0.09 * dose,
        "trunk_bend_deg": _one(style.trunk_bend_deg, side, 4 * dose),
    }
    return _bent(
        _changed(hurt, changes),
        dose,
        Deviation("knee_angle", -7, None, 0.14, 0.09, side),
        Deviation("knee_angle", -8, None, 0.73, 0.13, side),
        Deviation("hip_flexion", 4, None, 0.50, 0.12, side),
    )


def _post_acl(style: WalkStyle, dose: float, side: Side) -> WalkStyle:
    """Half a year after reconstruction of the cruciate ligament: less knee motion in stance on that side."""
    return _bent(
        _at_pace(style, dose, speed=0.96, cadence=0.99),
        dose,
        Deviation("knee_angle", -7, None, 0.14, 0.09, side),
        Deviation("knee_angle", 4, None, 0.40, 0.12, side),
        Deviation("knee_angle", -4, None, 0.73, 0.12, side),
    )


def _hemiparetic(style: WalkStyle, dose: float, side: Side) -> WalkStyle:
    """One side stiff: the leg swings round with knee extended and toes down, the arm is bent and still."""
    sign = 1.0 if side == "right" else -1.0
    slow = _at_pace(style, dose, speed=0.50, cadence=0.76)
    shares = _one(slow.stance_share, side, -0.03 * dose)
    changes: dict[str, float | Pair] = {
        "arm_swing_deg": _one(style.arm_swing_deg, side, -0.85 * dose * _of(style.arm_swing_deg, side)),
        "elbow_deg": _one(style.elbow_deg, side, dose * max(0.0, 75 - _of(style.elbow_deg, side))),
        "stance_share": _one(shares, _other(side), 0.03 * dose),
        "step_time_asymmetry": slow.step_time_asymmetry + sign * 0.14 * dose,
        "step_length_asymmetry": slow.step_length_asymmetry + sign * 0.08 * dose,
        "step_width_m": slow.step_width_m + 0.04 * dose,
    }
    return _bent(
        _changed(slow, changes),
        dose,
        Deviation("knee_angle", -24, None, 0.73, 0.15, side),
        Deviation("ankle_angle", -9, None, 0.87, 0.16, side),
        Deviation("hip_adduction", -9, None, 0.79, 0.13, side),
        Deviation("hip_flexion", -6, None, 0.82, 0.16, side),
        _hike(side, 5),
        Deviation("arm_add", 6, side=side),
        Deviation("arm_rot", 25, side=side),
        Deviation("wrist_flex", 25, side=side),
    )


def _at_pace(style: WalkStyle, dose: float, speed: float, cadence: float) -> WalkStyle:
    """Speed and cadence times these factors at dose 1; stance grows longer as walking slows."""
    slower = style.speed_mps * (1 + dose * (speed - 1))
    # Change of `usual_stance_share` with speed for a leg of 0.93 m.
    longer = 0.074 * (1 / max(slower, 0.4) - 1 / max(style.speed_mps, 0.4))
    return _changed(
        style,
        {
            "speed_mps": slower,
            "cadence_spm": style.cadence_spm * (1 + dose * (cadence - 1)),
            "stance_share": _each(style.stance_share, lambda share: share + longer),
        },
    )


def _changed(style: WalkStyle, values: Mapping[str, float | Pair]) -> WalkStyle:
    """The style with other values, kept within what a style allows."""
    kept: dict[str, Any] = {}
    for name, value in values.items():
        clipped = np.clip(value, *ALLOWED[name])
        kept[name] = tuple(clipped.tolist()) if isinstance(value, tuple) else float(clipped)
    return replace(style, **kept)


def _bent(style: WalkStyle, dose: float, *deviations: Deviation) -> WalkStyle:
    scaled = tuple(replace(one, degrees=dose * one.degrees) for one in deviations)
    return replace(style, deviations=style.deviations + scaled)


def _drop(side: Side, degrees: float) -> Deviation:
    """The pelvis lower on the other side while `side` stands."""
    right = side == "right"
    return Deviation("pelvis_list", -degrees if right else degrees, None, 0.28 if right else 0.78, 0.20)


def _hike(side: Side, degrees: float) -> Deviation:
    """The pelvis higher on `side` while it swings."""
    right = side == "right"
    return Deviation("pelvis_list", -degrees if right else degrees, None, 0.80 if right else 0.30, 0.15)


def _each(pair: Pair, change: Callable[[float], float]) -> Pair:
    return change(pair[0]), change(pair[1])


def _one(pair: Pair, side: Side, more: float) -> Pair:
    """The pair with `more` on one side."""
    return (pair[0] + more, pair[1]) if side == "right" else (pair[0], pair[1] + more)


def _of(pair: Pair, side: Side) -> float:
    return pair[0] if side == "right" else pair[1]


def _other(side: Side) -> Side:
    return "left" if side == "right" else "right"


# Magnitudes at dose 1 are of marked cases in the named papers, from memory.
PATTERNS: tuple[Pattern, ...] = (
    Pattern("stiff_knee", "peak swing flexion of the knee, from about 60 to 35 deg",
            "Sutherland & Davids 1993, Clin Orthop 288:139; Goldberg 2006, J Biomech 39:1489",
            True, _stiff_knee),
    Pattern("crouch", "least stance flexion of the knee, from about 5 to 30 deg",
            "Rodda et al. 2004, J Bone Joint Surg Br 86:251", False, _crouch),
    Pattern("trendelenburg", "drop of the other side of the pelvis in stance, 8 deg more",
            "Perry & Burnfield 2010, ch. 14; Krautwurst 2013, Gait Posture 38:655", True, _trendelenburg),
    Pattern("trendelenburg_compensated", "lean of the trunk over the standing leg, 14 deg more",
            "Metaxiotis et al. 2000, J Pediatr Orthop B 9:73 (Duchenne gait)",
            True, _trendelenburg_compensated),
    Pattern("drop_foot", "dorsiflexion in late swing, 20 deg less",
            "Perry & Burnfield 2010, ch. 11; Wiszomirska et al. 2017, J Hum Kinet 56:205", True, _drop_foot),
    Pattern("parkinsonian_shuffle", "step length, half; arm swing, a fifth",
            "Morris et al. 1996, Brain 119:551; Blin et al. 1990, J Neurol Sci 98:91", False, _parkinsonian),
    Pattern("antalgic", "stance of the painful leg against the other, 0.10 of the stride shorter",
            "Perry & Burnfield 2010, ch. 14", True, _antalgic),
    Pattern("post_acl_asymmetry", "loading flexion of the knee, 7 deg less than the other",
            "Kaur et al. 2016, Sports Med 46:1869; Hart et al. 2016, Br J Sports Med 50:597",
            True, _post_acl),
    Pattern("hemiparetic", "swing of the foot outwards, some 4 cm (circumduction); peak knee, 24 deg less",
            "Olney & Richards 1996, Gait Posture 4:136; Kerrigan et al. 2000, Am J Phys Med Rehabil 79:247",
            True, _hemiparetic),
)  # fmt: skip
PATTERN_NAMES: tuple[str, ...] = tuple(pattern.name for pattern in PATTERNS)
