"""Angles of our own body from hospital marker trials, beside those that the hospital's own software gave."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinelab.body.own_body import own_body
from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.files.c3d import read_c3d_angles
from kinelab.markers.estimate import MarkerSettings, estimate
from kinelab.markers.trial import read_trial


@dataclass(frozen=True)
class Visit:
    """A walking trial and the standing trial of the same person, under gait/c3d_hospitals."""

    walk: str
    static: str


VISITS = (
    Visit("FMC/MH0222_BP06.c3d", "FMC/MH0222_BP01.c3d"),
    Visit("FMC/MH0222_BP15.c3d", "FMC/MH0222_BP01.c3d"),
    Visit("Sydney/S4-AMGait05.c3d", "Sydney/S4_AM_Cal_01.c3d"),
    Visit("MH/MH_Dynamic_BF08.c3d", "MH/MH_Cal_01.c3d"),
)
ANGLES = (
    ("hip flexion", "hip_flexion", "HipAngles"),
    ("knee flexion", "knee_angle", "KneeAngles"),
    ("ankle dorsiflexion", "ankle_angle", "AnkleAngles"),
)


@dataclass(frozen=True, eq=False)
class Agreement:
    """One angle of one leg: ours (N,) and theirs (N,) deg at the frames that both have."""

    ours_deg: Array
    theirs_deg: Array

    @property
    def offset_deg(self) -> float:
        """Mean of ours minus theirs."""
        return float((self.ours_deg - self.theirs_deg).mean())

    @property
    def spread_deg(self) -> float:
        """Standard deviation of ours minus theirs."""
        return float((self.ours_deg - self.theirs_deg).std())

    @property
    def r(self) -> float:
        """Pearson's correlation."""
        return float(np.corrcoef(self.ours_deg, self.theirs_deg)[0, 1])


def run(seed: int, quick: bool, shared: Path | None) -> str:
    """Solve the hospital trials with our own body (one of them with `quick`); a page of Markdown.

    Raises:
        InputError: no folder of recordings.
    """
    if shared is None:
        raise InputError("the hospital recordings are needed for this; give their folder with --shared")
    lines = [
        "Walking trials of three hospitals (C3D), kinelab's own body scaled with the standing trial, beside "
        "the sagittal angles that the hospitals' own software (Plug-in Gait and the like) wrote into it. "
        "Neither is the truth: frames and knee axes are defined differently, so an offset is expected; the "
        "spread says whether the movement is the same. ours minus theirs, deg; left, right.",
        "",
        "| trial | fit RMS, mm | angle | offset | spread | r |",
        "|---|---|---|---|---|---|",
    ]
    for visit in VISITS[: 1 if quick else None]:
        rms_mm, found = agreement(visit, shared / "gait" / "c3d_hospitals", seed, quick)
        for name, sides in found.items():
            cells = [
                ", ".join(f"{getattr(side, what):{form}}" for side in sides)
                for what, form in (("offset_deg", "+.1f"), ("spread_deg", ".1f"), ("r", ".3f"))
            ]
            lines.append(f"| {Path(visit.walk).stem} | {rms_mm:.1f} | {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def agreement(
    visit: Visit, folder: Path, seed: int, quick: bool
) -> tuple[float, dict[str, tuple[Agreement, ...]]]:
    """Median RMS of the fit in mm, and for each angle that the file has the left and the right leg."""
    walk = read_trial(folder / visit.walk)
    settings = MarkerSettings(seed=seed, quick=quick)
    result = estimate(walk, own_body(), settings, read_trial(folder / visit.static))
    theirs = read_c3d_angles(folder / visit.walk)
    found = {}
    for name, ours, label in ANGLES:
        sides = []
        for side in ("l", "r"):
            if (column := f"{side.upper()}{label}") in theirs.names:
                angle_deg = theirs.angle_deg[:, theirs.names.index(column), 0]
                both = np.isfinite(angle_deg)
                sides.append(Agreement(result.kinematics.of(f"{ours}_{side}")[both], angle_deg[both]))
        if sides:
            found[name] = tuple(sides)
    return 1000 * float(np.nanmedian(result.ik.rms_error_m)), found
