"""Which labelled frames a network learns from, and which it is tested on.

Two frames of one video are nearly the same picture, and two videos show the same person in the same clothes.
A test on what is left of videos that were learnt from (90/10 by frame, as in Johnson et al. 2022 and
DeepLabCut) says how well the network does on more frames of these videos; only a test on other people says
how it does on other people. So frames are kept together by person where persons are known, else by video.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kinelab.core.checks import IntArray, Problems, read_only
from kinelab.errors import InputError

By = Literal["frame", "video", "person"]
_RULES: tuple[By, ...] = ("frame", "video", "person")


@dataclass(frozen=True, eq=False)
class Split:
    """Rows of N frames to learn from and to test on, both increasing; `said` tells it in one sentence."""

    by: By
    seed: int
    train: IntArray
    test: IntArray
    said: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "train", read_only(self.train, np.int64))
        object.__setattr__(self, "test", read_only(self.test, np.int64))
        with Problems("split") as problems:
            problems.increasing("train", self.train.astype(float))
            problems.increasing("test", self.test.astype(float))
            problems.add_if(bool(np.intersect1d(self.train, self.test).size), "a frame is in both parts")


def split(
    video: Sequence[str],
    person: Sequence[str],
    *,
    by: By | None = None,
    test_share: float = 0.1,
    seed: int = 0,
) -> Split:
    """Frames to learn from and to test on, for N frames of these videos and persons ("" = not said).

    by: what is kept together; None is person where every frame's is known and there are two, else video where
    there are two, else frame. At least one group is tested; groups are drawn until the tested frames come
    nearest to `test_share`. Equal seeds give equal splits.

    Raises:
        InputError: fewer than two frames or groups, a person who is not known, a share outside 0 to 1.
    """
    n = len(video)
    with Problems("split") as problems:
        problems.add_if(
            len(person) != n, f"{n} videos and {len(person)} persons; expected one of each a frame"
        )
        problems.add_if(
            n < 2, f"{n} labelled frames; at least two are needed, one to learn from, one to test"
        )
        problems.add_if(not 0 < test_share < 1, f"test share is {test_share:g}, allowed is between 0 and 1")
        if by is not None:
            problems.one_of("by", by, _RULES)
    rule, why = _rule(video, person) if by is None else (by, "as asked")
    groups = _groups(rule, video, person)
    names = list(dict.fromkeys(groups))
    if len(names) < 2:
        raise InputError(
            f"all {n} frames are of one {rule}, so none is left to test on; label another {rule}, or split "
            "by frame and say so with the result (`--split frame`)"
        )
    order = np.random.default_rng([seed, 1]).permutation(len(names))
    counts = np.array([groups.count(names[i]) for i in order])
    taken = int(np.abs(np.cumsum(counts)[:-1] - test_share * n).argmin()) + 1
    tested = {names[i] for i in order[:taken]}
    test = np.array([i for i, group in enumerate(groups) if group in tested])
    train = np.array([i for i, group in enumerate(groups) if group not in tested])
    what = "" if rule == "frame" else f" ({taken} of {len(names)} {rule}s)"
    said = f"split by {rule} ({why}): {train.size} frames to learn from, {test.size} to test on{what}"
    return Split(rule, seed, train, test, said)


def nested(
    chosen: IntArray, video: Sequence[str], sizes: Sequence[int], seed: int = 0
) -> dict[int, IntArray]:
    """Subsets of rows, each part of the next larger one, for studies of how many frames are needed.

    chosen: rows to take from; video (N,): of all frames. Frames come from the videos in turn, so that a small
    subset still has some of each.

    Raises:
        InputError: a size below 1, or more than there are.
    """
    rows = np.asarray(chosen, np.int64)
    wrong = [size for size in sizes if not 1 <= size <= rows.size]
    if wrong:
        raise InputError(
            f"{wrong[0]} frames are asked for, and there are {rows.size} to learn from (the tested ones are "
            "not among them); label more, or ask for fewer"
        )
    rng = np.random.default_rng([seed, 2])
    waiting: dict[str, list[int]] = {}
    for row in rng.permutation(rows).tolist():
        waiting.setdefault(video[row], []).append(row)
    turns = [(place, i, row) for i, own in enumerate(waiting.values()) for place, row in enumerate(own)]
    order = np.array([row for _, _, row in sorted(turns)], np.int64)
    return {int(size): np.sort(order[:size]) for size in sizes}


def given_split(n: int, train: Sequence[int], test: Sequence[int]) -> Split:
    """A split of N frames that was made elsewhere.

    Raises:
        InputError: a row is in both parts, named twice, or not one of the N.
    """
    beyond = [row for row in (*train, *test) if not 0 <= row < n]
    if beyond:
        raise InputError(f"row {beyond[0]} of a split is not one of the {n} frames")
    said = f"split as given: {len(train)} frames to learn from, {len(test)} to test on"
    return Split("frame", 0, np.sort(np.array(train, np.int64)), np.sort(np.array(test, np.int64)), said)


def _rule(video: Sequence[str], person: Sequence[str]) -> tuple[By, str]:
    if all(person) and len(set(person)) > 1:
        return "person", "the persons are known"
    unknown = "persons are not said" if not all(person) else "there is one person"
    if len(set(video)) > 1:
        return "video", f"{unknown}, so people may be in both parts"
    return "frame", "there is one video: the error on other videos will be larger"


def _groups(rule: By, video: Sequence[str], person: Sequence[str]) -> list[str]:
    if rule == "frame":
        return [str(i) for i in range(len(video))]
    if rule == "video":
        return list(video)
    if not all(person):
        unknown = sorted({v for v, p in zip(video, person, strict=True) if not p})
        raise InputError(
            f"split by person: nobody said who is in {', '.join(unknown[:5])}; say it with `kinelab "
            "keypoints add ... --person NAME`, or split by video"
        )
    return list(person)
