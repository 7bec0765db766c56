"""What iterations and frames do to the error: analyses of variance, pairs, and the plateau by two rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kinelab.core.checks import Array
from kinelab.keypoints.error_grid import PARTS, ErrorGrid, Part
from kinelab.stats.cells import full_table
from kinelab.stats.mixed_anova import mixed_anova
from kinelab.stats.pairs import Pair, paired_comparisons
from kinelab.stats.plateau import Decay, fit_decay, plateau_by_fit, plateau_by_pairs
from kinelab.stats.rm_anova import Effect, rm_anova, rm_anova_two_way

Factor = Literal["iterations", "frames"]
SHARE = 0.05  # of the asymptote, within which a fitted curve counts as arrived
_LEAST_FOR_FIT = 4


@dataclass(frozen=True)
class FactorAnalysis:
    """What one factor does to the mean error of one part, px.

    mean, sd (k,): over all landmarks and networks at each level, as the papers' figures. effect, pairs: the
    units are landmarks x networks, as in the paper. network_effects: the units are networks (for iterations,
    the numbers of frames a factor between them; for frames, the seeds), empty where there are too few.

    plateau_tested: no two levels from it on differ by Bonferroni-adjusted pairs. plateau_fitted: the decay is
    within tolerance_px of its asymptote, 5 % of that or the spread of the seeds, whichever is larger.
    """

    factor: Factor
    part: Part
    levels: tuple[int, ...]
    mean: tuple[float, ...]
    sd: tuple[float, ...]
    units: int
    effect: Effect
    pairs: tuple[Pair, ...]
    plateau_tested: int | None
    network_effects: tuple[Effect, ...]
    decay: Decay | None
    tolerance_px: float
    plateau_fitted: int | None

    @property
    def plateau(self) -> int | None:
        """The fitted plateau, which does not hang on the number of units; the tested one without a curve."""
        return self.plateau_fitted if self.decay is not None else self.plateau_tested


@dataclass(frozen=True)
class TrainingAnalysis:
    """Of a whole study. at: the iterations at which the frames were compared; interaction: both factors."""

    iterations: dict[Part, FactorAnalysis]
    at: int
    frames: dict[Part, FactorAnalysis]
    both: tuple[Effect, Effect, Effect] | None
    seed_spread_px: float | None


def analyse(grid: ErrorGrid) -> TrainingAnalysis:
    """The analyses of Johnson et al. 2022, and the honest alternatives beside them.

    With fewer than two levels a factor cannot be analysed and is left out.

    Raises:
        InputError: a landmark has no error in some network; it is named.
    """
    spread = seed_spread_px(grid)
    by_iterations: dict[Part, FactorAnalysis] = {}
    if len(grid.iterations) > 1:
        by_iterations = {part: _iterations(grid, part, spread) for part in PARTS}
    at = grid.iterations[-1]
    if by_iterations and by_iterations["test"].plateau is not None:
        at = by_iterations["test"].plateau
    by_frames: dict[Part, FactorAnalysis] = {}
    if len(grid.frames) > 1:
        by_frames = {part: _frames(grid, part, at, spread) for part in PARTS}
    both = None
    if by_iterations and by_frames:
        both = rm_anova_two_way(_landmark_units(grid, "test"), ("frames", "iterations"))
    return TrainingAnalysis(by_iterations, at, by_frames, both, spread)


def seed_spread_px(grid: ErrorGrid) -> float | None:
    """Standard deviation between the seeds of a network's mean test error at the end; None with one seed."""
    if len(grid.seeds) < 2:
        return None
    last = grid.error("test")[:, :, -1].mean(axis=-1)
    return float(np.sqrt(last.var(axis=1, ddof=1).mean()))


def _iterations(grid: ErrorGrid, part: Part, spread: float | None) -> FactorAnalysis:
    error = np.moveaxis(grid.error(part), 2, -1)  # (F, S, K, C)
    names = [
        f"{landmark}, {frames} frames, seed {seed}"
        for frames in grid.frames
        for seed in grid.seeds
        for landmark in grid.landmarks
    ]
    table = _table(error.reshape(-1, len(grid.iterations)), names, grid.iterations)
    networks = error.mean(axis=2).reshape(-1, len(grid.iterations))
    groups = np.repeat(grid.frames, len(grid.seeds)).tolist()
    effects: tuple[Effect, ...] = ()
    if len(grid.frames) > 1 and len(grid.seeds) > 1:
        effects = mixed_anova(networks, groups, ("frames", "iterations"))
    elif len(networks) > 1:
        effects = (rm_anova(networks, "iterations"),)
    return _analysed("iterations", part, grid.iterations, table, effects, spread)


def _frames(grid: ErrorGrid, part: Part, at: int, spread: float | None) -> FactorAnalysis:
    error = grid.error(part)[:, :, grid.iterations.index(at)]  # (F, S, K)
    names = [f"{landmark}, seed {seed}" for seed in grid.seeds for landmark in grid.landmarks]
    table = _table(error.reshape(len(grid.frames), -1).T, names, grid.frames)
    seeds = error.mean(axis=-1).T
    effects = (rm_anova(seeds, "frames"),) if len(grid.seeds) > 1 else ()
    return _analysed("frames", part, grid.frames, table, effects, spread)


def _landmark_units(grid: ErrorGrid, part: Part) -> Array:
    """(S K, F, C): each landmark of each seed at every number of frames and iterations."""
    error = grid.error(part)
    f, s, c, k = error.shape
    return np.transpose(error, (1, 3, 0, 2)).reshape(s * k, f, c)


def _table(values: Array, units: Sequence[str], levels: Sequence[int]) -> Array:
    return full_table(values, units=units, levels=[[str(level) for level in levels]])


def _analysed(
    factor: Factor,
    part: Part,
    levels: tuple[int, ...],
    table: Array,
    network_effects: tuple[Effect, ...],
    spread: float | None,
) -> FactorAnalysis:
    names = [str(level) for level in levels]
    pairs = paired_comparisons(table, names, "bonferroni")
    tested = plateau_by_pairs(pairs, names)
    mean = table.mean(axis=0)
    decay = fit_decay(levels, mean) if len(levels) >= _LEAST_FOR_FIT else None
    tolerance = max(SHARE * max(decay.asymptote, 0.0) if decay else 0.0, spread or 0.0)
    fitted = plateau_by_fit(decay, levels, tolerance) if decay else None
    return FactorAnalysis(
        factor=factor,
        part=part,
        levels=levels,
        mean=tuple(mean.tolist()),
        sd=tuple(table.std(axis=0, ddof=1).tolist()),
        units=len(table),
        effect=rm_anova(table, factor),
        pairs=pairs,
        plateau_tested=None if tested is None else int(tested),
        network_effects=network_effects,
        decay=decay,
        tolerance_px=tolerance,
        plateau_fitted=None if fitted is None else int(fitted),
    )
