"""What of a result a person must look at before it is signed, by the stated thresholds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kinelab.core.events import SIDES
from kinelab.core.strides import Strides
from kinelab.gait.angles import JOINTS, SEGMENTS
from kinelab.pipeline.corrections import (
    Confirm,
    ConfirmEvent,
    ExcludeStride,
    IncludeStride,
    MoveEvent,
    RemoveEvent,
    Stored,
)
from kinelab.pipeline.review_replay import Replayed, ReviewEvent, effective
from kinelab.pipeline.review_runs import ReviewedRun
from kinelab.pipeline.review_thresholds import Need, thresholds
from kinelab.reports.analysis import Analysis
from kinelab.reports.angle_names import side_of, stem
from kinelab.reports.model_cards import learned_from_virtual_people

_LEG = ("hip", "knee", "ankle", "heel", "big_toe", "small_toe")
# Angles that measures are made of.
_MEASURED = frozenset((*JOINTS.values(), *(f"{segment}_angle" for segment in SEGMENTS)))
_SUPPORT = re.compile(r"^consensus\((\d+) of (\d+)\)$")
EVERY_STRIDE = "every stride is looked at where the machine is relied on least"


def needs_of(run: ReviewedRun, replayed: Replayed, analysis: Analysis) -> tuple[Need, ...]:
    """Everything that needs review in this state: of the result, of feet and angles, events, strides.

    Events and strides that a person decided on need none.
    """
    found = [*_of_result(analysis), *_of_sides(analysis), *_of_angles(analysis), *_of_measures(analysis)]
    for event in replayed.events:
        if not event.corrected_by and not event.confirmed_by:
            found += list(_of_event(event, run.file_apart))[:1]
    found += _of_strides(replayed, analysis)
    return tuple(found)


def stride_names(replayed: Replayed, strides: Strides) -> list[str | None]:
    """For each stride the name of the contact that it starts with."""
    known = {(e.side, e.time_s): e.id for e in replayed.events if e.kind == "ic"}
    return [known.get(key) for key in zip(strides.side, strides.start_s.tolist(), strict=True)]


def _of_result(analysis: Analysis) -> Iterator[Need]:
    table = thresholds()
    if analysis.in_space is not None:
        yield table["direct_network"].need("result direct_network", "")
    virtual = learned_from_virtual_people(analysis.provenance.models)
    if virtual:
        yield table["virtual_network"].need("result virtual_network", ", ".join(virtual))
    tracking = analysis.tracking
    if tracking is not None:
        names = tracking.keypoints.skeleton.landmarks
        legs = [i for i, name in enumerate(names) if name.startswith(SIDES) and name.split("_", 1)[1] in _LEG]
        share = float(tracking.swapped[:, legs].mean()) if legs and tracking.keypoints.n else 0.0
        if share > _limit("exchanged_share"):
            yield table["exchanged_share"].need("result exchanged_legs", share)
    for number, remark in enumerate((r for r in analysis.remarks if r.level == "warning"), start=1):
        if not remark.text.startswith(("Only ", "No stride of")):  # told by `side_strides`
            yield table["result_warning"].need(f"result warning_{number}", remark.text)


def _of_sides(analysis: Analysis) -> Iterator[Need]:
    threshold = thresholds()["side_strides"]
    for side in SIDES:
        n = int(analysis.strides.chosen(side).sum())
        if n < _limit("side_strides") and analysis.events.kind:
            yield threshold.need(f"result strides_{side}", n, side=side)


def _of_angles(analysis: Analysis) -> Iterator[Need]:
    """Angles whose measurement is unsure while they are used."""
    kinematics, strides = analysis.kinematics, analysis.strides
    time_s = kinematics.time.time_s
    for side in SIDES:
        chosen = strides.chosen(side)
        inside = np.zeros(time_s.size, dtype=bool)
        for start, stop in zip(strides.start_s[chosen], strides.stop_s[chosen], strict=True):
            inside[kinematics.time.span(start, stop)] = True
        for j, name in enumerate(kinematics.names):
            if side_of(name) != side or stem(name) not in _MEASURED or name not in strides.names:
                continue
            sd = kinematics.sd_deg[inside & kinematics.valid[:, j], j]
            sd = sd[np.isfinite(sd)]
            if sd.size and float(np.median(sd)) > _limit("angle_sd_deg"):
                yield thresholds()["angle_sd_deg"].need(f"result angle_{name}", float(np.median(sd)))


def _of_measures(analysis: Analysis) -> Iterator[Need]:
    for m in analysis.measures:
        if m.mdc95 is None or m.ci95 is None or not m.mdc95 > 0:
            continue
        share = (m.ci95[1] - m.ci95[0]) / 2 / m.mdc95
        if share > _limit("measure_mdc_share"):
            yield thresholds()["measure_mdc_share"].need(f"measure {m.quantity} {m.side}", float(share))


def _of_event(event: ReviewEvent, apart: frozenset[tuple[str, str, float]]) -> Iterator[Need]:
    """What makes an event doubtful, the gravest first."""
    table, what = thresholds(), f"event {event.id}"
    if np.isfinite(event.sd_s) and event.sd_s > _limit("event_sd_s"):
        yield table["event_sd_s"].need(what, event.sd_s)
    support = _SUPPORT.match(event.method)
    if support is not None:
        seen, able = int(support[1]), int(support[2])
        if seen <= _limit("event_support_share") * able or able == 1:
            yield table["event_support_share"].need(what, f"{seen} of {able}")
    if (event.side, event.kind, event.time_s) in apart:
        yield table["event_apart_s"].need(what, "")


def _of_strides(replayed: Replayed, analysis: Analysis) -> Iterator[Need]:
    """The gravest of what makes each used stride doubtful; what all strides share is worked out once."""
    strides, kinematics, table = analysis.strides, analysis.kinematics, thresholds()
    if not strides.used.any():
        return
    durations_s = strides.stop_s - strides.start_s
    usual_share = (durations_s / np.median(durations_s[strides.used])).tolist()
    side_of_angle = [side_of(name) if name in strides.names else None for name in kinematics.names]
    valid = {side: kinematics.valid[:, [one == side for one in side_of_angle]] for side in SIDES}
    for i, name in enumerate(stride_names(replayed, strides)):
        side = strides.side[i]
        if not strides.used[i] or name is None or (side, name) in replayed.strides:
            continue
        what = f"stride {side} {name}"
        inside = kinematics.time.span(float(strides.start_s[i]), float(strides.stop_s[i]))
        guessed_share = 1 - float(valid[side][inside].mean()) if valid[side].shape[1] else 0.0
        if abs(usual_share[i] - 1) > _limit("stride_usual_share"):
            yield table["stride_usual_share"].need(what, usual_share[i])
        elif guessed_share > _limit("stride_guessed_share"):
            yield table["stride_guessed_share"].need(what, guessed_share)


def _limit(name: str) -> float:
    limit = thresholds()[name].limit
    assert limit is not None
    return limit


@dataclass(frozen=True)
class ReviewNeed:
    """A need with its end: `open` until a person (`settled_by`) confirmed or corrected it."""

    need: Need
    open: bool = True
    settled_by: str = ""

    def row(self) -> dict[str, object]:
        """As review.json has it."""
        return {
            "what": self.need.what,
            "reason": self.need.reason,
            "threshold": self.need.threshold,
            "open": self.open,
            "settled_by": self.settled_by,
        }


def all_needs(machine: Sequence[Need], now: Sequence[Need], replayed: Replayed) -> tuple[ReviewNeed, ...]:
    """The machine's needs, then those that came with corrections; each open or settled, and by whom.

    A need whose cause is gone (a stride is regular since its contact was moved) is settled, by nobody.
    """
    by = settled_by(replayed.effective)
    still = {need.what for need in now}
    rows = [
        ReviewNeed(need, need.what in still and need.what not in by, by.get(need.what, ""))
        for need in machine
    ]
    known = {need.what for need in machine}
    rows += [
        ReviewNeed(need, need.what not in by, by.get(need.what, "")) for need in now if need.what not in known
    ]
    return tuple(rows)


def settled_by(corrections: Sequence[Stored]) -> dict[str, str]:
    """`what` -> who settled it, of corrections that were not undone."""
    found: dict[str, str] = {}
    for stored in corrections:
        one = stored.correction
        match one:
            case Confirm():
                found[one.what] = stored.by
            case ConfirmEvent() | MoveEvent() | RemoveEvent():
                found[f"event {one.event}"] = stored.by
            case ExcludeStride() | IncludeStride():
                found[f"stride {one.side} {one.start_event}"] = stored.by
            case _:
                pass
    return found


def open_needs(
    review: Mapping[str, Any], corrections: Sequence[Stored], *, level: int = 1
) -> list[dict[str, Any]]:
    """What must still be confirmed or corrected before signing: rows {what, reason, threshold}.

    review: review.json of the machine's result, or of a rebuilt one. level: the reliance level; at 0 every
    used stride is one thing to look at, at 1 and 2 only what the thresholds name.

    Raises:
        InputError: an undo in the list is impossible.
    """
    by = settled_by(effective(corrections))
    rows = [dict(row) for row in review["needs"] if row.get("open", True)]
    if level == 0:
        named = {row["what"] for row in rows}
        strides = [s for s in review["strides"] if s["used"]]
        for stride in strides:
            what = f"stride {stride['side']} {stride['start_event']}"
            if what not in named:
                rows.append({"what": what, "reason": EVERY_STRIDE, "threshold": "reliance level 0"})
    return [
        {"what": row["what"], "reason": row["reason"], "threshold": row["threshold"]}
        for row in rows
        if row["what"] not in by
    ]


def doubted(analysis: Analysis, needs: Sequence[ReviewNeed]) -> dict[tuple[str, str], str]:
    """(quantity, side) -> why that measure needs review, from what is open of its foot or angle."""
    # Needs of events and strides say nothing of a measure, and are the most.
    open_ = {
        one.need.what: one.need.reason
        for one in needs
        if one.open and one.need.what.startswith(("result ", "measure "))
    }
    found: dict[tuple[str, str], str] = {}
    for m in analysis.measures:
        sides = SIDES if m.side == "both" else (m.side,)
        joint = m.quantity.split("_")[0]
        for what, reason in open_.items():
            of_side = any(what == f"result strides_{side}" for side in sides)
            angle = what.removeprefix("result angle_")
            of_angle = (
                what.startswith("result angle_") and stem(angle).startswith(joint) and side_of(angle) in sides
            )
            if of_side or of_angle or what == f"measure {m.quantity} {m.side}":
                found.setdefault((m.quantity, m.side), reason)
    return found
