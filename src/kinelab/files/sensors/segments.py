"""Where a sensor is worn, from the many ways in which files and people name it.

Names are those of the virtual laboratory's sites: pelvis, sternum, head, thigh_r, shank_l, foot_r ...; the
pelvis stands for sensors on the sacrum and the lower back too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from kinelab.errors import InputError

_PARTS: Mapping[str, tuple[str, ...]] = {
    "thigh": ("thigh", "femur", "upperleg", "upleg", "oberschenkel"),
    "shank": ("shank", "tibia", "lowerleg", "lowleg", "calf", "unterschenkel"),
    "foot": ("foot", "calcn", "calcaneus", "shoe", "instep", "toes", "heel", "fuss"),
    "upper_arm": ("upperarm", "humerus", "uparm"),
    "forearm": ("forearm", "lowerarm", "radius", "ulna", "wrist", "lowarm"),
    "hand": ("hand",),
    "pelvis": ("pelvis", "sacrum", "lumbar", "lowerback", "lowback", "waist", "hips", "l5"),
    "sternum": ("sternum", "torso", "trunk", "chest", "thorax"),
    "head": ("head", "forehead", "skull"),
}
_MIDDLE = ("pelvis", "sternum", "head")
_SIDES = {
    **dict.fromkeys(("r", "right", "re", "rechts", "dx"), "r"),
    **dict.fromkeys(("l", "left", "li", "links", "sx"), "l"),
}
_SHORT = {f"{side}{letter}": f"{part}_{side}" for side in "rl" for letter, part in
          (("f", "foot"), ("s", "shank"), ("t", "thigh"))}  # fmt: skip


def segment_of(name: str) -> str | None:
    """The segment that a name means ("Right Upper Leg", "femur_r_imu", "LF"), None where it means none.

    A limb without a side is given back without one ("femur" is "thigh").

    Raises:
        InputError: two segments or both sides in one name.
    """
    spread = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    words = [word for word in re.split(r"[^a-z0-9]+", spread.lower()) if word]
    pairs = [first + second for first, second in pairwise(words)]
    found = {part for part, known in _PARTS.items() for word in (*words, *pairs) if _is_one(word, known)}
    sides = {_SIDES[word] for word in words if word in _SIDES}
    sides |= {side for word in words for side in _joined_side(word)}
    if len(found) > 1 or len(sides) > 1:
        meant = sorted(found) if len(found) > 1 else ["left", "right"]
        raise InputError(f"the name {name!r} speaks of {' and '.join(meant)}; say in a mapping which it is")
    if not found:
        short = [_SHORT[word] for word in words if word in _SHORT]
        return short[0] if len(short) == 1 else None
    part, side = found.pop(), next(iter(sides), None)
    return part if part in _MIDDLE or side is None else f"{part}_{side}"


def _is_one(word: str, known: Sequence[str]) -> bool:
    """The word is one of `known`, with its number, or a side before or after it ("footright", "lfoot")."""
    bare = word.rstrip("0123456789") if word != "l5" else word
    return bare in known or any(bare.removeprefix(s) in known or bare.removesuffix(s) in known
                                for s in ("left", "right", "l", "r") if bare != s)  # fmt: skip


def _joined_side(word: str) -> set[str]:
    for part in (part for known in _PARTS.values() for part in known):
        for other in (word.removeprefix(part), word.removesuffix(part)):
            if other != word and other in _SIDES:
                return {_SIDES[other]}
    return set()


def other_side(segment: str) -> str | None:
    """`thigh_l` for `thigh_r` and the other way round; None for what has no side."""
    if segment.endswith(("_r", "_l")):
        return segment[:-1] + ("l" if segment[-1] == "r" else "r")
    return None


def named_segments(names: Sequence[str], segments: Sequence[str | None]) -> tuple[str, ...]:
    """The segment of each sensor: as given, else from its name.

    Raises:
        InputError: a name that tells no segment, or two sensors on one, all of them listed with the lines
            of a mapping file that would settle it.
    """
    told = [given or segment_of(name) for name, given in zip(names, segments, strict=True)]
    open_names = [name for name, segment in zip(names, told, strict=True) if segment is None]
    if open_names:
        lines = "; ".join(f'[sensors."{name}"] segment = "..."' for name in open_names)
        raise InputError(
            f"it is not told where {len(open_names)} of {len(names)} sensors are worn; give OpenSense's XML "
            f"of names with them, or a mapping file (.toml) with the lines: {lines}"
        )
    known = [segment for segment in told if segment is not None]
    doubled = sorted({segment for segment in known if known.count(segment) > 1})
    if doubled:
        both = ", ".join(
            f"{name} ({segment})" for name, segment in zip(names, known, strict=True) if segment in doubled
        )
        raise InputError(
            f"two sensors are on one segment: {both}; if these are two recordings, give one "
            "at a time, else name the sensors apart in a mapping file"
        )
    return tuple(known)
