"""Virtual walkers beside 42 healthy adults (Fukuchi et al. 2018, PeerJ 6:e4640, CC BY 4.0)."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.virtual_lab.motion.mover import default_mover
from kinelab.virtual_lab.motion.walk import walk
from kinelab.virtual_lab.motion.walk_style import draw_walk_style

# Our curve, its sign there, and the name and dimension of theirs.
CURVES = {
    "pelvis_tilt": (-1, "PelvisAngles", "2"),
    "pelvis_list": (-1, "PelvisAngles", "1"),
    "pelvis_rotation": (1, "PelvisAngles", "3"),
    "hip_flexion": (1, "HipAngles", "2"),
    "hip_adduction": (1, "HipAngles", "1"),
    "hip_rotation": (1, "HipAngles", "3"),
    "knee_angle": (1, "KneeAngles", "2"),
    "ankle_angle": (1, "AnkleAngles", "2"),
}
PERCENT = np.arange(101)


def healthy(folder: Path) -> dict[str, Array]:
    """Right legs' curves (42, 101) deg by our names."""
    with (folder / "FGDI_strides_WBDS42_PD22onoff_TFA18.csv").open(newline="") as file:
        rows = [row for row in csv.reader(file) if row[2].startswith("WBDS") and row[5] == "R"]
    found = {}
    for name, (sign, group, dimension) in CURVES.items():
        mine = [row[9:] for row in rows if (row[6], row[7]) == (group, dimension)]
        found[name] = sign * np.array(mine, dtype=float)
    return found


@cache
def virtual(n: int) -> dict[str, Array]:
    """Right legs' curves (n, 101) deg of random people of random size."""
    rng = np.random.default_rng(3)
    found: dict[str, list[Array]] = {name: [] for name in CURVES}
    for _ in range(n):
        mover = default_mover(rng.uniform(1.55, 1.95))
        style = draw_walk_style(rng, mover)
        movement = walk(mover, style, 100.0, 2.2 * style.stride_time_s, rng)
        start_s, stop_s = movement.events.times("right", "ic")[:2]
        at = start_s + PERCENT / 100 * (stop_s - start_s)
        for name in CURVES:
            column = name if name.startswith("pelvis") else f"{name}_r"
            found[name].append(np.interp(at, movement.time.time_s, movement.angle_deg(column)))
    return {name: np.stack(curves) for name, curves in found.items()}


@pytest.mark.shared
def test_walkers_lie_within_two_standard_deviations_of_healthy_adults(shared_data: Path) -> None:
    """The mean walker over 98 % of the cycle in every curve; single walkers about as often as the healthy
    adults themselves, of whom 92 to 96 % of all samples lie within."""
    real = healthy(shared_data / "gait" / "curves_healthy_pd_amputee")
    ours = virtual(30)
    within = []
    for name in CURVES:
        mean, two_sd = real[name].mean(axis=0), 2 * real[name].std(axis=0, ddof=1)
        assert real[name].shape == (42, 101)
        assert np.mean(np.abs(ours[name].mean(axis=0) - mean) < two_sd) >= 0.98, name
        share = np.mean(np.abs(ours[name] - mean) < two_sd)
        assert share >= 0.91, name
        within.append(share)
    assert np.mean(within) >= 0.96


@pytest.mark.shared
def test_people_differ_but_not_more_than_real_ones(shared_data: Path) -> None:
    real = healthy(shared_data / "gait" / "curves_healthy_pd_amputee")
    ours = virtual(30)
    for name in CURVES:
        ratio = ours[name].std(axis=0).mean() / real[name].std(axis=0).mean()
        assert 0.3 < ratio < 1.1, name
