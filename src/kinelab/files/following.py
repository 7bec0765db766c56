"""One person through frames that hold several and do not say who is who."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

from kinelab.core.checks import Array
from kinelab.errors import PersonError

FAR = 0.5  # of the person's size, for each frame since last seen
LOST = 15  # frames after which a person is a new one


def one_person(people: Sequence[Array], person: int | None, where: str) -> Array:
    """(T, K, 3) x, y and confidence of one person; NaN in frames without this person.

    people: for each of T frames (P_t, K, 3), in any order; NaN = not seen. People are followed from frame to
    frame by the assignment of least total distance (median over the landmarks seen in both); who moves by
    more than half of the own size in a frame, or was gone for longer than LOST frames, counts as a new
    person. `person` numbers them in the order of how much of them is seen, 0 the most; None is 0.

    Raises:
        PersonError: nobody in any frame, or fewer people than `person` + 1.
    """
    tracks: list[_Track] = []
    for t, poses in enumerate(people):
        poses = poses[np.isfinite(poses[..., :2]).all(axis=-1).any(axis=-1)]
        near = [track for track in tracks if t - track.last <= LOST]
        taken = _assign(near, poses, t)
        for i, pose in enumerate(poses):
            if i not in taken:
                tracks.append(_Track())
            (near[taken[i]] if i in taken else tracks[-1]).add(t, pose)
    tracks.sort(key=lambda track: -track.seen)
    wanted = person or 0
    if not 0 <= wanted < len(tracks):
        found = (
            f"{len(tracks)} people were found (0 is seen the most)"
            if tracks
            else "there is nobody in any frame"
        )
        raise PersonError(f"{where}: no person {wanted}; {found}")
    out = np.full((len(people), *people[0].shape[1:]), np.nan)
    for t, pose in tracks[wanted].poses.items():
        out[t] = pose
    return out


def one_column(columns: Sequence[str], seen: Sequence[int], person: int | None, where: str) -> int:
    """Which of the named people (tracks, individuals) of a file is meant.

    `seen` counts the frames in which each is seen. None is allowed where only one is seen.

    Raises:
        PersonError: nobody, several without `person`, or no such number.
    """
    if person is not None:
        if 0 <= person < len(columns):
            return person
        raise PersonError(f"{where}: no person {person}; there are {_listed(columns)}")
    present = [i for i, frames in enumerate(seen) if frames]
    if len(present) == 1:
        return present[0]
    found = f"holds several: {_listed(columns)}; say whom with person" if present else "holds nobody"
    raise PersonError(f"{where}: {found}")


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f"{i} ({name})" for i, name in enumerate(columns))


@dataclass
class _Track:
    """One person as followed so far: poses by frame, the largest size seen, the sum of confidence."""

    poses: dict[int, Array] = field(default_factory=dict)
    last: int = 0
    size: float = 0.0
    seen: float = 0.0

    def add(self, t: int, pose: Array) -> None:
        self.poses[t], self.last = pose, t
        self.size = max(self.size, _size(pose))
        self.seen += float(np.nansum(pose[:, 2]))


def _assign(tracks: list[_Track], poses: Array, t: int) -> dict[int, int]:
    """{pose: track} of least total distance, within reach of each track."""
    if not tracks or not len(poses):
        return {}
    cost = np.full((len(tracks), len(poses)), np.inf)
    for i, track in enumerate(tracks):
        for j, pose in enumerate(poses):
            # A body of which one point is seen has no size: then the nearest will do.
            reach = FAR * max(track.size, _size(pose)) * (t - track.last) or np.inf
            apart = _distance(track.poses[track.last], pose)
            cost[i, j] = apart if apart <= reach else np.inf
    far = 1 + 2 * float(np.sum(cost[np.isfinite(cost)]))  # never better than all others together
    pairs = zip(*linear_sum_assignment(np.minimum(cost, far)), strict=True)
    return {int(j): int(i) for i, j in pairs if np.isfinite(cost[i, j])}


def _distance(a: Array, b: Array) -> float:
    """Median distance over the landmarks seen in both; infinite where none is."""
    apart = np.linalg.norm(a[:, :2] - b[:, :2], axis=-1)
    apart = apart[np.isfinite(apart)]
    return float(np.median(apart)) if apart.size else np.inf


def _size(pose: Array) -> float:
    """Diagonal of the box around the landmarks seen."""
    return float(np.linalg.norm(np.nanmax(pose[:, :2], axis=0) - np.nanmin(pose[:, :2], axis=0)))
