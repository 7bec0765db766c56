"""A track made smooth by what the network says of its own errors, with an sd for what is left."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize_scalar

from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.core.keypoints import Keypoints
from kinelab.errors import InputError
from kinelab.keypoints.outliers import reject_jumps
from kinelab.keypoints.tracks.kalman import left_out, smoothed
from kinelab.signals.runs import finite_points, true_runs

FIT_FRAMES = 4000  # from the middle: a minute of motion says enough, and memory must not grow
# Squared distance in standard deviations beyond which a point is not used: chi-square, 2 degrees of freedom,
# of 100,000 good points 20 are lost.
_FAR2 = 17.0
_TOLD = 30.0  # times a point's own variance: what the others say is worth hearing
_ROUNDS = 10
_MIN_SIGHTS = 8
# Of a network's noise in one frame much is there in the next: what moves and what is noise is told by points
# further apart, so that noise that lasts a frame is not taken for motion.
_APART = 2
_LEAST_APART = 60  # points below which all are needed
_ENDS = 2  # points at either end, where the others say little
# Landmarks of one subject move alike: log10 of their shakes differs by about so much. Without this a small
# motion under much noise, as a head's rise and fall in walking, is taken for none at all.
_ALIKE_DECADES = 0.5
_DECADES = (-3.0, 9.0)  # of shake / noise variance, 1 / s^3: from standing still to following every point


@dataclass(frozen=True, eq=False)
class SmoothTrack:
    """keypoints: smoothed px, with sd; bridged points have confidence 0. used (T, K): True where the raw
    point counted. bridged (T, K): True where there was none that did, and the place follows from the motion.

    shake (K,): fitted spectral density of the acceleration, px^2 / s^3. flicker (K,): fitted standard
    deviation of the noise from frame to frame, in stated standard deviations (in px where none is stated);
    NaN for a landmark that was seen too rarely to be smoothed, which stays as it is.
    """

    keypoints: Keypoints
    used: BoolArray
    bridged: BoolArray
    shake: Array
    flicker: Array


def smooth_track(keypoints: Keypoints, *, longest_gap_s: float = np.inf) -> SmoothTrack:
    """Smooth each landmark of a track (px or m, in a plane, any times) by a Kalman smoother.

    As the ensemble Kalman smoother does (EKS; Biderman et al. 2024, Nat Methods 21:1316) each point counts by
    its own variance, here the square of its stated sd, which is that of an ensemble where several networks
    looked (`several`). Motion is a velocity shaken by white noise; how strongly, and which share of the
    stated sd flickers from frame to frame, is fitted to each landmark by how well the others of its points
    foretell each. (EKS smooths a random walk, of landmarks or of their principal components, and fits its
    noise only.) A point more than
    4.1 standard deviations from where the others of its track put it is not used.

    The sd has two parts, added as variances: the smoother's own; and the stated variance that does not
    flicker, which no smoothing takes away. In gaps it grows until the middle. Gaps longer than
    `longest_gap_s`, and the ends beyond the first and last point, stay NaN.

    Raises:
        InputError: points in space.
    """
    if keypoints.position.shape[-1] != 2:
        raise InputError("only tracks in a plane are smoothed; found points in space")
    jumps = reject_jumps(keypoints, sides_sure=True).rejected
    position, sd = np.array(keypoints.position), np.full(keypoints.seen.shape, np.nan)
    used = keypoints.seen & ~jumps
    k = len(keypoints.skeleton)
    shake, flicker = np.full(k, np.nan), np.full(k, np.nan)
    stated = np.ones_like(sd) if keypoints.sd is None else np.array(keypoints.sd)
    used &= np.isfinite(stated) & (stated > 0)
    often = np.flatnonzero(used.sum(axis=0) >= _MIN_SIGHTS)
    seldom = np.setdiff1d(np.arange(k), often)
    used[:, seldom] = keypoints.seen[:, seldom]
    if keypoints.sd is not None:
        sd[:, seldom] = stated[:, seldom]
    tracks = {c: _Track(keypoints.time_s, position[:, c], stated[:, c] ** 2) for c in often.tolist()}
    usual = np.median([np.log10(_fit(track, used[:, c])[0]) for c, track in tracks.items()] or [0.0])
    for column, track in tracks.items():
        one = _smooth(track, used[:, column], float(usual))
        still2 = _lasting(one) * _between(keypoints.time_s, track.variance, one.used)
        position[:, column] = one.place
        sd[:, column] = np.sqrt(one.variance + (still2 if keypoints.sd is not None else 0.0))
        used[:, column], shake[column], flicker[column] = one.used, one.shake, np.sqrt(one.noise)
    return _result(keypoints, position, sd, used, shake, flicker, longest_gap_s)


@dataclass(frozen=True, eq=False)
class _Track:
    time_s: Array
    place: Array
    variance: Array


@dataclass(frozen=True, eq=False)
class _Smoothed:
    place: Array
    variance: Array
    used: BoolArray
    shake: float
    noise: float


def _smooth(track: _Track, used: BoolArray, usual: float) -> _Smoothed:
    """Fit, smooth, and look again which points fit, until that no longer changes."""
    for _ in range(_ROUNDS):
        shake, noise = _fit(track, used, usual)
        variance = np.where(used, noise * track.variance, np.inf)
        place, left = smoothed(track.time_s, track.place, variance, shake)
        fits = _fits(track, place, left, used, noise)
        if fits.sum() < _MIN_SIGHTS or (fits == used).all():
            break
        used = fits
    return _Smoothed(place, left, used, shake, noise)


def _fit(track: _Track, used: BoolArray, usual: float | None = None) -> tuple[float, float]:
    """(shake, noise as a multiple of the stated variance) that foretell best each point from all others.

    Foretelling a point from both its sides, where the likelihood of a track foretells from the past, forgives
    a motion that is no velocity shaken by white noise: by the likelihood the bob of a hip in walking drowned
    in 3 px of noise, and the sd was too small by two and a half.

    For a given ratio of both the best noise is the mean of the squared distances, so that one number is
    sought: first by decades, then finely. With `usual`, the log10 of the shake that is usual for this
    subject, one near it is expected beforehand.
    """
    rows = np.flatnonzero(used)
    start = max(0, (rows.size - FIT_FRAMES) // 2)
    rows = rows[start : start + FIT_FRAMES]
    typical = float(np.median(track.variance[rows]))
    step = _APART if rows.size >= _LEAST_APART else 1
    parts = [_taken(track, rows[offset::step], typical) for offset in range(step)]

    def foretold(decade: float) -> Array:
        return np.asarray(np.sum([_foretold(part, 10.0**decade) for part in parts], axis=0))

    def cost(decade: float) -> float:
        logs, squares, n = foretold(decade)
        noise = max(squares, 1e-12) / n
        unusual = 0.0 if usual is None else (decade + np.log10(noise) - usual) / _ALIKE_DECADES
        return float(n * np.log(noise) + logs + unusual**2)

    decades = np.arange(_DECADES[0], _DECADES[1] + 0.5)
    best = float(decades[int(np.argmin([cost(decade) for decade in decades]))])
    found = minimize_scalar(cost, bounds=(best - 1, best + 1), method="bounded", options={"xatol": 0.01})
    _, squares, n = foretold(found.x)
    noise = max(squares, 1e-12) / n / typical
    return float(10.0**found.x * noise * typical), float(noise)


def _taken(track: _Track, rows: IntArray, typical: float) -> _Track:
    """Some points of a track, variances in units of a typical one."""
    return _Track(track.time_s[rows], track.place[rows], track.variance[rows] / typical)


def _foretold(track: _Track, shake: float) -> tuple[float, float, int]:
    """(sum of log S, sum of distance^2 / S, number of distances) of points from where all others put them.

    S is the variance of such a distance.
    """
    smooth, left = smoothed(track.time_s, track.place, track.variance, shake)
    away, others = left_out(track.place, track.variance, smooth, left)
    inner = slice(_ENDS, -_ENDS)
    s = (track.variance + others)[inner]
    return float(2 * np.log(s).sum()), float(((away[inner] ** 2).sum(axis=1) / s).sum()), 2 * s.size


def _fits(track: _Track, place: Array, left: Array, used: BoolArray, noise: float) -> BoolArray:
    """(T,) True where a seen point is near where the others of its track put it.

    At the ends these may say too little: then it stays unused.
    """
    own = noise * track.variance
    away, others = left_out(track.place, np.where(used, own, np.inf), place, left)
    seen = finite_points(track.place) & np.isfinite(track.variance) & (track.variance > 0)
    near: BoolArray = (away**2).sum(axis=1) <= _FAR2 * (own + others)
    inside = np.logical_or.accumulate(used) & np.logical_or.accumulate(used[::-1])[::-1]
    return seen & np.where(inside | (others <= _TOLD * own), near, used)


def _lasting(one: _Smoothed) -> float:
    """Share of the stated variance that surely does not flicker: noise is known to some of its own error."""
    sights = min(int(one.used.sum()), FIT_FRAMES)
    return max(0.0, float(1 - one.noise * (1 + 2 / np.sqrt(sights))))


def _between(time_s: Array, values: Array, known: BoolArray) -> Array:
    return np.interp(time_s, time_s[known], values[known])


def _result(
    keypoints: Keypoints,
    position: Array,
    sd: Array,
    used: BoolArray,
    shake: Array,
    flicker: Array,
    longest_gap_s: float,
) -> SmoothTrack:
    """Ends and long gaps taken out again."""
    there = finite_points(position)
    for column in np.flatnonzero(np.isfinite(shake)):
        for start, stop in true_runs(~used[:, column]):
            at_end = start == 0 or stop == keypoints.n
            if at_end or keypoints.time_s[stop] - keypoints.time_s[start - 1] > longest_gap_s:
                there[start:stop, column] = False
    bridged = there & ~used
    clean = replace(
        keypoints,
        position=np.where(there[..., None], position, np.nan),
        confidence=np.where(bridged, 0.0, np.where(there, keypoints.confidence, np.nan)),
        sd=None if np.isnan(sd).all() else np.where(there, sd, np.nan),
    )
    return SmoothTrack(clean, used, bridged, shake, flicker)
