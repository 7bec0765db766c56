"""What is asked of a digital twin: a handful of numbers in clinical units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kinelab.core.checks import Problems
from kinelab.core.events import SIDES, Side

AlteredSide = Literal["left", "right", "both"]
Clearing = Literal["none", "steppage", "hiking", "circumduction"]
CLEARINGS: tuple[Clearing, ...] = ("none", "steppage", "hiking", "circumduction")
ALLOWED: Mapping[str, tuple[float, float, str]] = {
    "speed_pct": (40.0, 200.0, "%"), "step_length_pct": (50.0, 160.0, "%"),
    "knee_max_deg": (5.0, 140.0, "deg"), "foot_drop_deg": (0.0, 50.0, "deg"),
}  # fmt: skip


@dataclass(frozen=True)
class Alteration:
    """Changes of one person's walk; what is left at its default stays as the person does it.

    speed_pct: of the own speed. step_length_pct: of the own steps; None = as speed asks (`pace`). Alone it
    leaves the cadence, so that speed follows; with a speed, 100 or another, cadence follows. knee_max_deg: no
    knee of `side` bends further. foot_drop_deg: in swing no ankle of `side` comes above so much
    plantarflexion. side: whose knee, foot and step. clearing: how a leg that is too long in swing gets over
    the ground: not at all (what clearance is lost is told), by more flexion of hip and knee (steppage), by
    raising the pelvis on its side (hiking), or by leading the leg outwards (circumduction).
    """

    speed_pct: float | None = None
    step_length_pct: float | None = None
    knee_max_deg: float | None = None
    foot_drop_deg: float | None = None
    side: AlteredSide = "both"
    clearing: Clearing = "none"

    def __post_init__(self) -> None:
        with Problems("Alteration") as problems:
            problems.one_of("side", self.side, (*SIDES, "both"))
            problems.one_of("clearing", self.clearing, CLEARINGS)
            for name, (low, high, unit) in ALLOWED.items():
                value = getattr(self, name)
                wrong = value is not None and not (np.isfinite(value) and low <= value <= high)
                problems.add_if(wrong, f"{name} is {value}, allowed are {low:g} to {high:g} {unit}")
            helpless = self.clearing != "none" and not self.limits_joints
            problems.add_if(helpless, f"clearing {self.clearing} without a limited knee or a dropped foot")

    @property
    def limits_joints(self) -> bool:
        """Whether a joint is kept from what it does."""
        return self.knee_max_deg is not None or self.foot_drop_deg is not None

    @property
    def moves_feet(self) -> bool:
        """Whether footprints or their times change."""
        return self.speed_pct not in (None, 100.0) or self.step_length_pct not in (None, 100.0)

    def sides(self) -> tuple[Side, ...]:
        """The sides that `side` means."""
        return SIDES if self.side == "both" else (self.side,)

    def words(self) -> tuple[str, ...]:
        """Each change in a few words, for the head of a report."""
        of = "" if self.side == "both" else f", {self.side}"
        said = []
        if self.speed_pct is not None:
            said.append(f"speed {self.speed_pct:g} % of the own")
        if self.step_length_pct is not None:
            said.append(f"step length {self.step_length_pct:g} % of the own{of}")
        if self.knee_max_deg is not None:
            said.append(f"knee flexion at most {self.knee_max_deg:g} deg{of}")
        if self.foot_drop_deg is not None:
            said.append(f"dropped foot, {self.foot_drop_deg:g} deg of plantarflexion in swing{of}")
        if self.clearing != "none":
            said.append(f"cleared by {self.clearing}")
        return tuple(said) or ("nothing was altered",)
