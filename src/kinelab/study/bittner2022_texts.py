"""Tables of the reproduction of Bittner et al. 2022 as Markdown, the paper's numbers in brackets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from kinelab.study.bittner2022_tables import SEGMENTS
from kinelab.study.lab_truth_parts import prose, table

LABELS = {
    "direct": "direct, frame by frame",
    "direct_lstm": "direct + LSTM",
    "direct_tcn": "direct + TCN",
    "direct_transformer": "direct + Transformer",
    "direct_refined": "direct, refined",
    "cms": "multi-step, IK by OpenSim",
    "cms_kinelab": "multi-step, our IK",
    "cms_lstm_kinelab": "multi-step + LSTM",
    "cms_tcn_kinelab": "multi-step + TCN",
    "cms_transformer_kinelab": "multi-step + Transformer",
    "mediapipe_like": "two views, MediaPipe's landmarks, drawn errors",
    "openpose_like": "two views, OpenPose's landmarks, drawn errors",
    "truth": "the truth itself",
    "constant": "the same angles for all frames",
}


def _beside(ours: float, theirs: float, digits: int) -> str:
    """ "3.21 (3.54)"; either may be missing."""
    told = f"{ours:,.{digits}f}" if np.isfinite(ours) else "-"
    return told if not np.isfinite(theirs) else f"{told} ({theirs:,.{digits}f})"


def _columns(frame: pd.DataFrame, columns: Sequence[tuple[str, str, int]]) -> str:
    """A row a way; columns: head, name in the frame (the paper's has paper_ before it), digits."""
    rows = []
    for _, row in frame.iterrows():
        cells = [
            _beside(float(row[name]), float(row.get(f"paper_{name}", np.nan)), digits)
            for _, name, digits in columns
        ]
        rows.append([LABELS.get(str(row["way"]), str(row["way"])), *cells])
    return table(["", *(head for head, _, _ in columns)], rows)


def _text1(frame: pd.DataFrame) -> str:
    columns = (
        ("MPBLPE (mm)", "mpblpe_mm", 1), ("bodies (mm)", "mae_body_mm", 2),
        ("angles (deg)", "mae_angle_deg", 2), ("legs (deg)", "mae_legs_deg", 2),
        ("sd of people (deg)", "sd_of_people_deg", 2),
    )  # fmt: skip
    parts = [_columns(frame, columns)]
    errors = frame.set_index("way")["mae_angle_deg"]
    direct = errors[[str(way).startswith("direct") for way in errors.index]]
    steps = errors[[str(way).startswith("cms") for way in errors.index]]
    if len(direct) and len(steps):
        share = 1 - float(direct.min()) / float(steps.min())
        parts.append(
            prose(
                f"""The best direct way is {abs(share):.0%} {"below" if share > 0 else "above"} the best of
                many steps in the error of angles ({float(direct.min()):.2f} against {float(steps.min()):.2f}
                deg; the paper: 35 %)."""
            )
        )
    few = frame[frame["told_share"] < 1]
    for _, row in few.iterrows():
        name = LABELS.get(str(row["way"]), str(row["way"]))
        parts.append(
            f"{name} tells angles in {float(row['told_share']):.1%} of the frames; the rest is left out."
        )
    return "\n\n".join(parts)


def _text2(frame: pd.DataFrame) -> str:
    ways = list(dict.fromkeys(frame["way"]))
    rows = []
    for segment in SEGMENTS:
        cells = []
        for way in ways:
            one = frame[(frame["way"] == way) & (frame["segment"] == segment)].iloc[0]
            told = f"{one['rmse_factor']:.3f} ({one['mae_mm']:.1f})"
            theirs = f"; {one['paper_rmse_factor']:.3f} ({one['paper_mae_mm']:.1f})"
            cells.append(told + (theirs if np.isfinite(one["paper_rmse_factor"]) else ""))
        rows.append([segment, *cells])
    return table(["", *(LABELS.get(way, way) for way in ways)], rows)


def _text3(frame: pd.DataFrame) -> str:
    return _columns(
        frame,
        (
            ("MAE (deg)", "mae_angle_deg", 2),
            ("SD (deg)", "sd_angle_deg", 2),
            ("MV (deg/s)", "mv_angle_dps", 2),
        ),
    )


def _text4(frame: pd.DataFrame) -> str:
    told = _columns(frame, (("landmarks (mm/s)", "mv_bl_mmps", 1), ("angles (deg/s)", "mv_angle_dps", 2)))
    text = prose(
        """What moves has a speed: the last row is that of the true movement, and a way that is far below it
        has smoothed movement away. The paper has no such row."""
    )
    return f"{told}\n\n{text}"


def _text5(frame: pd.DataFrame) -> str:
    batches = [name for name in frame.columns if name.startswith("batch_")]
    rows = [
        [
            str(row["way"]),
            *(_beside(float(row[name]), float(row.get(f"paper_{name}", np.nan)), 1) for name in batches),
        ]
        for _, row in frame.iterrows()
    ]
    return table(["", *(name.removeprefix("batch_") for name in batches)], rows)


def _text6(frame: pd.DataFrame) -> str:
    rows = []
    for _, row in frame.iterrows():
        cells = [
            f"{row[f'{name}_median']:.2f} [{row[f'{name}_iqr']:.2f}]"
            f" ({row[f'paper_{name}_median']:.2f} [{row[f'paper_{name}_iqr']:.2f}])"
            for name in ("mae_deg", "rmse_deg", "rho")
        ]
        p = f"{row['p_shapiro']:.2g}" if np.isfinite(row["p_shapiro"]) else "-"
        way = LABELS.get(str(row["way"]), str(row["way"]))
        rows.append(
            [way, f"{row['group']} ({row['members']})", str(row["view"]), *cells, str(row["strength"]), p]
        )
    heads = ["", "group", "view", "MAE (deg)", "RMSE (deg)", "rho", "strength", "p (Shapiro-Wilk)"]
    text = prose(
        """Median [interquartile range] over the members of a group, each member's value being the median of
        its time series. Strength: Taylor's word for the median correlation. p below 0.05: the members' errors
        are not normally distributed."""
    )
    return f"{table(heads, rows)}\n\n{text}"


TEXTS: dict[str, Callable[[pd.DataFrame], str]] = {
    "table1": _text1,
    "table2": _text2,
    "table3": _text3,
    "table4": _text4,
    "table5": _text5,
    "table6": _text6,
}
