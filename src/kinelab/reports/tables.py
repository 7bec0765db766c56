"""The detail tables of a report as plain text cells: what is in them is the same in HTML and in JSON."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from kinelab.core.events import SIDES
from kinelab.core.quantities import QUANTITIES
from kinelab.gait.consensus import agreement, disputed
from kinelab.reports.analysis import Analysis, Tracking, Worn
from kinelab.reports.angle_names import label_of, side_of
from kinelab.reports.figure_agreement import KIND_LABELS
from kinelab.reports.printing import NOT_KNOWN, number
from kinelab.reports.table import Table

__all__ = ["Table", "detail_tables"]

MOST_ROWS = 300  # a report is read by a person; all rows are in the tables beside it


def detail_tables(analysis: Analysis) -> tuple[Table, ...]:
    """Strides, events, agreement of methods, angles, landmarks and definitions, as far as there are any."""
    tables = [
        _strides(analysis),
        _events(analysis),
        _agreement(analysis),
        _angles(analysis),
        *([_sensors(analysis.worn)] if analysis.worn else []),
        *([_landmarks(analysis.tracking)] if analysis.tracking else []),
        _definitions(analysis),
    ]
    return tuple(table for table in tables if table.rows)


def _cut(rows: Iterable[tuple[str, ...]]) -> tuple[tuple[tuple[str, ...], ...], str]:
    """At most `MOST_ROWS` rows, and a sentence when that is not all."""
    every = tuple(rows)
    note = "" if len(every) <= MOST_ROWS else f"The first {MOST_ROWS} of {len(every)} rows. "
    return every[:MOST_ROWS], note


def _strides(analysis: Analysis) -> Table:
    s = analysis.strides
    duration = s.stop_s - s.start_s
    stance = 100 * (s.toe_off_s - s.start_s) / duration
    rows, note = _cut(
        (
            str(i + 1),
            s.side[i],
            number(s.start_s[i], "s"),
            number(s.toe_off_s[i], "s"),
            number(s.stop_s[i], "s"),
            number(duration[i], "s"),
            number(stance[i], "%"),
            "used" if s.used[i] else f"not used: {s.why_not[i]}",
        )
        for i in range(s.n)
    )
    counts = ", ".join(f"{side} {int(s.chosen(side).sum())} of {s.side.count(side)}" for side in SIDES)
    columns = ("No.", "side", "initial contact (s)", "toe-off (s)", "next contact (s)", "duration (s)",
               "stance (%)", "used")  # fmt: skip
    return Table("Strides", columns, rows, f"{note}Strides used: {counts}.")


def _events(analysis: Analysis) -> Table:
    e = analysis.events
    unsure = disputed(e)
    rows, note = _cut(
        (
            number(e.time_s[i], "s"),
            e.side[i],
            KIND_LABELS[e.kind[i]],
            number(1e3 * e.sd_s[i], "ms"),
            e.method[i] + (" – methods disagree, look at the frame" if unsure[i] else ""),
            e.reviewed_by[i] or "not reviewed",
        )
        for i in range(e.time_s.size)
    )
    columns = ("time (s)", "foot", "event", "sd between methods (ms)", "found by", "reviewed by")
    return Table("Gait events", columns, rows, note)


def _agreement(analysis: Analysis) -> Table:
    rows = tuple(
        (a.method, KIND_LABELS[a.kind], str(a.found), str(a.matched), number(a.mean_ms, "ms"),
         number(a.sd_ms, "ms"))
        for a in (agreement(analysis.methods, analysis.events) if analysis.methods else ())
    )  # fmt: skip
    columns = ("method", "event", "found", "matched", "mean difference (ms)", "sd (ms)")
    note = "Method minus consensus, the method's own times; matched: within 150 ms of a consensus event."
    return Table("Agreement of the event methods", columns, rows, note)


def _angles(analysis: Analysis) -> Table:
    k = analysis.kinematics
    rows = []
    for i, name in enumerate(k.names):
        valid = k.valid[:, i]
        angle, sd = k.angle_deg[valid, i], k.sd_deg[valid, i]
        sd = sd[np.isfinite(sd)]
        span = (number(angle.min(), "deg"), number(angle.max(), "deg")) if angle.size else (NOT_KNOWN,) * 2
        known = label_of(name)
        rows.append(
            (
                known.label,
                side_of(name) or "both",
                known.positive or NOT_KNOWN,
                f"{100 * valid.mean():.0f}" if valid.size else NOT_KNOWN,
                *span,
                number(float(np.median(sd)), "deg") if sd.size else NOT_KNOWN,
            )
        )
    columns = ("angle", "side", "positive", "measured (% of the time)", "least (deg)", "largest (deg)",
               "typical sd (deg)")  # fmt: skip
    return Table("Angles over the whole recording", columns, tuple(rows))


def _sensors(worn: Worn) -> Table:
    calibration = worn.calibration
    rows = tuple(
        (
            segment.replace("_", " "),
            f"{100 * share:.1f}",
            *(number(float(sd), "deg") for sd in sd_deg),
        )
        for segment, share, sd_deg in zip(calibration.segments, worn.seen, calibration.sd_deg, strict=True)
    )
    columns = ("sensor on", "recorded (% of the time)", "sd of its tilt to the side (deg)",
               "sd of its heading (deg)", "sd of its tilt forward (deg)")  # fmt: skip
    return Table("Sensors", columns, rows, "How sure the calibration is, about the segment's own axes.")


def _landmarks(tracking: Tracking) -> Table:
    k = tracking.keypoints
    rows = []
    for i, name in enumerate(k.skeleton.landmarks if k.n else ()):
        seen = k.seen[:, i]
        confidence = k.confidence[seen, i]
        rows.append(
            (
                name.replace("_", " "),
                f"{100 * seen.mean():.0f}",
                f"{np.median(confidence):.2f}" if confidence.size else NOT_KNOWN,
                str(int(tracking.swapped[:, i].sum())),
                str(int(tracking.filled[:, i].sum())),
            )
        )
    columns = ("landmark", "seen (% of frames)", "median confidence", "frames exchanged", "frames filled")
    return Table("Landmarks", columns, tuple(rows), f"{k.n} frames, landmark set {k.skeleton.name}.")


def _definitions(analysis: Analysis) -> Table:
    names = dict.fromkeys(m.quantity for m in analysis.measures)
    known = [QUANTITIES[name] for name in names if name in QUANTITIES]
    rows = tuple((q.label, f"{q.definition} ({q.meaning})", q.source) for q in known)
    return Table("Definitions", ("quantity", "how it is computed (how to read it)", "source"), rows)
