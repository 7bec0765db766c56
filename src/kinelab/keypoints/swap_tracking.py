"""Following the difference of a left/right pair through crossings: the most likely exchanges of a recording.

The difference d = left - right of each pair moves smoothly; an exchange turns its sign and nothing else. So
the question is which signs make the observed differences one smooth motion: association of two targets
(Bar-Shalom & Li 1995), solved by multiple hypotheses (Reid 1979, IEEE Trans Autom Control 24:843-854).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array
from kinelab.signals.runs import finite_points

TAIL = (
    4.0  # degrees of freedom of the Student t for innovations: a wrong point costs little more than a bad one
)
CLIP = 3.0  # an innovation moves a track by at most this many of its standard deviations


@dataclass(frozen=True)
class SwapPrior:
    """How often networks exchange sides, as rates of a two-state process in continuous time.

    begins_hz: exchanges that begin per second; ends_hz: 1 / mean length of an exchange (s); part: cost
    (in nats) of exchanging a part of the limb rather than the whole of it.
    """

    begins_hz: float = 0.1
    ends_hz: float = 2.5
    part: float = 3.0


@dataclass(frozen=True)
class Tracks:
    """Kalman gains of P differences at T times: free of the signs, so that all hypotheses share them.

    step_s (T,) time since the frame before; gain (T, P, 2) for position and velocity, 0 where the pair is not
    seen; spread (T, P) standard deviation of the innovation.
    """

    step_s: Array
    gain: Array
    spread: Array


def kalman_gains(time_s: Array, noise: Array, shake: Array) -> Tracks:
    """Gains of a constant-velocity Kalman filter driven by white acceleration.

    noise (T, P) standard deviation of an observed difference, infinite where it is not seen; shake (P,)
    intensity of the acceleration (unit s^-1.5). Leading axes of `noise` after T are free.
    """
    step_s = np.diff(time_s, prepend=time_s[:1])
    shape = noise.shape[1:]
    gain, spread = np.zeros((*noise.shape, 2)), np.ones(noise.shape)
    pp, pv, vv = np.full(shape, 1e8), np.zeros(shape), np.full(shape, 1e8)
    power = shake**2
    for t, dt in enumerate(step_s):
        pp = pp + 2 * dt * pv + dt**2 * vv + power * dt**3 / 3
        pv = pv + dt * vv + power * dt**2 / 2
        vv = vv + power * dt
        seen = np.isfinite(noise[t])
        total = pp + np.where(seen, noise[t], 1.0) ** 2
        k_position, k_velocity = np.where(seen, pp / total, 0.0), np.where(seen, pv / total, 0.0)
        gain[t, ..., 0], gain[t, ..., 1] = k_position, k_velocity
        spread[t] = np.sqrt(total)
        vv = vv - k_velocity * pv
        pv = pv - k_position * pv
        pp = pp - k_position * pp
    return Tracks(step_s, gain, spread)


def fit_noise(time_s: Array, difference: Array, weight: Array) -> tuple[Array, Array]:
    """Noise (P,) and shake (P,) that explain the differences as they are labelled, by robust likelihood.

    difference (T, P, 2); weight (T, P) relative noise of each observation. Exchanges are rare and the
    likelihood is heavy-tailed, so that they do not decide. A grid search: noise over half to twice its first
    guess (the high-frequency part: third differences), shake over three decades.
    """
    third = np.abs(np.diff(difference, n=3, axis=0))
    with np.errstate(all="ignore"):
        guess = np.array([_median(third[:, p]) for p in range(difference.shape[1])]) * 1.4826 / np.sqrt(20)
        size = np.array([_median(np.abs(difference[:, p])) for p in range(difference.shape[1])])
    guess = np.maximum(guess, 1e-3 * size + 1e-9)
    scale = np.maximum(size, 3 * guess)
    noise_grid = np.array([0.5, 1.0, 2.0])
    shake_grid = np.geomspace(3, 3000, 10)
    grid_noise, grid_shake = (g.ravel() for g in np.meshgrid(noise_grid, shake_grid, indexing="ij"))
    noise = grid_noise[:, None] * guess
    shake = grid_shake[:, None] * scale
    seen = finite_points(difference)
    sd = np.where(seen, weight, np.inf)[:, None, :] * noise
    tracks = kalman_gains(time_s, sd, shake)
    cost = np.zeros(noise.shape)
    position = np.zeros((*noise.shape, 2))
    speed = np.zeros((*noise.shape, 2))
    for t in range(time_s.size):
        position = position + tracks.step_s[t] * speed
        miss = np.where(seen[t, :, None], difference[t], 0.0) - position
        far = (miss**2).sum(axis=-1) / tracks.spread[t] ** 2
        if t > 2:
            cost += np.where(seen[t], tail_cost(far) + 2 * np.log(tracks.spread[t]), 0.0)
        miss = miss * np.minimum(1, CLIP / np.sqrt(far + 1e-12))[..., None]
        position = position + tracks.gain[t, ..., :1] * miss
        speed = speed + tracks.gain[t, ..., 1:] * miss
    best = cost.argmin(axis=0)
    column = np.arange(noise.shape[1])
    return noise[best, column], shake[best, column]


def tail_cost(far: Array) -> Array:
    """Minus log density of a two-dimensional Student t at squared standardised distance `far`."""
    cost: Array = 0.5 * (TAIL + 2) * np.log1p(far / TAIL)
    return cost


def _median(values: Array) -> float:
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if finite.size else 0.0
