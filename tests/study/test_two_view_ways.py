"""Ways of one and of two cameras on clips whose labels are exact: with true points they find the truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.own_body import own_body
from kinelab.core.checks import Array
from kinelab.core.skeletons import BLAZEPOSE_33, BODY_25, COCO_17
from kinelab.detection.pose_estimate import PoseEstimate
from kinelab.errors import InputError
from kinelab.monocular.examples import Arrays
from kinelab.monocular.multistep import point_body
from kinelab.monocular.multistep_sequences import train_point_sequence
from kinelab.monocular.scores import angle_off_deg, of_legs, told_names, told_pose, truth_of
from kinelab.monocular.sequence_recipe import SequenceRecipe
from kinelab.study.bittner2022_multistep import MultiStep, Placer
from kinelab.study.bittner2022_points import refined_placer, told_points, true_points_m
from kinelab.study.two_view_ways import Detected, Drawn, TwoViews
from kinelab.virtual_lab.cameras.pinhole import look_at
from kinelab.virtual_lab.motion.catalogue import MOVEMENTS
from kinelab.virtual_lab.motion.mover import default_mover
from kinelab.virtual_lab.sensors.skin_markers import stand_still

SIDE = 160


@dataclass(frozen=True)
class _Shard:
    """As `examples.Shard`, of two clips, each seen by two cameras of its own; no pictures."""

    labels: Arrays
    movements: tuple[str, ...] = ("walk", "static")
    path: Path = Path("person_00000.safetensors")

    def images(self, rows: list[int]) -> Array:
        return np.zeros((len(rows), SIDE, SIDE, 3), np.uint8)


def _rows(coordinates: Array, clip: int, eye_m: tuple[float, float, float]) -> Arrays:
    placed = forward(point_body(), coordinates)
    camera = look_at(eye_m, placed.position_m[0, 0], 200.0, (SIDE, SIDE))
    local = (placed.marker_m - camera.position_m) @ camera.rotation.T
    n = len(coordinates)
    return {
        "coordinates": coordinates, "scale": np.ones((n, len(own_body().bodies), 3)),
        "pelvis_rotation": camera.rotation @ placed.rotation[:, 0],
        "pelvis_m": (placed.position_m[:, 0] - camera.position_m) @ camera.rotation.T,
        "landmark_px": local[:, :38, :2] / local[:, :38, 2:] * 200.0 + (SIDE - 1) / 2,
        "landmark_m": local[:, :38], "marker_m": local[:, 38:], "seen": np.ones((n, 38), bool),
        "lens": np.tile([200.0, (SIDE - 1) / 2, (SIDE - 1) / 2], (n, 1)), "person": np.zeros(n, int),
        "movement": np.full(n, clip), "clip": np.full(n, clip), "frame": np.arange(n),
        "time_s": np.arange(n) / 30,
    }  # fmt: skip


@pytest.fixture(scope="module")
def shard() -> _Shard:
    rng = np.random.default_rng(0)
    walk = np.array(MOVEMENTS["walk"](default_mover(), 30.0, 1.0, rng, rng).coordinates[:12])
    still = np.array(stand_still(default_mover(), 30.0, 0.4).coordinates)
    parts = []
    for clip, (poses, eyes) in enumerate(
        ((walk, ((5.0, 1.3, 0.2), (0.5, 1.1, 4.5))), (still, ((4.0, 1.0, 0.0), (0.0, 1.2, 5.0))))
    ):
        for view, eye in enumerate(eyes):
            rows = _rows(poses, clip, eye)
            parts.append({**rows, "view": np.full(len(poses), view)})
    return _Shard({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})


def _off(shard: _Shard, way: object) -> Array:
    told = way.tell(shard)  # type: ignore[attr-defined]
    return np.abs(angle_off_deg(told_pose(told.poses), truth_of(shard.labels, (SIDE, SIDE), own_body())))


def test_one_view_with_true_points_finds_the_truth(shard: _Shard) -> None:
    # The crops look along their cameras' axes: the views' frames are the cameras'.
    labels = shard.labels
    points = np.concatenate([labels["landmark_m"], labels["marker_m"]], axis=1) - labels["pelvis_m"][:, None]
    way = MultiStep(Placer(lambda _: points, "truth"))
    told = way.tell(shard)  # type: ignore[arg-type]
    assert _off(shard, way).mean() < 0.5
    assert told.marker_m is not None
    np.testing.assert_allclose(told.marker_m, points[:, 38:])
    truth = truth_of(labels, (SIDE, SIDE), own_body())
    np.testing.assert_allclose(told.poses.view_rotation, truth.view_rotation, atol=0.03)


def test_points_of_clips_are_learnt_from_and_refined(shard: _Shard, tmp_path: Path) -> None:
    labels = shard.labels
    points = np.concatenate([labels["landmark_m"], labels["marker_m"]], axis=1) - labels["pelvis_m"][:, None]
    np.testing.assert_allclose(true_points_m(shard), points, atol=1e-9)  # type: ignore[arg-type]
    base = Placer(lambda _: points + 0.01, "off")

    class _Examples:
        shards = (shard, shard)

    clips = told_points(base, _Examples())  # type: ignore[arg-type]
    assert clips.vectors.shape == clips.coordinates.shape == (96, 303)
    assert clips.first.tolist() == [0, 12, 24, 36, 48, 60, 72, 84]
    np.testing.assert_allclose(clips.vectors - clips.coordinates, 0.01, atol=1e-5)
    recipe = SequenceRecipe(
        "tiny", "tcn", frames=9, layers=2, width=8, batch=8, epochs=30, learning_rate=0.01
    )
    train_point_sequence(recipe, clips, tmp_path)
    better = refined_placer(base, tmp_path)
    assert better.key != base.key
    off = np.abs(better.told(shard) - points).mean()  # type: ignore[arg-type]
    assert off < 0.009


@pytest.mark.parametrize("skeleton", [BODY_25, BLAZEPOSE_33])
def test_two_views_without_errors_find_the_legs(shard: _Shard, skeleton: object) -> None:
    way = TwoViews(Drawn(skeleton, noise=0.0, lost_share=0.0), "two")  # type: ignore[arg-type]
    told = way.tell(shard)  # type: ignore[arg-type]
    legs = of_legs(told_names(own_body()))
    assert _off(shard, way)[:, legs].mean() < 3
    truth = truth_of(shard.labels, (SIDE, SIDE), own_body())
    np.testing.assert_allclose(told.poses.view_rotation, truth.view_rotation, atol=0.1)


def test_errors_of_landmarks_reach_the_angles(shard: _Shard) -> None:
    exact, noisy, smooth = (
        _off(shard, TwoViews(Drawn(BODY_25, noise, 0.3), "two", cutoff)).mean()
        for noise, cutoff in ((0.0, None), (0.012, None), (0.012, 6.0))
    )
    assert exact < smooth < noisy
    keys = {TwoViews(Drawn(BODY_25, noise), "two", cutoff).key for noise in (0, 1) for cutoff in (None, 6.0)}
    assert len(keys) == 4


def test_a_pose_network_at_hand_is_asked_with_the_persons_box(shard: _Shard) -> None:
    asked: list[Array] = []

    class _Model:
        skeleton, name, sha256, licence = COCO_17, "still", "0", "none"

        def estimate(self, image: Array, boxes: Array) -> PoseEstimate:
            asked.append(boxes)
            confidence = np.ones((1, 17))
            confidence[0, 3] = 0.1
            return PoseEstimate(np.full((1, 17, 2), 7.0), confidence, np.ones((1, 17)))

    found = Detected(_Model()).tell(shard)  # type: ignore[arg-type]
    assert found.shape == (len(shard.labels["view"]), 17, 2)
    assert np.isnan(found[:, 3]).all()
    assert (found[:, 4] == 7).all()
    np.testing.assert_allclose(asked[0][0, :2], shard.labels["landmark_px"][0].min(axis=0))


def test_a_shard_that_does_not_serve_is_refused(shard: _Shard) -> None:
    way = TwoViews(Drawn(BODY_25), "two")
    with pytest.raises(InputError, match=r"person_00000.safetensors: nobody stands still in it"):
        way.tell(_Shard(shard.labels, ("walk", "run")))  # type: ignore[arg-type]
    kept = [*range(12), *range(24, 48)]
    one_view = _Shard({name: values[kept] for name, values in shard.labels.items()})
    with pytest.raises(InputError, match=r"clip 0 of person 0 is not shown by both cameras"):
        way.tell(one_view)  # type: ignore[arg-type]
