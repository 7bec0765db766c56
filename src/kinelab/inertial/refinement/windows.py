"""What accelerometers and networks say of the orientation around each knot, compiled.

A sample counts for the knot after it by s^2 (3 - 2 s) of its share s, and for the one before by the rest:
windows like Hann's, over which the to and fro of strides cancels, and which end where samples are lost.
"""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.core.compiled import compiled, compiled_inside
from kinelab.inertial.refinement.small_rotations import back_product, logarithm, product, turned


@compiled_inside
def _late(share: float) -> float:
    """How much a sample counts for the knot after it."""
    return share * share * (3.0 - 2.0 * share)


@compiled
def mean_forces(
    rotation: Array, acc_mps2: Array, seen: BoolArray, share: Array, knots: IntArray
) -> tuple[Array, Array]:
    """Sum over each knot's window of the specific force in ground (K, S, 3), and of the weights (K, S).

    rotation (T, S, 3, 3), acc_mps2 (T, S, 3), seen (T, S), share (T, S).
    """
    sensors = acc_mps2.shape[1]
    total, weight = np.zeros((knots.size, sensors, 3)), np.zeros((knots.size, sensors))
    for k in range(knots.size - 1):
        for t in range(knots[k], knots[k + 1]):
            for s in range(sensors):
                if not seen[t, s]:
                    continue
                late = _late(share[t, s])
                weight[k, s] += 1.0 - late
                weight[k + 1, s] += late
                for i in range(3):
                    force = 0.0
                    for j in range(3):
                        force += rotation[t, s, i, j] * acc_mps2[t, s, j]
                    total[k, s, i] += (1.0 - late) * force
                    total[k + 1, s, i] += late * force
    return total, weight


@compiled_inside
def _add(weight: float, error: Array, effect: Array, total: Array, shape: Array) -> None:
    """Add one sample to a knot's sums: see `compare`."""
    total[0] += weight
    for i in range(3):
        total[1 + i] += weight * error[i]
        total[22 + i] += weight * error[i] * error[i]
        for a in range(6):
            scaled = weight * effect[i, a]
            total[4 + 6 * i + a] += scaled
            for b in range(6):
                shape[i, a, b] += scaled * effect[i, b]
            shape[i, a, 6] += scaled * error[i]


@compiled
def compare(
    rotation: Array,
    alignment: Array,
    pairs: IntArray,
    angle_rad: Array,
    told: BoolArray,
    free: BoolArray,
    share: Array,
    knots: IntArray,
    stride: int,
) -> tuple[Array, Array]:
    """Joints as they stand against joints as told, summed over each knot's window.

    rotation (T, S, 3, 3) sensor to ground, alignment (S, 3, 3) segment to sensor; pairs (J, 2) proximal and
    distal segment; angle_rad (T, J, 3) turns of the sequence Z-X-Y from proximal to distal; told (T, J)
    whether they are there; free (J,): of the first turn nothing is said. Every stride-th sample counts.

    Returns total (K, J, 25): weight, error (3) in the distal segment's axes, its effect (3, 6): how the error
    changes with the distal against the proximal orientation (in ground) and with the proximal alignment, and
    the error squared (3), all summed. shape (K, J, 3, 6, 7): for each of the error's axes the sums of effect
    times effect, and times error.
    """
    joints, count = pairs.shape[0], knots.size
    total, shape = np.zeros((count, joints, 25)), np.zeros((count, joints, 3, 6, 7))
    between, wanted, away = np.empty((3, 3)), np.empty((3, 3)), np.empty((3, 3))
    near, own = np.empty((3, 3)), np.empty((3, 3))
    error, effect = np.empty(3), np.empty((3, 6))
    for k in range(count - 1):
        for t in range(knots[k], knots[k + 1], stride):
            for j in range(joints):
                if not told[t, j]:
                    continue
                p, c = pairs[j, 0], pairs[j, 1]
                product(rotation[t, p], alignment[p], near)
                product(rotation[t, c], alignment[c], own)
                back_product(near, own, between)
                first = angle_rad[t, j, 0]
                if free[j]:
                    first = np.arctan2(-between[0, 1], between[1, 1])
                turned(first, angle_rad[t, j, 1], angle_rad[t, j, 2], wanted)
                back_product(wanted, between, away)
                logarithm(away, error)
                late_p, late_c = _late(share[t, p]), _late(share[t, c])
                early, late = 1.0 - max(late_p, late_c), min(late_p, late_c)
                for i in range(3):
                    for a in range(3):
                        effect[i, a] = own[a, i]
                        effect[i, 3 + a] = -between[a, i]
                _add(early, error, effect, total[k, j], shape[k, j])
                _add(late, error, effect, total[k + 1, j], shape[k + 1, j])
    return total, shape


@compiled
def joint_turns(rotation: Array, pairs: IntArray, sign: Array) -> Array:
    """Angles (T, J, 3) rad of the sequence Z-X-Y of joints times their signs (J, 3); NaN where NaN."""
    samples, joints = rotation.shape[0], pairs.shape[0]
    angle = np.empty((samples, joints, 3))
    between = np.empty((3, 3))
    for t in range(samples):
        for j in range(joints):
            back_product(rotation[t, pairs[j, 0]], rotation[t, pairs[j, 1]], between)
            cosine = np.sqrt(between[2, 0] ** 2 + between[2, 2] ** 2)
            angle[t, j, 0] = sign[j, 0] * np.arctan2(-between[0, 1], between[1, 1])
            angle[t, j, 1] = sign[j, 1] * np.arctan2(between[2, 1], cosine)
            angle[t, j, 2] = sign[j, 2] * np.arctan2(-between[2, 0], between[2, 2])
    return angle


@compiled
def apply_alignment(rotation: Array, alignment: Array, out: Array) -> None:
    """out (T, S, 3, 3) = rotation (T, S, 3, 3) times alignment (S, 3, 3)."""
    for t in range(rotation.shape[0]):
        for s in range(rotation.shape[1]):
            product(rotation[t, s], alignment[s], out[t, s])


@compiled
def angle_variance(
    rotation: Array, pairs: IntArray, share: Array, knots: IntArray, covariance: Array, samples: IntArray
) -> Array:
    """Variance (N, J, 3) rad^2 of joints about X, Y, Z of the distal segment, at samples (N,), ascending.

    covariance (K, J, 12, 12) of the errors of the proximal and the distal orientation, in ground, and of the
    two alignments, each in its segment's axes; between knots it is taken in proportion.
    """
    joints = pairs.shape[0]
    variance = np.zeros((samples.size, joints, 3))
    between, row = np.empty((3, 3)), np.empty(12)
    k = 0
    for n in range(samples.size):
        t = samples[n]
        while k < knots.size - 2 and t >= knots[k + 1]:
            k += 1
        for j in range(joints):
            p, c = pairs[j, 0], pairs[j, 1]
            back_product(rotation[t, p], rotation[t, c], between)
            late = 1.0 if t == knots[k + 1] else share[t, c]
            for i in range(3):
                for m in range(3):
                    row[m] = -rotation[t, c, m, i]
                    row[3 + m] = rotation[t, c, m, i]
                    row[6 + m] = -between[m, i]
                    row[9 + m] = 1.0 if m == i else 0.0
                for a in range(12):
                    for b in range(12):
                        held = (1 - late) * covariance[k, j, a, b] + late * covariance[k + 1, j, a, b]
                        variance[n, j, i] += row[a] * held * row[b]
    return variance
