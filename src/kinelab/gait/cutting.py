"""Cut angle curves into strides: initial contact to the next of the same foot, 0 to 100 %."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from kinelab.core.checks import Array, BoolArray
from kinelab.core.events import SIDES, GaitEvents, Side
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.strides import STRIDE_POINTS, Strides
from kinelab.errors import GaitError
from kinelab.gait.progress import progress_mps, walking_speed_mps


@dataclass(frozen=True)
class StrideLimits:
    """When a stride is kept but not measured.

    Durations in s; `usual_share`: allowed duration against the median of all strides (from three on; twice
    the median means a missed initial contact); `stance_share`: allowed toe-off; `gap_share`: the longest part
    of a stride without a valid angle that is bridged; `slowing_share`: the least speed against the usual one
    (below it the person turns, starts or stops).
    """

    shortest_s: float = 0.5
    longest_s: float = 4.0
    usual_share: tuple[float, float] = (0.6, 1.6)
    stance_share: tuple[float, float] = (0.3, 0.9)
    gap_share: float = 0.1
    slowing_share: float = 0.4


class _Progress(NamedTuple):
    """Speed over the ground or the belt at each time (T,), and the usual one."""

    time_s: Array
    speed_mps: Array
    usual_mps: float

    @classmethod
    def of(cls, keypoints: Keypoints) -> _Progress:
        return cls(keypoints.time_s, progress_mps(keypoints), walking_speed_mps(keypoints))


def cut(
    kinematics: Kinematics,
    events: GaitEvents,
    keypoints: Keypoints | None = None,
    limits: StrideLimits | None = None,
) -> Strides:
    """Every stride of either foot, in the order of their start; none is thrown away.

    A stride that cannot be measured stays with `used` False and `why_not` in words. Curves (n, 101, J) deg
    are interpolated linearly in time; an angle that is not valid for more than `gap_share` of a stride on
    end is NaN over that whole stride (its others are still measured), so take means with `numpy.nanmean`. A
    stride whose own leg has no angle left is not used. With the planar `keypoints` turns and stops are seen
    too.

    Raises:
        GaitError: there is not one whole stride (two initial contacts of one foot).
    """
    limits = limits or StrideLimits()
    first_s, last_s = kinematics.time.start_s, kinematics.time.start_s + kinematics.time.duration_s
    spans = [
        (start, stop, side)
        for side in SIDES
        for start, stop in pairwise(events.times(side, "ic"))
        # A method's known lateness taken off may put the last event beyond the end of the recording.
        if stop > start and start >= first_s and stop < last_s
    ]
    if not spans:
        raise GaitError(_too_few(events, kinematics, filmed=keypoints is not None))
    spans.sort()
    usual_s = float(np.median([stop - start for start, stop, _ in spans])) if len(spans) > 2 else None
    time_s = kinematics.time.time_s
    curves = np.stack([_curves(kinematics, time_s, a, b, limits.gap_share) for a, b, _ in spans])
    offs = {side: events.times(side, "to") for side in SIDES}
    progress = None if keypoints is None else _Progress.of(keypoints)
    toe_offs, reasons = [], []
    whole: BoolArray = np.all(np.isfinite(curves), axis=1)
    for (start, stop, side), seen in zip(spans, whole, strict=True):
        inside = offs[side][(offs[side] > start) & (offs[side] < stop)]
        toe_offs.append(float(inside[0]) if inside.size == 1 else np.nan)
        reasons.append(
            _duration_problem(stop - start, usual_s, limits)
            or _toe_off_problem((inside - start) / (stop - start), limits)
            or _progress_problem(progress, start, stop, limits)
            or _angle_problem(kinematics.names, side, seen)
        )
    return Strides(
        side=tuple(side for _, _, side in spans),
        start_s=np.array([start for start, _, _ in spans]),
        toe_off_s=np.array(toe_offs),
        stop_s=np.array([stop for _, stop, _ in spans]),
        used=np.array([not reason for reason in reasons]),
        why_not=tuple(reasons),
        names=kinematics.names,
        curves_deg=curves,
    )


def _curves(kinematics: Kinematics, time_s: Array, start_s: float, stop_s: float, gap_share: float) -> Array:
    """All angles over one stride, (101, J) deg; NaN columns where an angle is hidden for too long.

    time_s: of the kinematics, worked out once for all strides.
    """
    wanted_s = np.linspace(start_s, stop_s, STRIDE_POINTS)
    interval_s = 1 / kinematics.time.rate_hz
    # One sample more on either side, so that the ends of the stride lie between samples.
    inside = kinematics.time.span(start_s - interval_s, stop_s + 2 * interval_s)
    valid = kinematics.valid[inside]
    # Samples are even: angles without a gap are drawn all at once.
    at = np.clip((wanted_s - kinematics.time.start_s) / interval_s, 0, kinematics.time.n - 1)
    before = np.minimum(at.astype(int), max(kinematics.time.n - 2, 0))
    after = np.minimum(before + 1, kinematics.time.n - 1)
    share = (at - before)[:, None]
    curves: Array = (1 - share) * kinematics.angle_deg[before] + share * kinematics.angle_deg[after]
    for j in np.flatnonzero(~valid.all(axis=0)):
        known_s = time_s[inside][valid[:, j]]
        longest_s = np.diff(np.concatenate(([start_s], known_s, [stop_s]))).max()
        bridged = known_s.size and longest_s - interval_s <= gap_share * (stop_s - start_s)
        known = kinematics.angle_deg[inside, j][valid[:, j]]
        curves[:, j] = np.interp(wanted_s, known_s, known) if bridged else np.nan
    return curves


def _too_few(events: GaitEvents, kinematics: Kinematics, *, filmed: bool) -> str:
    contacts = ", ".join(f"{events.times(side, 'ic').size} {side}" for side in SIDES)
    offs = ", ".join(f"{events.times(side, 'to').size} {side}" for side in SIDES)
    found = f"initial contacts {contacts}; toe-offs {offs}"
    hint = "Film at least three steps from the side with both feet in view" if filmed else "Record more steps"
    return (
        f"not one whole stride in {kinematics.time.duration_s:.1f} s: found {found}; a stride needs two "
        f"initial contacts of the same foot. {hint}"
    )


def _duration_problem(duration_s: float, usual_s: float | None, limits: StrideLimits) -> str:
    if not limits.shortest_s <= duration_s <= limits.longest_s:
        return f"lasts {duration_s:.2f} s, allowed are {limits.shortest_s:g} to {limits.longest_s:g} s"
    if usual_s is None:
        return ""
    share = duration_s / usual_s
    if share > limits.usual_share[1]:
        return f"lasts {duration_s:.2f} s, usual are {usual_s:.2f} s: an initial contact was probably missed"
    if share < limits.usual_share[0]:
        return f"lasts {duration_s:.2f} s, usual are {usual_s:.2f} s: one initial contact is probably false"
    return ""


def _toe_off_problem(share: Array, limits: StrideLimits) -> str:
    if share.size == 0:
        return "no toe-off found"
    if share.size > 1:
        return f"{share.size} toe-offs found, expected one"
    low, high = limits.stance_share
    if not low <= share[0] <= high:
        allowed = f"{100 * low:.0f} to {100 * high:.0f} %"
        return f"toe-off at {100 * share[0]:.0f} % of the stride, allowed are {allowed}"
    return ""


def _progress_problem(progress: _Progress | None, start_s: float, stop_s: float, limits: StrideLimits) -> str:
    if progress is None:
        return ""
    inside = progress.speed_mps[(progress.time_s >= start_s) & (progress.time_s <= stop_s)]
    slowest = float(np.nanmin(inside)) if np.isfinite(inside).any() else progress.usual_mps
    if slowest < 0:
        return "the person turns or walks the other way"
    if slowest < limits.slowing_share * progress.usual_mps:
        return "the person starts, stops or turns"
    return ""


def _angle_problem(names: tuple[str, ...], side: Side, seen: BoolArray) -> str:
    """seen (J,): which angles are known through the whole stride."""
    own = [bool(known) for name, known in zip(names, seen, strict=True) if name.endswith(f"_{side[0]}")]
    if own and not any(own):
        return f"no {side} joint angle is seen through the whole stride"
    return ""
