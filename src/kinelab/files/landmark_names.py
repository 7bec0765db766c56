"""Names of landmarks in other tools' files, brought to kinelab's vocabulary (core.skeletons)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import SKELETONS, Skeleton
from kinelab.errors import InputError

# Words that other tools use for a landmark, without side and separators -> ours.
_PARTS = {
    "toe": "big_toe",
    "bigtoe": "big_toe",
    "toebig": "big_toe",
    "hallux": "big_toe",
    "toetip": "big_toe",
    "footindex": "big_toe",  # MediaPipe: the tip of the first toe
    "smalltoe": "small_toe",
    "littletoe": "small_toe",
    "toesmall": "small_toe",
    "pinkytoe": "small_toe",
    "calcaneus": "heel",
    "hipjointcenter": "hip",
    "hjc": "hip",
    "kjc": "knee",
    "ajc": "ankle",
    "sho": "shoulder",
    "elb": "elbow",
    "wri": "wrist",
    "ank": "ankle",
    "kne": "knee",
}
_MIDDLE = {
    "midhip": "mid_hip",
    "hipmid": "mid_hip",
    "hipcenter": "mid_hip",
    "pelviscenter": "mid_hip",
    "midpelvis": "mid_hip",
    "chip": "mid_hip",
    "headtop": "head",
    "tophead": "head",
    "topofhead": "head",
    "vertex": "head",
}
_SIDES = {"left": "left", "l": "left", "right": "right", "r": "right"}
_AMBIGUOUS = {"rear"}  # the back of an animal, or the right ear
_OURS = {name for known in SKELETONS.values() for name in known.landmarks}


def standard_name(name: str) -> str:
    """kinelab's name of a landmark for the usual spellings; an unknown name comes back unchanged.

    >>> [standard_name(n) for n in ("LHip", "hip_L", "left hip", "l_hip", "HipL", "lhip", "snout")]
    ['left_hip', 'left_hip', 'left_hip', 'left_hip', 'left_hip', 'left_hip', 'snout']
    """
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)
    lowered = [word.lower() for word in words]
    joined = "".join(lowered)
    if name in _OURS or name in _AMBIGUOUS:
        return name
    if joined in _MIDDLE or joined in _OURS:
        return _MIDDLE.get(joined, joined)
    for side, rest in _sides(lowered, joined):
        part = _PARTS.get(rest, rest)
        for known in (f"{side}_{part}", f"{side}_{_underscored(part)}"):
            if known in _OURS:
                return known
    return name


def skeleton_from(name: str, landmarks: Sequence[str], links: Sequence[tuple[str, str]] = ()) -> Skeleton:
    """Landmark set of these names: the known one if they are its names in its order, else a new one.

    Without `links` a new set takes those of the known sets whose ends it has.

    Raises:
        InputError: a landmark occurs twice.
    """
    for known in SKELETONS.values():
        if known.landmarks == tuple(landmarks):
            return known
    if not links:
        have = set(landmarks)
        links = list(dict.fromkeys(k for s in SKELETONS.values() for k in s.links if set(k) <= have))
    return Skeleton(name, tuple(landmarks), tuple(links))


def standard_skeleton(skeleton: Skeleton) -> Skeleton:
    """A landmark set under kinelab's names, as `map_landmarks` does it: the order stays."""
    new = _standard_names(skeleton.landmarks)
    table = dict(zip(skeleton.landmarks, new, strict=True))
    return skeleton_from(skeleton.name, new, [(table[a], table[b]) for a, b in skeleton.links])


def _standard_names(names: Sequence[str]) -> list[str]:
    new = [standard_name(name) for name in names]
    return [name if new.count(name) == 1 else raw for raw, name in zip(names, new, strict=True)]


def map_landmarks(keypoints: Keypoints, names: Mapping[str, str] | None = None) -> Keypoints:
    """The same keypoints with their landmarks renamed; positions are shared, the order stays.

    `names` maps a file's name to ours, {"LHip": "left_hip"}; what it does not name stays. None takes
    `standard_name` for each; two spellings that would become one landmark both stay as they are.

    Raises:
        InputError: `names` has a landmark that is not there, or two would get the same name.
    """
    old = keypoints.skeleton.landmarks
    if names is None:
        new = _standard_names(old)
    else:
        for name in names:
            keypoints.skeleton.index(name)
        new = [names.get(name, name) for name in old]
        doubled = sorted({name for name in new if new.count(name) > 1})
        if doubled:
            raise InputError(
                f"two landmarks would be called {', '.join(doubled)}; map each to a name of its own"
            )
    if tuple(new) == old:
        return keypoints
    table = dict(zip(old, new, strict=True))
    links = [(table[a], table[b]) for a, b in keypoints.skeleton.links]
    return dataclasses.replace(keypoints, skeleton=skeleton_from(keypoints.skeleton.name, new, links))


def _sides(words: list[str], joined: str) -> list[tuple[str, str]]:
    """Ways to split a name into (side, rest): a word of its own first or last, or the first letter."""
    found = []
    if len(words) > 1:
        found += [
            (_SIDES[w], "".join(r))
            for w, r in ((words[0], words[1:]), (words[-1], words[:-1]))
            if w in _SIDES
        ]
    for spelling, side in _SIDES.items():
        if joined.startswith(spelling):
            found.append((side, joined[len(spelling) :]))
    return found


def _underscored(part: str) -> str:
    """`eyeinner` -> `eye_inner`: our two-word names, written together by others."""
    return re.sub(r"^(eye|big|small)(?=inner|outer|toe)", r"\1_", part)
