"""Training a keypoint network with what a person wants to see of it: the bar, the curve, the pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from kinelab.errors import MissingExtraError
from kinelab.keypoints.transfer.evaluation import Evaluation, reliability
from kinelab.keypoints.transfer.run_files import LOG_FILE, read_log

if TYPE_CHECKING:
    from kinelab.keypoints.transfer.diary import Progress as Step
    from kinelab.keypoints.transfer.recipe import TransferRecipe
    from kinelab.keypoints.transfer.training import TrainedRun


def train_and_show(recipe: TransferRecipe, console: Console) -> TrainedRun:
    """Train with a bar on `console`, then draw learning curve, reliability and contact sheet into the run.

    The curve is drawn at every measurement too, so that a long run can be watched.

    Raises:
        MissingExtraError: torch, Lightning or timm is not installed.
        KinelabError: see `keypoints.transfer.training.train`.
    """
    try:
        from kinelab.keypoints.transfer.training import train
    except ImportError as error:
        if getattr(error, "name", None) in {"torch", "lightning", "timm", "torchvision"}:
            raise MissingExtraError("training a network", "train") from error
        raise
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[said]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("training", total=1.0, said="starting")

        def show(step: Step) -> None:
            bar.update(task, completed=step.share, said=_said(step))
            if step.test_error_px is not None:
                draw_curve(recipe.out, recipe.benchmarks)

        run = train(recipe, show)
        bar.update(task, completed=1.0)
    draw_curve(recipe.out, recipe.benchmarks)
    draw_evaluation(run.evaluation, run.folder)
    return run


def _said(step: Step) -> str:
    error = "" if step.test_error_px is None else f", test error {step.test_error_px:.2f} px"
    return f"step {step.step}, loss {step.loss:.4f}{error}"


def draw_curve(out: Path, benchmarks: tuple[int, ...] = ()) -> None:
    """learning_curve.svg and .png from the run's log; nothing where there is no log."""
    if not (out / LOG_FILE).is_file():
        return
    from kinelab.reports.figure_learning_curve import draw_learning_curve
    from kinelab.reports.figure_style import save_figure

    save_figure(draw_learning_curve(read_log(out), benchmarks), out / "learning_curve.svg", png=True)


def draw_evaluation(result: Evaluation, out: Path) -> None:
    """human_network.png, and reliability.svg and .png."""
    from kinelab.reports.figure_reliability import draw_reliability
    from kinelab.reports.figure_style import save_figure
    from kinelab.reports.human_network_sheet import draw_human_network

    error, sd = result.error_px[result.split.test], result.sd_px[result.split.test]
    save_figure(draw_reliability(reliability(error, sd), error, sd), out / "reliability.svg", png=True)
    draw_human_network(result, out / "human_network.png")


def evaluation_table(result: Evaluation) -> Table:
    """Errors of each landmark on train and test frames; mm where a length is known."""
    rows = result.rows()
    known = any(row["error_mm"] is not None for row in rows)
    table = Table(title=escape(result.split.said), title_justify="left", header_style="bold")
    headings = ["landmark", "train px", "test px", f"test px (sure ≥ {result.cut:g})", "stated sd px"]
    for heading in [*headings, *(["test mm"] if known else [])]:
        table.add_column(heading, justify="left" if heading == "landmark" else "right")
    of = {(row["part"], row["landmark"]): row for row in rows}
    for name in (*result.landmarks, "all"):
        train, test = of["train", name], of["test", name]
        sure = test["error_sure_px"], test["share_sure"]
        cells = [
            escape(name),
            _number(train["error_px"]),
            _number(test["error_px"]),
            "–" if sure[0] is None else f"{sure[0]:.2f} ({100 * sure[1]:.0f} %)",
            _number(test["stated_sd_px"]),
        ]
        table.add_row(
            *cells, *([_number(test["error_mm"])] if known else []), style="bold" if name == "all" else ""
        )
    return table


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
