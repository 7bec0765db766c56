from __future__ import annotations

import numpy as np

from kinelab.keypoints.transfer.evaluation import reliability
from kinelab.reports.figure_learning_curve import draw_learning_curve
from kinelab.reports.figure_reliability import draw_reliability
from kinelab.reports.figure_style import svg_text

EMPTY = {name: np.empty(0) for name in ("step", "minutes", "loss", "test_error_px")}


def test_the_curve_shows_the_last_error_and_the_benchmarks() -> None:
    step = np.arange(25, 1001, 25.0)
    error = np.where(step % 100 == 0, 2 + 30 * np.exp(-step / 200), np.nan)
    figure = draw_learning_curve({"step": step, "loss": np.exp(-step / 300), "test_error_px": error}, (500,))
    assert "2.20 px" in svg_text(figure)
    assert "no step yet" in svg_text(draw_learning_curve(EMPTY))


def test_a_true_sd_lies_on_the_line() -> None:
    rng = np.random.default_rng(0)
    sd = rng.uniform(0.5, 4, 2000)
    error = np.hypot(*rng.normal(0, sd, (2, 2000)))
    figure = draw_reliability(reliability(error, sd), error, sd)
    drawn = figure.axes[0].containers[0].lines[0]
    np.testing.assert_allclose(drawn.get_ydata(), drawn.get_xdata(), rtol=0.1)
    network = next(line for line in figure.axes[1].lines if line.get_label() == "network")
    expected = 1 - np.exp(-(np.asarray(network.get_xdata()) ** 2) / 2)
    np.testing.assert_allclose(network.get_ydata(), expected, atol=0.05)
    assert "too few tested landmarks" in svg_text(draw_reliability([], error, sd))
