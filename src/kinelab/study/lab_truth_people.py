"""Whether virtual people are as tall, heavy and varied as asked, and their skeletons fit their meshes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy import stats

from kinelab.body.own_body import own_body
from kinelab.core.checks import Array
from kinelab.study.lab_truth_parts import Mark, Part, prose, spread, table
from kinelab.virtual_lab.people.figure import Figure, figure_of
from kinelab.virtual_lab.people.fit import Fit, fit_own_body
from kinelab.virtual_lab.people.fit_conditions import MET
from kinelab.virtual_lab.people.looks import Looks
from kinelab.virtual_lab.people.looks_draw import draw_looks
from kinelab.virtual_lab.people.population import POPULATIONS, draw_shape
from kinelab.virtual_lab.people.shape import SEXES, Shape
from kinelab.virtual_lab.sessions.design import rng_of

TONES = range(1, 11)


@dataclass(frozen=True)
class Printed:
    """Means (SD) as printed: height (m), mass (kg), median body mass index; None where not printed so."""

    source: str
    height_m: tuple[float, float]
    mass_kg: tuple[float, float] | None
    bmi: float | None


# From memory, as in `people.population`, whose draws these check.
PRINTED: Mapping[tuple[str, str], Printed] = MappingProxyType(
    {
        ("young_adults", "female"): Printed("ANSUR II", (1.629, 0.064), (67.8, 11.0), None),
        ("young_adults", "male"): Printed("ANSUR II", (1.756, 0.069), (85.5, 14.2), None),
        ("adults", "female"): Printed("NHANES", (1.613, 0.070), None, 27.7),
        ("adults", "male"): Printed("NHANES", (1.753, 0.074), None, 27.8),
    }
)


@dataclass(frozen=True)
class Misfit:
    """One made body: what it misses of the height asked for, and the joint furthest from the mesh's."""

    height_mm: float
    joint_mm: float


def part(seed: int, quick: bool) -> Part:
    """Draw many shapes and looks, and make some of the bodies."""
    drawn, made = (400, 3) if quick else (6000, 40)
    shapes = {
        name: [draw_shape(rng, name) for _ in range(drawn)]
        for rng, name in ((rng_of(seed, k, 9), name) for k, name in enumerate(POPULATIONS))
    }
    rng = rng_of(seed, 9)
    looks = [draw_looks(rng, shape) for shape in shapes["adults"]]
    misfits = [misfit(shape) for drawn_ones in shapes.values() for shape in drawn_ones[:made]]
    return describe(shapes, looks, misfits)


def misfit(shape: Shape) -> Misfit:
    """Make the naked body and its skeleton and measure both again."""
    figure = figure_of(shape)
    height_m = float(np.ptp(figure.vertex_m[:, 1].astype(float)))
    joint_m = _furthest_joint_m(figure, fit_own_body(figure))
    return Misfit(1e3 * abs(height_m - shape.height_m), 1e3 * joint_m)


def _furthest_joint_m(figure: Figure, fit: Fit) -> float:
    names = own_body().joint_names
    return max(
        float(np.linalg.norm(fit.placement.joint_centre_m[names.index(joint)] - figure.point_m[point]))
        for joint, point in MET
    )


def describe(
    shapes: Mapping[str, Sequence[Shape]], looks: Sequence[Looks], misfits: Sequence[Misfit]
) -> Part:
    """Tables of builds and looks, and the marks."""
    rows, off_m = [], []
    for population, drawn in shapes.items():
        for sex in SEXES:
            mine = [shape for shape in drawn if shape.sex == sex]
            printed = PRINTED.get((population, sex))
            height = np.array([shape.height_m for shape in mine])
            if printed is not None:
                off_m.append(abs(height.mean() - printed.height_m[0]))
            rows.append(
                (population, sex, len(mine), spread(height, 3), _said(printed, "height_m", 3),
                 spread([shape.mass_kg for shape in mine], 1), _said(printed, "mass_kg", 1),
                 _quantiles([shape.bmi for shape in mine]),
                 "-" if printed is None or printed.bmi is None else f"{printed.bmi:g}",
                 printed.source if printed is not None else "-")
            )  # fmt: skip
    heads = ("population", "sex", "n", "height, m", "printed", "mass, kg", "printed", "BMI, 5 / 50 / 95 %",
             "printed median", "source")  # fmt: skip
    text = prose(
        """Synthetic people as drawn, mean ± sd. The mesh takes body mass indices of 14 to 37 (women) and
        38 (men), which cuts off the heaviest of NHANES; runners and children have no printed mean for
        such a span of ages."""
    )
    joint_mm, height_mm = max(one.joint_mm for one in misfits), max(one.height_mm for one in misfits)
    made = prose(
        f"""{len(misfits)} of them made as bare meshes: height at most {height_mm:.1e} mm from what was asked,
        hips, knees, ankles, shoulders, elbows and wrists of skeleton and mesh at most {joint_mm:.1e} mm
        apart."""
    )
    balance, tones_p = _balance(looks)
    marks = (
        Mark("mean heights by sex as printed", "within 10 mm", f"at most {1e3 * max(off_m):.1f} mm off",
             bool(max(off_m) <= 0.010)),
        Mark("joint centres of skeleton and mesh", "<= 0.1 mm", f"{joint_mm:.1e} mm, n = {len(misfits)}",
             joint_mm <= 0.1),
        Mark("skin tones balanced over the ten of the Monk scale", "chi-squared p > 0.01",
             f"p = {tones_p:.2f}", tones_p > 0.01),
    )  # fmt: skip
    return Part("People", "\n\n".join([text, table(heads, rows), made, balance]), marks)


def _balance(looks: Sequence[Looks]) -> tuple[str, float]:
    """Shares of skin tones, clothing and outfits in words; p of equal tones."""
    tones: Array = np.array([sum(one.skin_monk == tone for one in looks) for tone in TONES], dtype=float)
    shares = 100 * tones / len(looks)
    groups = {
        "clothing": Counter(one.clothing for one in looks),
        "outfit": Counter(one.outfit for one in looks),
        "headwear": Counter(one.headwear for one in looks),
    }
    words = "; ".join(
        f"{kind} " + ", ".join(f"{name} {100 * n / len(looks):.0f} %" for name, n in counted.most_common())
        for kind, counted in groups.items()
    )
    least, most = shares.min(), shares.max()
    text = f"Looks of {len(looks)} adults: each of ten skin tones {least:.1f} to {most:.1f} %; {words}."
    return text, float(stats.chisquare(tones).pvalue)


def _said(printed: Printed | None, name: str, digits: int) -> str:
    value = None if printed is None else getattr(printed, name)
    return "-" if value is None else f"{value[0]:.{digits}f} ± {value[1]:.{digits}f}"


def _quantiles(values: Sequence[float]) -> str:
    return " / ".join(f"{value:.1f}" for value in np.quantile(values, (0.05, 0.5, 0.95)))
