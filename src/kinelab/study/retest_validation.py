"""Cronin's test and retest on virtual underwater runners, from videos through a trained network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console

from kinelab.pipeline.reliability_rows import ReliabilityRow
from kinelab.reports.angle_names import label_of
from kinelab.study.lab_truth_parts import prose, table
from kinelab.study.retest_errors import AngleError, Compared, angle_errors_of, compared
from kinelab.study.retest_lab import LANDMARKS, QUICK, RetestDesign, Runners, follow_runners
from kinelab.study.retest_reliability import reliability
from kinelab.study.test_retest import write_retest


def run(seed: int, quick: bool, weights: str, work: Path, console: Console, jobs: int | None = None) -> str:
    """Make, learn, follow and measure in the folder `work`, going on where it was stopped; Markdown.

    weights: what the network begins with, a file or "none"; `quick` takes none.

    Raises:
        RunFolderError: `work` holds another study.
        ModelError: the weights are not of the backbone.
        OutputError: the disk is full.
    """
    design = replace(QUICK, seed=seed) if quick else RetestDesign(seed=seed, weights=weights)
    runners = follow_runners(design, work, console, jobs=jobs)
    if reliability(runners.tracked):
        study = write_retest(runners.tracked, work / "study", left_out=runners.left_out)
        console.print(f"Look at: {study.page}")
    return markdown(design, runners, quick=quick)


def markdown(design: RetestDesign, runners: Runners, *, quick: bool) -> str:
    """The section of the page."""
    same = {name: runners.exact[name] for name in runners.tracked}
    rows = compared(runners.tracked, same)
    parts = [_intro(design, runners)]
    if quick:
        parts.append("Only the path was tried (--quick): what the network found means nothing.")
    if runners.left_out:
        parts.append(f"Left out, for a day without one whole stride: {', '.join(runners.left_out)}.")
    if rows:
        parts += [
            _marks(runners, rows),
            "Reliability, and how much of it is the network:",
            _reliability(rows),
        ]
        parts += [_shares(rows), "Angles frame by frame, tracked minus exact:", _angles(runners)]
        parts.append(_far_knees(runners))
    else:
        parts += [
            "Too few tracks hold strides; from the exact landmarks:",
            _exact(reliability(runners.exact)),
        ]
    return "\n\n".join(parts) + "\n"


def _intro(design: RetestDesign, runners: Runners) -> str:
    width, height = design.size_px
    parts = runners.evaluation.split
    taught = len(runners.exact) - len(runners.untaught)
    return prose(
        f"""Synthetic data: {len(runners.exact)} virtual people run in deep water on two days,
        {design.duration_s:g} s each, filmed by one camera under water from the side, {width} x {height} px
        at {design.rate_hz:g} frames/s, seed {design.seed}. {design.per_video} frames of each video carry
        exact labels of {len(LANDMARKS)} landmarks ({", ".join(LANDMARKS)}). {design.backbone} learned
        {design.steps} steps from {parts.train.size} frames of {taught} people and was tested on
        {parts.test.size} frames of the other {len(runners.untaught)}; then it followed all videos whole, and
        its tracks were smoothed (`--smooth`).
        "Exact" is the same path from the landmarks' true places, not smoothed: the same angles and rules,
        without a network. What differs there between the days is the runner, who has slightly other habits
        on the second day, and the camera, which stands elsewhere."""
    )


def _marks(runners: Runners, rows: Sequence[Compared]) -> str:
    """What the paper found beside this: other people, other water, and in the paper real."""
    test = next(r for r in runners.evaluation.rows() if r["part"] == "test" and r["landmark"] == "all")
    mm = "" if test["error_mm"] is None else f", {test['error_mm'] / 10:.1f} cm"
    pearson = [float(np.corrcoef(np.array(row.tracked.values).T)[0, 1]) for row in rows]
    icc = [row.tracked.icc_a1.value for row in rows]
    frames = runners.evaluation.split.train.size
    return table(
        ("", "Cronin 2019, real runners (abstract)", "here, virtual runners"),
        (
            ("labelled frames that sufficed / learned from", "300 to 400", str(frames)),
            (
                "network against label, mean",
                "below 3 px, about 1 cm",
                f"{test['error_px']:.1f} px{mm}, unseen people",
            ),
            ("correlation of the days, means of strides", "0.90 to 0.97", _span(pearson)),
            ("ICC(2,1) of the days", "not in the abstract", _span(icc)),
        ),
    )


def _reliability(rows: Sequence[Compared]) -> str:
    heads = (
        "measure", "unit", "n", "ICC(2,1) tracked", "95 %", "exact", "SEM tracked", "exact", "network alone",
        "MDC95 tracked", "exact", "tracked − exact: bias", "RMSE",
    )  # fmt: skip
    cells = []
    for row in rows:
        found, true, digits = row.tracked, row.exact, 3 if row.tracked.unit == "s" else 1
        low, high = found.icc_a1.ci95
        numbers = (
            found.sem_within.sem, true.sem_within.sem, row.sem_error.sem, found.sem_within.mdc95,
            true.sem_within.mdc95, row.bias, row.rmse,
        )  # fmt: skip
        cells.append(
            (found.quantity, found.unit, len(found.people), f"{found.icc_a1.value:.2f}",
             f"{low:.2f} to {high:.2f}", f"{true.icc_a1.value:.2f}",
             *(f"{number:.{digits}f}" for number in numbers))
        )  # fmt: skip
    return table(heads, cells)


def _shares(rows: Sequence[Compared]) -> str:
    """What the columns mean, and how much of the variance between the days is the network's."""
    pairs = [(row.sem_error.sem**2, row.exact.sem_within.sem**2) for row in rows if row.tracked.unit == "deg"]
    shares = [100 * network / (network + runner) for network, runner in pairs if network + runner > 0]
    found = ""
    if shares:
        found = f"""Of the variance between two days of an angle the network makes {min(shares):.0f} to
        {max(shares):.0f} % (median {float(np.median(shares)):.0f} %); the rest is that people run otherwise
        on another day, as the laboratory drew it."""
    return prose(
        f"""SEM is the standard deviation within people, MDC95 = 1.96 √2 SEM. "Network alone" is the SEM of
        tracked minus exact: what a second day adds by the network's error. An error that a person's both days
        share is in the RMSE and not in it. {found}"""
    )


def _angles(runners: Runners) -> str:
    taught = [name for name in runners.tracked if name not in runners.untaught]
    others = [name for name in runners.tracked if name in runners.untaught]
    groups = (("learned from", taught), ("never seen", others))
    rows: list[tuple[str, ...]] = []
    for said, people in groups:
        rows += [
            _angle_row(error, said, len(people))
            for error in angle_errors_of(runners.tracked, runners.exact, people)
        ]
    heads = (
        "angle",
        "people",
        "n",
        "RMSE of the median day, deg",
        "worst day",
        "bias of the median day, deg",
    )
    return table(heads, rows)


def _angle_row(error: AngleError, people: str, n: int) -> tuple[str, ...]:
    median, worst, bias = np.median(error.rmse_deg), error.rmse_deg.max(), np.median(error.bias_deg)
    return label_of(error.name).label, people, str(n), f"{median:.1f}", f"{worst:.1f}", f"{bias:.1f}"


def _far_knees(runners: Runners) -> str:
    """The network's one gross error, which no filter mends."""
    shares = np.array(runners.far_knee)
    left, all_of_them = (
        sum(int(day.strides.used.sum()) for days in people.values() for day in days)
        for people in (runners.tracked, runners.exact)
    )
    return prose(
        f"""The gross error is the leg: in {100 * shares.mean():.1f} % of all frames the far leg's knee was
        taken for the near one's, on none of the frames of {int((shares == 0).sum())} of {shares.size} days,
        on {100 * shares.max():.0f} % of the worst day's. Only the near leg was labelled, so that nothing
        could be exchanged back; strides with a knee or ankle bent as none can be are not used.
        {left} of {all_of_them} strides are left, and the errors above are of the frames that are left."""
    )


def _exact(rows: Sequence[ReliabilityRow]) -> str:
    cells = [
        (row.quantity, row.unit, len(row.people), f"{row.icc_a1.value:.2f}", f"{row.sem_within.sem:.3g}")
        for row in rows
    ]
    return table(("measure", "unit", "n", "ICC(2,1)", "SEM"), cells)


def _span(values: Sequence[float]) -> str:
    return f"{min(values):.2f} to {max(values):.2f}"
