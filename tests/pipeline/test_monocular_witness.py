"""Lifted landmarks beside a direct network: when they are taken in, and what is said of both together."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import GAIT_20, Skeleton
from kinelab.learning.weights import ModelCard
from kinelab.monocular.lifting import load_lifting, shipped_lifting_path
from kinelab.pipeline.monocular_looks import with_lifted
from kinelab.pipeline.monocular_person import Person, network_finding


class _Folder:
    """What is said to have been used."""

    def __init__(self) -> None:
        self.models: list[Any] = []

    def add_models(self, *models: Any) -> None:
        self.models += models


def _network(**figures: float) -> Any:
    return SimpleNamespace(card=ModelCard("x", "CC0-1.0", "", True, figures=figures))


@pytest.fixture(scope="module")
def told(one_camera: ModuleType) -> Any:
    return one_camera.tell("walk", 80.0, seconds=1.0)


def _person(told: Any, other: Keypoints | None) -> Person:
    looks = told.looks
    return Person(looks.frame_index, looks.time_s, looks.square, other=other)


def test_landmarks_of_another_network_are_lifted(told: Any) -> None:
    rows = [told.looks.poses.landmarks.index(name) for name in GAIT_20.landmarks]
    px = told.landmark_px[:, rows]
    other = Keypoints(GAIT_20, told.looks.time_s, px, np.ones(px.shape[:2]))
    folder, network = _Folder(), _network(angle_mae_deg=30.0)
    looks = with_lifted(
        told.looks, _person(told, other), network, told.camera, folder  # type: ignore[arg-type]
    )  # fmt: skip
    card = load_lifting().card
    assert [model.name for model in folder.models] == [card.name]
    assert np.abs(looks.poses.coordinates - told.looks.poses.coordinates).max() > np.radians(1)
    off = np.degrees(np.abs(looks.poses.coordinates[:, looks.poses.told] - told.angle))
    assert off.mean() < 9


@pytest.mark.parametrize("names", [None, ("left_hip", "right_hip")])
def test_without_landmarks_to_lift_nothing_changes(told: Any, names: tuple[str, ...] | None) -> None:
    other = None
    if names is not None:
        n = len(told.looks.time_s)
        other = Keypoints(Skeleton("few", names), told.looks.time_s, np.ones((n, 2, 2)), np.ones((n, 2)))
    folder = _Folder()
    looks = with_lifted(
        told.looks, _person(told, other), _network(), told.camera, folder  # type: ignore[arg-type]
    )  # fmt: skip
    assert looks is told.looks
    assert folder.models == []


def test_a_weak_network_is_named() -> None:
    (alone,) = network_finding(_network(angle_mae_deg=8.2))
    assert "off by 8 deg" in alone.text
    assert network_finding(_network(angle_mae_deg=4.0)) == ()
    assert network_finding(_network()) == ()


def test_the_lifting_file_that_ships_is_small_enough() -> None:
    assert shipped_lifting_path().stat().st_size < 2.5e6
