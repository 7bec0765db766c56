"""Tables 1 to 4 and 6 of the reproduction of Bittner et al. 2022: one frame of numbers each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import shapiro

from kinelab.core.checks import Array, IntArray
from kinelab.monocular.scores import (
    Pose,
    Series,
    angle_off_deg,
    body_mm,
    landmark_mm,
    of_legs,
    series,
    told_names,
    travel,
    turning,
)
from kinelab.monocular.sequences import VIEWS
from kinelab.study import bittner2022_paper as paper
from kinelab.study.bittner2022_ways import Judged

SEGMENTS = ("pelvis", "femur", "tibia", "humerus", "ulna", "radius")
GROUPS = ("joint", "movement", "participant")
CONSTANT = "constant"
_NONE = (float("nan"),) * 3
_SHAPIRO_LEAST = 3


def table1(ways: Sequence[Judged]) -> pd.DataFrame:
    """Bony landmarks, bodies and angles over everything; sd over people of each person's mean.

    The last row is of a way that tells the same angles for every frame, the best that there are (the median):
    who is no better has seen nothing.
    """
    rows: list[dict[str, object]] = []
    for way in ways:
        off = np.abs(angle_off_deg(way.told, way.truth))
        legs = of_legs(told_names(way.truth.model))
        people = [float(np.nanmean(off[way.clips.person == who])) for who in np.unique(way.clips.person)]
        theirs = _published(paper.TABLE1, way)
        rows.append(
            {
                "way": way.name,
                "mpblpe_mm": float(np.nanmean(landmark_mm(way.told, way.truth))),
                "mae_body_mm": float(np.nanmean(np.abs(body_mm(way.told, way.truth)))),
                "mae_angle_deg": float(np.nanmean(off)),
                "mae_legs_deg": float(np.nanmean(off[:, legs])),
                "sd_of_people_deg": float(np.std(people, ddof=1)) if len(people) > 1 else np.nan,
                "told_share": float(np.isfinite(off).all(axis=1).mean()),
                "paper_mpblpe_mm": theirs[0],
                "paper_mae_body_mm": theirs[1],
                "paper_mae_angle_deg": theirs[2],
            }
        )
    truth = ways[0].truth
    off = np.abs(truth.angle_deg - np.nanmedian(truth.angle_deg, axis=0))
    legs = of_legs(told_names(truth.model))
    constant = {"mae_angle_deg": float(np.nanmean(off)), "mae_legs_deg": float(np.nanmean(off[:, legs]))}
    return pd.DataFrame([*rows, {"way": CONSTANT, "told_share": 1.0, **constant}])


def table2(ways: Sequence[Judged]) -> pd.DataFrame:
    """Scale factors of some segments, both sides and all three axes, and lengths of their longest axes."""
    rows = []
    for way in ways:
        off, length = way.told.scale - way.truth.scale, np.abs(body_mm(way.told, way.truth))
        names = [name.removesuffix("_r").removesuffix("_l") for name in way.truth.model.body_names]
        for segment in SEGMENTS:
            own = [i for i, name in enumerate(names) if name == segment]
            theirs = paper.TABLE2.get(_in_paper(way), {}).get(segment, _NONE)
            rows.append(
                {
                    "way": way.name,
                    "segment": segment,
                    "rmse_factor": float(np.sqrt(np.nanmean(off[:, own] ** 2))),
                    "mae_mm": float(np.nanmean(length[:, own])),
                    "paper_rmse_factor": theirs[0],
                    "paper_mae_mm": theirs[1],
                }
            )
    return pd.DataFrame(rows)


def table3(ways: Sequence[Judged]) -> pd.DataFrame:
    """Angles averaged over both views: their mean error, the spread of errors, and how fast they change.

    MV is that of each view alone: the paper's is the same there as in its Table 4.
    """
    rows = []
    for way in ways:
        off = angle_off_deg(*_of_both_views(way))
        theirs = _published(paper.TABLE3, way)
        rows.append(
            {
                "way": way.name,
                "mae_angle_deg": float(np.nanmean(np.abs(off))),
                "sd_angle_deg": float(np.nanstd(off)),
                "mv_angle_dps": _speed_dps(way.told, way),
                "paper_mae_angle_deg": theirs[0],
                "paper_sd_angle_deg": theirs[1],
                "paper_mv_angle_dps": theirs[2],
            }
        )
    return pd.DataFrame(rows)


def table4(ways: Sequence[Judged]) -> pd.DataFrame:
    """How smooth: mean speeds of bony landmarks and angles; the last row is of the truth itself."""
    rows = [
        {
            "way": way.name,
            "mv_bl_mmps": travel(way.told.bony_m, way.clips.time_s, way.clips.parts),
            "mv_angle_dps": _speed_dps(way.told, way),
            "paper_mv_bl_mmps": _published(paper.TABLE4, way)[0],
            "paper_mv_angle_dps": _published(paper.TABLE4, way)[1],
        }
        for way in ways
    ]
    one = ways[0]
    return pd.DataFrame(
        [
            *rows,
            {
                "way": "truth",
                "mv_bl_mmps": travel(one.truth.bony_m, one.clips.time_s, one.clips.parts),
                "mv_angle_dps": _speed_dps(one.truth, one),
            },
        ]
    )


def table6(way: Judged) -> pd.DataFrame:
    """Median and IQR over the members of each group of their own medians; categories and Shapiro-Wilk.

    A member is a joint's angle (both sides), a movement or a person; its value the median over its time
    series of one view. p_shapiro is of the members' MAE (NaN with fewer than three).
    """
    found = series_of(way)
    rows = []
    for group in GROUPS:
        for view in VIEWS:
            own = found[found["view"] == view].groupby(group)[["mae_deg", "rmse_deg", "rho"]].median()
            row: dict[str, object] = {"way": way.name, "group": group, "view": view, "members": len(own)}
            theirs = paper.TABLE6[group, view]
            for i, measure in enumerate(("mae_deg", "rmse_deg", "rho")):
                values = own[measure].dropna()
                low, middle, high = (float(values.quantile(q)) for q in (0.25, 0.5, 0.75))
                row |= {
                    f"{measure}_median": middle,
                    f"{measure}_iqr": high - low,
                    f"{measure}_mean": float(values.mean()),
                    f"{measure}_sd": float(values.std()),
                    f"paper_{measure}_median": theirs[2 * i],
                    f"paper_{measure}_iqr": theirs[2 * i + 1],
                }
            enough = len(own) >= _SHAPIRO_LEAST and own["mae_deg"].nunique() > 1
            row["strength"] = strength(float(own["rho"].median()))
            row["p_shapiro"] = float(shapiro(own["mae_deg"].dropna()).pvalue) if enough else np.nan
            rows.append(row)
    return pd.DataFrame(rows)


def _in_paper(way: Judged) -> str:
    """What the paper's row is called: another solver, or another network's landmarks, stand for its own."""
    return way.name.removesuffix("_kinelab").removesuffix("_like")


def _published(table: Mapping[str, paper.Numbers], way: Judged) -> paper.Numbers:
    return table.get(_in_paper(way), _NONE)


def strength(rho: float) -> str:
    """Taylor's word for a correlation's absolute value; "none" where there is no correlation to judge."""
    if not np.isfinite(rho):
        return "none"
    return paper.STRENGTH_NAMES[int(np.searchsorted(paper.STRENGTHS, abs(rho)))]


def series_of(way: Judged) -> pd.DataFrame:
    """One row a time series: way, joint, movement, participant, view, mae_deg, rmse_deg, rho, strength."""
    found: Series = series(way.told, way.truth, way.clips.parts)
    first = np.array([part.start for part in way.clips.parts])[found.part]
    names = np.array([name.removesuffix("_r").removesuffix("_l") for name in told_names(way.truth.model)])
    return pd.DataFrame(
        {
            "way": way.name,
            "joint": names[found.column],
            "movement": np.array(way.clips.movements)[way.clips.movement[first]],
            "participant": way.clips.person[first],
            "view": np.array(VIEWS)[way.clips.view[first]],
            "mae_deg": found.mae_deg,
            "rmse_deg": found.rmse_deg,
            "rho": found.rho,
            "strength": [strength(rho) for rho in found.rho],
        }
    )


def _of_both_views(way: Judged) -> tuple[Pose, Pose]:
    """Told and true poses of each moment once, angles the mean of both views; one alone where the other has
    none."""
    pairs = way.clips.both
    first: IntArray = np.concatenate([np.arange(a.start, a.stop) for a, _ in pairs])
    second: IntArray = np.concatenate([np.arange(b.start, b.stop) for _, b in pairs])
    both = np.stack([way.told.coordinates[first], way.told.coordinates[second]])
    apart = np.diff(both, axis=0)[0]
    both[1] -= 2 * np.pi * np.round(np.nan_to_num(apart) / (2 * np.pi))
    told = replace(_rows(way.told, first), coordinates=_mean_of(both))
    return told, _rows(way.truth, first)


def _mean_of(both: Array) -> Array:
    count = np.isfinite(both).sum(axis=0)
    return np.where(count > 0, np.nansum(both, axis=0) / np.maximum(count, 1), np.nan)


def _rows(pose: Pose, rows: IntArray) -> Pose:
    names = ("coordinates", "scale", "view_rotation", "marker_m")
    return Pose(pose.model, **{name: getattr(pose, name)[rows] for name in names})


def _speed_dps(pose: Pose, way: Judged) -> float:
    return float(np.nanmean(turning(pose.angle_deg, way.clips.time_s, way.clips.parts)))
