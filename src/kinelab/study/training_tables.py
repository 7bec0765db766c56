"""The tables of a study of training parameters."""

from __future__ import annotations

from kinelab.keypoints.error_grid import ErrorGrid
from kinelab.reports.tables import Table
from kinelab.stats.rm_anova import Effect
from kinelab.study.training_analysis import FactorAnalysis, TrainingAnalysis

_MOST_PAIRS = 100


def tables(grid: ErrorGrid, found: TrainingAnalysis) -> tuple[Table, ...]:
    """Mean errors, analyses of variance, pairs of levels."""
    analyses = [*found.iterations.values(), *found.frames.values()]
    return (
        _means(grid),
        _effects(found),
        *(_pairs(analysis) for analysis in analyses if analysis.part == "test"),
    )


def _means(grid: ErrorGrid) -> Table:
    rows = []
    for f, frames in enumerate(grid.frames):
        for c, iterations in enumerate(grid.iterations):
            cells = [f"{frames:,}", f"{iterations:,}"]
            for part in ("train", "test"):
                for unit in grid.units:
                    error = grid.error("train" if part == "train" else "test", unit)[f, :, c]
                    sd = error.std(ddof=1) if error.size > 1 else float("nan")
                    cells.append(f"{error.mean():.2f} ± {sd:.2f}")
            rows.append(tuple(cells))
    heads = [f"{part} error ({unit})" for part in ("training", "test") for unit in grid.units]
    return Table(
        "Mean errors",
        ("frames", "iterations", *heads),
        tuple(rows),
        f"Mean ± SD over {len(grid.seeds)} seeds x {len(grid.landmarks)} landmarks. Every landmark and"
        " network: errors.csv.",
    )


def _effects(found: TrainingAnalysis) -> Table:
    rows = []
    for analyses in (found.iterations, found.frames):
        for analysis in analyses.values():
            what = "networks" if analysis.factor == "iterations" else "seeds"
            rows.append(
                _effect(f"{analysis.part}, {analysis.factor}", f"landmarks x {what}", analysis.effect)
            )
            rows += [
                _effect(f"{analysis.part}, {analysis.factor}", what, effect)
                for effect in analysis.network_effects
            ]
    for effect in found.both or ():
        rows.append(_effect("test, both factors", "landmarks x seeds", effect))
    return Table(
        "Analyses of variance",
        ("error", "units", "effect", "F", "df", "p", "p (GG)", "p (HF)", "Mauchly W", "its p", "eps GG",
         "eps HF", "partial eta²", "general. eta²"),
        tuple(rows),
        "GG, HF: corrected after Greenhouse and Geisser, Huynh and Feldt (with Lecoutre's correction)."
        " Mauchly's test needs more units than levels.",
    )  # fmt: skip


def _effect(error: str, units: str, effect: Effect) -> tuple[str, ...]:
    s = effect.sphericity
    spread = (s.w, s.p, s.greenhouse_geisser, s.huynh_feldt) if s is not None else (float("nan"),) * 4
    numbers = (effect.p, effect.p_gg, effect.p_hf, *spread, effect.partial_eta2, effect.generalised_eta2)
    return (
        error,
        units,
        effect.name,
        f"{effect.f:.2f}",
        f"{effect.df}, {effect.df_error}",
        *(_three(value) for value in numbers),
    )


def _pairs(analysis: FactorAnalysis) -> Table:
    rows = [
        (f"{int(p.a):,} – {int(p.b):,}", f"{p.difference:.3f}", f"{p.ci95[0]:.3f} to {p.ci95[1]:.3f}",
         f"{p.t:.2f}", str(p.df), _three(p.p), _three(p.p_adjusted), f"{p.d_z:.2f}", f"{p.d_av:.2f}")
        for p in analysis.pairs[:_MOST_PAIRS]
    ]  # fmt: skip
    return Table(
        f"Pairs of {analysis.factor}, test error",
        ("levels", "difference (px)", "95 % interval", "t", "df", "p", "p (Bonferroni)", "d_z", "d_av"),
        tuple(rows),
        "Intervals are of each difference alone. d_z: in standard deviations of the differences; d_av: of the"
        " errors.",
    )


def _three(value: float) -> str:
    if value != value:
        return "–"
    return "<.001" if 0 <= value < 0.001 else f"{value:.3f}"
