"""How well the feet of a movement keep to the floor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array
from kinelab.virtual_lab.motion.floor_contact import Contact, detect_contacts, track_of
from kinelab.virtual_lab.motion.movement import Movement


@dataclass(frozen=True)
class FloorReport:
    """penetration_*: depth of the deepest bearing point under the floor, over all frames. slide_*_mm: way
    along the floor between the two furthest places of a point within one contact, over all contacts;
    slide_p95_mm_s: its speed along the floor, over all contact frames (the ball is
    followed under the joint of the toes, about which it rolls). contact_share: frames with any contact.
    Maxima and 95th percentiles; NaN where there is no contact."""

    penetration_max_mm: float
    penetration_p95_mm: float
    slide_max_mm: float
    slide_p95_mm: float
    slide_p95_mm_s: float
    contact_share: float


def floor_report(movement: Movement, contacts: Sequence[Contact] | None = None) -> FloorReport:
    """Penetration and sliding of the bearing points of a movement.

    contacts: the schedule that was planned; None = those that `detect_contacts` finds, whose first and last
    frames still roll, so that sliding comes out larger than with the schedule.
    """
    sole_m = movement.placement.marker_m
    depth_mm = 1e3 * np.maximum(-sole_m[..., 1].min(axis=1), 0.0)
    slides, speeds = [], []
    touched = np.zeros(movement.time.n, dtype=bool)
    for contact in detect_contacts(movement) if contacts is None else contacts:
        span = movement.time.span(contact.start_s, contact.stop_s)
        touched[span] = True
        if span.stop - span.start < 2:
            continue
        track_mm = 1e3 * track_of(movement, contact.side, contact.point)[span][:, [0, 2]]
        slides.append(_extent(track_mm))
        speeds.append(np.linalg.norm(np.diff(track_mm, axis=0), axis=1) * movement.time.rate_hz)
    if not slides:
        return FloorReport(float(depth_mm.max()), float(np.percentile(depth_mm, 95)), *3 * (np.nan,), 0.0)
    return FloorReport(
        penetration_max_mm=float(depth_mm.max()),
        penetration_p95_mm=float(np.percentile(depth_mm, 95)),
        slide_max_mm=max(slides),
        slide_p95_mm=float(np.percentile(slides, 95)),
        slide_p95_mm_s=float(np.percentile(np.concatenate(speeds), 95)),
        contact_share=float(touched.mean()),
    )


def _extent(track: Array) -> float:
    """Largest distance between two places of a track (T, 2), within 8 %: between extremes in 8 directions."""
    angle = np.pi * np.arange(8) / 8
    along = track @ np.stack([np.cos(angle), np.sin(angle)])
    return float(np.ptp(along, axis=0).max())
