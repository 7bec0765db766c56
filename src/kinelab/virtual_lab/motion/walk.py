"""Walking: curves of healthy people bent to planned footprints, at any instant."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.interpolate import CubicSpline

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, Side
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.virtual_lab.motion.floor_contact import Contact
from kinelab.virtual_lab.motion.footfalls import plan_footfalls
from kinelab.virtual_lab.motion.footprint import Stand
from kinelab.virtual_lab.motion.gait_curves import INSTANTS
from kinelab.virtual_lab.motion.grounding import hold, moved_pelvis, nominal_edges, settling
from kinelab.virtual_lab.motion.movement import Label, Movement
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.pelvis_path import RAMP_SHARE, find_walker
from kinelab.virtual_lab.motion.sole_reach import sole_points
from kinelab.virtual_lab.motion.walk_contacts import contact_windows, walk_stands
from kinelab.virtual_lab.motion.walk_style import WalkStyle

_COARSE_HZ = 50.0  # at which the pelvis' slow answer to the footprints is worked out, and how far around
_SPARE_S = 0.5
_TOLD_MM = 5.0  # a standing point further from its place than that is told


def walk(
    mover: Mover,
    style: WalkStyle,
    rate_hz: float,
    duration_s: float,
    rng: np.random.Generator,
    *,
    start_phase: float = 0.0,
    start_m: tuple[float, float] = (0.0, 0.0),
) -> Movement:
    """Straight, level walking along +X, floor at Y = 0.

    start_phase: how old the right foot's stride is at time 0, 0 to 1; start_m: X, Z of the middle between the
    feet then. Footprints and times are planned first, with the style's fluctuations; they are exact:

    * initial contact: the heel (or the ball, of a foot that lands toes down) stands from here on;
    * toe-off: the toes' tip has stood until here.

    Between them heel, ball and toes stand in turn. Each frame is solved for itself, so a few frames cost
    little and do not depend on the rate.

    Raises:
        InputError: a rate or duration that is not positive, or a start_phase outside 0 to 1.
    """
    if not (rate_hz > 0 and duration_s > 0 and np.isfinite(rate_hz * duration_s)):
        raise InputError(f"walk: rate_hz {rate_hz:g} and duration_s {duration_s:g} must be positive")
    if not 0 <= start_phase <= 1:
        raise InputError(f"walk: start_phase is {start_phase:g}, expected 0 to 1 (a share of the stride)")
    time = Timebase(rate_hz, max(1, int(np.floor(duration_s * rate_hz + 1e-9))))
    footfalls = plan_footfalls(style, duration_s, rng, start_phase, start_m)
    walker = find_walker(mover, style)
    stands = walk_stands(mover, walker.gait, footfalls, 0.0, duration_s)
    ramp_s = RAMP_SHARE * style.stride_time_s
    coarse = Timebase(_COARSE_HZ, int(np.ceil((duration_s + 2 * _SPARE_S) * _COARSE_HZ)) + 1, -_SPARE_S)
    path_m = sole_points(mover, walker.nominal(mover, footfalls, coarse.time_s))
    shift = CubicSpline(coarse.time_s, settling(coarse, path_m, stands, ramp_s))

    def nominal(time_s: Array) -> Array:
        return moved_pelvis(mover, walker.nominal(mover, footfalls, time_s), shift(time_s))

    edges_m = nominal_edges(stands, lambda t: sole_points(mover, nominal(t)))
    coordinates = hold(
        mover, time.time_s, nominal(time.time_s), stands, edges_m, ramp_s, clearance_m=style.clearance_m
    )
    events = footfalls.events(0.0, duration_s)
    notes = _notes(mover, style, coordinates, time.time_s, stands)
    return Movement("walk", mover, time, coordinates, events, _labels(style), notes)


def walk_contacts(
    mover: Mover, style: WalkStyle, duration_s: float, rng: np.random.Generator, *, start_phase: float = 0.0
) -> tuple[Contact, ...]:
    """The schedule that `walk` keeps with the same arguments and state of `rng`, in time order."""
    footfalls = plan_footfalls(style, duration_s, rng, start_phase)
    windows = {side: contact_windows(find_walker(mover, style).gait, side) for side in SIDES}
    found = []
    for step in range(1, footfalls.right.size - 1):
        side: Side = "right" if footfalls.right[step] else "left"
        for point, window in windows[side].items():
            start_s, stop_s = np.interp(window, INSTANTS, footfalls.instants_s(step))
            if start_s < duration_s and stop_s > 0:
                found.append(Contact(side, point, float(start_s), float(stop_s)))
    return tuple(sorted(found, key=lambda contact: contact.start_s))


def _labels(style: WalkStyle) -> dict[str, Label]:
    right, left = style.stance_share
    return {
        "speed_mps": style.speed_mps,
        "cadence_spm": style.cadence_spm,
        "step_length_m": style.step_length_m,
        "step_width_m": style.step_width_m,
        "stance_share_right": right,
        "stance_share_left": left,
        "step_time_asymmetry": style.step_time_asymmetry,
        "step_length_asymmetry": style.step_length_asymmetry,
        "pattern": style.pattern,
        "dose": style.dose,
        "affected": style.affected,
    }


def _notes(
    mover: Mover, style: WalkStyle, coordinates: Array, time_s: Array, stands: Sequence[Stand]
) -> tuple[str, ...]:
    """In words, where legs were too short for the steps or feet went under the floor."""
    placed = sole_points(mover, coordinates)
    away_mm = 0.0
    for stand in stands:
        inside = (time_s >= stand.start_s) & (time_s < stand.stop_s)
        if inside.any():
            away = np.linalg.norm(placed[inside, stand.row] - stand.place_m, axis=1)
            away_mm = max(away_mm, 1e3 * float(away.max()))
    if away_mm <= _TOLD_MM:
        return ()
    return (
        f"legs of {mover.leg_m:.2f} m do not reach every footprint of steps of {style.step_length_m:.2f} m "
        f"with these joint angles: a standing foot is up to {away_mm:.0f} mm from its place",
    )
