"""Training a direct network: it learns, goes on where it was stopped, and says what it cannot do."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")
timm = pytest.importorskip("timm")

from kinelab.errors import InputError, RunFolderError  # noqa: E402
from kinelab.learning.backbones import TENSORFLOW  # noqa: E402
from kinelab.learning.lightning_run import DivergenceError  # noqa: E402
from kinelab.monocular import training  # noqa: E402
from kinelab.monocular.examples import Examples, make_examples  # noqa: E402
from kinelab.monocular.learner import paper_share  # noqa: E402
from kinelab.monocular.recipe import DirectRecipe, preset, quick  # noqa: E402
from kinelab.monocular.training import Progress, split_people, train  # noqa: E402
from kinelab.monocular.views import Look  # noqa: E402
from kinelab.virtual_lab.sample import SampleDesign  # noqa: E402

DESIGN = SampleDesign(size_px=(64, 64), movements=(("squat", 1.0),), body="solids", others_share=0.0)
TINY = DirectRecipe(
    name="tiny", backbone="mobilenetv2_035", width=16, look=Look(size_px=64), batch=4, steps=6, bf16=False,
    frozen_stride=0, points=True,
)  # fmt: skip


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Examples:
    return make_examples(tmp_path_factory.mktemp("examples"), (DESIGN,), 3, seed=1, per_shard=3)


def weights(out: Path) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = torch.load(out / training.WEIGHTS_FILE, weights_only=True)
    return found


def test_what_is_learnt_by_heart_comes_out(examples: Examples, tmp_path: Path) -> None:
    """Twelve pictures, sixty steps: the loss of angles falls by more than half."""
    told: list[Progress] = []
    recipe = replace(
        TINY, steps=60, batch=12, learning_rate=2e-3, average_decay=0.9,
        look=Look(size_px=64, mirror_share=0.0, turn_deg=0.0, shift=0.0),
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "_LINE_EVERY", 5)
        patch.setattr(training, "split_people", lambda _: (np.arange(12), np.arange(12)))
        train(recipe, examples, tmp_path / "run", tell=told.append)
    assert told[-1].losses["angle"] < 0.5 * told[0].losses["angle"]
    assert told[-1].losses["heat"] < told[0].losses["heat"] - 0.5
    assert told[-1].errors is not None
    assert told[-1].errors.angle_mae_deg < 7
    assert log(tmp_path / "run")[-1]["angle_mae_deg"] != ""


def test_a_stopped_run_goes_on_as_if_it_had_not(
    examples: Examples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same losses step by step, to rounding: moments come back in another order of memory."""
    monkeypatch.setattr(training, "_LINE_EVERY", 1)
    train(TINY, examples, tmp_path / "whole")

    class StopError(Exception):
        pass

    def stop(progress: Progress) -> None:
        if progress.step == 3:
            raise StopError

    with pytest.raises(StopError):
        train(replace(TINY, save_minutes=0.0), examples, tmp_path / "broken", tell=stop)
    assert not (tmp_path / "broken" / training.WEIGHTS_FILE).exists()
    train(TINY, examples, tmp_path / "broken")
    whole, broken = (log(tmp_path / name) for name in ("whole", "broken"))
    assert [row["step"] for row in broken] == [str(step) for step in range(1, 7)]
    for row, other in zip(whole, broken, strict=True):
        assert float(row["total"]) == pytest.approx(float(other["total"]), abs=2e-4)
    first = weights(tmp_path / "whole")["pose.pose.bias"]
    again = train(TINY, examples, tmp_path / "whole")  # given back at once
    torch.testing.assert_close(again.state_dict()["pose.pose.bias"], first, rtol=0, atol=0)


def log(out: Path) -> list[dict[str, str]]:
    with (out / training.LOG_FILE).open(newline="") as file:
        return list(csv.DictReader(file))


def test_virtual_people_can_be_drawn_while_it_learns(tmp_path: Path) -> None:
    net = train(replace(TINY, steps=2, batch=12, points=False), (DESIGN,), tmp_path / "run")
    assert all(value.isfinite().all() for value in net.state_dict().values())


def test_people_are_not_both_learnt_from_and_tested_on(examples: Examples, tmp_path: Path) -> None:
    learnt, tested = split_people(examples)
    person = examples.labels["person"]
    assert set(person[learnt]).isdisjoint(person[tested])
    one = make_examples(tmp_path / "one", (DESIGN,), 1, seed=2, per_shard=1)
    with pytest.raises(InputError, match="shows 1 person; two are needed, one to test on"):
        split_people(one)


def test_a_folder_belongs_to_one_recipe(examples: Examples, tmp_path: Path) -> None:
    train(replace(TINY, steps=1), examples, tmp_path)
    with pytest.raises(RunFolderError, match="holds a run with another steps"):
        train(TINY, examples, tmp_path)


def test_a_run_that_diverges_says_so(examples: Examples, tmp_path: Path) -> None:
    recipe = replace(TINY, steps=40, learning_rate=1e30, points=False)
    with pytest.raises(DivergenceError, match=r"the loss is (nan|inf) at step \d+.*Lower the learning rate"):
        train(recipe, examples, tmp_path)


def test_the_papers_schedule_is_as_published() -> None:
    """From 5e-4 to 3.33e-5 over 28 epochs, then from 3.33e-6 to 1e-6 over 2."""
    top = preset("papers").learning_rate
    assert top == 5e-4
    shares = [paper_share(epoch / 30) for epoch in (0, 14, 28 - 1e-9, 28, 30)]
    np.testing.assert_allclose(
        top * np.array(shares), [5e-4, np.sqrt(5e-4 * 3.33e-5), 3.33e-5, 3.33e-6, 1e-6], rtol=1e-4
    )


def test_recipes_say_what_is_wrong() -> None:
    with pytest.raises(InputError, match="no preset 'huge'; there are small, papers"):
        preset("huge")
    with pytest.raises(InputError, match="batch is 0, expected 1 or more"):
        replace(preset("small"), batch=0)
    with pytest.raises(InputError, match="size_px is 100, expected a multiple of 32"):
        replace(preset("small"), look=Look(size_px=100))
    with pytest.raises(InputError, match="learning_rate is 0, expected > 0"):
        replace(preset("small"), learning_rate=0.0)
    assert quick(preset("papers")).backbone == "resnext50_32x4d"


def test_a_finished_run_keeps_the_padding_of_its_weights(examples: Examples, tmp_path: Path) -> None:
    """Weights of TensorFlow pad and scale otherwise; their file is gone when the run is opened."""
    from safetensors.torch import save_file

    from kinelab.monocular.export import direct_recipe_from, trained_network

    file = tmp_path / "weights.safetensors"
    save_file(timm.create_model("mobilenetv2_035", num_classes=1001).state_dict(), file)
    net = train(replace(TINY, steps=1, weights=str(file)), examples, tmp_path / "run").eval()
    assert net.backbone.pixels == TENSORFLOW
    file.unlink()
    described = json.loads((tmp_path / "run" / "recipe.json").read_text()) | {"weights": ""}
    again = trained_network(tmp_path / "run", direct_recipe_from(described))
    image = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(again(image), net(image), rtol=1e-4, atol=1e-5)
