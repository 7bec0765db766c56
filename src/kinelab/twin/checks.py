"""Whether a twin keeps to the ground and to its joints: what every report of a twin says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.body.forward import forward
from kinelab.core.checks import Array
from kinelab.core.events import SIDES, Side
from kinelab.twin.altering import Twin
from kinelab.twin.clearing import clearances_m, whole_swings
from kinelab.twin.feet import sole_rows

_BEARS = (
    0.8  # a point held more firmly than this stands: slower than 7 cm/s and lower than 7 mm in the own walk
)
_OUTSIDE_DEG = 0.5  # beyond a joint's range that is told
_SCUFFS_M = 0.01


@dataclass(frozen=True)
class FootCheck:
    """One foot, the person's own beside the twin's, mm.

    slide: largest way over the ground of a point while it bears. away: largest distance of a bearing point
    from where it is to stand. under: deepest place of any point under the level on which it stands.
    clearance: lowest height of the sole in mid-swing, mean over n swings; scuffs_pct: share of the swing in
    which a point is more than 1 cm under the ground.
    """

    side: Side
    own_slide_mm: float
    slide_mm: float
    away_mm: float
    own_under_mm: float
    under_mm: float
    own_clearance_mm: float
    clearance_mm: float
    scuffs_pct: float
    n_swings: int


@dataclass(frozen=True)
class TwinCheck:
    """feet: both; outside_deg: angles of the legs beyond their joints' ranges where the person's are not."""

    feet: tuple[FootCheck, FootCheck]
    outside_deg: dict[str, float]

    def foot(self, side: Side) -> FootCheck:
        """One foot."""
        return self.feet[SIDES.index(side)]


def check_twin(twin: Twin) -> TwinCheck:
    """Measure slide, reach, ground and ranges of a twin from its coordinates alone."""
    left, right = (_foot(twin, side) for side in SIDES)
    return TwinCheck((left, right), _outside(twin))


def _foot(twin: Twin, side: Side) -> FootCheck:
    model, foot = twin.person.model, twin.feet[side]
    rows, level = sole_rows(model, side), foot.ground.level_m
    own, now = (forward(model, pose).marker_m[:, rows] for pose in (twin.own, twin.coordinates))
    bears = (foot.ground.bears > _BEARS) & (foot.stands == 1.0)[:, None]
    away = np.linalg.norm(now - foot.target_m, axis=-1)
    clearance = [
        1e3 * clearances_m(model, pose, twin.time.time_s, twin.events, side, level)
        for pose in (twin.own, twin.coordinates)
    ]
    below = (now[..., 1] - level).min(axis=1) < -_SCUFFS_M
    swinging = np.zeros(twin.time.n, bool)
    for off, on in whole_swings(twin.events, side):
        swinging |= (twin.time.time_s > off) & (twin.time.time_s < on)
    return FootCheck(
        side=side,
        own_slide_mm=1e3 * _slide_m(own, bears),
        slide_mm=1e3 * _slide_m(now, bears),
        away_mm=1e3 * float(away[bears].max(initial=0.0)),
        own_under_mm=1e3 * float(np.maximum(level - own[..., 1], 0.0).max()),
        under_mm=1e3 * float(np.maximum(level - now[..., 1], 0.0).max()),
        own_clearance_mm=_mean(clearance[0]),
        clearance_mm=_mean(clearance[1]),
        scuffs_pct=100 * float(below[swinging].mean()) if swinging.any() else 0.0,
        n_swings=int(np.isfinite(clearance[1]).sum()),
    )


def _slide_m(points_m: Array, bears: Array) -> float:
    """Largest horizontal way of a point (T, P, 3) from where its bearing (T, P) began, m."""
    most = 0.0
    for p in range(points_m.shape[1]):
        begins = np.flatnonzero(bears[:, p] & ~np.concatenate([[False], bears[:-1, p]]))
        run = np.cumsum(np.isin(np.arange(len(bears)), begins)) - 1
        inside = bears[:, p]
        if inside.any():
            way = points_m[inside, p][:, [0, 2]] - points_m[begins[run[inside]], p][:, [0, 2]]
            most = max(most, float(np.linalg.norm(way, axis=1).max()))
    return most


def _outside(twin: Twin) -> dict[str, float]:
    model, found = twin.person.model, {}
    for foot in twin.feet.values():
        for name, column in zip(foot.leg.names, foot.leg.columns, strict=True):
            low, high = model.coordinates[column].range
            beyond = [
                np.maximum(low - pose[:, column], pose[:, column] - high).max()
                for pose in (twin.own, twin.coordinates)
            ]
            more_deg = float(np.degrees(beyond[1] - max(beyond[0], 0.0)))
            if more_deg > _OUTSIDE_DEG:
                found[name] = more_deg
    return found


def _mean(values: Array) -> float:
    seen = values[np.isfinite(values)]
    return float(seen.mean()) if seen.size else float("nan")
