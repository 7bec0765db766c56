"""The terms and functions of a plan: each function once, constants apart from what moves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from kinelab.body.functions import Function, constant
from kinelab.body.model import Term
from kinelab.core.checks import Array

NONE = -1


def split(terms: Iterable[Term]) -> tuple[float, tuple[Term, ...]]:
    """The sum of the terms that are constant, and the others."""
    moving = []
    amount = 0.0
    for term in terms:
        if term.coordinate is None or _is_constant(term.function):
            amount += float(term.function.value(0.0))
        else:
            moving.append(term)
    return amount, tuple(moving)


def gathered(terms: Iterable[Term]) -> tuple[Term, ...]:
    """The same sum: the terms that move, and one for all constants together unless that is zero."""
    amount, moving = split(terms)
    return (*moving, Term(None, constant(amount))) if amount else moving


class TermTable:
    """Grows the rows (coordinate, function) of a plan's terms; equal functions are kept once."""

    def __init__(self, columns: Mapping[str, int]) -> None:
        self.columns = columns
        self.rows: list[tuple[int, ...]] = []
        self.unique: list[Function] = []
        self._row: dict[tuple[bytes, ...], int] = {}

    def add(self, terms: Iterable[Term]) -> tuple[int, int]:
        """First row of these terms and the one past their last."""
        first = len(self.rows)
        for term in terms:
            column = NONE if term.coordinate is None else self.columns[term.coordinate]
            self.rows.append((column, self._function(term.function)))
        return first, len(self.rows)

    def _function(self, function: Function) -> int:
        parts = (function.origin, function.breaks, function.coefficients)
        key = tuple(part.tobytes() for part in parts)
        if key not in self._row:
            self._row[key] = len(self.unique)
            self.unique.append(function)
        return self._row[key]


def function_tables(functions: Iterable[Function]) -> tuple[Array, Array, Array, Array]:
    """(functions, piece_from, piece_origin, coefficients) as `plan.Plan` has them."""
    rows, starts, origins, coefficients = [], [], [], []
    pieces = values = 0
    for function in functions:
        table = _without_empty_powers(function.coefficients)
        rows.append((pieces, function.origin.size, table.shape[1], values))
        starts.append(np.concatenate([[-np.inf], function.breaks]))
        origins.append(function.origin)
        coefficients.append(table.ravel())
        pieces += function.origin.size
        values += table.size
    return np.array(rows), _joined(starts), _joined(origins), _joined(coefficients)


def _joined(parts: list[Array]) -> Array:
    return np.concatenate([*parts, np.zeros(0)])


def _without_empty_powers(coefficients: Array) -> Array:
    used = np.flatnonzero(coefficients.any(axis=0))
    return coefficients[:, : used[-1] + 1] if used.size else coefficients[:, :1]


def _is_constant(function: Function) -> bool:
    return function.origin.size == 1 and not function.coefficients[:, 1:].any()
