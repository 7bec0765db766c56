"""Ways to help a classifier with groups of which few people are known; all fill every group up alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.strides import STRIDE_POINTS
from kinelab.errors import InputError
from kinelab.patterns.generator import StrideGenerator
from kinelab.patterns.stride_curves import StrideCurves, joined, measured_only

Way = Literal["none", "weighted", "jitter", "mixup", "gaussian", "gan"]
WAYS: tuple[Way, ...] = ("none", "weighted", "jitter", "mixup", "gaussian", "gan")
OFFSET_SD_DEG = 2.0  # of jitter: about what a marker put on anew moves a curve by
SCALE_SD = 0.05
SHIFT_SD_PERCENT = 1.0  # of the stride: about 10 ms, the noise of an initial contact
_MIXUP = 0.2  # alpha of the beta distribution, as Zhang et al. 2018


def augmented(
    curves: StrideCurves, way: Way, generator: StrideGenerator | None = None, seed: int = 0
) -> tuple[StrideCurves, Array]:
    """Strides to learn from and how much each counts (n,).

    none: as they are. weighted: as they are, each group counts alike. All others fill the groups up with
    synthetic strides to as many as the largest has. jitter: copies with another offset of each curve, another
    range, another beginning of the stride. mixup: on the line between two strides of the group, as near to
    either as Zhang et al. 2018 (arXiv:1710.09412) draw it; they mix groups too, and labels with them, which
    would make no more strides of a rare group. gaussian, gan: drawn from `generator`, which must have learned
    from none but these people.

    Raises:
        InputError: a synthetic stride among those given, or a way that lacks its generator.
    """
    measured_only(curves, "what is augmented")
    names = tuple(dict.fromkeys(curves.group))
    count = {name: int(curves.of_group(name).sum()) for name in names}
    if way == "none":
        return curves, np.ones(curves.n)
    if way == "weighted":
        return curves, np.array([1 / count[name] for name in curves.group])
    if way in ("gaussian", "gan") and (generator is None or generator.kind != way):
        raise InputError(f"{way} needs a generator of that kind")
    most, parts = max(count.values()), [curves]
    for g, name in enumerate(names):
        missing = most - count[name]
        if missing and way in ("gaussian", "gan"):
            assert generator is not None
            parts.append(generator.draw(name, missing, seed))
        elif missing:
            rng = np.random.default_rng([seed, 7, g])
            own = curves.chosen(curves.of_group(name))
            first = own.chosen(rng.integers(own.n, size=missing))
            made = _jittered(first.curves_deg, rng) if way == "jitter" else _mixed(first, own, rng)
            parts.append(replace(first, curves_deg=made, synthetic=np.ones(missing, bool)))
    whole = joined(*parts)
    return whole, np.ones(whole.n)


def _jittered(curves_deg: Array, rng: np.random.Generator) -> Array:
    """Each curve moved, made larger or smaller about its mean; the whole stride begun earlier or later."""
    n, variables, points = curves_deg.shape
    mean = curves_deg.mean(axis=2, keepdims=True)
    scale = np.exp(rng.normal(0, SCALE_SD, (n, variables, 1)))
    moved = mean + scale * (curves_deg - mean) + rng.normal(0, OFFSET_SD_DEG, (n, variables, 1))
    at = np.arange(points)[None] + rng.normal(0, SHIFT_SD_PERCENT, (n, 1))
    period = STRIDE_POINTS - 1
    return np.stack(
        [
            [np.interp(where, np.arange(period), curve[:period], period=period) for curve in stride]
            for where, stride in zip(at, moved, strict=True)
        ]
    )


def _mixed(first: StrideCurves, own: StrideCurves, rng: np.random.Generator) -> Array:
    share = rng.beta(_MIXUP, _MIXUP, (first.n, 1, 1))
    second = own.curves_deg[rng.integers(own.n, size=first.n)]
    mixed: Array = share * first.curves_deg + (1 - share) * second
    return mixed
