"""The label check: which markers are missing, swapped, jumping, doubled or frozen, and in which frames."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kinelab.core.checks import Array, BoolArray
from kinelab.core.keypoints import Keypoints
from kinelab.core.report import Finding, Level
from kinelab.markers.label_distances import Rigidity, rigidity
from kinelab.markers.label_swaps import (
    MIRROR,
    Misplaced,
    exchanged_by_flips,
    exchanged_for_a_while,
    exchanged_throughout,
    off_place,
    sudden_runs,
)
from kinelab.markers.label_tracks import frozen, gaps, same_place, spikes
from kinelab.markers.names import mirror_pairs
from kinelab.signals.runs import true_runs

Fault = Literal["missing", "gap", "swap", "jump", "off", "double", "frozen"]
_LONG_GAP_S = 0.2
_SPARSE = 0.5  # share of frames
_FAR_M = 0.04  # off its place by more than skin moves
_LEVEL: dict[Fault, Level] = {"swap": "warning", "jump": "attention", "off": "attention",
                              "double": "warning", "frozen": "attention", "missing": "attention",
                              "gap": "info"}  # fmt: skip


@dataclass(frozen=True)
class LabelFinding:
    """One fault: markers concerned, frames first to last (from 0, both included), in words.

    A swap's markers are (label, the place where it sits). `certain` faults are those that `repair` undoes.
    """

    fault: Fault
    markers: tuple[str, ...]
    first: int
    last: int
    text: str
    certain: bool = False

    @property
    def finding(self) -> Finding:
        """For a report."""
        return Finding(_LEVEL[self.fault], self.text, f"frames {self.first} to {self.last}")


@dataclass(frozen=True, eq=False)
class LabelCheck:
    """All faults found, the gravest kinds first; `spike` (T, K) marks the single samples that jump."""

    findings: tuple[LabelFinding, ...]
    spike: BoolArray

    def of(self, fault: Fault) -> tuple[LabelFinding, ...]:
        """The findings of one kind."""
        return tuple(f for f in self.findings if f.fault == fault)


def check_labels(markers: Keypoints, reference: Keypoints | None = None) -> LabelCheck:
    """Look for faults in the labels of a marker trial.

    Wrong labels show in the distances to the markers on the same segment, learned from the trial itself. A
    label that is wrong throughout only shows against a `reference`, a static trial of the same person with
    the same markers; without one the left side is held against the right, which cannot tell which of the
    two is wrong.
    """
    position, names = markers.position, markers.skeleton.landmarks
    rigid = rigidity(position)
    off_m, suspect = off_place(position, rigid)
    throughout = _throughout(rigid, markers, reference)
    flipped = exchanged_by_flips(position, rigid, names)
    slow = exchanged_for_a_while(position, rigid, names, (off_m, suspect))
    wrong = [*flipped, *(item for item in slow if not any(item.overlaps(other) for other in flipped))]
    spike = spikes(position, rigid.mates)
    explained = spike.copy()
    for item in wrong:
        column = names.index(item.marker)
        explained[item.first : item.last + 1, column] = True
        spike[max(item.first - 2, 0) : item.last + 3, column] = False  # its ends jump as well
    findings = [
        *throughout,
        *(_swap(item, wrong, markers) for item in wrong),
        *_doubles(markers, rigid),
        *_jumps(markers, spike, off_m),
        *_off(markers, suspect & ~explained, off_m),
        *_frozen(markers),
        *_missing(markers),
    ]
    return LabelCheck(tuple(findings), spike)


def repair(markers: Keypoints, check: LabelCheck) -> Keypoints:
    """Undo the certain swaps and take out the samples that jump; the findings say which.

    The samples of a swapped label go to where they belong; a place that is left without a sample is not seen.
    """
    position, names = markers.position.copy(), list(markers.skeleton.landmarks)
    # A place that has no label in the trial (its marker was lost) gets one.
    new = [f.markers[1] for f in check.of("swap") if f.certain and f.markers[1] not in names]
    names += list(dict.fromkeys(new))
    position = np.pad(position, ((0, 0), (0, len(names) - position.shape[1]), (0, 0)), constant_values=np.nan)
    position[:, : check.spike.shape[1]][check.spike] = np.nan
    source = position.copy()
    swaps = [f for f in check.of("swap") if f.certain]
    for fault in swaps:
        position[fault.first : fault.last + 1, names.index(fault.markers[0])] = np.nan
    for fault in swaps:
        span = slice(fault.first, fault.last + 1)
        position[span, names.index(fault.markers[1])] = source[span, names.index(fault.markers[0])]
    seen = np.isfinite(position).all(axis=-1)
    skeleton = dataclasses.replace(markers.skeleton, landmarks=tuple(names))
    return dataclasses.replace(
        markers, skeleton=skeleton, position=position, confidence=np.where(seen, 1.0, np.nan), sd=None
    )


def _throughout(rigid: Rigidity, markers: Keypoints, reference: Keypoints | None) -> list[LabelFinding]:
    names, last = markers.skeleton.landmarks, markers.n - 1
    if reference is not None:
        known = rigidity(reference.position)
        moved = exchanged_throughout(rigid, names, known.typical, reference.skeleton.landmarks)
        return [
            LabelFinding("swap", (label, place), 0, last, f"{label} sits where {place} belongs throughout"
                         " the trial, by the distances of the static trial", certain=True)
            for label, place in moved
        ]  # fmt: skip
    mirrored = {a: b for pair in mirror_pairs(names) for a, b in (pair, pair[::-1])}
    order = [names.index(mirrored.get(name, name)) for name in names]
    typical = rigid.typical[np.ix_(order, order)]
    moved = exchanged_throughout(rigid, names, typical, names, MIRROR)
    found = []
    for label, place in moved:
        # Cluster markers are numbered as it comes; only a true exchange of two mirrored labels is told.
        if {label, place} <= set(mirrored) and (place, label) in moved and label < place != mirrored[label]:
            pair, other = f"{label} and {place}", f"{mirrored[label]} and {mirrored[place]}"
            text = f"{pair} or {other} are exchanged throughout the trial: the two sides are no mirror images"
            found.append(LabelFinding("swap", (label, place), 0, last, f"{text}; give a static trial"))
    return found


def _swap(item: Misplaced, wrong: list[Misplaced], markers: Keypoints) -> LabelFinding:
    back = any(w.marker == item.place and w.place == item.marker and w.overlaps(item) for w in wrong)
    empty = ~np.isfinite(markers.of(item.place)[item.first : item.last + 1]).any()
    text = f"{item.marker} sits where {item.place} belongs{' and the other way round' if back else ''}"
    doubt = "" if item.clear else "; it lasts so long that the other frames may be the wrong ones"
    return LabelFinding(
        "swap", (item.marker, item.place), item.first, item.last,
        f"{text} in {_span(item.first, item.last, markers)}{doubt}",
        certain=item.clear and bool(back or empty),
    )  # fmt: skip


def _doubles(markers: Keypoints, rigid: Rigidity) -> list[LabelFinding]:
    names = markers.skeleton.landmarks
    return [
        LabelFinding("double", (names[i], names[j]), a, b,
                     f"{names[i]} and {names[j]} are at one place in {_span(a, b, markers)}")
        for i, j, a, b in same_place(markers.position, rigid.typical)
    ]  # fmt: skip


def _jumps(markers: Keypoints, spike: BoolArray, off_m: Array) -> list[LabelFinding]:
    found = []
    for i, name in enumerate(markers.skeleton.landmarks):
        for start, stop in true_runs(spike[:, i]):
            far = off_m[start:stop, i]
            size = f" by {1000 * float(np.nanmax(far)):.0f} mm" if np.isfinite(far).any() else ""
            text = f"{name} jumps{size} in {_span(start, stop - 1, markers)}"
            found.append(LabelFinding("jump", (name,), start, stop - 1, text, certain=True))
    return found


def _off(markers: Keypoints, mask: BoolArray, off_m: Array) -> list[LabelFinding]:
    found = []
    for i, name in enumerate(markers.skeleton.landmarks):
        for start, stop in sudden_runs(mask[:, i], off_m[:, i]):
            far_m = float(np.nanmax(off_m[start:stop, i]))
            if far_m > _FAR_M:
                text = f"{name} is up to {1000 * far_m:.0f} mm off its place in"
                text = f"{text} {_span(start, stop - 1, markers)}"
                found.append(LabelFinding("off", (name,), start, stop - 1, text))
    return found


def _frozen(markers: Keypoints) -> list[LabelFinding]:
    together: dict[tuple[int, int], list[str]] = {}
    for i, first, last in frozen(markers.position, markers.rate_hz):
        together.setdefault((first, last), []).append(markers.skeleton.landmarks[i])
    return [
        LabelFinding("frozen", tuple(names), *span, f"{', '.join(names)} stand still to the last digit in"
                     f" {_span(*span, markers)} while the others move")
        for span, names in together.items()
    ]  # fmt: skip


def _missing(markers: Keypoints) -> list[LabelFinding]:
    found = []
    seen = markers.seen
    for i, name in enumerate(markers.skeleton.landmarks):
        share = float(seen[:, i].mean()) if markers.n else 0.0
        if share == 0:
            found.append(LabelFinding("missing", (name,), 0, markers.n - 1, f"{name} is never seen"))
            continue
        if share < _SPARSE:
            text = f"{name} is seen in {100 * share:.0f} % of the frames only"
            found.append(LabelFinding("missing", (name,), 0, markers.n - 1, text))
            continue
        runs = [r for r in gaps(markers.position, i) if (r[1] - r[0]) > _LONG_GAP_S * markers.rate_hz]
        for start, stop in runs:
            text = f"{name} is not seen in {_span(start, stop - 1, markers)}"
            found.append(LabelFinding("gap", (name,), start, stop - 1, text))
    return found


def _span(first: int, last: int, markers: Keypoints) -> str:
    """`frame 12 (0.120 s)` or `frames 12 to 15 (0.120 to 0.150 s)`; frames count from 0."""
    start, stop = markers.time_s[first], markers.time_s[last]
    if first == last:
        return f"frame {first} ({start:.3f} s)"
    return f"frames {first} to {last} ({start:.3f} to {stop:.3f} s)"
