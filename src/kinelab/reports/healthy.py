"""How healthy people walk, as a report needs it: bands behind the curves, and where a person leaves them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, Side
from kinelab.core.kinematics import Kinematics
from kinelab.core.strides import STRIDE_POINTS
from kinelab.gait.deviation import Deviation, deviation
from kinelab.gait.deviation_measures import model_of
from kinelab.gait.deviation_variables import VARIABLES, nine_curves
from kinelab.gait.norms import NormSet, load_norms
from kinelab.gait.norms_store import DEFAULT, find_norms, norm_files
from kinelab.reports.analysis import Analysis
from kinelab.reports.stride_curves import side_curves

_WIDE = 2.0  # sd from the healthy mean, about 95 % of them at each single percent of the stride
_SHORTEST_PCT = 5  # of the stride; a shorter spell outside the band is not told
_Z95 = 1.959963984540054
# Curves whose sign and zero are the same in a norm set as in our own angles, for both legs.
_SHARED = {v.angle: i for i, v in enumerate(VARIABLES) if not v.of_pelvis and v.right == v.left == 1}


@dataclass(frozen=True, eq=False)
class Band:
    """Mean and standard deviation of one angle of the healthy over the stride, (101,) deg."""

    mean_deg: Array
    sd_deg: Array


@dataclass(frozen=True, eq=False)
class Healthy:
    """A norm set beside one analysis.

    bands: angle (`knee_angle`) -> how the healthy move it, only where the angle means the same. found: the
    person's deviation scores against the set. differs: what is another than here, in words; "" if nothing.
    """

    norms: NormSet
    bands: Mapping[str, Band]
    found: Deviation
    differs: str

    @property
    def who(self) -> str:
        """The healthy people, as a caption names them."""
        label = self.norms.label
        return (
            f"{label.people} healthy people ({label.population}, {label.laboratory}, norm set {label.title})"
        )


@dataclass(frozen=True)
class Outside:
    """Where the mean curve of one joint and side leaves the healthy band of ±2 sd.

    share_pct: of the stride in all. start_pct, stop_pct: of the longest spell; gap_deg: how far the mean is
    from the healthy mean in it, positive above. gvs_deg: mean and sd over the n strides of the distance over
    the whole stride; usual_deg: where 95 % of the healthy are. shifted: free of its offset the curve is
    within that range, so that the difference is one of the zero, or of posture.
    """

    stem: str
    side: Side
    n: int
    share_pct: float
    start_pct: int
    stop_pct: int
    gap_deg: float
    gvs_deg: tuple[float, float]
    usual_deg: tuple[float, float]
    shifted: bool


def is_planar(kinematics: Kinematics) -> bool:
    """Whether hip angles are against the trunk in the plane of a picture (docs/conventions.md)."""
    return "trunk_lean" in kinematics.names


def healthy_of(analysis: Analysis, norms: NormSet | None = None) -> Healthy | None:
    """The norm set beside this analysis; None where no stride or no angle of it can be compared.

    norms: None takes a set of the user's own that was made with the same body model, else the one that ships.

    Raises:
        FileFormatError: a norm set is damaged.
    """
    strides = analysis.strides
    stems = [stem for stem in _SHARED if any(f"{stem}_{side[0]}" in strides.names for side in SIDES)]
    planar = is_planar(analysis.kinematics)
    if planar and "hip_flexion" in stems:
        stems.remove("hip_flexion")  # against the trunk here, against the pelvis in a norm set
    if not strides.used.any() or not stems:
        return None
    norms = norms or _fitting(model_of(analysis.kinematics))
    bands = {
        stem: Band(norms.measured.mean_deg[at], norms.measured.sd_deg[at])
        for at, column in enumerate(norms.columns)
        for stem in stems
        if _SHARED[stem] == column
    }
    if not bands:
        return None
    curves = nine_curves(strides, analysis.kinematics)
    if planar:
        for legs in curves.values():
            legs[:, _SHARED["hip_flexion"]] = np.nan
    return Healthy(norms, bands, deviation(curves, norms), _differs(analysis, norms))


def _fitting(model: str | None) -> NormSet:
    """A set of the user's own for this body model, else the one that ships."""
    own = [load_norms(path) for name, path in norm_files().items() if name != DEFAULT]
    same = [norms for norms in own if model and norms.label.model.casefold() == model.casefold()]
    return same[0] if same else find_norms()


def _differs(analysis: Analysis, norms: NormSet) -> str:
    ours = model_of(analysis.kinematics)
    if ours and ours.casefold() == norms.label.model.casefold():
        return ""
    ways = {
        "camera": "one camera and its own way to find joints",
        "camera in space": "one camera and a network",
        "sensors": "worn sensors",
        "markers": "the markers and the program of another laboratory",
        "angles": "another program",
    }
    return (
        f"The healthy were measured with {norms.label.model}, this person with {ways[analysis.source]}."
        " A part of a difference from them, above all a curve that is shifted as a whole, may come from that."
    )


def outside(analysis: Analysis, healthy: Healthy) -> tuple[Outside, ...]:
    """Joints whose curve is farther from the healthy than 95 % of them are, the farthest first.

    Two conditions, both against chance: the distance over the whole stride (GVS, Baker et al. 2009) is above
    the range of the healthy, each against the others, and the mean curve is outside ±2 sd for
    `_SHORTEST_PCT` % of the stride or longer at one place.
    """
    norms, found = healthy.norms, []
    for stem, band in healthy.bands.items():
        column = _SHARED[stem]
        row = norms.columns.index(column)
        for side in SIDES:
            curves = side_curves(analysis.strides, stem, side)
            gvs = healthy.found.measured[side].gvs_deg[:, column]
            free = healthy.found.offset_free[side].gvs_deg[:, column]
            if not curves.n or not np.isfinite(gvs).any():
                continue
            usual = _usual(norms.measured.ln_gvs[row])
            if not np.nanmean(gvs) > usual[1]:
                continue
            spell = _longest(curves.mean_deg, band)
            if spell is None:
                continue
            start, stop, share = spell
            gap = float((curves.mean_deg - band.mean_deg)[start:stop].mean())
            known = gvs[np.isfinite(gvs)]
            sd = float(known.std(ddof=1)) if known.size > 1 else float("nan")
            shifted = bool(np.nanmean(free) <= _usual(norms.offset_free.ln_gvs[row])[1])
            found.append(
                Outside(stem, side, curves.n, share, start, stop - 1, gap, (float(known.mean()), sd), usual,
                        shifted)
            )  # fmt: skip
    return tuple(sorted(found, key=lambda one: -one.gvs_deg[0] / one.usual_deg[1]))


def spell_outside(mean_deg: Array, band: Band) -> tuple[int, int] | None:
    """First and last percent of the longest spell of a mean curve (101,) outside ±2 sd, on one side of it.

    None where none lasts `_SHORTEST_PCT` % of the stride.
    """
    spell = _longest(mean_deg, band)
    return None if spell is None else (spell[0], spell[1] - 1)


def _usual(ln: Array) -> tuple[float, float]:
    """Where 95 % of the healthy are, by mean and sd of the logarithm."""
    low, high = np.exp([ln[0] - _Z95 * ln[1], ln[0] + _Z95 * ln[1]])
    return float(low), float(high)


def _longest(mean_deg: Array, band: Band) -> tuple[int, int, float] | None:
    """First and past-the-last percent of the longest spell outside, on one side of it; all outside, %."""
    away = np.where(
        np.abs(mean_deg - band.mean_deg) > _WIDE * band.sd_deg, np.sign(mean_deg - band.mean_deg), 0
    )
    spells, at = [], 0
    for sign, run in groupby(away.tolist()):
        length = len(list(run))
        if sign:
            spells.append((at, at + length))
        at += length
    if not spells:
        return None
    start, stop = max(spells, key=lambda spell: spell[1] - spell[0])
    share = 100 * float(np.count_nonzero(away)) / STRIDE_POINTS
    return (start, stop, share) if stop - start >= _SHORTEST_PCT else None
