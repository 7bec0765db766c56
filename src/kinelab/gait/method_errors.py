"""How late each event method is, and how much it scatters: the measured table that the consensus rests on.

Measured by `benchmarks/gait_events.py` against annotated events of 14 straight trials of 6 sources with 81
initial contacts and 76 toe-offs (100 Hz markers, low-pass 6 Hz). The annotations themselves scatter by 9 to
12 ms against a force plate, so no sd can go much lower. The consensus has a mean absolute error of 11.3 ms
(ic) and 10.8 ms (to) on the same trials; with this table measured on the other sources only (leave one out)
12.6 and 12.6 ms. Between sources the mean error of a toe-off differs by up to 20 ms, of one slow walker by
50 ms. Independent of the table: on 25 virtual people with exact floor contacts (50 Hz, 4 mm of noise) the
consensus missed none of 686 events, with 7.2 ms (ic) and 13.2 ms (to); the methods' own biases are alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kinelab.core.events import EventKind


@dataclass(frozen=True)
class MethodError:
    """`late_s`: mean of found minus annotated; `sd_s`: its spread; `weight` in the consensus.

    The weight is 1 / sd^2 in units of (15 ms)^-2, about halved for the two methods that share their signal
    (foot against pelvis, leg angle) and for the one that smoothing shifts most (acceleration).
    """

    late_s: float
    sd_s: float
    weight: float


Errors = Mapping[tuple[str, EventKind], MethodError]
UNKNOWN = MethodError(late_s=0.0, sd_s=0.020, weight=0.5)

_TABLE: dict[tuple[str, EventKind], MethodError] = {
    ("O'Connor 2007", "ic"): MethodError(late_s=0.007, sd_s=0.016, weight=0.9),
    ("O'Connor 2007", "to"): MethodError(late_s=-0.008, sd_s=0.017, weight=0.8),
    ("Bruening & Ridge 2014", "ic"): MethodError(late_s=-0.004, sd_s=0.014, weight=1.1),
    ("Bruening & Ridge 2014", "to"): MethodError(late_s=0.0, sd_s=0.018, weight=0.7),
    ("Bruening & Ridge 2014 (ankles)", "ic"): MethodError(late_s=0.011, sd_s=0.015, weight=1.0),
    ("Zeni 2008", "ic"): MethodError(late_s=-0.039, sd_s=0.014, weight=0.6),
    ("Zeni 2008", "to"): MethodError(late_s=0.001, sd_s=0.018, weight=0.4),
    ("Zeni 2008 (ankles)", "ic"): MethodError(late_s=-0.037, sd_s=0.014, weight=0.6),
    ("Zeni 2008 (ankles)", "to"): MethodError(late_s=-0.035, sd_s=0.016, weight=0.4),
    ("Hreljac & Marshall 2000", "ic"): MethodError(late_s=0.010, sd_s=0.018, weight=0.4),
    ("Hreljac & Marshall 2000", "to"): MethodError(late_s=0.020, sd_s=0.012, weight=0.8),
    ("Leg angle (after Zeni 2008)", "ic"): MethodError(late_s=-0.037, sd_s=0.014, weight=0.6),
    ("Leg angle (after Zeni 2008)", "to"): MethodError(late_s=-0.017, sd_s=0.016, weight=0.4),
    # Worn sensors: measured on the angular velocity of shank and foot markers in the same trials (shank:
    # 78 and 69 events, foot: 75 and 72); running on 4 virtual runners (124 and 122 events).
    ("Shank gyroscope (after Salarian 2004)", "ic"): MethodError(late_s=-0.037, sd_s=0.014, weight=0.6),
    ("Shank gyroscope (after Salarian 2004)", "to"): MethodError(late_s=-0.043, sd_s=0.019, weight=0.6),
    ("Foot gyroscope (after Rampp 2015)", "ic"): MethodError(late_s=-0.041, sd_s=0.014, weight=0.6),
    ("Foot gyroscope (after Rampp 2015)", "to"): MethodError(late_s=0.040, sd_s=0.013, weight=1.2),
    ("Shank gyroscope (after Salarian 2004), running", "ic"): MethodError(-0.003, 0.005, 0.6),
    ("Shank gyroscope (after Salarian 2004), running", "to"): MethodError(0.095, 0.018, 0.2),
    ("Foot gyroscope (after Rampp 2015), running", "ic"): MethodError(-0.027, 0.005, 0.6),
    ("Foot gyroscope (after Rampp 2015), running", "to"): MethodError(-0.010, 0.006, 1.2),
}


def method_error(method: str, kind: EventKind, errors: Errors | None = None) -> MethodError:
    """Measured error of a method (name with its variant); `UNKNOWN` for one that was never measured.

    errors: another table than the shipped one, such as one measured without the person it is used for.
    """
    return (_TABLE if errors is None else errors).get((method, kind), UNKNOWN)


def shipped_errors() -> dict[tuple[str, EventKind], MethodError]:
    """A copy of the table."""
    return dict(_TABLE)


def is_running(method: str) -> bool:
    """Whether a method (name with its variant) found its event in running."""
    return method.endswith(", running")
