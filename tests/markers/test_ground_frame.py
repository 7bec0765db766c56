from __future__ import annotations

import dataclasses
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.errors import InputError
from kinelab.markers.ground_frame import to_ground
from kinelab.markers.trial import read_trial


def quarter_turns() -> list[np.ndarray]:
    """All 24 right-handed ways to exchange axes."""
    ways = [
        np.diag(signs)[list(order)]
        for order in permutations(range(3))
        for signs in product((1.0, -1.0), repeat=3)
    ]
    return [way for way in ways if np.linalg.det(way) > 0]


@pytest.mark.parametrize("laboratory", quarter_turns())
def test_any_laboratory_comes_back_to_ground(walker: Keypoints, laboratory: np.ndarray) -> None:
    turned = dataclasses.replace(walker, position=walker.position @ laboratory.T)
    back = to_ground(turned)
    np.testing.assert_allclose(back.markers.position, walker.position, atol=1e-12)
    np.testing.assert_allclose(back.rotation @ laboratory, np.eye(3), atol=1e-12)
    assert "the pelvis is above the feet" in back.note


def test_the_given_axis_counts_and_a_doubt_is_told(walker: Keypoints) -> None:
    given = to_ground(walker, "+z")
    np.testing.assert_allclose(given.rotation[1], [0, 0, 1])
    assert np.linalg.det(given.rotation) == pytest.approx(1)
    assert "the body stands along +y" in given.note
    with pytest.raises(InputError, match="vertical axis is 'up', allowed are"):
        to_ground(walker, "up")


def test_without_known_names_the_file_decides(walker: Keypoints) -> None:
    names = tuple(f"m{i}" for i in range(len(walker.skeleton)))
    unnamed = dataclasses.replace(
        walker, skeleton=dataclasses.replace(walker.skeleton, landmarks=names, links=())
    )
    assert "+z is up (as the file says)" in to_ground(unnamed, hint="+z").note
    np.testing.assert_allclose(to_ground(unnamed, hint="+y").rotation, np.eye(3))


def test_an_opensim_file_keeps_its_axes(walker: Keypoints) -> None:
    quarter = np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])  # walks along Z
    turned = dataclasses.replace(walker, position=walker.position @ quarter.T)
    np.testing.assert_allclose(to_ground(turned, keep_y_up=True).rotation, np.eye(3))


@pytest.mark.shared
def test_people_of_five_laboratories_stand_upright_and_walk_forward(shared_data: Path) -> None:
    walks = ("c3d_children/HC002D/HC002D06", "c3d_children/HC031A/HC031A06", "c3d_hospitals/FMC/MH0222_BP06",
             "c3d_hospitals/MH/MH_Dynamic_BF08", "c3d_hospitals/Sydney/S4-AMGait03",
             "c3d_treadmill/test_small", "c3d_hospitals/Sydney/S4-AMGait04")  # fmt: skip
    for walk in walks:
        markers = read_trial(shared_data / f"gait/{walk}.c3d").markers
        way = markers.of("LASI")[np.isfinite(markers.of("LASI")).all(axis=1)]
        assert way[-1, 0] - way[0, 0] > 1.5, walk  # X is the walking direction
        right = np.nanmean(markers.of("RASI") - markers.of("LASI"), axis=0)
        assert right[2] > 0.1, walk
        assert np.nanmean(markers.of("LASI")[:, 1]) > np.nanmean(markers.of("LHEE")[:, 1]) + 0.4, walk
