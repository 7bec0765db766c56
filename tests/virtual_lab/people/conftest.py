"""Bodies to dress."""

from collections.abc import Callable
from functools import cache

import pytest

from kinelab.virtual_lab.people.bare import BareBody
from kinelab.virtual_lab.people.figure import figure_of
from kinelab.virtual_lab.people.fit import Fit, fit_own_body
from kinelab.virtual_lab.people.making import bare_body
from kinelab.virtual_lab.people.shape import Shape

SHAPES = (Shape("female", 30, 1.65, 58), Shape("male", 60, 1.76, 105), Shape("male", 24, 1.86, 72))


@pytest.fixture(scope="session")
def body() -> Callable[[int], tuple[BareBody, Fit]]:
    """A slim woman, a heavy man and a tall young man (0, 1, 2): bare, and how the own body fits them."""

    @cache
    def made(which: int) -> tuple[BareBody, Fit]:
        figure = figure_of(SHAPES[which])
        fit = fit_own_body(figure)
        return bare_body(figure, fit), fit

    return made
