"""A result as the reviewing page draws it: plain data, the same for video, markers and worn sensors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measures
from kinelab.core.timebase import Timebase
from kinelab.pipeline.review_needs import ReviewNeed, doubted, stride_names
from kinelab.pipeline.review_replay import Replayed
from kinelab.pipeline.review_runs import ReviewedRun
from kinelab.reports.analysis import Analysis
from kinelab.reports.angle_names import label_of, side_of, stem
from kinelab.reports.healthy import healthy_of
from kinelab.reports.printing import label
from kinelab.signals.resampling import between_samples

FORMAT = "kinelab review 1"
REVIEW_FILE, LANDMARKS_FILE, VIDEO_FILE, POSTER_FILE = (
    "review.json", "landmarks.json", "review.mp4", "poster.jpg",
)  # fmt: skip
_REGULAR = 0.25  # of a frame: times off an even grid by less are told by rate and start alone


def frame_axis(run: ReviewedRun) -> tuple[Timebase, Array | None]:
    """The review's frames: those of the video that were analysed, else the samples of the angles.

    Their true times (n,) s where they are not even, else None.
    """
    shown = run.shown
    if shown is None or shown.n < 2:
        return run.kinematics.time, None
    time_s = shown.time_s
    rate_hz = round(float((shown.n - 1) / (time_s[-1] - time_s[0])), 6)
    even = Timebase(rate_hz, shown.n, float(time_s[0]))
    if np.abs(even.time_s - time_s).max() * rate_hz < _REGULAR:
        return even, None
    return Timebase(shown.rate_hz, shown.n, float(time_s[0])), time_s


def stop_s(time: Timebase, time_s: Array | None) -> float:
    """Where the review's recording ends, s: a frame after its last one; time, time_s of `frame_axis`."""
    # The typical rate of uneven frames says nothing of how long all of them last.
    return time.start_s + time.duration_s if time_s is None else float(time_s[-1] + 1 / time.rate_hz)


def changing(
    run: ReviewedRun,
    replayed: Replayed,
    analysis: Analysis,
    needs: Sequence[ReviewNeed],
    machine: Measures,
) -> dict[str, Any]:
    """What corrections change: events, strides, measures, needs. machine: its own measures."""
    unsettled = {one.need.what: one.need.reason for one in needs if one.open}
    strides = analysis.strides
    names = stride_names(replayed, strides)
    values = {(m.quantity, m.side): m.value for m in machine}
    unsure = doubted(analysis, needs)
    return {
        "events": [
            {
                "id": e.id, "side": e.side, "kind": e.kind, "time_s": e.time_s, "sd_s": _known(e.sd_s),
                "method": e.method, "corrected_by": e.corrected_by, "confirmed_by": e.confirmed_by,
                "needs_review": unsettled.get(f"event {e.id}", ""),
            }
            for e in replayed.events
        ],
        "strides": [
            {
                "side": strides.side[i], "start_event": name, "start_s": float(strides.start_s[i]),
                "toe_off_s": _known(strides.toe_off_s[i]), "stop_s": float(strides.stop_s[i]),
                "used": bool(strides.used[i]), "why_not": strides.why_not[i],
                "decided_by": _by(replayed, strides.side[i], name),
                "needs_review": unsettled.get(f"stride {strides.side[i]} {name}", ""),
            }
            for i, name in enumerate(names)
        ],
        "measures": [
            {
                "quantity": m.quantity, "label": label(m.quantity), "side": m.side, "value": m.value,
                "unit": m.unit, "n": m.n, "sd": _known(m.sd), "mdc95": m.mdc95,
                "machine_value": values.get((m.quantity, m.side)),
                "reference": None if m.reference is None else vars(m.reference),
                "needs_review": unsure.get((m.quantity, m.side), ""),
            }
            for m in analysis.measures
        ],
        "needs": [one.row() for one in needs],
    }  # fmt: skip


def whole(run: ReviewedRun, analysis: Analysis, said: Mapping[str, Any]) -> dict[str, Any]:
    """The whole review: what does not change, with `said` of `changing`."""
    time, time_s = frame_axis(run)
    shown, pixels = run.shown, run.pixels
    return {
        "format": FORMAT,
        "kind": run.kind,
        "synthetic": analysis.synthetic,
        "start_s": time.start_s,
        "rate_hz": time.rate_hz,
        "n_frames": time.n,
        "duration_s": stop_s(time, time_s) - time.start_s,
        "frame_time_s": None if time_s is None else time_s.tolist(),
        "video": None
        if pixels is None
        else {
            "file": VIDEO_FILE,
            "width_px": pixels.coded_px[0],
            "height_px": pixels.coded_px[1],
            "rate_hz": time.rate_hz,
            "poster": POSTER_FILE,
        },
        "landmarks": None
        if shown is None
        else {
            "names": list(shown.skeleton.landmarks),
            "links": [list(link) for link in shown.skeleton.links],
            "file": LANDMARKS_FILE,
            "fixed": run.fixed,
        },
        "angles": angles(run, analysis.kinematics),
        "norm_bands": _norm_bands(analysis),
        **said,
    }


def angles(run: ReviewedRun, kinematics: Kinematics) -> list[dict[str, Any]]:
    """Every angle at the review's frames; None where it is not valid."""
    time, time_s = frame_axis(run)
    at = time.time_s if time_s is None else time_s
    values, sd = _at(kinematics, at)
    return [
        {
            "name": name,
            "label": _angle_label(name),
            "side": side_of(name) or "none",
            "joint": stem(name).split("_")[0],
            "values_deg": _rounded(values[:, j], 2),
            "sd_deg": _rounded(sd[:, j], 2) if np.isfinite(sd[:, j]).any() else None,
        }
        for j, name in enumerate(kinematics.names)
    ]


def landmarks(run: ReviewedRun) -> dict[str, Any] | None:
    """Landmarks in px of the review video; None where there are none."""
    shown, pixels = run.shown, run.pixels
    if shown is None or pixels is None:
        return None
    position = pixels.to_review(shown.position)
    return {
        "names": list(shown.skeleton.landmarks),
        "x_px": [_rounded(row, 1) for row in position[..., 0]],
        "y_px": [_rounded(row, 1) for row in position[..., 1]],
        "confidence": [_rounded(row, 2) for row in np.where(shown.seen, shown.confidence, np.nan)],
    }


def _at(kinematics: Kinematics, time_s: Array) -> tuple[Array, Array]:
    """Angles and their sd (n, J) at some times, linear between valid samples; NaN elsewhere."""
    row = (time_s - kinematics.time.start_s) * kinematics.time.rate_hz
    angle, sd = (np.where(kinematics.valid, one, np.nan) for one in (kinematics.angle_deg, kinematics.sd_deg))
    return between_samples(angle, row), between_samples(sd, row)


def _norm_bands(analysis: Analysis) -> dict[str, Any]:
    healthy = healthy_of(analysis)
    if healthy is None:
        return {}
    return {
        name: {
            "mean": _rounded(band.mean_deg, 2),
            "sd": _rounded(band.sd_deg, 2),
            "source": healthy.who,
            "differs": healthy.differs,
        }
        for name in analysis.kinematics.names
        if (band := healthy.bands.get(stem(name))) is not None
    }


def _angle_label(name: str) -> str:
    known = label_of(name)
    return f"{known.label} (+ {known.positive})" if known.positive else known.label


def _by(replayed: Replayed, side: Any, name: str | None) -> str:
    one = None if name is None else replayed.strides.get((side, name))
    return "" if one is None else one.by


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _rounded(values: Array, decimals: int) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in np.round(values, decimals).tolist()]
