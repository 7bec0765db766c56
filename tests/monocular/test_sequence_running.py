from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from kinelab.body.own_body import own_body  # noqa: E402
from kinelab.errors import FileFormatError, InputError, ModelError  # noqa: E402
from kinelab.learning.weights import ModelCard  # noqa: E402
from kinelab.monocular.head import Head  # noqa: E402
from kinelab.monocular.mirror import Mirror  # noqa: E402
from kinelab.monocular.mirrored_vector import mirrored_vectors  # noqa: E402
from kinelab.monocular.sequence_data import ToldClips, read_clips, windows, write_clips  # noqa: E402
from kinelab.monocular.sequence_export import sequence_file  # noqa: E402
from kinelab.monocular.sequence_file import write_sequence  # noqa: E402
from kinelab.monocular.sequence_finishing import clip_figures, refined_clips  # noqa: E402
from kinelab.monocular.sequence_recipe import SequenceRecipe, sequence_preset  # noqa: E402
from kinelab.monocular.sequence_refiner import Refiner  # noqa: E402
from kinelab.monocular.sequence_running import SequenceNetwork, load_sequence_network  # noqa: E402
from kinelab.monocular.sequence_training import train_sequence, with_mirrored  # noqa: E402
from kinelab.monocular.vector import Vector  # noqa: E402

VECTOR = Vector(Head(own_body()), ("left_knee", "right_knee"))
NOISE_RAD = 0.1
SMALL = replace(
    sequence_preset("small"),
    frames=27,
    width=24,
    layers=1,
    batch=8,
    epochs=25,
    learning_rate=1e-2,
    dropout=0.0,
)


def clips(people: int, seed: int, frames: int = 40) -> ToldClips:
    """Knees that bend and stretch, told with an error that is new in each frame."""
    body, rng = own_body(), np.random.default_rng(seed)
    n = people * frames
    coordinates = np.tile(body.default_coordinates, (n, 1))
    phase = rng.uniform(0, 6, people)[:, None] + np.arange(frames) * 0.25
    for name, shift in (("knee_angle_r", 0.0), ("knee_angle_l", np.pi)):
        coordinates[:, body.coordinate_index(name)] = (0.6 + 0.5 * np.sin(phase + shift)).ravel()
    values = np.zeros((n, VECTOR.numbers))
    values[:, VECTOR.rotation] = [1, 0, 0, 0, -1, 0]
    told = coordinates[:, VECTOR.head.columns]
    values[:, VECTOR.coordinates] = told + NOISE_RAD * rng.normal(size=told.shape)
    values[:, VECTOR.sds] = -2.0
    turn = np.tile(np.diag([1.0, -1.0, -1.0]), (n, 1, 1))
    ones = np.ones((n, len(body.bodies), 3))
    parts = (part.astype(np.float32) for part in (values, coordinates, ones, turn))
    return ToldClips(*parts, np.repeat(np.arange(people), frames), np.arange(0, n, frames), "a network")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Refiner, Path, Path]:
    """A small network that learnt from the clips of 16 people; its run and its file."""
    out = tmp_path_factory.mktemp("run")
    steps: list[int] = []
    refiner = train_sequence(
        SMALL, VECTOR, clips(16, 0), out / "run", tell=lambda step, *_: steps.append(step)
    )
    assert steps[-1] == 25 * -(-2 * 16 * 2 // 8)
    path = out / "sequence.safetensors"
    write_sequence(path, sequence_file(refiner, SMALL, VECTOR, ModelCard("t", "", "", True)))
    return refiner, out / "run", path


def test_angles_of_others_are_smoother_and_truer(trained: tuple[Refiner, Path, Path]) -> None:
    others = clips(6, 1)
    network = load_sequence_network(trained[2], threads=1)
    before = clip_figures(others.vectors, others, VECTOR)
    after = clip_figures(refined_clips(network, others), others, VECTOR)
    assert before["mae_deg"] == pytest.approx(np.degrees(NOISE_RAD) * np.sqrt(2 / np.pi), rel=0.05)
    assert after["mae_deg"] < 0.6 * before["mae_deg"]
    assert after["velocity_error_degps"] < 0.65 * before["velocity_error_degps"]


def test_a_finished_run_comes_back(trained: tuple[Refiner, Path, Path]) -> None:
    again = train_sequence(SMALL, VECTOR, clips(16, 0), trained[1])
    vectors = torch.from_numpy(clips(1, 2, 27).vectors[None])
    with torch.inference_mode():
        assert torch.equal(again(vectors), trained[0](vectors))


def test_the_file_tells_what_torch_tells_and_landmarks_stay(trained: tuple[Refiner, Path, Path]) -> None:
    one = clips(1, 3, 27)
    network = load_sequence_network(trained[2], threads=1)
    told = network.refine(one.vectors, np.arange(27) / 30)
    with torch.inference_mode():
        expected = trained[0](torch.from_numpy(one.vectors[None])).numpy()[0]
    np.testing.assert_allclose(told, expected, atol=2e-3)  # weights are halves
    np.testing.assert_allclose(told[:, VECTOR.spots], one.vectors[:, VECTOR.spots], atol=1e-6)
    assert network.estimate(one.vectors, np.arange(27) / 30, 128).n == 27


def untrained(kind: str) -> SequenceNetwork:
    recipe = SequenceRecipe("t", kind, frames=27, layers=2, width=16, heads=2, wide=16)
    numbers = np.zeros(VECTOR.numbers)
    refiner = Refiner(recipe, VECTOR, numbers, numbers + 1)
    for layer in (refiner.net.last, refiner.net.doubts):
        torch.nn.init.zeros_(layer.weight)
    return SequenceNetwork(sequence_file(refiner, recipe, VECTOR, ModelCard("t", "", "", True)), 1)


@pytest.fixture(scope="module")
def silent() -> SequenceNetwork:
    """A network that adds nothing."""
    return untrained("lstm")


@pytest.mark.parametrize("rate_hz", [20.0, 25.0, 30.0])
@pytest.mark.parametrize("frames", [1, 2, 10, 61])
def test_a_network_that_adds_nothing_changes_nothing(
    silent: SequenceNetwork, rate_hz: float, frames: int
) -> None:
    one = clips(1, 4, frames)
    told = silent.refine(one.vectors, np.arange(frames) / rate_hz)
    np.testing.assert_allclose(told, one.vectors, atol=1e-5)


def test_quick_videos_are_low_passed(silent: SequenceNetwork) -> None:
    one = clips(1, 5, 240)
    told = silent.refine(one.vectors, np.arange(240) / 120)
    still = VECTOR.coordinates.start  # hip_flexion_r, which does not move
    assert told[:, still].std() < 0.7 * one.vectors[:, still].std()
    assert told[:, still].mean() == pytest.approx(one.vectors[:, still].mean(), abs=0.01)


def test_frames_without_a_person_stay_empty(silent: SequenceNetwork) -> None:
    one = clips(1, 6, 90)
    values = one.vectors.copy()
    values[20:25] = np.nan
    values[40:80] = np.nan
    told = silent.refine(values, np.arange(90) / 30)
    np.testing.assert_array_equal(np.isnan(told).any(axis=1), np.isnan(values).any(axis=1))
    assert np.isnan(silent.refine(values * np.nan, np.arange(90) / 30)).all()


def test_bad_input(silent: SequenceNetwork, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"shape \(3, 4\) and there are 3 times"):
        silent.refine(np.zeros((3, 4)), np.arange(3))
    values = clips(1, 0, 5).vectors.copy()
    values[2] = np.nan
    with pytest.raises(InputError, match="some frames are NaN"):
        silent.estimate(values, np.arange(5) / 30, 128)
    with pytest.raises(ModelError, match="there is no network file"):
        load_sequence_network(tmp_path / "none")
    (tmp_path / "x.safetensors").write_bytes(b"12345678")
    with pytest.raises(FileFormatError, match="not a whole safetensors file"):
        read_clips(tmp_path / "x.safetensors")


def test_clips_come_back_and_their_windows_cover_them(tmp_path: Path) -> None:
    one = clips(3, 0, 40)
    write_clips(tmp_path / "clips.safetensors", one)
    again = read_clips(tmp_path / "clips.safetensors")
    np.testing.assert_array_equal(again.vectors, one.vectors)
    assert again.told_by == "a network"
    assert [clip.stop - clip.start for clip in again.clips] == [40, 40, 40]
    rows = windows(one, 27)
    assert rows.shape == (6, 27)
    assert np.unique(rows).size == 120
    assert {tuple(np.unique(row // 40)) for row in rows} == {(0,), (1,), (2,)}  # none in two clips
    assert (windows(clips(1, 0, 5), 27)[0, 4:] == 4).all()


def test_mirrored_clips_are_the_same_people_in_a_mirror() -> None:
    one = clips(2, 0)
    both = with_mirrored(one, VECTOR)
    assert len(both.clips) == 4
    n, mirror = len(one.vectors), Mirror(own_body())
    back = mirrored_vectors(both.vectors[n:].astype(float), VECTOR, mirror)
    np.testing.assert_allclose(back, one.vectors, atol=1e-6)
    np.testing.assert_allclose(mirror.coordinates(both.coordinates[n:]), one.coordinates, atol=1e-6)
