"""Standard error of measurement and the smallest change that is real, each by a named definition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2

from kinelab.stats.cells import full_table
from kinelab.stats.icc import icc, mean_squares

Definition = Literal["from ICC(A,1)", "from within-person SD"]
_Z95 = 1.959963984540054


@dataclass(frozen=True)
class MeasurementError:
    """sem: one standard deviation of a measurement about the person's own value, in the unit of the values.

    mdc95 = 1.96 sqrt(2) sem: two measurements of one person that differ by more are not explained by the
    error of both in 95 % of cases. definition says how sem was found.
    """

    definition: Definition
    sem: float
    sem_ci95: tuple[float, float] | None
    mdc95: float


def sem_from_icc(values: ArrayLike) -> MeasurementError:
    """SD sqrt(1 - ICC(A,1)), SD over all n k values (Weir 2005, J Strength Cond Res 19:231).

    It takes ICC and SD from one sample. With an ICC from elsewhere it would change with the people; so would
    an ICC(C,1), which forgives the shift between days. Values (n people, k measurements).

    Raises:
        InputError: a cell is missing, or all values are alike.
    """
    table = full_table(values)
    form = icc(table)["ICC(A,1)"]
    sem = float(table.std(ddof=1) * np.sqrt(max(1 - form.value, 0.0)))
    return MeasurementError("from ICC(A,1)", sem, None, mdc95(sem))


def sem_within(values: ArrayLike) -> MeasurementError:
    """Root of the mean variance within people (Bland & Altman 1996, BMJ 313:744), with its interval.

    Needs no ICC and does not depend on how much the people differ: the one to prefer. A shift of everybody
    between the days is part of it. Values (n people, k measurements).

    Raises:
        InputError: a cell is missing.
    """
    ms = mean_squares(values)
    df = ms.n * (ms.k - 1)
    low, high = (float(np.sqrt(df * ms.within / chi2.ppf(q, df))) for q in (0.975, 0.025))
    sem = float(np.sqrt(ms.within))
    return MeasurementError("from within-person SD", sem, (low, high), mdc95(sem))


def mdc95(sem: float) -> float:
    """Smallest detectable change at 95 %, from the standard error of measurement."""
    return float(_Z95 * np.sqrt(2) * sem)
