"""A trained direct network learns on: from somebody's own pictures, and together with a sequence network.

The pictures are grey, and the brighter the more the right knee is bent.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")
pytest.importorskip("lightning")

from kinelab.body.forward import forward  # noqa: E402
from kinelab.body.own_body import keypoint_markers, own_body  # noqa: E402
from kinelab.errors import InputError, RunFolderError  # noqa: E402
from kinelab.learning.weights import ModelCard  # noqa: E402
from kinelab.monocular.examples import IMAGE, Examples, write_arrays  # noqa: E402
from kinelab.monocular.export import network_file  # noqa: E402
from kinelab.monocular.network_file import read_network, write_network  # noqa: E402
from kinelab.monocular.recipe import preset  # noqa: E402
from kinelab.monocular.relabel import MODEL_KEY  # noqa: E402
from kinelab.monocular.sequence_end_to_end import train_end_to_end  # noqa: E402
from kinelab.monocular.sequence_file import read_sequence  # noqa: E402
from kinelab.monocular.sequence_recipe import SequenceRecipe  # noqa: E402
from kinelab.monocular.sequence_refiner import Refiner  # noqa: E402
from kinelab.monocular.training import new_network  # noqa: E402
from kinelab.monocular.transfer import _calibrated, transfer  # noqa: E402
from kinelab.monocular.views import Look  # noqa: E402

SIDE, FRAMES = 64, 8
RECIPE = replace(preset("small"), backbone="test_resnet", width=8, look=Look(size_px=SIDE), frozen_stride=0)
SMOOTH = SequenceRecipe("tiny", "tcn", frames=8, layers=1, width=8)


def clip(person: int, number: int, view: int) -> dict[str, np.ndarray]:
    body, rng = own_body(), np.random.default_rng([person, number])
    bent = 0.2 + 1.4 * rng.random() * np.linspace(0.2, 1.0, FRAMES)
    coordinates = np.tile(body.default_coordinates, (FRAMES, 1))
    coordinates[:, body.coordinate_index("knee_angle_r")] = bent
    turn = np.diag([1.0, -1.0, -1.0])
    landmarks = keypoint_markers()
    point_m = forward(body.with_markers((*landmarks, *body.markers)), coordinates).marker_m @ turn
    point_m -= point_m[:, :38].mean(axis=1, keepdims=True)
    away = np.array([0.0, 0.0, 4.0])
    return {
        IMAGE: np.repeat((60 + 110 * bent).astype(np.uint8), SIDE * SIDE * 3).reshape(-1, SIDE, SIDE, 3),
        "coordinates": coordinates, "scale": np.ones((FRAMES, len(body.bodies), 3)),
        "pelvis_rotation": np.tile(turn, (FRAMES, 1, 1)), "pelvis_m": np.tile(away, (FRAMES, 1)),
        "landmark_px": point_m[:, :38, :2] * 25 + (SIDE - 1) / 2, "landmark_m": point_m[:, :38] + away,
        "seen": np.ones((FRAMES, 38), bool), "marker_m": point_m[:, 38:] + away,
        "lens": np.tile([100.0, (SIDE - 1) / 2, (SIDE - 1) / 2], (FRAMES, 1)),
        "person": np.full(FRAMES, person), "movement": np.zeros(FRAMES, int),
        "view": np.full(FRAMES, view), "clip": np.full(FRAMES, number), "frame": np.arange(FRAMES),
        "time_s": np.arange(FRAMES) / 30,
    }  # fmt: skip


def clips(folder: Path, people: range, a_person: int) -> Examples:
    parts = [clip(person, i, view) for person in people for i in range(a_person) for view in (0, 1)]
    arrays = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    write_arrays(folder / "all.safetensors", arrays, ["bend"], synthetic=False)
    return Examples(folder)


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Examples:
    return clips(tmp_path_factory.mktemp("learnt"), range(3), 4)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a network that knows nothing yet."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("source") / "network.safetensors"
    card = ModelCard("base", "none", "virtual people", True, {"angle_mae_deg": 9.0}, ("one person",))
    write_network(path, network_file(new_network(RECIPE).eval(), RECIPE, card))
    return path


def test_transfer_learns_measures_and_calibrates(source: Path, learnt: Examples, tmp_path: Path) -> None:
    done = transfer(source, learnt, tmp_path / "out", steps=25, batch=16)
    knee = done.after.names.index("knee_angle_r")
    before, after = (np.abs(one.angle_deg[:, knee]).mean() for one in (done.before, done.after))
    assert after < before - 0.5  # it began with nothing and learns slowly, as what is trained must
    file = read_network(tmp_path / "out" / "network.safetensors")
    assert file.card.name == "base, transferred"
    assert file.card.data == "virtual people; then 128 pictures of 2 people"
    assert done.old_before is None
    assert done.old_after is None
    # What a run says of the network that it used rests on this figure.
    assert file.card.figures["angle_mae_deg"] == pytest.approx(done.after.angle_mae_deg, abs=1e-3)
    assert (file.card.figures["people"], file.card.figures["pictures"], done.people) == (1, 64, 1)
    assert file.use.calibration is not None
    assert file.use.calibration.sign == "misfit"


def test_who_goes_on_seeing_the_known_kind_is_measured_on_it_too(
    source: Path, learnt: Examples, tmp_path: Path
) -> None:
    old = clips(tmp_path / "old", range(2, 7), 1)
    done = transfer(source, learnt, tmp_path / "out", old=old, steps=2, batch=8)
    assert done.old_before is not None
    assert done.old_after is not None
    assert (len(done.old_after.angle_deg), len(done.after.angle_deg)) == (16, 64)
    # Person 2 of both folders are two people.
    both = learnt.beside(old)
    assert np.unique(both.labels["person"]).tolist() == [0, 1, 2, *range(5, 10)]
    assert len(both) == len(learnt) + len(old)
    np.testing.assert_array_equal(both.images(np.array([len(learnt) + 3]))[0], old.images(np.array([3]))[0])
    with pytest.raises(RunFolderError, match="old"):
        transfer(source, learnt, tmp_path / "out", steps=2, batch=8)


def test_examples_of_another_model_are_refused(source: Path, tmp_path: Path) -> None:
    theirs = clips(tmp_path / "theirs", range(2), 1)
    shard = theirs.shards[0]
    arrays = {IMAGE: shard.images(range(len(theirs))), **shard.labels}
    write_arrays(shard.path, arrays, ["bend"], synthetic=False, more={MODEL_KEY: "another"})
    with pytest.raises(
        InputError, match=r"51 coordinates of 24 bodies of another.*kinelab monocular relabel"
    ):
        transfer(source, Examples(tmp_path / "theirs"), tmp_path / "out", steps=1)


def test_few_pictures_calibrate_nothing_and_the_card_says_so(source: Path, learnt: Examples) -> None:
    file = _calibrated(source, learnt, np.arange(49))
    assert file.use.calibration is None
    assert file.card.limits == ("one person", "its sd are not calibrated: too few pictures")


def test_both_networks_learn_together_and_are_judged(source: Path, learnt: Examples, tmp_path: Path) -> None:
    file = read_network(source)
    numbers = np.zeros(file.vector.numbers)
    torch.manual_seed(1)
    refiner = Refiner(SMOOTH, file.vector, numbers, numbers + 1)
    seen: list[int] = []
    done = train_end_to_end(
        SMOOTH, file, refiner, learnt, tmp_path / "out", steps=6, tell=lambda step, _: seen.append(step)
    )
    assert seen == list(range(1, 7))
    network = read_network(done.network)
    moved = {n for n, value in network.arrays.items() if n in file.arrays and (value != file.arrays[n]).any()}
    assert any(name.startswith("backbone.") for name in moved)
    assert any(name.startswith("pose.") for name in moved)
    assert not any("running_" in name for name in moved)  # the norms keep what they know
    # Nobody was held out: the figure that warns of a weak network stays.
    assert done.figures == {}
    assert network.card.figures == file.card.figures
    assert network.card.limits[-1] == "its figures are those of before the training end to end"

    others = clips(tmp_path / "others", range(7, 9), 1)
    judged = train_end_to_end(SMOOTH, file, refiner, learnt, tmp_path / "out", others=others, steps=6)
    card = read_network(judged.network).card
    assert read_sequence(judged.sequence).card.figures == judged.figures
    assert card.figures["angle_mae_deg"] == judged.figures["frame_mae_deg"]
    assert (card.figures["people"], card.figures["pictures"]) == (2, 32)
    assert card.limits == ("one person",)
    assert train_end_to_end(SMOOTH, file, refiner, learnt, tmp_path / "out", steps=6) == judged
