"""Relaxed hands: bent fingers on the same hand."""

import numpy as np
import pytest

from kinelab.virtual_lab.people.asset import body_asset
from kinelab.virtual_lab.people.figure import figure_of
from kinelab.virtual_lab.people.fit import fit_own_body
from kinelab.virtual_lab.people.hands import relaxed
from kinelab.virtual_lab.people.landmarks import landmark_offsets, landmarks
from kinelab.virtual_lab.people.shape import Shape
from kinelab.virtual_lab.people.sites import marker_sites

SHAPES = (Shape("female", 30, 1.65, 58), Shape("male", 60, 1.76, 105), Shape("male", 9, 1.33, 28))


@pytest.mark.parametrize("shape", SHAPES)
def test_fingers_bend_towards_the_palm_and_keep_their_length(shape):
    asset = body_asset()
    before = figure_of(shape).vertex_m.astype(np.float64)
    after = relaxed(asset, before.astype(np.float32)).astype(np.float64)
    right = np.arange(len(before)) < asset.half
    palm = before[(asset.region["hand"] > 0) & right].mean(0)
    moved = np.linalg.norm(after - before, axis=1)
    assert moved[asset.region["fingers"] == 0].max() == 0
    tips = np.argsort(-np.linalg.norm(before - palm, axis=1) + 9 * ((asset.region["fingers"] == 0) | ~right))[
        :6
    ]
    size = np.linalg.norm(before[tips] - palm, axis=1)
    # Fingertips come nearer to the palm as those of a hand at rest, and half as far again would be a fist.
    assert np.all(np.linalg.norm(after[tips] - palm, axis=1) < 0.93 * size)
    assert np.all(np.linalg.norm(after[tips] - palm, axis=1) > 0.6 * size)
    inside = (asset.region["fingers"][asset.face] > 0).all(1)
    edge = np.concatenate([asset.face[inside][:, [0, 1]], asset.face[inside][:, [1, 2]]])
    ratio = np.linalg.norm(np.diff(after[edge], axis=1), axis=2) / np.linalg.norm(
        np.diff(before[edge], axis=1), axis=2
    )
    assert 0.9 < np.median(ratio) < 1.05


def test_both_hands_are_alike():
    asset = body_asset()
    after = relaxed(asset, figure_of(SHAPES[0]).vertex_m)
    assert np.allclose(after[asset.mirror], after * [1, 1, -1], atol=1e-6)


@pytest.mark.parametrize("shape", SHAPES)
def test_markers_and_landmarks_stay_on_the_skin(shape):
    figure = figure_of(shape)
    after = relaxed(body_asset(), figure.vertex_m)
    fit = fit_own_body(figure)
    assert (
        np.abs(marker_sites().offsets(after, fit) - marker_sites().offsets(figure.vertex_m, fit)).max()
        < 0.004
    )
    away = landmark_offsets(after, fit) - landmark_offsets(figure.vertex_m, fit)
    worst = int(np.linalg.norm(away, axis=1).argmax())
    assert np.linalg.norm(away[worst]) < 0.004, landmarks()[worst].name
