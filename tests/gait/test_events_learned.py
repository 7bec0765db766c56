"""The event network: the contract of the methods, numpy's answer equal to torch's, and damaged weights."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from safetensors.numpy import save_file

from kinelab.core.events import SIDES
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import COCO_17
from kinelab.errors import GaitError, ModelError
from kinelab.gait import events_learned
from kinelab.gait.event_features import FEATURE_HZ, event_features
from kinelab.gait.event_network import DILATIONS, INPUTS, SHIPPED, read_event_network
from kinelab.gait.walking_way import walking_way
from kinelab.pipeline.gait_landmarks import gait_landmarks


def plane_of(walker: ModuleType, way: str = "", step: int = 1) -> Keypoints:
    markers = walker.moved(walker.marker_walk(), way)
    thinner = walker.markers_of(markers.position[::step], markers.time_s[::step])
    return walking_way(gait_landmarks(thinner).landmarks).plane


@pytest.mark.parametrize(("way", "step"), [("", 1), ("", 2), ("treadmill", 1), ("bent", 1)])
def test_every_inner_event_is_found_once(walker: ModuleType, way: str, step: int) -> None:
    plane, truth = plane_of(walker, way, step), walker.marker_walk().events
    found = events_learned.detect(plane)
    for kind, within_s in (("ic", 0.030), ("to", 0.040)):
        errors = []
        for side in SIDES:
            known = truth.times(side, kind)
            for time_s in known[(known > 0.3) & (known < plane.time_s[-1] - 0.3)]:
                near = found.times(side, kind)
                near = near[np.abs(near - time_s) < 0.2]
                assert near.size == 1
                errors.append(near[0] - time_s)
        assert np.abs(errors).mean() < within_s


def test_nobody_who_stands_has_events(walker: ModuleType) -> None:
    assert not events_learned.detect(plane_of(walker, "standing")).kind


def test_features_do_not_know_where_and_how_long_the_walk_is(walker: ModuleType) -> None:
    plane = plane_of(walker)
    time_s, seen = event_features(plane, "it")
    assert seen.shape == (2, time_s.size, INPUTS)
    np.testing.assert_allclose(np.diff(time_s), 1 / FEATURE_HZ)
    shifted = Keypoints(
        plane.skeleton, plane.time_s + 7, plane.position + np.array([3.0, 0.0]), plane.confidence, "m"
    )
    np.testing.assert_allclose(event_features(shifted, "it")[1], seen, atol=1e-6)
    np.testing.assert_array_equal(seen[0][:, :8], seen[1][:, 8:16])  # own and other foot


def test_without_feet_it_says_so(walker: ModuleType) -> None:
    plane = plane_of(walker)
    position = np.full((plane.n, len(COCO_17), 2), np.nan)
    for name in plane.skeleton.landmarks:
        if COCO_17.has(name):
            position[:, COCO_17.index(name)] = plane.of(name)
    seen = np.where(np.isfinite(position).all(axis=-1), 1.0, np.nan)
    with pytest.raises(GaitError, match="kinelab network needs heel and big toe"):
        events_learned.detect(Keypoints(COCO_17, plane.time_s, position, seen, "m"))


def test_numpy_answers_as_torch_does() -> None:
    torch = pytest.importorskip("torch")
    network = read_event_network()
    features = np.random.default_rng(0).normal(size=(90, INPUTS)).astype(np.float32)
    arrays = {name: torch.tensor(value) for name, value in network.arrays.items()}
    x = torch.tensor(features.T[None])
    conv = torch.nn.functional.conv1d
    x = conv(x, arrays["inp.weight"], arrays["inp.bias"], padding=2).relu()
    for i, dilation in enumerate(DILATIONS):
        weight, bias = arrays[f"block{i}.weight"], arrays[f"block{i}.bias"]
        x = x + conv(x, weight, bias, padding=2 * dilation, dilation=dilation).relu()
    theirs = conv(x, arrays["out.weight"], arrays["out.bias"]).sigmoid()[0].T.numpy()
    np.testing.assert_allclose(network(features), theirs, atol=1e-5)


def test_the_shipped_weights_are_small_and_say_what_they_are() -> None:
    assert SHIPPED.stat().st_size < 0.5e6
    card = read_event_network().card
    assert card["synthetic"] is True
    assert card["limits"]


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "cut.safetensors").write_bytes(SHIPPED.read_bytes()[:900])
    with pytest.raises(ModelError, match="cannot be read as weights"):
        read_event_network(tmp_path / "cut.safetensors")
    save_file({"inp.bias": np.zeros(4, np.float32)}, tmp_path / "other.safetensors")
    with pytest.raises(ModelError, match="format is None, expected 'kinelab gait events 1'"):
        read_event_network(tmp_path / "other.safetensors")
    metadata = {"format": "kinelab gait events 1", "card": "{}"}
    save_file({"inp.bias": np.zeros(4, np.float32)}, tmp_path / "few.safetensors", metadata)
    with pytest.raises(ModelError, match=r"inp\.weight.*missing or of another shape"):
        read_event_network(tmp_path / "few.safetensors")
