"""Which free coordinate moves which joint, through which axes, terms and couplers: the Jacobian's pattern."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

NONE = -1
Rows = list[tuple[int, ...]]


class Pattern(NamedTuple):
    """The tables chains, chain_parts, twists, twist_parts, column_start and columns of `plan.Plan`."""

    chains: Rows
    chain_parts: Rows
    twists: Rows
    twist_parts: Rows
    column_start: list[int]
    columns: Rows


def pattern(joints: Rows, term_start: Sequence[int], terms: Rows, couplers: Rows) -> Pattern:
    """The pattern of a model's Jacobian; the arguments are rows of `plan.Plan`."""
    chains, chain_parts, leads = _chains(terms, couplers)
    twists: Rows = []
    twist_parts: Rows = []
    of_body: dict[int, dict[int, int]] = {NONE: {}}
    for joint, (parent, child, first, _, stop, _) in enumerate(joints):
        parts: dict[int, Rows] = {}
        for axis in range(first, stop):
            for term in range(term_start[axis], term_start[axis + 1]):
                for free, chain in _free(terms[term][0], leads):
                    parts.setdefault(free, []).append((axis, term, chain))
        moved = dict(of_body[parent])
        for free, entries in parts.items():
            start = len(twist_parts)
            twist_parts += entries
            twists.append((joint, moved.get(free, NONE), start, len(twist_parts)))
            moved[free] = len(twists) - 1
        of_body[child] = moved
    column_start = [0]
    columns: Rows = []
    for body in range(len(joints)):
        columns += sorted(of_body[body].items())
        column_start.append(len(columns))
    return Pattern(chains, chain_parts, twists, twist_parts, column_start, columns)


def _chains(terms: Rows, couplers: Rows) -> tuple[Rows, Rows, dict[int, dict[int, int]]]:
    """Rows of chains and their parts, and for each dependent coordinate its chain by free coordinate."""
    chains: Rows = []
    parts: Rows = []
    leads: dict[int, dict[int, int]] = {}
    for dependent, first, stop in couplers:
        found: dict[int, Rows] = {}
        for term in range(first, stop):
            for free, chain in _free(terms[term][0], leads):
                found.setdefault(free, []).append((term, chain))
        leads[dependent] = {}
        for free, entries in found.items():
            start = len(parts)
            parts += entries
            leads[dependent][free] = len(chains)
            chains.append((start, len(parts)))
    return chains, parts, leads


def _free(coordinate: int, leads: dict[int, dict[int, int]]) -> list[tuple[int, int]]:
    """The free coordinates behind a term's coordinate, each with its chain; none for itself."""
    if coordinate == NONE:
        return []
    return list(leads[coordinate].items()) if coordinate in leads else [(coordinate, NONE)]
