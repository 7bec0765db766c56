"""Labels that sit on another marker: exchanged for a while, or throughout the trial."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, BoolArray
from kinelab.markers.label_distances import Rigidity, departure, median
from kinelab.signals.runs import true_runs

_OFF_SD, _OFF_M = 5.0, 0.015  # a label this far from its place is looked at
_FIT_SD, _FIT_M = 3.0, 0.010  # and this near to another marker's place sits there
_BETTER = 3.0  # times better than at its own place
# Medians over a trial are sharper than single frames; the two sides of a body differ more than two trials.
_OFF_THROUGHOUT_M = 0.008
STATIC, MIRROR = (0.006, 3.0), (0.010, 2.0)  # fit in m, times better
_FLIP, _FLIP_M = 0.4, 0.02  # the line between two markers turns by more than 136 degrees, and is this long
_LOST = 10  # frames that a marker may be lost for while it is exchanged
_CLEAR_SHARE = 0.4
_SUDDEN_M = 0.012
_MERGE = 3  # frames between two runs of the same exchange that belong together


@dataclass(frozen=True)
class Misplaced:
    """Label `marker` sits where `place` belongs in frames first to last (both included).

    clear: False where the exchange lasts so long that the other frames may be the wrong ones.
    """

    marker: str
    place: str
    first: int
    last: int
    clear: bool = True

    def overlaps(self, other: Misplaced) -> bool:
        """Whether both concern a common label in common frames."""
        common = {self.marker, self.place} & {other.marker, other.place}
        return bool(common) and self.first <= other.last and other.first <= self.last


def off_place(position: Array, rigid: Rigidity) -> tuple[Array, BoolArray]:
    """(T, K) departure from the mates in m, and where it is far beyond what is usual."""
    columns = [departure(position, rigid, i, i) for i in range(position.shape[1])]
    off_m = np.stack([column[0] for column in columns], axis=1)
    off_sd = np.stack([column[1] for column in columns], axis=1)
    # A comparison with NaN (too few mates) is False: nothing is said there.
    return off_m, (off_sd > _OFF_SD) & (off_m > _OFF_M)


def exchanged_by_flips(position: Array, rigid: Rigidity, names: tuple[str, ...]) -> list[Misplaced]:
    """Exchanges of two labels from one frame to the next: the line between the two turns round.

    From flip to flip the labels are exchanged, if the distances to their mates agree; what holds for fewer
    frames is taken to be wrong.
    """
    found = []
    for (i, j), frames in _flips(position).items():
        toggle = np.zeros(position.shape[0], bool)
        toggle[frames] = True
        state = np.cumsum(toggle) % 2 == 1
        both = np.isfinite(position[:, i]).all(axis=1) & np.isfinite(position[:, j]).all(axis=1)
        share = float(state[both].mean())
        wrong = state if share <= 0.5 else ~state
        clear = min(share, 1 - share) < _CLEAR_SHARE
        if not _mates_agree(position, rigid, (i, j), wrong & both, ~wrong & both):
            continue
        for a, b in true_runs(wrong):
            found += [Misplaced(names[p], names[q], a, b - 1, clear) for p, q in ((i, j), (j, i))]
    return found


def _mates_agree(
    position: Array, rigid: Rigidity, pair: tuple[int, int], wrong: BoolArray, right: BoolArray
) -> bool:
    """Whether the distances of the pair to its mates are more alike in the two sets of frames exchanged."""
    mates = sorted({int(m) for p in pair for m in rigid.mates[p]} - {-1, *pair})
    if not mates:
        return True
    half = []
    for frames in (np.flatnonzero(wrong), np.flatnonzero(right)):
        some = frames[:: max(1, frames.size // 200)]
        lines = position[some][:, list(pair), None] - position[some][:, None, mates]
        distance = np.linalg.norm(lines, axis=-1)
        half.append(median(distance.reshape(len(some), -1)).reshape(distance.shape[1:]))
    kept, exchanged = np.abs(half[0] - half[1]), np.abs(half[0] - half[1][::-1])
    both = np.isfinite(kept) & np.isfinite(exchanged)
    return bool(kept[both].sum() >= exchanged[both].sum())


def _flips(position: Array) -> dict[tuple[int, int], list[int]]:
    """Pair of columns -> frames in which the line between the two turns round; a marker once a frame."""
    before = _last_seen(position)
    flips: list[tuple[int, float, int, int]] = []
    for i in range(position.shape[1]):
        line, line_before = position - position[:, i : i + 1], before - before[:, i : i + 1]
        ahead, back = (line * line_before).sum(axis=-1), (line**2).sum(axis=-1)
        size = back + (line_before**2).sum(axis=-1)
        # |now + before| < 0.4 |now - before|, written with scalar products.
        turned = (size + 2 * ahead < _FLIP**2 * (size - 2 * ahead)) & (back > _FLIP_M**2)
        flips += [
            (int(t), float((size + 2 * ahead)[t, j]), i, int(j)) for t, j in np.argwhere(turned) if j > i
        ]
    # A marker that jumps turns its line to others on the way as well; the smallest change is the true one.
    taken: set[tuple[int, int]] = set()
    found: dict[tuple[int, int], list[int]] = {}
    for t, _, i, j in sorted(flips):
        if (t, i) not in taken and (t, j) not in taken:
            taken |= {(t, i), (t, j)}
            found.setdefault((i, j), []).append(t)
    return found


def _last_seen(position: Array) -> Array:
    """(T, K, 3) where each marker was last seen before each frame, at most `_LOST` frames ago; else NaN."""
    before = np.full(position.shape, np.nan)
    before[1:] = position[:-1]
    for _ in range(_LOST):
        lost = np.isnan(before[1:])
        before[1:][lost] = before[:-1][lost]
    return before


def exchanged_for_a_while(
    position: Array, rigid: Rigidity, names: tuple[str, ...], off: tuple[Array, BoolArray]
) -> list[Misplaced]:
    """Runs of frames in which a label fits another marker's place, by the distances of the trial itself."""
    off_m, suspect = off
    found = []
    for i in np.flatnonzero(suspect.any(axis=0)):
        frames = np.flatnonzero(suspect[:, i])
        place = _best_place(position[frames], rigid, int(i), off_m[frames, i])
        for j in np.unique(place[place >= 0]):
            at = np.zeros(position.shape[0], bool)
            at[frames[place == j]] = True
            runs = sudden_runs(at, off_m[:, i])
            found += [Misplaced(names[i], names[j], a, b - 1) for a, b in runs]
    return found


def exchanged_throughout(
    trial: Rigidity,
    names: tuple[str, ...],
    typical: Array,
    reference: tuple[str, ...],
    strict: tuple[float, float] = STATIC,
) -> list[tuple[str, str]]:
    """(label, place): labels whose distances are those of another marker of a reference recording.

    typical (R, R): distances of the reference's markers, a static trial of the same person or the mirror
    image. A label of the trial that the reference does not have may sit on one that it has. `strict`: STATIC
    or MIRROR.
    """
    found = []
    for i, name in enumerate(names):
        mates = [m for m in trial.mates[i] if m >= 0 and names[m] in reference]
        at = [reference.index(names[m]) for m in mates]
        # (R, mates) departure of this label from each place; a place is no measure of itself, so NaN there.
        apart = np.abs(typical[:, at] - trial.typical[i, mates])
        place = _better_place(apart, reference.index(name) if name in reference else None, *strict)
        if place is not None:
            found.append((name, reference[place]))
    moved = {name for name, _ in found}
    # A label that stays at home cannot share its place: what is taken by a good label is no place to be.
    return [(name, place) for name, place in found if place in moved or place not in names]


def _better_place(apart: Array, home: int | None, fit_limit_m: float, better: float) -> int | None:
    """Row of apart (R, M) that fits clearly better than the row `home`, both by the mates they share."""
    own = np.zeros(apart.shape[1]) if home is None else apart[home]
    both = np.isfinite(apart) & np.isfinite(own)
    rows = np.flatnonzero(both.sum(axis=1) >= 3)
    rows = rows[rows != home]
    if not rows.size:
        return None
    fit_m = median(np.where(both[rows], apart[rows], np.nan).T)
    own_m = np.full(rows.size, np.inf)
    if home is not None:
        own_m = median(np.where(both[rows], own, np.nan).T)
    wins = (fit_m < fit_limit_m) & (own_m > _OFF_THROUGHOUT_M) & (fit_m * better < own_m)
    return int(rows[np.where(wins, fit_m, np.inf).argmin()]) if wins.any() else None


def _best_place(position: Array, rigid: Rigidity, i: int, own_m: Array) -> Array:
    """(n,) column whose place the label i fits best in each frame; -1 where none fits clearly."""
    fit_m = np.full((position.shape[0], rigid.typical.shape[0]), np.inf)
    for j in range(rigid.typical.shape[0]):
        if j != i:
            off_m, off_sd = departure(position, rigid, i, j)
            good = (off_m < _FIT_M) & (off_sd < _FIT_SD) & (off_m * _BETTER < own_m)
            fit_m[good, j] = off_m[good]
    best = fit_m.argmin(axis=1)
    chosen: Array = np.where(np.isfinite(fit_m.min(axis=1)), best, -1)
    return chosen


def sudden_runs(mask: BoolArray, off_m: Array) -> list[tuple[int, int]]:
    """Half-open runs of mask (T,) that begin or end suddenly, those with short pauses taken together.

    A label changes from one frame to the next, or where the marker was not seen; a distance that only swells
    and shrinks with the stride is skin and joint motion.
    """
    merged: list[tuple[int, int]] = []
    for start, stop in true_runs(mask):
        if merged and start - merged[-1][1] <= _MERGE:
            merged[-1] = (merged[-1][0], stop)
        else:
            merged.append((start, stop))
    outside = np.concatenate([[np.nan], off_m, [np.nan]])
    # `not <` : NaN (not seen, or the end of the trial) counts as sudden.
    return [
        (a, b)
        for a, b in merged
        if not abs(outside[a + 1] - outside[a]) < _SUDDEN_M
        or not abs(outside[b] - outside[b + 1]) < _SUDDEN_M
    ]
