"""Gyroscopes, gravity and networks over a whole recording, in one least squares.

A gyroscope tells how a segment turned from one moment to the next, with a bias that makes it drift; gravity
tells the tilt, in the mean over strides; a network tells the angles of a joint, with an error that stays over
a recording and one that comes and goes with the stride. Between knots three seconds apart the gyroscopes are
integrated with their biases (pre-integration, Lupton & Sukkarieh 2012, IEEE T Robot 28:61); the orientations
at the knots, the biases, how sensors sit on their segments and what is constantly wrong with the networks are
found together (Gauss-Newton, the chain solved by elimination), with their covariance.

Rapp et al. 2021 (J Biomech 116:110229) integrate the gyroscopes from the network's first frame
(`closed_form`) and mean the angles with the network's: without noise the drift is nil, with a bias it is
not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array
from kinelab.core.recording import Imu
from kinelab.errors import InputError
from kinelab.inertial.joint_estimate import JointEstimate
from kinelab.inertial.refinement.blending import blend, shape_weight
from kinelab.inertial.refinement.block_chain import ChainSolution, solve_chain
from kinelab.inertial.refinement.equations import Equations, Readings, State, normal_equations
from kinelab.inertial.refinement.fusion_quality import FusionQuality
from kinelab.inertial.refinement.integration import integrate
from kinelab.inertial.refinement.joints_told import JointKey, JointsTold, joints_told
from kinelab.inertial.refinement.knots import Knots, place_knots
from kinelab.inertial.refinement.smoothed_motion import SmoothedMotion
from kinelab.inertial.refinement.start import first_orientations
from kinelab.inertial.refinement.trust import believed
from kinelab.inertial.refinement.windows import (
    angle_variance,
    apply_alignment,
    compare,
    joint_turns,
    mean_forces,
)

_ROUNDS = 8
_SETTLED = 2  # rounds after which the orientations tell how well the networks do
_ENOUGH_RAD = np.radians(0.7)  # the next step would be a tenth of it
_LEAST_SAMPLES = 10
_COMPARED_HZ = 8.5
_SD_HZ = 10.0


def smooth(
    imu: Imu,
    estimates: Mapping[JointKey, JointEstimate],
    quality: FusionQuality | None = None,
    alignment_sd_deg: Array | None = None,
    bias_radps: Array | None = None,
    bias_sd_dps: float = 0.05,
) -> SmoothedMotion:
    """Orientations of all segments and angles of all joints of a recording.

    imu: readings in segment axes, any rate. estimates: what networks say of the joints, at the same times;
    a joint without one rests on anatomy (in the mean, knees and ankles do not turn about the shank's axis),
    which gives its flexion but not the neutral of the other two. alignment_sd_deg (S, 3): how far the axes
    may be off their segments (`Calibration.sd_deg`), else `quality` says it. bias_radps (S, 3): the biases
    left where a still part told them, with their standard deviation bias_sd_dps.

    Raises:
        InputError: readings in the sensors' axes, fewer than 10 samples, estimates of other joints or times.
    """
    quality = quality or FusionQuality()
    _check(imu, alignment_sd_deg, bias_radps)
    knots = place_knots(imu, quality)
    stated = told = joints_told(imu, estimates, quality)
    state = _first_state(imu, knots, quality, alignment_sd_deg, bias_radps, bias_sd_dps)
    rotation = np.empty((*knots.acc_mps2.shape, 3))
    for turn in range(_ROUNDS):
        readings = _read(imu, state, knots, told, quality, rotation)
        if turn >= _SETTLED:
            told = believed(stated, readings.total, quality)
        equations = normal_equations(state, knots, told, readings, quality)
        solution = solve_chain(equations.chain(), covariance=turn >= _SETTLED)
        state = _moved(state, equations, solution)
        if turn >= _SETTLED and _change_rad(equations, solution, told, readings) < _ENOUGH_RAD:
            break
    _orient(imu, state, knots, quality, rotation)
    aligned = np.empty_like(rotation)
    apply_alignment(rotation, _alignment(state), aligned)
    return _result(imu, state, knots, told, equations, solution, aligned)


def _check(imu: Imu, alignment_sd_deg: Array | None, bias_radps: Array | None) -> None:
    if imu.frame != "segment":
        raise InputError(
            "the smoother needs readings in the segments' axes; `calibrate(imu).apply(imu)` gives them"
        )
    if imu.time.n < _LEAST_SAMPLES:
        raise InputError(f"{imu.time.n} samples; the smoother needs {_LEAST_SAMPLES} or more")
    shape = (len(imu.segments), 3)
    for name, values in (("alignment_sd_deg", alignment_sd_deg), ("bias_radps", bias_radps)):
        if values is not None and np.shape(values) != shape:
            raise InputError(f"{name} has shape {np.shape(values)}, expected {shape}: a row a sensor")


def _first_state(
    imu: Imu, knots: Knots, quality: FusionQuality, alignment_sd_deg: Array | None,
    bias_radps: Array | None, bias_sd_dps: float,
) -> State:  # fmt: skip
    shape = (len(imu.segments), 3)
    bias = np.zeros(shape) if bias_radps is None else np.asarray(bias_radps, dtype=np.float64)
    bias_sd = quality.bias_sd_dps if bias_radps is None else bias_sd_dps
    alignment = np.full(shape, quality.alignment_deg) if alignment_sd_deg is None else alignment_sd_deg
    # a biased accelerometer tilts everything alike, as if it sat askew
    alignment = np.hypot(alignment, quality.acc_bias_deg)
    start = first_orientations(imu.time.rate_hz, quality.increments, knots, bias)
    return State(
        at_knots=start,
        bias_radps=np.broadcast_to(bias, (knots.n, *shape)).copy(),
        alignment_rad=np.zeros(shape),
        start=start[0],
        told_bias_radps=bias,
        bias_sd_radps=np.full(shape, np.radians(bias_sd)),
        alignment_sd_rad=np.maximum(np.radians(alignment), 1e-5),
    )


def _orient(
    imu: Imu, state: State, knots: Knots, quality: FusionQuality, rotation: Array
) -> tuple[Array, Array]:
    """Fill rotation (T, S, 3, 3), sensor to ground; lever and defect of `integrate`."""
    return integrate(
        knots.gyr_radps, knots.share, imu.time.rate_hz, quality.increments, knots.sample, state.at_knots,
        state.bias_radps, rotation,
    )  # fmt: skip


def _alignment(state: State) -> Array:
    """(S, 3, 3), segment to sensor."""
    return Rotation.from_rotvec(state.alignment_rad).as_matrix()


def _read(
    imu: Imu, state: State, knots: Knots, told: JointsTold, quality: FusionQuality, rotation: Array
) -> Readings:
    lever, defect = _orient(imu, state, knots, quality, rotation)
    force, weight = mean_forces(rotation, knots.acc_mps2, knots.felt, knots.share, knots.sample)
    stride = max(1, int(imu.time.rate_hz // _COMPARED_HZ))
    total, shape = compare(
        rotation, _alignment(state), told.pairs, told.turn_rad, told.told, told.free, knots.share,
        knots.sample, stride,
    )  # fmt: skip
    return Readings(lever, defect, force, weight, total, shape)


def _moved(state: State, equations: Equations, solution: ChainSolution) -> State:
    """The state after a step."""
    count, segments = state.bias_radps.shape[:2]
    turn, alignment = _parts(equations, solution)
    bias = solution.links[:, 3 * segments :].reshape(count, segments, 3)
    step = Rotation.from_rotvec(turn.reshape(-1, 3)) * Rotation.from_quat(
        state.at_knots.reshape(-1, 4), scalar_first=True
    )
    return replace(
        state,
        at_knots=step.as_quat(scalar_first=True).reshape(count, segments, 4),
        bias_radps=state.bias_radps + bias,
        alignment_rad=state.alignment_rad + alignment,
    )


def _parts(equations: Equations, solution: ChainSolution) -> tuple[Array, Array]:
    """Turns (K, S, 3) in ground and changes of alignment (S, 3) of a step."""
    segments = equations.segments
    turn = solution.links[:, : 3 * segments].reshape(-1, segments, 3)
    return turn, solution.constants[: 3 * segments].reshape(segments, 3)


def _change_rad(equations: Equations, solution: ChainSolution, told: JointsTold, readings: Readings) -> float:
    """By how much a step changes the tilt of any segment, or any joint, at most."""
    turn, alignment = _parts(equations, solution)
    largest = float(np.abs(turn[:, :, [0, 2]]).max())
    if told.keys:
        p, c = told.pairs.T
        weight = np.maximum(readings.total[:, :, :1], 1e-12)
        effect = (readings.total[:, :, 4:22] / weight).reshape(len(turn), len(p), 3, 6)
        nearer = np.broadcast_to(alignment[p], (len(turn), len(p), 3))
        apart = np.concatenate([turn[:, c] - turn[:, p], nearer], axis=-1)
        joint = (effect @ apart[..., None])[..., 0] + alignment[c]
        largest = max(largest, float(np.abs(joint[readings.total[:, :, 0] > 0]).max(initial=0.0)))
    return largest


def _result(
    imu: Imu, state: State, knots: Knots, told: JointsTold, equations: Equations,
    solution: ChainSolution, aligned: Array,
) -> SmoothedMotion:  # fmt: skip
    segments = len(imu.segments)
    turns = (
        np.degrees(joint_turns(aligned, told.pairs, told.sign)) if told.keys else np.empty((imu.time.n, 0, 3))
    )
    sd = np.degrees(_spread(imu, knots, told, equations, solution, aligned))
    angle_deg, sd_deg = {}, {}
    weight = shape_weight(told.tissue_rad, told.within_rad)[:, [2, 0, 1]] * told.by_network[:, None]
    for j, key in enumerate(told.keys):
        said = np.degrees(told.turn_rad[:, j] * told.sign[j])
        turns[:, j] = blend(turns[:, j], said, told.told[:, j], weight[j], imu.time.rate_hz)
        lost = ~(knots.seen[:, told.pairs[j, 0]] & knots.seen[:, told.pairs[j, 1]])[:, None]
        angle_deg[key] = np.where(lost, np.nan, turns[:, j])
        sd_deg[key] = np.where(lost, np.nan, sd[:, j])
    constant_covariance = solution.constant_covariance
    assert constant_covariance is not None
    alignment_sd = np.sqrt(np.diag(constant_covariance)[: 3 * segments]).reshape(segments, 3)
    return SmoothedMotion(
        imu.segments,
        imu.time,
        np.where(knots.seen[..., None, None], aligned, np.nan),
        angle_deg,
        sd_deg,
        state.bias_radps.mean(axis=0),
        np.degrees(state.alignment_rad),
        np.degrees(alignment_sd),
        {key: "network" if told.by_network[j] else "anatomy" for j, key in enumerate(told.keys)},
    )


def _spread(
    imu: Imu, knots: Knots, told: JointsTold, equations: Equations, solution: ChainSolution, aligned: Array
) -> Array:
    """Standard deviation (T, J, 3) rad of the angles, in their order: about Z, X, Y of the distal segment."""
    joints = len(told.keys)
    if not joints:
        return np.empty((imu.time.n, 0, 3))
    covariance = np.stack([_joint_covariance(equations, solution, p, c) for p, c in told.pairs], axis=1)
    every = max(1, int(imu.time.rate_hz // _SD_HZ))
    samples = np.unique(np.append(np.arange(0, imu.time.n, every), imu.time.n - 1))
    variance = angle_variance(aligned, told.pairs, knots.share, knots.sample, covariance, samples)
    part = shape_weight(told.tissue_rad, told.within_rad) * told.by_network[:, None]
    spread = np.sqrt(variance + (1.0 - part) * told.tissue_rad**2)[:, :, [2, 0, 1]]
    spread = spread.reshape(len(samples), -1)
    at = np.arange(imu.time.n)
    filled = np.stack([np.interp(at, samples, column) for column in spread.T], axis=1)
    return filled.reshape(imu.time.n, joints, 3)


def _joint_covariance(equations: Equations, solution: ChainSolution, p: int, c: int) -> Array:
    """(K, 12, 12) of the two orientations' errors and the two alignments."""
    links, constants, cross = solution.link_covariance, solution.constant_covariance, solution.cross
    assert links is not None
    assert constants is not None
    assert cross is not None
    turn = np.r_[equations.turn(p), equations.turn(c)]
    fixed = np.r_[equations.alignment(p), equations.alignment(c)]
    found = np.empty((len(links), 12, 12))
    found[:, :6, :6] = links[:, turn][:, :, turn]
    found[:, :6, 6:] = cross[:, turn][:, :, fixed]
    found[:, 6:, :6] = found[:, :6, 6:].swapaxes(1, 2)
    found[:, 6:, 6:] = constants[fixed][:, fixed]
    return found
