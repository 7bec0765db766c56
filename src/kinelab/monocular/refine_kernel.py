"""The landmarks' part of a frame's normal equations, compiled: most landmarks move with few coordinates."""

from __future__ import annotations

import numpy as np

from kinelab.body.plan import compile_plan
from kinelab.core.checks import Array, IntArray
from kinelab.core.compiled import compiled
from kinelab.monocular.head import Head

ROOT = 6  # unknowns before the coordinates: turn, place
CAUCHY = 2.0  # standard deviations beyond which an error loses its say
NEAREST_M = 0.2


def moving_columns(head: Head) -> tuple[IntArray, IntArray]:
    """For each marker of the model the told coordinates that move it: start (M + 1,), and (., 2) their place
    among the told and among all coordinates."""
    plan, told = compile_plan(head.model), {int(c): j for j, c in enumerate(head.columns)}
    start, pairs = [0], []
    for body in plan.marker_body:
        for k in range(plan.column_start[body], plan.column_start[body + 1]):
            column = int(plan.columns[k, 0])
            if column in told:
                pairs.append((told[column], column))
        start.append(len(pairs))
    return np.array(start, np.int64), np.array(pairs, np.int64).reshape(-1, 2)


@compiled
def image_equations(
    turn: Array, point_m: Array, offset_m: Array, slope_m: Array,
    columns: tuple[IntArray, IntArray, IntArray], told: tuple[Array, Array], focal: float,
    parts: tuple[Array, Array, Array, Array, Array],
) -> None:  # fmt: skip
    """Fill `parts`, zero before: matrix (T, n, n), gradient (T, n), rows (T, K, 2, n), weight (T, K), error
    (T, K, 2); what is not told (NaN) stays zero.

    turn (T, 3, 3) of the markers' slopes slope_m (T, M, 3, C) to the camera's axes; point_m (T, K, 3),
    offset_m (T, K, 3) of the landmarks there, from the camera and from the pelvis; columns: marker (K,),
    start and pairs of `moving_columns`; told: xy (T, K, 2), xy_sd (T, K).
    """
    marker, start, pairs = columns
    xy, xy_sd = told
    matrix, gradient, rows, weight, error = parts
    n = gradient.shape[1]
    active = np.empty(n, np.int64)
    for t in range(xy.shape[0]):
        for k in range(xy.shape[1]):
            if not (np.isfinite(xy[t, k, 0]) and np.isfinite(xy[t, k, 1]) and np.isfinite(xy_sd[t, k])):
                continue
            m, depth = marker[k], max(point_m[t, k, 2], NEAREST_M)
            gain = focal / (depth * xy_sd[t, k])
            for i in range(6):
                active[i] = i
            count = 6
            for p in range(start[m], start[m + 1]):
                active[count] = ROOT + pairs[p, 0]
                count += 1
            square = 0.0
            for i in range(2):
                ahead = point_m[t, k, i] / depth
                error[t, k, i] = (ahead * focal - xy[t, k, i]) / xy_sd[t, k]
                square += error[t, k, i] ** 2
                # the row by place in the camera's axes is (1, 0, -x) or (0, 1, -y), times the gain
                a, b, c = gain * (i == 0), gain * (i == 1), -gain * ahead
                y0, y1, y2 = offset_m[t, k, 0], offset_m[t, k, 1], offset_m[t, k, 2]
                rows[t, k, i, 0], rows[t, k, i, 1], rows[t, k, i, 2] = (
                    c * y1 - b * y2,
                    a * y2 - c * y0,
                    b * y0 - a * y1,
                )
                rows[t, k, i, 3], rows[t, k, i, 4], rows[t, k, i, 5] = a, b, c
                u = a * turn[t, 0, 0] + b * turn[t, 1, 0] + c * turn[t, 2, 0]
                v = a * turn[t, 0, 1] + b * turn[t, 1, 1] + c * turn[t, 2, 1]
                w = a * turn[t, 0, 2] + b * turn[t, 1, 2] + c * turn[t, 2, 2]
                for p in range(start[m], start[m + 1]):
                    q = pairs[p, 1]
                    rows[t, k, i, ROOT + pairs[p, 0]] = (
                        u * slope_m[t, m, 0, q] + v * slope_m[t, m, 1, q] + w * slope_m[t, m, 2, q]
                    )
            weight[t, k] = 1.0 / (1.0 + square / CAUCHY**2)
            for i in range(2):
                for one in range(count):
                    r = active[one]
                    share = weight[t, k] * rows[t, k, i, r]
                    gradient[t, r] += share * error[t, k, i]
                    for other in range(one + 1):
                        matrix[t, r, active[other]] += share * rows[t, k, i, active[other]]
        for r in range(n):
            for s in range(r):
                # each pair was added on one side only, whichever came first
                both = matrix[t, r, s] + matrix[t, s, r]
                matrix[t, r, s] = both
                matrix[t, s, r] = both
