"""Which measures raise alerts: few, because each one more is one more chance of a false alert."""

from __future__ import annotations

from kinelab.core.quantities import QUANTITIES
from kinelab.gait.follow_up.better import better_way


def is_followed(quantity: str) -> bool:
    """Whether alerts are raised of it: on a report's first page, and better in one direction for most people.

    Walking speed, step length, double support, the main symmetry indices, the gait profile score. Every
    other measure has its timeline, and the same judgement there. The rates behind it: docs/follow_up.md.
    """
    known = QUANTITIES.get(quantity)
    return known is not None and known.key and better_way(quantity) is not None
