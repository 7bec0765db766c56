"""Which joint of a foreign skeleton is which of ours: by its name, and by what hangs on what.

The names of mocap programs agree on little: LeftUpLeg, LeftThigh, lfemur and L_Hip are one joint; "shoulder"
is the collar bone here and the shoulder there. So only knees and elbows are found by name, where the programs
agree best; the joints above them follow from the tree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from kinelab.errors import InputError
from kinelab.virtual_lab.motion.skeleton_clip import SkeletonClip

SIDED = ("thigh", "shank", "foot", "toes", "toes_end", "upper_arm", "forearm", "hand", "hand_end", "thumb")
ROLES = ("pelvis", "chest", "head", *(f"{role}_{side}" for side in "rl" for role in SIDED))
NEEDED = ("pelvis", *(f"{role}_{side}" for side in "rl" for role in ("thigh", "shank", "foot")))

# Names without side, blanks and signs.
_SHANK = {"leg", "knee", "lowleg", "lowerleg", "loleg", "shin", "tibia", "calf", "shank"}
_FOREARM = {"forearm", "elbow", "lowarm", "lowerarm", "loarm", "radius"}
_FOOT, _TOES = ("foot", "ankle"), ("toe", "ball")
_HAND, _FINGER = ("hand", "wrist"), ("middle", "index", "finger")
_LOOSE = ("twist", "roll", "hipjoint", "hold")  # joints that share a bone with the one before
_LEFT = re.compile(r"^(left|l)[_.\- ]|[_.\- ](left|l)$|^left|left$", re.IGNORECASE)
_RIGHT = re.compile(r"^(right|r)[_.\- ]|[_.\- ](right|r)$|^right|right$", re.IGNORECASE)
_GLUED = re.compile(
    r"^([lrLR])(?=[A-Z])|^([lr])(?=(femur|tibia|foot|toes|humerus|radius|wrist|hand|thumb|fing))"
)
_PREFIX = re.compile(r"^.*:|^bip\d*[_ ]+|^mixamorig\d*_?|^character\d*_", re.IGNORECASE)


def find_roles(clip: SkeletonClip, given: Mapping[str, str] | None = None) -> dict[str, int]:
    """Role of `ROLES` -> joint of the clip; roles that the skeleton has not are left out.

    given: role -> joint's name, for joints whose names are not understood; they go before what is found.

    Raises:
        InputError: a given role or joint that does not exist, or a needed joint that is not found; with the
            names that there are.
    """
    roles = _given(clip, given or {})
    first, last = min(clip.joints), max(clip.joints)
    alike = next((i for i, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), 0)
    prefix = 1 + max(first.rfind(sign, 0, alike) for sign in "_:. ")  # Model_Hips, Model_LeftLeg, ...
    plain = [_plain(name[prefix:]) for name in clip.joints]
    for side in "rl":
        _limb(clip, plain, roles, side, _SHANK, ("shank", "thigh", "foot"), _FOOT)
        _limb(clip, plain, roles, side, _FOREARM, ("forearm", "upper_arm", "hand"), _HAND)
        _ends(clip, plain, roles, side)
    _middle(clip, plain, roles)
    missing = [role for role in NEEDED if role not in roles]
    if missing:
        raise InputError(
            f"{clip.name}: cannot tell which joint is {', '.join(missing)}; the skeleton has"
            f" {', '.join(clip.joints[:40])}. Say it with names={{'{missing[0]}': 'joint', ...}}"
        )
    return roles


def _given(clip: SkeletonClip, given: Mapping[str, str]) -> dict[str, int]:
    wrong = [f"role {role!r}" for role in given if role not in ROLES]
    wrong += [f"joint {joint!r}" for joint in given.values() if joint not in clip.joints]
    if wrong:
        raise InputError(
            f"{clip.name}: there is no {', '.join(wrong)}; roles are {', '.join(ROLES)}; joints are"
            f" {', '.join(clip.joints[:60])}"
        )
    return {role: clip.joints.index(joint) for role, joint in given.items()}


def _plain(name: str) -> tuple[str, str]:
    """Side ("r", "l" or "") and the rest of a joint's name, in lower case."""
    name = _PREFIX.sub("", name)
    end = "end" if name.lower().endswith("_end") else ""
    name = re.sub(r"_end$", "", name, flags=re.IGNORECASE)
    side = "l" if _LEFT.search(name) else "r" if _RIGHT.search(name) else ""
    if side:
        name = (_LEFT if side == "l" else _RIGHT).sub("", name)
    elif glued := _GLUED.match(name):
        side, name = glued.group(0).lower(), name[1:]
    return side, re.sub(r"[^a-z0-9]", "", name.lower()) + end


def _limb(
    clip: SkeletonClip, plain: list[tuple[str, str]], roles: dict[str, int], side: str,
    middle_names: set[str], limb: tuple[str, str, str], end_names: tuple[str, str],
) -> None:  # fmt: skip
    """The middle joint of a leg or arm by its name, the one above by the tree, the one below by both."""
    middle, above, below = (f"{role}_{side}" for role in limb)
    if middle not in roles:
        found = [j for j, (s, name) in enumerate(plain) if s == side and name in middle_names]
        if not found:
            return
        roles[middle] = found[0]
    if above not in roles:
        path = [j for j in clip.ancestors(roles[middle])[1:] if not _is_loose(plain[j][1])]
        if path:
            roles[above] = path[0]
    if below not in roles:
        under = [j for j in _under(clip, roles[middle]) if plain[j][1].startswith(end_names)]
        ends = [j for j in under if not plain[j][1].endswith("end")]
        if ends:
            roles[below] = ends[0]


def _ends(clip: SkeletonClip, plain: list[tuple[str, str]], roles: dict[str, int], side: str) -> None:
    """Toes, their tip, the far end of the hand, and the thumb."""
    foot, hand = roles.get(f"foot_{side}"), roles.get(f"hand_{side}")
    if foot is not None:
        under = _under(clip, foot)
        toes = [j for j in under if any(word in plain[j][1] for word in _TOES) and clip.children(j)]
        beyond = [j for j in under if not clip.children(j)]
        if toes:
            roles.setdefault(f"toes_{side}", toes[0])
            beyond = [j for j in _under(clip, toes[0]) if not clip.children(j)]
        if beyond:
            roles.setdefault(f"toes_end_{side}", beyond[0])
    if hand is not None:
        under = _under(clip, hand)
        thumb = [j for j in under if "thumb" in plain[j][1]]
        siblings = clip.children(clip.parents[hand]) if clip.parents[hand] >= 0 else []
        thumb += [j for j in siblings if "thumb" in plain[j][1]]
        fingers = [j for word in _FINGER for j in under if word in plain[j][1]]
        rest = [j for j in under if "thumb" not in plain[j][1]]
        if thumb:
            tip = [j for j in _under(clip, thumb[0]) if not clip.children(j)]
            roles.setdefault(f"thumb_{side}", (tip or thumb)[0])
        if fingers or rest:
            roles.setdefault(f"hand_end_{side}", (fingers or rest)[0])


def _middle(clip: SkeletonClip, plain: list[tuple[str, str]], roles: dict[str, int]) -> None:
    """Pelvis and chest carry the limbs; the head is called so."""
    for role, limb in (("pelvis", "thigh"), ("chest", "upper_arm")):
        pair = [roles.get(f"{limb}_{side}") for side in "rl"]
        if role in roles or pair[0] is None or pair[1] is None:
            continue
        left = set(clip.ancestors(pair[1])[1:])
        shared = [j for j in clip.ancestors(pair[0])[1:] if j in left]
        if shared:
            roles[role] = shared[0]
    heads = [j for j, (side, name) in enumerate(plain) if not side and name == "head"]
    if heads:
        roles.setdefault("head", heads[0])


def _under(clip: SkeletonClip, joint: int) -> list[int]:
    """What hangs on a joint, at any depth, the nearest first."""
    under: list[int] = []
    level = clip.children(joint)
    while level:
        under += level
        level = [child for one in level for child in clip.children(one)]
    return under


def _is_loose(name: str) -> bool:
    return any(word in name for word in _LOOSE)
