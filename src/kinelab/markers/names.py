"""Marker names of different laboratories: which ones mean the same point, which ones mirror each other.

Two names are the same marker when they are equal but for case and separators, or when both stand in one row
of `_SAME` and are of the same side. The names of Plug-in Gait are those of Vicon's documentation (Full body
modeling with Plug-in Gait), others those of OpenSim's examples and of the recordings in the tests. Names of
the Helen Hayes, IOR, CAST and ISB sets (Kadaba et al. 1990, Leardini et al. 2007, Cappozzo et al. 1995, Wu
et al. 2002 and 2005) are as laboratories use them; they were not held against these papers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from kinelab.core.events import Side

# One row a point: names without side, case and separators.
_SAME = (
    ("asi", "asis", "ias"),
    ("psi", "psis", "ips"),
    ("sacr", "sacral", "vsacral", "sacrum", "sac", "s2", "mpsi", "midpsis"),
    ("gtr", "gt", "gtro", "troch", "ftc", "greatertrochanter"),
    ("thi", "thigh", "lthi"),
    ("kne", "knee", "kneelat", "kneelateral", "latknee", "lfc", "fle", "lek", "lepi", "lateralepicondyle"),
    ("knm", "mkne", "mknee", "kneemed", "kneemedial", "medknee", "mfc", "fme", "mek", "medialepicondyle"),
    ("tib", "shank", "lsha"),
    ("ttb", "tt", "tub", "ttub", "ttc", "tibialtuberosity"),
    ("fib", "hf", "hfb", "fax", "fibulahead"),
    ("ank", "ankle", "anklelat", "anklelateral", "latankle", "lmal", "lm", "fal", "lateralmalleolus"),
    ("anm", "mank", "mankle", "anklemed", "anklemedial", "medankle", "mmal", "mm", "tam", "mma", "med",
     "medialmalleolus"),
    ("hee", "heel", "cal", "calc", "calcaneus", "fcc", "heelbottom"),
    ("toe", "mt2", "fm2", "2meta", "d2m"),
    ("mt1", "fm1", "1meta", "d1m", "toemed"),
    ("mt5", "fm5", "5meta", "d5m", "toelat"),
    ("tip", "toetip", "hlx", "hallux"),
    ("c7",),
    ("clav", "ij", "jn", "jugularnotch", "sternalnotch"),
    ("strn", "px", "xiph", "xiphoid"),
    ("sho", "shoulder", "acr", "acromion", "acromium", "ac", "sae"),
    ("elb", "elbow", "lel", "lelb", "lelbow", "hle", "elbowlat"),
    ("elm", "mel", "melb", "melbow", "hme", "elbowmed"),
    ("wra", "faradius", "radialstyloid", "rsp", "wristlat", "lwrist", "rs"),
    ("wrb", "faulna", "ulnarstyloid", "usp", "wristmed", "mwrist", "us"),
    ("hdtp", "tophead", "headtop", "vertex", "head"),
)  # fmt: skip
_MIDDLE = {"sacr", "c7", "clav", "strn", "hdtp"}  # rows of points that have no side
_ROW = {name: row[0] for row in _SAME for name in row}
_AUGMENTED = re.compile(r"_study$", re.IGNORECASE)  # OpenCap's and Pose2Sim's, computed from keypoints
_SUFFIX = re.compile(r"[_. ](study|marker)$", re.IGNORECASE)
_SIDE_WORDS: tuple[tuple[str, Side], ...] = (
    ("left", "left"),
    ("right", "right"),
    ("l", "left"),
    ("r", "right"),
)
_OTHER = {"l": "r", "r": "l", "left": "right", "right": "left"}
_SIDED = re.compile(r"^(?P<a>left|right|l|r)(?P<b>.+)$|^(?P<c>.+?)(?P<d>left|right|[._ -][lr])$")
_FEET = ("hee", "heel", "cal", "fcc", "toe", "tip", "ank", "anm", "mank", "mt", "fm", "mal", "bigtoe", "mid")
_PELVIS = ("asi", "psi", "sacr", "hip", "iliac", "midhip")
_TRUNK = ("c7", "clav", "sho", "strn", "neck", "t8", "t10", "head")


def same_markers(trial: Sequence[str], model: Sequence[str]) -> dict[str, str]:
    """The trial's marker -> the model's marker that is the same point; each of either at most once.

    Equal names come first, then equal but for case and separators, then by the table of synonyms.

    >>> same_markers(("R.ASIS", "rkne", "wand"), ("RASI", "RKNE"))
    {'R.ASIS': 'RASI', 'rkne': 'RKNE'}
    """
    found: dict[str, str] = {}
    for key in (_itself, _plain, _point):
        free = {key(name): name for name in reversed(model) if name not in found.values()}
        for name in trial:
            match = free.pop(key(name), None) if name not in found else None
            if match is not None:
                found[name] = match
    return {name: found[name] for name in trial if name in found}


def is_augmented(name: str) -> bool:
    """Whether a network computed this marker from the keypoints of a video (`r_knee_study`)."""
    return _AUGMENTED.search(name) is not None


def mirror_pairs(names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """(left, right) names of the markers that are there on both sides.

    >>> mirror_pairs(("LASI", "RASI", "Knee_R", "Knee_L", "C7"))
    (('LASI', 'RASI'), ('Knee_L', 'Knee_R'))
    """
    of = {name.lower(): name for name in names}
    pairs: dict[tuple[str, str], None] = {}
    for low, name in of.items():
        side, mirrored = _mirrored(low)
        if side is not None and mirrored in of:
            pair = (name, of[mirrored]) if side == "left" else (of[mirrored], name)
            pairs[pair] = None
    return tuple(pairs)


def region(name: str) -> str | None:
    """`feet`, `pelvis` or `trunk` where the name says so; None for the rest."""
    side, rest = _split(_plain(name))
    words = [rest] if side is None else [rest, _plain(name)]
    for word in words:
        part = _ROW.get(word, word)
        for label, starts in (("feet", _FEET), ("pelvis", _PELVIS), ("trunk", _TRUNK)):
            if part.startswith(starts):
                return label
    return None


def foot_part(name: str) -> str | None:
    """`toes` or `heel` where the name is of a point there; None for the rest."""
    _, rest = _split(_plain(name))
    part = _ROW.get(rest, rest)
    if part in ("hee", "heel"):
        return "heel"
    return "toes" if part in ("toe", "mt1", "mt5", "tip", "bigtoe", "smalltoe") else None


def _itself(name: str) -> str:
    return name


@cache
def _plain(name: str) -> str:
    """Lower case letters and digits only, without the suffix of augmented markers."""
    return re.sub(r"[^a-z0-9]", "", _SUFFIX.sub("", name).lower())


@cache
def _point(name: str) -> str:
    """Key that all names of one point share."""
    plain = _plain(name)
    if _ROW.get(plain) in _MIDDLE:
        return _ROW[plain]
    side, rest = _split(plain)
    known = side is not None and rest in _ROW and _ROW[rest] not in _MIDDLE
    return f"{side} {_ROW[rest]}" if known else plain


def _split(plain: str) -> tuple[Side | None, str]:
    """Side and what is left of a plain name: first a word, then a letter, at either end."""
    for word, side in _SIDE_WORDS:
        if plain.startswith(word) and len(plain) > len(word):
            return side, plain[len(word) :]
    for word, side in _SIDE_WORDS:
        if plain.endswith(word) and plain[: -len(word)] in _ROW:
            return side, plain[: -len(word)]
    return None, plain


def _mirrored(low: str) -> tuple[Side | None, str]:
    """The side of a lower case name and the same name of the other side."""
    match = _SIDED.match(low)
    if match is None:
        return None, low
    if match["a"]:
        side, other = match["a"], _OTHER[match["a"]] + match["b"]
    else:
        word = match["d"].strip("._ -")
        side, other = word, match["c"] + match["d"].replace(word, _OTHER[word])
    return ("left" if side.startswith("l") else "right"), other
