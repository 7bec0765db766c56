from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")

from kinelab.core.skeletons import GAIT_20  # noqa: E402
from kinelab.errors import RunFolderError  # noqa: E402
from kinelab.keypoints.dataset import gaussian_heatmaps  # noqa: E402
from kinelab.keypoints.learner import heatmap_loss, landmark_weights  # noqa: E402
from kinelab.keypoints.own_network import CROP_PX, open_own_network  # noqa: E402
from kinelab.keypoints.recipe import Recipe, open_run  # noqa: E402
from kinelab.keypoints.training import train  # noqa: E402
from kinelab.learning.lightning_run import warm_cosine  # noqa: E402
from kinelab.learning.weights import load_network  # noqa: E402

if TYPE_CHECKING:
    from kinelab.keypoints.dataset import Sample

Y, X = np.mgrid[: CROP_PX[0], : CROP_PX[1]]


class Disc:
    """A bright disc; the landmarks stand in a row across its middle."""

    def __init__(self, rng: np.random.Generator) -> None:
        x, y = rng.uniform(40, 150), rng.uniform(40, 210)
        bright = 255 * np.exp(-((X - x) ** 2 + (Y - y) ** 2) / (2 * 12**2))
        self.image = np.repeat(bright.astype(np.uint8)[..., None], 3, axis=2)
        self.landmarks_px = np.stack([x + np.linspace(-2, 2, 20), y + np.linspace(-3, 3, 20)], axis=1)
        self.visible = np.ones(20, bool)


def disc(rng: np.random.Generator) -> Sample:
    return Disc(rng)


def tiny(out: Path) -> Recipe:
    return Recipe(out, steps=4, batch=4, widths=(8, 8, 8), blocks=1, workers=0, held_out=4)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that learns where a disc is: 150 steps of a tiny network."""
    out = tmp_path_factory.mktemp("run") / "disc"
    train(replace(tiny(out), steps=120, batch=8, held_out=20, average_decay=0.9), disc)
    return out


def test_a_run_learns(run: Path) -> None:
    card = load_network(run / "gait20.safetensors").card
    assert card.figures["error_median_px"] < 8  # the middle of the crop would be 50 px off
    assert card.synthetic
    assert card.figures["training_pictures"] == 960
    assert "--steps 120" in card.recipe


def test_a_run_leaves_its_folder(run: Path) -> None:
    assert {path.name for path in run.iterdir()} == {
        "recipe.json", "log.csv", "card.json", "checkpoints", "gait20.safetensors"
    }  # fmt: skip
    assert json.loads((run / "card.json").read_text())["name"] == "gait20"
    assert len((run / "log.csv").read_text().splitlines()) == 2


def test_the_written_network_finds_the_disc(run: Path) -> None:
    sample = Disc(np.random.default_rng(99))
    estimate = open_own_network(run / "gait20.safetensors").estimate(
        sample.image, np.array([[19, 25, 172, 229]], dtype=float)
    )
    error_px = np.linalg.norm(estimate.position[0] - sample.landmarks_px, axis=1)
    assert np.median(error_px) < 8


def test_a_stopped_run_goes_on(tmp_path: Path) -> None:
    recipe = tiny(tmp_path / "run")
    train(recipe, disc)
    last = recipe.out / "checkpoints" / "last.ckpt"
    assert torch.load(last, weights_only=True)["global_step"] == 4
    longer = replace(recipe, steps=8)
    card = train(longer, disc).card
    assert card.figures["training_steps"] == 8
    assert torch.load(last, weights_only=True)["global_step"] == 8


def test_a_folder_of_another_recipe_is_refused(tmp_path: Path) -> None:
    open_run(tiny(tmp_path))
    with pytest.raises(RunFolderError, match="run with another seed, batch; go on with that recipe"):
        open_run(replace(tiny(tmp_path), seed=1, batch=2))


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(RunFolderError, match="is not empty and holds no run"):
        open_run(tiny(tmp_path))


def test_the_schedule_warms_up_and_falls() -> None:
    assert warm_cosine(0, 0, 1.0) == pytest.approx(1 / 200)
    assert warm_cosine(0, 199, 1.0) == pytest.approx(1)
    assert warm_cosine(0.5, 1000, 1.0) == pytest.approx(0.505)
    assert warm_cosine(1, 1000, 1.0) == pytest.approx(0.01)


def test_legs_count_double() -> None:
    weights = landmark_weights(GAIT_20)
    doubled = {name for name, weight in zip(GAIT_20.landmarks, weights, strict=True) if weight == 2}
    sides = ("left", "right")
    legs = ("hip", "knee", "ankle", "heel", "big_toe")
    assert doubled == {f"{side}_{joint}" for side in sides for joint in legs} | {"mid_hip"}


def test_the_loss_of_a_hidden_and_an_absent_landmark() -> None:
    landmarks = torch.tensor([[[50.0, 50.0], [50.0, 50.0], [torch.nan, torch.nan]]])
    visible = torch.tensor([[True, False, False]])
    one = torch.ones(3)
    assert heatmap_loss(gaussian_heatmaps(landmarks), landmarks, visible, one) == 0
    nothing = torch.zeros(1, 3, 64, 48)
    energy = np.pi * 2**2  # integral of the square of a Gaussian of sigma 2
    loss = heatmap_loss(nothing, landmarks, visible, one)
    assert float(loss) == pytest.approx((1 + 0.7 + 0) * energy / 3, rel=0.01)
    everywhere = heatmap_loss(torch.full((1, 3, 64, 48), 0.1), landmarks, visible, torch.tensor([0.0, 0, 1]))
    assert float(everywhere) == pytest.approx(0.5 * 0.01 * 64 * 48 / 3, rel=1e-4)
