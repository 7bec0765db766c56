from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.checks import Problems, read_only
from kinelab.errors import InputError


def test_read_only_is_a_copy_that_cannot_change():
    source = [[1, 2], [3, 4]]
    array = np.array(source)
    kept = read_only(array)
    array[0, 0] = 9
    assert kept[0, 0] == 1
    assert kept.dtype == np.float64
    with pytest.raises(ValueError, match="read-only"):
        kept[0, 0] = 5


def test_all_problems_in_one_message():
    problems = Problems("Thing")
    problems.add_if(True, "a is wrong")
    problems.add_if(False, "b is wrong")
    problems.one_of("n", 3, (1, 2))
    problems.unique("names", ["x", "y", "x"])
    with (
        pytest.raises(InputError, match=r"^Thing: a is wrong; n is 3, allowed are 1, 2; names holds x more"),
        problems,
    ):
        pass


def test_an_error_inside_is_not_hidden():
    with pytest.raises(ZeroDivisionError), Problems("Thing") as problems:
        problems.add_if(1 / 0 > 0, "never reached")


def test_shape():
    with (
        pytest.raises(InputError, match=r"a has shape \(2,\), expected \(3,\)"),
        Problems("Thing") as problems,
    ):
        problems.shape("a", np.zeros(2), (3,))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([0, 1, 1], r"t does not increase at index 2 \(1 then 1\)"),
        ([0, 2, 1, 0], r"t does not increase at index 2 \(2 then 1\)"),
        ([0, np.nan, 1], "t holds NaN or infinity at index 1"),
        ([0, 1, np.inf], "t holds NaN or infinity at index 2"),
    ],
)
def test_increasing(values, message):
    with pytest.raises(InputError, match=message), Problems("Thing") as problems:
        problems.increasing("t", np.array(values, dtype=float))


@pytest.mark.parametrize("values", [[], [4], [-1, 0, 0.1]])
def test_increasing_is_content(values):
    with Problems("Thing") as problems:
        problems.increasing("t", np.array(values, dtype=float))
    assert problems.found == []
