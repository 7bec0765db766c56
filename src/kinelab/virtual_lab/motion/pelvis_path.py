"""Where a walker's pelvis goes: where joints that move as they would keep the feet near their footprints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES
from kinelab.virtual_lab.motion.footfalls import Footfalls, plan_footfalls
from kinelab.virtual_lab.motion.footprint import Stand
from kinelab.virtual_lab.motion.gait_curves import HARMONICS, as_series
from kinelab.virtual_lab.motion.grounding import hold, nominal_edges
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.sole_reach import FOOT_POINTS, sole_points, sole_slopes
from kinelab.virtual_lab.motion.walk_contacts import walk_stands
from kinelab.virtual_lab.motion.walk_pose import Gait, make_gait, nominal_pose
from kinelab.virtual_lab.motion.walk_style import WalkStyle

_GRID = 40  # instants of the stride at which the path is fitted
_HARMONICS = 4  # of the path: two rises a stride and their overtone
_CURVING_COST = (0.3, 0.01, 0.1)  # X, Y, Z: so that the path does not run after every roll of a foot
_BOTH_COUNT = 8.0
RAMP_SHARE = 0.06  # of the stride: how long before and after a contact a point nears its place
_AXES = ("pelvis_tx", "pelvis_ty", "pelvis_tz")


@dataclass(frozen=True, eq=False)
class Walker:
    """A gait with the path (3, 1 + 2 H) m of the mid-ASIS about the line of progress, cosines and sines."""

    gait: Gait
    path: Array

    def nominal(self, mover: Mover, footfalls: Footfalls, time_s: Array) -> Array:
        """Coordinates (T, C) at times (T,) s of a walk, before its feet are bound to the floor."""
        body_phase = footfalls.body_phase(time_s)
        phase = {side: footfalls.phase(side, time_s) for side in SIDES}
        pose = nominal_pose(mover, self.gait, phase, body_phase)
        about = _basis(body_phase) @ self.path.T
        about[:, [0, 2]] += footfalls.progress_m(time_s)
        pose[:, [mover.column(name) for name in _AXES]] = about
        return pose


@lru_cache(maxsize=16)
def find_walker(mover: Mover, style: WalkStyle) -> Walker:
    """Fit the pelvis' path and the legs' curves to the mean stride's footprints.

    Forward first: the swing of the thighs and the path's few harmonics together, by least squares, so that
    the legs reach as far as the steps are long; then height and sideways. What bends the legs to the
    footprints is made part of their curves and the path fitted again: contacts ask for little after that.
    """
    gait = make_gait(mover, style)
    footfalls = plan_footfalls(style, style.stride_time_s, None)
    time_s = np.arange(_GRID) / _GRID * style.stride_time_s
    stands = walk_stands(mover, gait, footfalls, 0.0, style.stride_time_s)
    standing = _places(stands, time_s)
    # A guess near the answer, so that one step is enough.
    gait = replace(gait, hip_scale=float(np.clip(1.7 * style.step_length_m / mover.leg_m - 0.3, 0.2, 1.8)))
    gait = _with_reach(mover, gait, footfalls, time_s, standing)
    walker = _with_path(mover, gait, footfalls, time_s, standing)
    ramp_s = RAMP_SHARE * style.stride_time_s
    nominal = walker.nominal(mover, footfalls, time_s)
    edges_m = nominal_edges(stands, partial(_nominal_points, mover, walker, footfalls))
    held = hold(mover, time_s, nominal, stands, edges_m, ramp_s, clearance_m=style.clearance_m)
    bent = _bent(mover, walker.gait, footfalls, time_s, held - nominal)
    return _with_path(mover, bent, footfalls, time_s, standing)


def _nominal_points(mover: Mover, walker: Walker, footfalls: Footfalls, time_s: Array) -> Array:
    return sole_points(mover, walker.nominal(mover, footfalls, time_s))


def _with_reach(
    mover: Mover, gait: Gait, footfalls: Footfalls, time_s: Array, standing: tuple[Array, Array]
) -> Gait:
    """The gait with its thighs' swing scaled (one step of Gauss-Newton)."""
    place_m, weight = standing
    basis = _basis(footfalls.body_phase(time_s))
    pose = Walker(gait, np.zeros((3, basis.shape[1]))).nominal(mover, footfalls, time_s)
    left = place_m[..., 0] - sole_points(mover, pose)[..., 0]
    # The step's length is what both legs span while both stand: those instants count most.
    right = np.array([name.endswith("_r") for name in FOOT_POINTS])
    stands = weight[:, right].max(axis=1) * weight[:, ~right].max(axis=1)
    weight = weight * (1 + _BOTH_COUNT * stands[:, None])
    longer = _fit(basis, left, weight, _CURVING_COST[0], _per_swing(mover, gait, pose))[-1]
    return replace(gait, hip_scale=float(np.clip(gait.hip_scale + longer, 0.2, 1.8)))


def _with_path(
    mover: Mover, gait: Gait, footfalls: Footfalls, time_s: Array, standing: tuple[Array, Array]
) -> Walker:
    """The gait with the path of the pelvis that suits it best."""
    place_m, weight = standing
    basis = _basis(footfalls.body_phase(time_s))
    pose = Walker(gait, np.zeros((3, basis.shape[1]))).nominal(mover, footfalls, time_s)
    left = place_m - sole_points(mover, pose)
    path = [_fit(basis, left[..., axis], weight, cost) for axis, cost in enumerate(_CURVING_COST)]
    return Walker(gait, np.stack(path))


def _bent(mover: Mover, gait: Gait, footfalls: Footfalls, time_s: Array, change: Array) -> Gait:
    """The gait with a change (T, C) rad of the mean stride's coordinates made part of the legs' curves."""
    even = np.arange(4 * HARMONICS) / (4 * HARMONICS)
    legs = dict(gait.legs)
    for name, series in gait.legs.items():
        phase = footfalls.phase("right" if name.endswith("_r") else "left", time_s)
        degrees = np.degrees(np.interp(even, phase, change[:, mover.column(name)], period=1.0))
        scale = gait.hip_scale if name.startswith("hip_flexion") else 1.0
        legs[name] = series + as_series(degrees) / np.array([1.0, *[scale] * HARMONICS])
    return replace(gait, legs=legs)


def _places(stands: Sequence[Stand], time_s: Array) -> tuple[Array, Array]:
    """Where standing points stand, (T, 10, 3) m, and whether they do, (T, 10) 0 or 1."""
    place_m, weight = np.zeros((time_s.size, len(FOOT_POINTS), 3)), np.zeros((time_s.size, len(FOOT_POINTS)))
    for stand in stands:
        inside = (time_s >= stand.start_s) & (time_s < stand.stop_s)
        place_m[inside, stand.row], weight[inside, stand.row] = stand.place_m, 1.0
    return place_m, weight


def _per_swing(mover: Mover, gait: Gait, pose: Array) -> Array:
    """How far forward each bearing point goes per unit of `hip_scale`, (T, 10) m."""
    columns = [mover.column(f"hip_flexion_{s}") for s in "rl"]
    middle = np.radians([gait.legs[f"hip_flexion_{s}"][0].real for s in "rl"])
    swing = (pose[:, columns] - middle) / gait.hip_scale
    forward: Array = np.einsum("tmc,tc->tm", sole_slopes(mover, pose)[:, :, 0, columns], swing)
    return forward


def _fit(basis: Array, left: Array, weight: Array, cost: float, extra: Array | None = None) -> Array:
    """Weighted least squares of left (T, 10) by basis (T, B) and one more column (T, 10)."""
    harmonic = np.concatenate([[0.0], np.repeat(np.arange(1, _HARMONICS + 1), 2)])
    curving = np.diag(np.sqrt(cost * weight.sum()) * harmonic**2 / _HARMONICS**2)
    rows = np.repeat(basis[:, None], left.shape[1], axis=1)
    if extra is not None:
        rows = np.concatenate([rows, extra[..., None]], axis=-1)
        curving = np.pad(curving, ((0, 0), (0, 1)))
    root = np.sqrt(weight).ravel()
    matrix = np.vstack([rows.reshape(root.size, -1) * root[:, None], curving])
    side = np.concatenate([left.ravel() * root, np.zeros(curving.shape[0])])
    fitted: Array = np.linalg.lstsq(matrix, side, rcond=None)[0]
    return fitted


def _basis(phase: Array) -> Array:
    """1, cosines and sines of the phase, (T, 1 + 2 H)."""
    angle = 2 * np.pi * phase[:, None] * np.arange(1, _HARMONICS + 1)
    waves = np.stack([np.cos(angle), np.sin(angle)], axis=-1).reshape(phase.size, -1)
    return np.concatenate([np.ones((phase.size, 1)), waves], axis=1)
