"""The virtual laboratory against its marks: truth, realism, feet, patterns, people, determinism."""

from __future__ import annotations

from pathlib import Path

from kinelab.study import (
    lab_truth_feet,
    lab_truth_gait,
    lab_truth_ik,
    lab_truth_pace,
    lab_truth_patterns,
    lab_truth_people,
    lab_truth_repeat,
    lab_truth_sensors,
    lab_truth_silhouette,
)
from kinelab.study.lab_truth_parts import page, prose


def run(seed: int, quick: bool, shared: Path | None) -> str:
    """Measure every mark of the virtual laboratory; a page of Markdown.

    Without the folder `shared` of real recordings walking is not set beside real people.

    Raises:
        FileFormatError: `shared` does not hold the healthy curves or norms.
        MissingExtraError: opensim is not installed.
    """
    walking = lab_truth_gait.walkers(seed, 4 if quick else 60, 5.0)
    parts = [
        lab_truth_ik.part(seed, quick),
        lab_truth_sensors.part(seed, quick),
        lab_truth_silhouette.part(seed, quick),
        *([] if shared is None else [lab_truth_gait.part(walking, shared)]),
        lab_truth_pace.part(walking, shared),
        lab_truth_feet.part(seed, quick),
        lab_truth_patterns.part(seed, quick),
        lab_truth_people.part(seed, quick),
        lab_truth_repeat.part(seed, quick),
    ]
    left_out = "" if shared is not None else "Without --shared walking is not set beside real people."
    intro = prose(
        f"""Synthetic data throughout, seed {seed}: the figures say how exact and how life-like the
        laboratory is, not how well an analysis does on real people. {left_out}"""
    )
    return page(intro, parts)
