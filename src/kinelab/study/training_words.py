"""What a study of training parameters says, in plain words: what to use first, then what that rests on."""

from __future__ import annotations

from kinelab.keypoints.error_grid import ErrorGrid, ErrorUnit, Part
from kinelab.stats.rm_anova import Effect
from kinelab.study.training_analysis import SHARE, FactorAnalysis, TrainingAnalysis

_PARTS = {"train": "training", "test": "test"}


def answer(grid: ErrorGrid, found: TrainingAnalysis) -> tuple[str, ...]:
    """What to use, how good it is, and which landmark holds it back."""
    sentences = []
    if found.iterations:
        sentences.append(_use(found.iterations["test"], "training iterations"))
    if found.frames:
        sentences.append(_use(found.frames["test"], "training frames"))
    sentences.append(_how_good(grid, found))
    sentences.append(_worst(grid, found))
    return tuple(sentences)


def findings(found: TrainingAnalysis) -> tuple[str, ...]:
    """The tests and plateaus behind the answer."""
    sentences = []
    for analyses in (found.iterations, found.frames):
        for analysis in analyses.values():
            sentences.append(_effect_sentence(analysis))
            sentences.append(_plateau_sentence(analysis))
    if found.both is not None:
        frames, iterations, both = (effect_text(effect) for effect in found.both)
        sentences.append(
            f"Both together (test error, units: each landmark of each seed): frames {frames}; iterations"
            f" {iterations}; interaction {both}."
        )
    if found.seed_spread_px is not None:
        sentences.append(
            f"Networks that differ by nothing but the seed differ by {found.seed_spread_px:.2f} px (one"
            " standard deviation of the mean test error): smaller differences between"
            " levels are chance for one network."
        )
    return tuple(sentences)


def limits(grid: ErrorGrid, split_said: str, constant_rate: bool) -> tuple[str, ...]:
    """What a reader must know before using the answer elsewhere."""
    sentences = [
        split_said,
        "Units of analysis: Johnson et al. (2022) give errors for each marker, network and benchmark and do"
        " not say which of them are the units of their 1 x 10 analysis of variance; landmarks x networks, as"
        " here, is the reading that fits their Figure 2. Landmarks of one network are not independent (one"
        " training, one set of test pictures), so p values are too small. The honest units are the networks:"
        " those tests stand beside, with fewer units.",
        "The tested plateau depends on the number of units: with more of them smaller differences become"
        " significant and the plateau comes later. The fitted plateau does not; read both.",
        "Corrected p values are Greenhouse and Geisser's where not said otherwise.",
    ]
    if len(grid.seeds) < 3:
        sentences.append(
            f"Only {len(grid.seeds)} seed(s): what one training or draw of frames does by chance is"
            " hardly seen."
        )
    if constant_rate:
        sentences.append(
            "Networks were trained with a constant rate of learning and averaged weights, so that a benchmark"
            " is what a run of that length gives; a rate that falls to the end gives a little less error."
        )
    sentences.append(
        "The numbers hold for these videos, landmarks and picture sizes; other ones need their own."
    )
    return tuple(sentences)


def effect_text(effect: Effect) -> str:
    """F(9, 351) = 24.4, p < .001, partial eta squared .38."""
    p = effect.p_gg
    said = "p < .001" if p < 0.001 else f"p = {p:.3f}".replace("0.", ".", 1)
    eta = f"{effect.partial_eta2:.2f}".replace("0.", ".", 1)
    return f"F({effect.df}, {effect.df_error}) = {effect.f:.1f}, {said}, partial eta² {eta}"


def _use(analysis: FactorAnalysis, what: str) -> str:
    said = f"pairwise tests: {_level(analysis.plateau_tested)}"
    if analysis.decay is not None:
        said = f"fitted curve: {_level(analysis.plateau_fitted)}; {said}"
    if analysis.plateau is None:
        last = analysis.levels[-1]
        return (
            f"No plateau was reached within {last:,} {what} ({said}): the test error still changes at the"
            f" end. Use {last:,} or more, and try more."
        )
    return f"Use {analysis.plateau:,} {what}: beyond that the test error hardly changes ({said})."


def _how_good(grid: ErrorGrid, found: TrainingAnalysis) -> str:
    f, at = _chosen(grid, found)
    parts = []
    for part in _PARTS:
        name: Part = "test" if part == "test" else "train"
        means = [f"{grid.error(name, unit)[f, :, at].mean():.{_digits(unit)}f} {unit}" for unit in grid.units]
        parts.append(f"{_PARTS[part]} {' ('.join(means)}{')' * (len(means) - 1)}")
    return (
        f"With {grid.frames[f]:,} frames and {grid.iterations[at]:,} iterations the mean error is"
        f" {', '.join(parts)}."
    )


def _worst(grid: ErrorGrid, found: TrainingAnalysis) -> str:
    f, at = _chosen(grid, found)
    by_landmark = grid.error("test")[f, :, at].mean(axis=0)
    order = by_landmark.argsort()
    worst, best = order[-1], order[0]
    return (
        f"Hardest landmark: {grid.landmarks[worst].replace('_', ' ')} ({by_landmark[worst]:.1f} px test"
        f" error); easiest: {grid.landmarks[best].replace('_', ' ')} ({by_landmark[best]:.1f} px)."
    )


def _chosen(grid: ErrorGrid, found: TrainingAnalysis) -> tuple[int, int]:
    """Indices of the numbers of frames and iterations to use."""
    frames = found.frames["test"].plateau if found.frames else None
    return (
        grid.frames.index(frames) if frames is not None else len(grid.frames) - 1,
        grid.iterations.index(found.at),
    )


def _digits(unit: ErrorUnit) -> int:
    return 2 if unit == "px" else 1


def _effect_sentence(analysis: FactorAnalysis) -> str:
    text = (
        f"{_PARTS[analysis.part].capitalize()} error by {analysis.factor}: {effect_text(analysis.effect)}"
        f" ({analysis.units} units: landmarks x {'networks' if analysis.factor == 'iterations' else 'seeds'})"
    )
    own = [effect for effect in analysis.network_effects if effect.name == analysis.factor]
    if own:
        what = "networks" if analysis.factor == "iterations" else "seeds"
        text += f"; with {what} as units {effect_text(own[0])}"
    return text + "."


def _plateau_sentence(analysis: FactorAnalysis) -> str:
    part, tested, fitted = _PARTS[analysis.part], analysis.plateau_tested, analysis.plateau_fitted
    start = f"Plateau of the {part} error by {analysis.factor}: pairwise tests {_level(tested)}"
    if analysis.decay is None:
        few = len(analysis.levels) < 4
        why = "it needs four levels" if few else "the error does not fall towards an asymptote"
        return f"{start}; no curve was fitted, for {why}."
    d, tolerance = analysis.decay, analysis.tolerance_px
    return (
        f"{start}; fitted curve {_level(fitted)}: it comes within {tolerance:.2f} px of its asymptote of"
        f" {d.asymptote:.2f} px at {d.level_within(tolerance):,.0f}.{_why_they_disagree(analysis)}"
    )


def _level(level: int | None) -> str:
    return "not reached" if level is None else f"{level:,}"


def _why_they_disagree(analysis: FactorAnalysis) -> str:
    tested, fitted = analysis.plateau_tested, analysis.plateau_fitted
    if tested == fitted:
        return ""
    late = float("inf")
    if (tested or late) > (fitted or late):
        return (
            f" They disagree: {analysis.units} units tell apart differences smaller than the tolerance"
            f" ({SHARE:.0%} of the asymptote, or what seeds differ by)."
        )
    return (
        " They disagree: the curve still falls by more than the tolerance, but the differences vary too much"
        f" between the {analysis.units} units, or are too many to adjust for, to be significant."
    )
