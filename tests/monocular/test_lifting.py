"""Lifting: what it reads, what it is taught with, and that what ships is what was trained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from kinelab.body.forward import forward
from kinelab.body.own_body import keypoint_markers, own_body
from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import COCO_17, GAIT_20, Skeleton
from kinelab.errors import FileFormatError, InputError, ModelError
from kinelab.learning.weights import ModelCard
from kinelab.monocular.calibration import Calibration
from kinelab.monocular.head import Head
from kinelab.monocular.lifting import LiftingNetwork, load_lifting, middle_px, save_lifting
from kinelab.monocular.lifting_clips import Clips, make_clips
from kinelab.monocular.lifting_input import MOMENTS_S, boxes_of, features, moments
from kinelab.monocular.lifting_lending import lend
from kinelab.monocular.lifting_training import LiftingNet, LiftingRecipe, train_lifting
from kinelab.monocular.lifting_views import Looker
from kinelab.monocular.mirror import Mirror, exchanged
from kinelab.monocular.mirrored_vector import mirrored_vectors
from kinelab.monocular.vector import Vector
from kinelab.virtual_lab.motion.catalogue import MOVEMENTS
from kinelab.virtual_lab.motion.mover import default_mover


def _clips() -> Clips:
    """One walker of 40 frames, without a mesh."""
    rng = np.random.default_rng(0)
    walk = MOVEMENTS["walk"](default_mover(), 30.0, 1.4, rng, rng).coordinates[:40]
    placed = forward(own_body().with_markers(keypoint_markers()), walk)
    ones = np.ones((1, len(own_body().bodies), 3), np.float32)
    return Clips(
        placed.marker_m.astype(np.float32), walk.astype(np.float32), placed.rotation[:, 0].astype(np.float32),
        np.zeros(40, np.int64), ones,
    )  # fmt: skip


def _random_network(seed: int = 0) -> tuple[LiftingNet, LiftingNetwork]:
    torch.manual_seed(seed)
    net = LiftingNet(17, Vector(Head(own_body()), ()), 16)
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    arrays = {name: value.numpy() for name, value in net.state_dict().items()}
    return net, LiftingNetwork(COCO_17, arrays, ModelCard("lifting", "CC0-1.0", "", True))


def _keypoints(position: Array, rate_hz: float = 30.0) -> Keypoints:
    return Keypoints(
        skeleton=COCO_17, time_s=np.arange(len(position)) / rate_hz, position=position,
        confidence=np.isfinite(position).all(axis=2).astype(float),
    )  # fmt: skip


def test_where_and_how_large_the_person_is_is_not_read() -> None:
    rng = np.random.default_rng(0)
    px, seen = rng.normal(size=(5, 9, 17, 2)), rng.uniform(size=(5, 9, 17)) < 0.9
    np.testing.assert_allclose(features(px, seen), features(300 + 80 * px, seen), atol=1e-12)
    told = features(px, seen).reshape(5, 9, 17, 3)
    np.testing.assert_array_equal(told[..., 2], seen)
    assert (told[~seen] == 0).all()
    nothing = features(px, np.zeros_like(seen))
    assert (nothing == 0).all()


def test_boxes_are_of_what_is_seen() -> None:
    px = np.array([[[0.0, 0.0], [10.0, 4.0], [500.0, 500.0]], [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]])
    middle, side = boxes_of(px, np.array([[True, True, False], [False, False, False]]))
    np.testing.assert_allclose(middle[0], [5, 2])
    assert side[0] == 10
    assert np.isnan(side[1])
    np.testing.assert_allclose(middle_px(np.array([[[0.0, 0], [2, 8], [np.nan, np.nan]]])), [[1, 4]])


@pytest.mark.parametrize("rate_hz", [25.0, 30.0, 60.0])
def test_moments_lie_on_straight_lines_in_time(rate_hz: float) -> None:
    time_s = np.arange(60) / rate_hz
    position = np.stack([100 * time_s, 5 - 20 * time_s], axis=1)[:, None].repeat(17, axis=1)
    found, seen = moments(position, time_s)
    wanted = np.clip(time_s[:, None] + MOMENTS_S, 0, time_s[-1])
    np.testing.assert_allclose(found[..., 3, 0], 100 * wanted, atol=1e-9)
    assert seen.all()


def test_what_is_not_seen_in_a_neighbour_is_not_seen() -> None:
    position = np.ones((9, 17, 2))
    position[4, 2] = np.nan
    _, seen = moments(position, np.arange(9) / 30)
    assert not seen[4, 4, 2]
    assert seen[4, :, 3].all()
    assert seen[3, 4, 2]  # exactly on a frame that shows it
    _, alone = moments(position[:1], np.zeros(1))
    assert alone.all()


def test_without_errors_the_view_is_a_projection() -> None:
    """A looker whose errors are off shows the model's landmarks where its truth puts them."""
    looker = Looker(_clips(), COCO_17)
    looker.bias_m, looker.sets = np.zeros(17), np.ones_like(looker.sets)
    looker._worsened = lambda place, *_: (place, np.ones(place.shape[:3], bool))  # type: ignore[method-assign]
    rows = np.arange(10, 30)
    seen = looker(rows, np.random.default_rng(1))
    names = [marker.name for marker in keypoint_markers()]
    model = own_body().with_markers(keypoint_markers())
    placed = forward(model, seen.coordinates.astype(np.float64))
    columns = [names.index(name) for name in COCO_17.landmarks]
    local = placed.marker_m[:, columns] - placed.position_m[:, :1]
    point = np.einsum("nij,njk,nmk->nmi", seen.view_rotation, placed.rotation[:, 0].swapaxes(1, 2), local)
    shown = seen.values.reshape(len(rows), len(MOMENTS_S), 17, 3)[:, 4, :, :2]
    for one, places in zip(point, shown, strict=True):
        # Parallel projection, far away: a scale and a shift bring it onto what is shown but for perspective.
        flat = one[:, :2] - one[:, :2].mean(axis=0)
        places = places - places.mean(axis=0)
        assert np.corrcoef(flat.ravel(), places.ravel())[0, 1] > 0.98


def test_errors_hide_and_exchange_but_keep_the_truth() -> None:
    looker = Looker(_clips(), COCO_17)
    a, b = (looker(np.arange(40), np.random.default_rng(seed)) for seed in (3, 3))
    np.testing.assert_array_equal(a.values, b.values)
    np.testing.assert_array_equal(a.coordinates, looker.clips.coordinates)
    seen = a.values.reshape(40, 9, 17, 3)[..., 2]
    assert 0.7 < seen.mean() < 1
    eyes = seen[..., [COCO_17.index("left_eye"), COCO_17.index("right_ear")]].reshape(40, -1).any(axis=1)
    assert 0.3 < eyes.mean() < 0.9  # not all sets have them
    left, right = COCO_17.index("left_knee"), COCO_17.index("right_knee")
    assert looker.legs[left] == looker.exchanged[left] == right
    wrist = COCO_17.index("left_wrist")
    assert looker.legs[wrist] == wrist != looker.exchanged[wrist]


def test_the_far_limb_is_drawn_onto_the_near_one_and_nothing_else() -> None:
    looker, rng = Looker(_clips(), COCO_17), np.random.default_rng(0)
    place = rng.normal(size=(50, 9, 17, 2)).astype(np.float32)
    depth_m = np.zeros((50, 17), np.float32)
    far, near = COCO_17.index("left_wrist"), COCO_17.index("right_wrist")
    depth_m[:, far] = 1.0
    drawn = looker._drawn_over(place, depth_m, rng)
    for name in ("nose", "left_hip", "right_shoulder", "right_wrist"):
        np.testing.assert_array_equal(drawn[:, :, COCO_17.index(name)], place[:, :, COCO_17.index(name)])
    way = (drawn[:, :, far] - place[:, :, far]) / (place[:, :, near] - place[:, :, far])
    moved = (drawn[:, :, far] != place[:, :, far]).any(axis=-1)
    assert 0.02 < moved.mean() < 0.2
    assert way[moved].min() > 0.29
    assert way[moved].max() < 1.01


def test_movements_are_lent_to_others(tmp_path: Path) -> None:
    one = _clips()
    two = lend(one, 2, 3, tmp_path)
    assert len(two.scale) == 3
    assert two.clip[-1] == 2
    np.testing.assert_array_equal(two.landmark_m[: one.n], one.landmark_m)
    again = lend(one, 2, 3, tmp_path)
    np.testing.assert_array_equal(two.coordinates, again.coordinates)
    lent = two.clip == 1
    knee = own_body().coordinate_index("knee_angle_r")
    low, high = own_body().coordinates[knee].range
    assert (two.coordinates[lent, knee] >= low - 1e-6).all()
    assert (two.coordinates[lent, knee] <= high + 1e-6).all()
    way = two.coordinates[lent, knee] - one.coordinates[:, knee]
    assert np.degrees(np.abs(way)).mean() < 25
    assert way.std() > 0
    # The landmarks are those of the lent angles: a knee is as far from its ankle in every frame.
    names = [marker.name for marker in keypoint_markers()]
    shank = two.landmark_m[lent, names.index("left_knee")] - two.landmark_m[lent, names.index("left_ankle")]
    assert np.ptp(np.linalg.norm(shank, axis=1)) < 0.01
    assert lend(one, 0, 3, tmp_path) is one


def test_what_is_told_of_a_mirrored_person_is_mirrored() -> None:
    _, network = _random_network()
    rng = np.random.default_rng(1)
    seen = rng.uniform(size=(4, 9, 17)) < 0.9
    px = rng.normal(size=(4, 9, 17, 2))
    partner = exchanged(COCO_17.landmarks)
    there = (px * [-1.0, 1.0])[:, :, partner]
    straight = network.told(features(px, seen))
    mirrored = network.told(features(there, seen[:, :, partner]))
    back = mirrored_vectors(mirrored, network.vector, Mirror(own_body()))
    np.testing.assert_allclose(back, straight, rtol=1e-4, atol=1e-4)


def test_a_calibration_is_kept_and_used(tmp_path: Path) -> None:
    _, network = _random_network()
    n = len(network.vector.head.columns) + 1
    wider = Calibration(offset=(0.5,) * n, slope=(1.0,) * n, weight=(0.0,) * n, sharp=0.0)
    save_lifting(tmp_path / "a.safetensors", network)
    save_lifting(tmp_path / "b.safetensors", replace(network, calibration=wider))
    position = np.random.default_rng(0).uniform(0, 100, (4, 17, 2))
    one, other = (load_lifting(tmp_path / f"{name}.safetensors") for name in "ab")
    before, after = one.estimate(_keypoints(position)), other.estimate(_keypoints(position))
    columns = network.vector.head.columns
    limits = (before.sd_rad[:, columns] > 1e-3) & (after.sd_rad[:, columns] < 7)
    np.testing.assert_allclose((after.sd_rad / before.sd_rad)[:, columns][limits], np.exp(0.5), rtol=1e-6)
    np.testing.assert_array_equal(after.coordinates, before.coordinates)


def test_numpy_tells_what_torch_tells() -> None:
    net, network = _random_network()
    inputs = np.random.default_rng(0).normal(size=(6, len(MOMENTS_S) * 17 * 3))
    with torch.inference_mode():
        theirs = net(torch.from_numpy(inputs).float()).numpy()
    np.testing.assert_allclose(network.vectors(inputs), theirs, rtol=1e-4, atol=1e-4)
    middle, half = network.vector.head.bounds
    told = network.vectors(100 * inputs)[:, network.vector.coordinates]
    assert (np.abs(told - middle) <= half + 1e-9).all()


def test_who_is_not_seen_is_not_told(tmp_path: Path) -> None:
    _, network = _random_network()
    save_lifting(tmp_path / "net.safetensors", network)
    network = load_lifting(tmp_path / "net.safetensors")
    position = np.random.default_rng(0).uniform(0, 100, (8, 17, 2))
    position[5, 4:] = np.nan
    poses = network.estimate(_keypoints(position))
    assert poses.n == 8
    assert poses.landmarks == COCO_17.landmarks
    columns = network.vector.head.columns
    np.testing.assert_allclose(poses.sd_rad[5, columns], np.pi)
    np.testing.assert_allclose(poses.coordinates[5], own_body().default_coordinates)
    np.testing.assert_array_equal(poses.landmark_px, position)
    assert (np.linalg.det(poses.view_rotation) > 0.99).all()


def test_the_shipped_network_knows_a_walker_from_exact_landmarks() -> None:
    network, clips = load_lifting(), _clips()
    assert network.calibration is not None
    assert network.card.synthetic
    names = [marker.name for marker in keypoint_markers()]
    points = clips.landmark_m[:, [names.index(name) for name in COCO_17.landmarks]].astype(float)
    # A level camera that sees the walker's right side from 5 m, at hip height: x is ground's X, y down.
    depth = 5.0 - points[..., 2:]
    px = 1000 * np.stack([points[..., 0], 1.0 - points[..., 1]], axis=-1) / depth
    poses = network.estimate(_keypoints(px))
    columns = network.vector.head.columns
    off = np.degrees(np.abs(poses.coordinates - clips.coordinates)[:, columns])
    knee = columns.tolist().index(own_body().coordinate_index("knee_angle_r"))
    assert off.mean() < 9
    assert off[:, knee].mean() < 10
    # Seen from the right the pelvis' X points to the right in the picture, its Y up.
    axes = poses.view_rotation.mean(axis=0)
    assert axes[0, 0] > 0.8
    assert axes[1, 1] < -0.8


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    _, network = _random_network()
    position = np.random.default_rng(0).uniform(0, 100, (4, 17, 2))
    metres = replace(_keypoints(position), unit="m")
    with pytest.raises(InputError, match=r"landmarks are in m; lifting reads px"):
        network.estimate(metres)
    gait = Keypoints(
        skeleton=GAIT_20, time_s=np.arange(4.0), position=np.ones((4, 20, 2)), confidence=np.ones((4, 20))
    )
    assert network.estimate(gait).n == 4  # who has no eyes is lifted too
    legs = Keypoints(
        skeleton=Skeleton("legs", ("left_hip", "right_hip")), time_s=np.arange(4.0),
        position=np.ones((4, 2, 2)), confidence=np.ones((4, 2)),
    )  # fmt: skip
    with pytest.raises(InputError, match=r"legs lacks left_shoulder, right_shoulder, left_knee.* be lifted"):
        network.estimate(legs)
    with pytest.raises(InputError, match=r"lent movements are -1"):
        lend(_clips(), -1, 0, tmp_path)
    with pytest.raises(InputError, match=r"do not increase"):
        moments(position, np.array([0.0, 1.0, 1.0, 2.0]))
    with pytest.raises(InputError, match=r"do not fit"):
        moments(position, np.zeros(3))
    with pytest.raises(ModelError, match=r"no network file"):
        load_lifting(tmp_path / "none.safetensors")
    with pytest.raises(InputError, match=r"people is 0"):
        make_clips(tmp_path, 0, 0)
    (tmp_path / "1_people_seed_0_clips.safetensors").write_bytes(b"short")
    with pytest.raises(FileFormatError, match=r"no whole clips .* delete it"):
        make_clips(tmp_path, 1, 0)
    with pytest.raises(InputError, match=r"people is 1, expected 2"):
        LiftingRecipe(people=1)
    with pytest.raises(InputError, match=r"minutes is 0, expected above 0"):
        LiftingRecipe(minutes=0)


def test_it_trains_in_a_folder_and_is_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two = replace(
        _clips(), clip=np.repeat([0, 1], 20), scale=np.ones((2, len(own_body().bodies), 3), np.float32)
    )
    monkeypatch.setattr("kinelab.monocular.lifting_training.make_clips", lambda *_: two)
    monkeypatch.setattr("kinelab.monocular.lifting_judging._TESTED", 200)
    monkeypatch.setattr("kinelab.monocular.lifting_training._TELL", 20)
    recipe = LiftingRecipe(people=2, lent=0, width=8, batch=8, steps=40, learning_rate=1e-3)
    told: list[float] = []
    first = train_lifting(recipe, tmp_path / "run", tell=lambda _, loss: told.append(loss))
    assert len(told) == 2
    assert np.isfinite(told).all()
    assert first.card.figures["steps"] == 40
    assert first.card.figures["angle_mae_deg"] < 60
    assert first.calibration is not None
    assert (tmp_path / "run" / "log.csv").read_text(encoding="utf-8").startswith("step,minutes,loss\n20,")
    again = train_lifting(recipe, tmp_path / "run")
    np.testing.assert_array_equal(first.arrays["first.weight"], again.arrays["first.weight"])

    class StoppedError(Exception):
        pass

    def stop(done: float, _: float) -> None:
        if done >= 0.5:
            raise StoppedError

    monkeypatch.setattr("kinelab.monocular.lifting_training._SAVE_S", 0.0)
    with pytest.raises(StoppedError):
        train_lifting(recipe, tmp_path / "stopped", tell=stop)
    assert (tmp_path / "stopped" / "state.ckpt").is_file()
    went_on = train_lifting(recipe, tmp_path / "stopped")
    np.testing.assert_allclose(went_on.arrays["first.weight"], first.arrays["first.weight"], atol=1e-3)
    assert not (tmp_path / "stopped" / "state.ckpt").exists()
