"""A finding about the person: it knows which measures, and so which strides, it rests on."""

from __future__ import annotations

from dataclasses import dataclass

from kinelab.core.report import Finding


@dataclass(frozen=True)
class StrideFinding(Finding):
    """A finding whose strides can be shown. measures: names of its quantities, the most telling first.

    Other findings are about the recording: what to doubt, what was done with it.
    """

    measures: tuple[str, ...] = ()
