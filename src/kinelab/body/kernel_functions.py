"""The functions of a model, compiled: values and slopes of terms."""

from __future__ import annotations

from kinelab.body.plan import Plan
from kinelab.core.checks import Array
from kinelab.core.compiled import compiled_inside


@compiled_inside
def sum_of_terms(plan: Plan, first: int, stop: int, coordinate: Array, slope: Array) -> float:
    """Sum of the terms first .. stop - 1 at all coordinates (C,); fills the slope of each term."""
    total = 0.0
    for term in range(first, stop):
        column = plan.terms[term, 0]
        x = coordinate[column] if column >= 0 else 0.0
        value, slope[term] = evaluate(plan, plan.terms[term, 1], x)
        total += value
    return total


@compiled_inside
def evaluate(plan: Plan, function: int, x: float) -> tuple[float, float]:
    """Value and slope of a piecewise polynomial; at a break those of the piece to its right."""
    first, width = plan.functions[function, 0], plan.functions[function, 2]
    piece, after = first, first + plan.functions[function, 1]
    while after - piece > 1:
        middle = (piece + after) >> 1
        if x >= plan.piece_from[middle]:
            piece = middle
        else:
            after = middle
    u = x - plan.piece_origin[piece]
    low = plan.functions[function, 3] + (piece - first) * width
    value = plan.coefficients[low + width - 1]
    slope = 0.0 * u  # NaN for NaN
    for at in range(low + width - 2, low - 1, -1):
        slope = slope * u + value
        value = value * u + plan.coefficients[at]
    return value, slope
