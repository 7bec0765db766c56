"""The loops of `triangulation`: one point after the other, compiled.

rows (C, 3, 4) [R | t] of each camera, focal (C, 2) px, xy (N, C, 2) lines of sight (x/z, y/z; NaN = not
seen), sd (N, C) px. Written to: points (N, 3), covariance (N, 3, 3), used (N, C), error (N, C) px.
"""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array, BoolArray
from kinelab.core.compiled import compiled, compiled_inside

_STEPS = 12
_TAIL = 2.0  # standard deviations at which a camera's say begins to fall (Cauchy's scale)
_FAR = 1e12


@compiled_inside
def _solve3(m: Array, b: Array, x: Array) -> bool:
    """Solve the symmetric m x = b for 3 unknowns; m, b are left as they are. False where m is singular."""
    c00 = m[1, 1] * m[2, 2] - m[1, 2] * m[1, 2]
    c01 = m[0, 2] * m[1, 2] - m[0, 1] * m[2, 2]
    c02 = m[0, 1] * m[1, 2] - m[0, 2] * m[1, 1]
    det = m[0, 0] * c00 + m[0, 1] * c01 + m[0, 2] * c02
    if not abs(det) > 1e-14 * abs(m[0, 0] * m[1, 1] * m[2, 2]):
        return False
    c11 = m[0, 0] * m[2, 2] - m[0, 2] * m[0, 2]
    c12 = m[0, 1] * m[0, 2] - m[0, 0] * m[1, 2]
    c22 = m[0, 0] * m[1, 1] - m[0, 1] * m[0, 1]
    x[0] = (c00 * b[0] + c01 * b[1] + c02 * b[2]) / det
    x[1] = (c01 * b[0] + c11 * b[1] + c12 * b[2]) / det
    x[2] = (c02 * b[0] + c12 * b[1] + c22 * b[2]) / det
    return True


@compiled_inside
def _linear(
    rows: Array,
    focal: Array,
    xy: Array,
    sd: Array,
    use: BoolArray,
    m: Array,
    small: Array,
    b: Array,
    x: Array,
) -> bool:
    """The point whose (x, 1) is the least eigenvector of the weighted linear equations' normal matrix m."""
    m[:] = 0.0
    for c in range(rows.shape[0]):
        if not use[c]:
            continue
        for axis in range(2):
            weight = focal[c, axis] / sd[c]
            for i in range(4):
                ri = weight * (rows[c, axis, i] - xy[c, axis] * rows[c, 2, i])
                for j in range(i, 4):
                    m[i, j] += ri * weight * (rows[c, axis, j] - xy[c, axis] * rows[c, 2, j])
    least = 0.0
    for _ in range(_STEPS):
        # The first three rows of (m - least) (x, 1) = 0, then Rayleigh's quotient of what they give.
        for i in range(3):
            for j in range(i, 3):
                small[i, j] = m[i, j]
            small[i, i] -= least
            b[i] = -m[i, 3]
        if not _solve3(small, b, x):
            return False
        before, square, norm = least, m[3, 3], 1.0
        for i in range(3):
            norm += x[i] * x[i]
            square += m[i, i] * x[i] * x[i] + 2.0 * m[i, 3] * x[i]
            for j in range(i + 1, 3):
                square += 2.0 * m[i, j] * x[i] * x[j]
        least = square / norm
        if abs(least - before) <= 1e-13 * least:
            break
    return True


@compiled_inside
def _miss(rows: Array, focal: Array, xy: Array, x: Array, c: int) -> tuple[float, float]:
    """Seen minus reprojected, px across and down; far away for a point behind the camera."""
    z = rows[c, 2, 0] * x[0] + rows[c, 2, 1] * x[1] + rows[c, 2, 2] * x[2] + rows[c, 2, 3]
    if not z > 1e-6:
        return _FAR, _FAR
    u = (rows[c, 0, 0] * x[0] + rows[c, 0, 1] * x[1] + rows[c, 0, 2] * x[2] + rows[c, 0, 3]) / z
    v = (rows[c, 1, 0] * x[0] + rows[c, 1, 1] * x[1] + rows[c, 1, 2] * x[2] + rows[c, 1, 3]) / z
    return focal[c, 0] * (xy[c, 0] - u), focal[c, 1] * (xy[c, 1] - v)


@compiled_inside
def _normal(
    rows: Array, focal: Array, xy: Array, sd: Array, use: BoolArray, tail: float, x: Array, m: Array, b: Array
) -> float:
    """Gauss-Newton's matrix and right side at x, and the sum of squares; tail 0: no Cauchy weights."""
    m[:] = 0.0
    b[:] = 0.0
    total = 0.0
    for c in range(rows.shape[0]):
        if not use[c]:
            continue
        du, dv = _miss(rows, focal, xy, x, c)
        z = rows[c, 2, 0] * x[0] + rows[c, 2, 1] * x[1] + rows[c, 2, 2] * x[2] + rows[c, 2, 3]
        if not z > 1e-6:
            continue
        square = (du * du + dv * dv) / (sd[c] * sd[c])
        weight = 1.0 / (sd[c] * sd[c])
        if tail > 0:
            weight /= 1.0 + square / (tail * tail)
        total += square
        for axis in range(2):
            miss = du if axis == 0 else dv
            at = xy[c, axis] - miss / focal[c, axis]
            for i in range(3):
                ji = focal[c, axis] / z * (rows[c, axis, i] - at * rows[c, 2, i])
                b[i] += weight * ji * miss
                for j in range(i, 3):
                    m[i, j] += weight * ji * focal[c, axis] / z * (rows[c, axis, j] - at * rows[c, 2, j])
    return total


@compiled_inside
def _uncertainty(m: Array, b: Array, step: Array, total: float, count: int, covariance: Array) -> None:
    """Inverse of m, widened by the cameras' disagreement beyond what their sd allows."""
    wide = max(1.0, total / max(2 * count - 3, 1))
    for i in range(3):
        b[:] = 0.0
        b[i] = 1.0
        if _solve3(m, b, step):
            for j in range(3):
                covariance[i, j] = wide * step[j]


@compiled
def exclude_all(
    rows: Array, focal: Array, xy: Array, sd: Array, limits: tuple[float, int],
    points: Array, covariance: Array, used: BoolArray, error: Array,
) -> None:  # fmt: skip
    """`ExclusionRule` for all points; limits (threshold_px, min_cameras)."""
    threshold_px, fewest = limits
    n = rows.shape[0]
    m, small, b, x = np.zeros((4, 4)), np.zeros((3, 3)), np.zeros(3), np.zeros(3)
    use, best_use = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    for p in range(xy.shape[0]):
        seen = 0
        for c in range(n):
            seen += int(np.isfinite(xy[p, c, 0]))
        found = False
        for left_out in range(seen - fewest + 1):
            least = threshold_px
            for mask in range(1 << n):
                count, valid = 0, True
                for c in range(n):
                    out = (mask >> c) & 1 == 1
                    there = np.isfinite(xy[p, c, 0])
                    valid = valid and (there or not out)
                    count += int(out)
                    use[c] = there and not out
                if (
                    not valid
                    or count != left_out
                    or not _linear(rows, focal, xy[p], sd[p], use, m, small, b, x)
                ):
                    continue
                mean = 0.0
                for c in range(n):
                    if use[c]:
                        du, dv = _miss(rows, focal, xy[p], x, c)
                        mean += np.sqrt(du * du + dv * dv) / (seen - left_out)
                if mean <= least:
                    least, found = mean, True
                    points[p] = x
                    best_use[:] = use
            if found:
                break
        if found:
            used[p] = best_use
            total = _normal(rows, focal, xy[p], sd[p], best_use, 0.0, points[p], small, b)
            _uncertainty(small, b, x, total, int(best_use.sum()), covariance[p])
            for c in range(n):
                if np.isfinite(xy[p, c, 0]):
                    du, dv = _miss(rows, focal, xy[p], points[p], c)
                    error[p, c] = np.sqrt(du * du + dv * dv)


@compiled_inside
def _best_pair(
    rows: Array, focal: Array, xy: Array, sd: Array, limit: float, use: BoolArray,
    work: tuple[Array, Array, Array, Array], best: Array,
) -> bool:  # fmt: skip
    """The point of the pair of cameras with the least sum of squares, each cut at limit."""
    m, small, b, x = work
    n, least, found = rows.shape[0], np.inf, False
    for first in range(n):
        for second in range(first):
            if not (np.isfinite(xy[first, 0]) and np.isfinite(xy[second, 0])):
                continue
            use[:] = False
            use[first] = True
            use[second] = True
            if not _linear(rows, focal, xy, sd, use, m, small, b, x):
                continue
            cost = 0.0
            for c in range(n):
                if np.isfinite(xy[c, 0]):
                    du, dv = _miss(rows, focal, xy, x, c)
                    cost += min((du * du + dv * dv) / (sd[c] * sd[c]), limit * limit)
            if cost < least:
                least, found = cost, True
                best[:] = x
    return found


@compiled
def robust_all(
    rows: Array, focal: Array, xy: Array, sd: Array, limits: tuple[float, int],
    points: Array, covariance: Array, used: BoolArray, error: Array,
) -> None:  # fmt: skip
    """`RobustRule` for all points; limits (outlier_sd, min_cameras)."""
    limit, fewest = limits
    n = rows.shape[0]
    m, small, b, x = np.zeros((4, 4)), np.zeros((3, 3)), np.zeros(3), np.zeros(3)
    use, at = np.zeros(n, np.bool_), np.zeros(3)
    for p in range(xy.shape[0]):
        if not _best_pair(rows, focal, xy[p], sd[p], limit, use, (m, small, b, x), at):
            continue
        for c in range(n):
            use[c] = np.isfinite(xy[p, c, 0])
        for _ in range(_STEPS):
            _normal(rows, focal, xy[p], sd[p], use, _TAIL, at, small, b)
            if not _solve3(small, b, x):
                break
            at += x
            if abs(x[0]) + abs(x[1]) + abs(x[2]) < 1e-9:
                break
        count = 0
        for c in range(n):
            if use[c]:
                du, dv = _miss(rows, focal, xy[p], at, c)
                error[p, c] = np.sqrt(du * du + dv * dv)
                used[p, c] = error[p, c] < limit * sd[p, c]
                count += int(used[p, c])
        if count < fewest:
            used[p] = False
            continue
        points[p] = at
        total = _normal(rows, focal, xy[p], sd[p], used[p], 0.0, at, small, b)
        _uncertainty(small, b, x, total, count, covariance[p])
