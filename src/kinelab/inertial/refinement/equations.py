"""The least squares of the smoother: gyroscopes from knot to knot, gravity, joints, and what is constant.

Unknown at each knot, for S segments: the orientation's error (3, rad, in ground), and the change of the
gyroscope's bias (3, rad/s, in the segment's axes). Unknown constants: the sensor's alignment to its segment
(3 for each segment, rad, in the segment's axes) and how far off what is told of a joint is over the whole
recording (3 for each joint, rad, about X, Y, Z of the distal segment).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array, IntArray
from kinelab.inertial.refinement.block_chain import ChainEquations
from kinelab.inertial.refinement.fusion_quality import FusionQuality
from kinelab.inertial.refinement.joints_told import JointsTold
from kinelab.inertial.refinement.knots import Knots
from kinelab.virtual_lab.gravity import GRAVITY_MPS2

_HEADING_SD_RAD = np.radians(30.0)
_ANY_TILT_SD_RAD = 1.0
# Of the mean bias about the segments' long axes: it turns the whole body about the vertical, which nothing
# here can see and no joint angle depends on; left free, it would wander by turns and spoil what is linear.
_COMMON_SPIN_SD_RADPS = np.radians(0.02)
_LEAST_WEIGHT = 0.2  # of a whole window, below which it says nothing
# A window that is cut short no longer balances the to and fro: half of one, at either end of a recording, is
# off by 5 to 15 degrees where a whole one is by 0.2 (runners of Fukuchi et al. 2017).
_CUT_SHORT = 12


@dataclass(frozen=True, eq=False)
class State:
    """Where the unknowns stand: at_knots (K, S, 4) quaternions, bias_radps (K, S, 3), alignment_rad (S, 3);
    and where they began: start (S, 4) at the first knot, told_bias_radps and its bias_sd_radps (S, 3),
    alignment_sd_rad (S, 3)."""

    at_knots: Array
    bias_radps: Array
    alignment_rad: Array
    start: Array
    told_bias_radps: Array
    bias_sd_radps: Array
    alignment_sd_rad: Array


@dataclass(frozen=True, eq=False)
class Readings:
    """What the compiled loops found: lever (K - 1, S, 3, 3) and defect (K - 1, S, 3) of `integrate`, force
    (K, S, 3) and weight (K, S) of `mean_forces`, total (K, J, 25) and shape (K, J, 3, 6, 7) of `compare`."""

    lever: Array
    defect: Array
    force: Array
    weight: Array
    total: Array
    shape: Array


class Equations:
    """Normal equations in the making; `chain` gives them to be solved."""

    def __init__(self, knots: int, segments: int, joints: int) -> None:
        n, m = 6 * segments, 3 * segments + 3 * joints
        self.segments = segments
        self.diagonal = np.zeros((knots, n, n))
        self.next = np.zeros((knots - 1, n, n))
        self.border = np.zeros((knots, n, m))
        self.constant = np.zeros((m, m))
        self.right = np.zeros((knots, n))
        self.constant_right = np.zeros(m)

    def turn(self, segment: int) -> slice:
        """Where a segment's orientation error stands in a link."""
        return slice(3 * segment, 3 * segment + 3)

    def bias(self, segment: int) -> slice:
        """Where the change of its gyroscope's bias stands in a link."""
        return slice(3 * (self.segments + segment), 3 * (self.segments + segment) + 3)

    def alignment(self, segment: int) -> slice:
        """Where its alignment stands among the constants."""
        return slice(3 * segment, 3 * segment + 3)

    def offset(self, joint: int) -> slice:
        """Where a joint's constant error stands among the constants."""
        return slice(3 * (self.segments + joint), 3 * (self.segments + joint) + 3)

    def chain(self) -> ChainEquations:
        """As `solve_chain` takes them."""
        return ChainEquations(
            self.diagonal, self.next, self.border, self.constant, self.right, self.constant_right
        )


def normal_equations(
    state: State, knots: Knots, told: JointsTold, readings: Readings, quality: FusionQuality
) -> Equations:
    """All equations around where the state stands."""
    equations = Equations(knots.n, state.alignment_rad.shape[0], len(told.keys))
    _priors(equations, state, told)
    _gyroscopes(equations, state, knots, readings, quality)
    _gravity(equations, knots, readings, quality)
    _joints(equations, told, readings, quality)
    return equations


def _priors(equations: Equations, state: State, told: JointsTold) -> None:
    add_heading = 1.0 / _HEADING_SD_RAD**2
    moved = (
        Rotation.from_quat(state.at_knots[0], scalar_first=True)
        * Rotation.from_quat(state.start, scalar_first=True).inv()
    )
    heading_moved = moved.as_rotvec()[:, 1]
    for s in range(equations.segments):
        turn, bias, alignment = equations.turn(s), equations.bias(s), equations.alignment(s)
        equations.diagonal[0, turn, turn] += np.diag([1.0, 0.0, 1.0]) / _ANY_TILT_SD_RAD**2
        heading = turn.start + 1
        equations.diagonal[0, heading, heading] += add_heading
        equations.right[0, heading] -= add_heading * heading_moved[s]
        known = 1.0 / state.bias_sd_radps[s] ** 2
        equations.diagonal[0, bias, bias] += np.diag(known)
        equations.right[0, bias] -= known * (state.bias_radps[0, s] - state.told_bias_radps[s])
        known = 1.0 / state.alignment_sd_rad[s] ** 2
        equations.constant[alignment, alignment] += np.diag(known)
        equations.constant_right[alignment] -= known * state.alignment_rad[s]
    spin = [equations.bias(s).start + 1 for s in range(equations.segments)]
    common = 1.0 / (_COMMON_SPIN_SD_RADPS * equations.segments) ** 2
    equations.diagonal[0][np.ix_(spin, spin)] += common
    off_common = (state.bias_radps[0, :, 1] - state.told_bias_radps[:, 1]).sum()
    equations.right[0, spin] -= common * off_common
    for j in range(len(told.keys)):
        off = equations.offset(j)
        known = np.where(np.isfinite(told.offset_rad[j]), 1.0 / told.offset_rad[j] ** 2, 1.0)
        equations.constant[off, off] += np.diag(known)


def _gyroscopes(
    equations: Equations, state: State, knots: Knots, readings: Readings, quality: FusionQuality
) -> None:
    """turn' - turn + lever change_of_bias + defect = noise; bias' - bias = noise."""
    walk = np.radians(max(quality.bias_walk_dps, 1e-6)) ** 2 * knots.interval_s / 60.0
    eye = np.eye(3)
    q = 1.0 / knots.variance[:, :, None, None]
    across = q * readings.lever.swapaxes(-1, -2)
    between, square = q * eye, across @ readings.lever + eye / walk
    pull = (q[..., 0] * readings.defect, (across @ readings.defect[..., None])[..., 0])
    step = np.diff(state.bias_radps, axis=0) / walk
    here, there, onward = equations.diagonal[:-1], equations.diagonal[1:], equations.next
    for s in range(equations.segments):
        turn, bias = equations.turn(s), equations.bias(s)
        here[:, turn, turn] += between[:, s]
        here[:, turn, bias] -= across[:, s].swapaxes(1, 2)
        here[:, bias, turn] -= across[:, s]
        here[:, bias, bias] += square[:, s]
        there[:, turn, turn] += between[:, s]
        there[:, bias, bias] += eye / walk
        onward[:, turn, turn] -= between[:, s]
        onward[:, bias, turn] += across[:, s]
        onward[:, bias, bias] -= eye / walk
        equations.right[:-1, turn] += pull[0][:, s]
        equations.right[:-1, bias] += step[:, s] - pull[1][:, s]
        equations.right[1:, turn] -= pull[0][:, s]
        equations.right[1:, bias] -= step[:, s]


def _gravity(equations: Equations, knots: Knots, readings: Readings, quality: FusionQuality) -> None:
    """The mean force points up, but for what all sensors have in common and a little of each one's own."""
    share = readings.weight / knots.full
    full = np.maximum(share, 1e-9)[:, :, None]
    lean = readings.force[:, :, [0, 2]] / (GRAVITY_MPS2 * knots.full * full)
    own = np.radians(quality.tilt_deg) ** 2 / np.clip(share, _LEAST_WEIGHT, 1.0) ** _CUT_SHORT
    lean = np.where((share < _LEAST_WEIGHT)[:, :, None], 0.0, lean)
    spread = np.full(
        (knots.n, equations.segments, equations.segments), np.radians(quality.common_tilt_deg) ** 2
    )
    spread[:, range(equations.segments), range(equations.segments)] += own
    precise = np.linalg.inv(spread)
    about_x, about_z = slice(0, 3 * equations.segments, 3), slice(2, 3 * equations.segments, 3)
    equations.diagonal[:, about_z, about_z] += precise
    equations.diagonal[:, about_x, about_x] += precise
    equations.right[:, about_z] += np.einsum("kst,kt->ks", precise, lean[:, :, 0])
    equations.right[:, about_x] -= np.einsum("kst,kt->ks", precise, lean[:, :, 1])


def _joints(equations: Equations, told: JointsTold, readings: Readings, quality: FusionQuality) -> None:
    """Joints as they stand against joints as told: means over windows, and shape within strides."""
    weight = readings.total[:, :, 0]
    usual = np.median(weight, axis=0)
    held = (weight > _LEAST_WEIGHT * usual) & (weight > 0)
    full = np.where(held, weight, 1.0)[:, :, None]
    error = readings.total[:, :, 1:4] / full
    effect = (readings.total[:, :, 4:22] / full).reshape(*weight.shape, 3, 6)
    share = np.where(held, np.minimum(weight / np.maximum(usual, 1e-12), 1.0), 0.0)
    if told.window_weight is not None:
        share = share * told.window_weight
    precise = share[:, :, None] / told.mean_rad**2
    # Strides have the same errors: all of them together tell as much of the shape as so many readings.
    counts = quality.network_phases / np.maximum(weight.sum(axis=0), 1e-12)
    within = counts[:, None] / (told.within_rad**2 + told.tissue_rad**2)
    of_samples = np.where(held, 1.0, 0.0)[:, :, None] * within
    of_mean = np.where(held, weight, 0.0)[:, :, None] * within
    # all samples by themselves less their mean, and the mean
    square = (of_samples[..., None, :] @ readings.shape.reshape(*weight.shape, 3, 42)).reshape(
        *weight.shape, 6, 7
    )
    across = effect.swapaxes(-1, -2)
    joined = np.concatenate([effect, error[..., None]], axis=-1)
    square += across @ ((precise - of_mean)[..., None] * joined)
    weighted, pull = precise[..., None] * effect, precise * error
    for j, pair in enumerate(told.pairs):
        _add_moving(equations, pair, square[:, j])
        _add_constant(equations, pair, j, weighted[:, j], precise[:, j], pull[:, j])


def _add_moving(equations: Equations, pair: IntArray, square: Array) -> None:
    """Normal equations and gradient (K, 6, 7) in the distal turn less the proximal, and in the proximal
    alignment."""
    p, c = equations.turn(pair[0]), equations.turn(pair[1])
    fixed = equations.alignment(pair[0])
    turn, cross, gradient = square[:, :3, :3], square[:, :3, 3:6], square[:, :, 6]
    equations.diagonal[:, p, p] += turn
    equations.diagonal[:, c, c] += turn
    equations.diagonal[:, p, c] -= turn
    equations.diagonal[:, c, p] -= turn
    equations.border[:, c, fixed] += cross
    equations.border[:, p, fixed] -= cross
    equations.constant[fixed, fixed] += square[:, 3:, 3:6].sum(axis=0)
    equations.right[:, c] -= gradient[:, :3]
    equations.right[:, p] += gradient[:, :3]
    equations.constant_right[fixed] -= gradient[:, 3:].sum(axis=0)


def _add_constant(
    equations: Equations, pair: IntArray, j: int, weighted: Array, precise: Array, pull: Array
) -> None:
    """The distal alignment and the joint's constant error add to the mean error as they are."""
    p, c = equations.turn(pair[0]), equations.turn(pair[1])
    nearer, own, off = equations.alignment(pair[0]), equations.alignment(pair[1]), equations.offset(j)
    across = weighted.swapaxes(1, 2)
    together, total = across[:, 3:].sum(axis=0), np.diag(precise.sum(axis=0))
    for first in (own, off):
        equations.border[:, c, first] += across[:, :3]
        equations.border[:, p, first] -= across[:, :3]
        equations.constant[nearer, first] += together
        equations.constant[first, nearer] += together.T
        equations.constant_right[first] -= pull.sum(axis=0)
        for second in (own, off):
            equations.constant[first, second] += total
