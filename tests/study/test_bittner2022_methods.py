"""The ways of the reproduction on clips of one virtual person: what they are given is what they tell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.body.own_body import own_body
from kinelab.core.checks import Array
from kinelab.errors import InputError, RunFolderError
from kinelab.monocular.examples import Shard, write_arrays
from kinelab.monocular.head import Head
from kinelab.monocular.poses import Poses
from kinelab.monocular.scores import Pose, angle_off_deg, skin_markers_m, told_pose, truth_of
from kinelab.monocular.sequences import SequenceDesign, clips_of, make_sequences, people_of
from kinelab.monocular.vector import Vector
from kinelab.study.bittner2022_choice import Choice, ways_of
from kinelab.study.bittner2022_methods import Direct, InSequence
from kinelab.study.bittner2022_multistep import MultiStep, Placer, heatmap_placer
from kinelab.study.bittner2022_ways import Told

MODEL = own_body()
SIZE_PX = 32


@pytest.fixture(scope="module")
def shard(tmp_path_factory: pytest.TempPathFactory) -> Shard:
    design = SequenceDesign(frames=5, movements=1, size_px=SIZE_PX)
    people = people_of(design.lab, "test")[:1]
    return make_sequences(tmp_path_factory.mktemp("clips"), design, people).shards[0]


@pytest.fixture(scope="module")
def truth(shard: Shard) -> Pose:
    return truth_of(shard.labels, (SIZE_PX, SIZE_PX), MODEL)


def _points_m(shard: Shard) -> Array:
    """All points of `point_body`, exactly."""
    labels = shard.labels
    skin = skin_markers_m(labels, (SIZE_PX, SIZE_PX))
    both = {"marker_m": labels["landmark_m"], "pelvis_m": labels["pelvis_m"], "lens": labels["lens"]}
    return np.concatenate([skin_markers_m(both, (SIZE_PX, SIZE_PX)), skin], axis=1)


class _Network:
    """Stands for a direct network: tells the truth, shifted by a degree in frames that are odd."""

    sha256, size_px = "of the network", SIZE_PX

    def __init__(self, truth: Pose) -> None:
        self.vector = Vector(Head(MODEL), ())
        self.truth, self.asked = truth, 0

    def vectors(self, images: np.ndarray) -> np.ndarray:
        self.asked += 1
        told = self.vector.values(_poses(self.truth))
        told[1::2, self.vector.coordinates] += np.radians(1.0)
        assert len(images) == len(told)
        return told.astype(np.float32)


class _Mean:
    """Stands for a sequence network: the mean over the clip of what it is given."""

    def __init__(self) -> None:
        self.vector = Vector(Head(MODEL), ())
        self.lengths: list[int] = []

    def refine(self, values: Array, time_s: Array) -> Array:
        self.lengths.append(len(time_s))
        return np.repeat(values.mean(axis=0, keepdims=True), len(values), axis=0)


def _poses(truth: Pose) -> Poses:
    n = len(truth.coordinates)
    return Poses(
        model=MODEL, coordinates=truth.coordinates, scale=truth.scale,
        sd_rad=np.full_like(truth.coordinates, 0.1),
        view_rotation=truth.view_rotation, view_sd_rad=np.full(n, 0.1), landmarks=(),
        landmark_px=np.zeros((n, 0, 2)), landmark_sd_px=np.zeros((n, 0)), size_px=(SIZE_PX, SIZE_PX),
    )  # fmt: skip


def _error(told: Told, truth: Pose) -> Array:
    off: Array = np.abs(angle_off_deg(told_pose(told.poses, told.marker_m), truth))
    return off


def test_a_network_is_asked_once_for_all_ways_that_go_on_from_it(shard: Shard, truth: Pose) -> None:
    network, second = _Network(truth), _Mean()
    first = Direct(network)  # type: ignore[arg-type]
    after = InSequence(first, second, "direct_lstm", "of the second")  # type: ignore[arg-type]
    off = _error(first.tell(shard), truth)
    assert off[::2].max() < 0.01
    np.testing.assert_allclose(off[1::2], 1.0, atol=0.01)
    after.tell(shard)
    assert network.asked == 1
    assert second.lengths == [part.stop - part.start for part in clips_of(shard.labels)]
    assert after.key == "of the network of the second"


def test_choices_that_contradict_themselves_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kinelab.study.bittner2022_choice.load_network", lambda path: None)
    assert [way.name for way in ways_of(Choice(two_views=["openpose_like"]))] == ["direct", "openpose_like"]
    with pytest.raises(InputError, match="needs the run in which its points were learnt"):
        ways_of(Choice(opensim=True))
    with pytest.raises(InputError, match="two ways are called openpose_like; judge one of a kind"):
        ways_of(Choice(two_views=["openpose_like", "openpose_like"]))


def test_exact_points_give_angles_again(shard: Shard, truth: Pose) -> None:
    placer = Placer(lambda images: _points_m(shard), "exact")
    told = MultiStep(placer).tell(shard)
    off = _error(told, truth)
    assert off.mean() < 2.5  # zero of each angle rests on the clip in which the person stands
    assert told.marker_m is not None
    np.testing.assert_allclose(told.marker_m, skin_markers_m(shard.labels, (SIZE_PX, SIZE_PX)), atol=1e-9)
    lengths = [MODEL.body_index(f"{name}_r") for name in ("femur", "tibia", "humerus")]
    np.testing.assert_allclose(told.poses.scale[0, lengths, 1], truth.scale[0, lengths, 1], rtol=0.01)


def test_nobody_who_stands_still_is_told(shard: Shard, tmp_path: Path) -> None:
    labels = dict(shard.labels)
    labels["movement"] = np.zeros_like(labels["movement"])
    path = tmp_path / "walks.safetensors"
    write_arrays(
        path, {**labels, "image": shard.images(range(len(labels["person"])))}, ["walk"], synthetic=True
    )
    with pytest.raises(InputError, match="nobody stands still in it"):
        MultiStep(Placer(lambda images: _points_m(shard), "exact")).tell(Shard(path))


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="holds no training run"):
        heatmap_placer(tmp_path)
