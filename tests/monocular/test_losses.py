"""The losses of D3KE: nothing at the truth, elsewhere what was put in, and doubts that teach nothing."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from kinelab.body.layer import SkeletalLayer  # noqa: E402
from kinelab.body.own_body import own_body  # noqa: E402
from kinelab.geometry.torch_rotations import from_axis_angle  # noqa: E402
from kinelab.monocular.head import Head  # noqa: E402
from kinelab.monocular.losses import OWN, PAPER, apart_m, heat, laplace, losses  # noqa: E402
from kinelab.monocular.network import Told  # noqa: E402
from kinelab.monocular.views import View  # noqa: E402

MODEL = own_body()
COLUMNS = torch.from_numpy(Head(MODEL).columns)
LAYER = SkeletalLayer(MODEL, dtype=torch.float32)
B, K, SIDE = 3, 5, 64


@pytest.fixture
def view() -> View:
    generator = torch.Generator().manual_seed(0)
    pose = 0.2 * torch.randn(B, len(MODEL.coordinates), generator=generator)
    scale = 1 + 0.1 * torch.rand(B, len(MODEL.bodies), 3, generator=generator)
    rotation = from_axis_angle(torch.randn(B, 3, generator=generator))
    spots = SIDE * torch.rand(B, K, 2, generator=generator)
    points = torch.randn(B, 7, 3, generator=generator)
    return View(
        torch.zeros(B, 3, SIDE, SIDE),
        pose,
        scale,
        rotation,
        spots,
        torch.ones(B, K, dtype=torch.bool),
        points,
    )


def true(view: View) -> Told:
    log_sd = torch.zeros(B, len(COLUMNS) + 1)
    spot = (view.landmark_px + 0.5) / SIDE
    return Told(view.coordinates, view.scale, view.view_rotation, log_sd, spot, torch.zeros(B, K))


@pytest.mark.parametrize("weights", [PAPER, OWN])
def test_the_truth_costs_nothing(view: View, weights: object) -> None:
    found = losses(true(view), view, LAYER, COLUMNS, weights)  # type: ignore[arg-type]
    for name in ("joint", "marker", "body", "angle", "landmark", "points"):
        assert float(getattr(found, name)) == pytest.approx(0.0, abs=1e-6)
    assert float(found.rotation) == pytest.approx(0.0, abs=2e-3)  # float32's rotation to itself


def test_each_loss_is_the_mean_absolute_difference(view: View) -> None:
    told = true(view)
    off = told.coordinates.clone()
    off[:, COLUMNS] += 0.1
    found = losses(told._replace(coordinates=off, scale=told.scale + 0.02), view, LAYER, COLUMNS, PAPER)
    assert float(found.angle) == pytest.approx(0.1, rel=1e-4)
    assert float(found.body) == pytest.approx(0.02, rel=1e-3)
    placed = [
        LAYER(c, scales=s, root_rotation=view.view_rotation, root_position_m=torch.zeros(3)).marker_m
        for c, s in ((off, told.scale + 0.02), (view.coordinates, view.scale))
    ]
    assert float(found.marker) == pytest.approx(float((placed[0] - placed[1]).abs().mean()), rel=1e-4)
    expected = found.joint + 2.0 * found.marker + 0.1 * found.body + 0.06 * found.angle + 0.05 * found.spread
    assert float(found.total) == pytest.approx(float(expected), rel=1e-5)


def test_a_wrong_turn_of_the_root_moves_points_only_as_published(view: View) -> None:
    turned = from_axis_angle(torch.tensor([0.0, 0.3, 0.0])) @ view.view_rotation
    told = true(view)._replace(view_rotation=turned)
    published = losses(told, view, LAYER, COLUMNS, PAPER)
    ours = losses(told, view, LAYER, COLUMNS, OWN)
    assert float(published.marker) > 0.02
    assert float(ours.marker) == pytest.approx(0.0, abs=1e-6)
    assert float(ours.rotation) == pytest.approx(0.3, rel=1e-3)


def test_doubts_learn_from_errors_and_errors_not_from_doubts(view: View) -> None:
    off = (view.coordinates + 0.1).requires_grad_()
    log_sd = torch.zeros(B, len(COLUMNS) + 1, requires_grad=True)
    told = true(view)._replace(coordinates=off, log_sd=log_sd)
    only = replace(PAPER, joint=0.0, marker=0.0, body=0.0, angle=0.0, spread=1.0)
    losses(told, view, LAYER, COLUMNS, only).total.backward()
    assert off.grad is None or not off.grad.any()
    assert log_sd.grad is not None
    assert log_sd.grad[:, 0].ne(0).all()


def test_the_likeliest_spread_is_the_standard_deviation() -> None:
    """Of Laplace errors with mean b the best stated sd is b times the root of two."""
    error = torch.distributions.Laplace(0.0, 0.25).sample((20_000,)).abs()
    grid = torch.linspace(-3, 1, 401)
    best = grid[torch.stack([laplace(error, log_sd).mean() for log_sd in grid]).argmin()]
    assert float(best) == pytest.approx(math.log(0.25 * math.sqrt(2)), abs=0.03)


def test_heat_is_least_where_the_landmark_is(view: View) -> None:
    cells = SIDE // 8
    flat = torch.full((B, K, cells, cells), -math.log(cells**2))
    assert float(heat(flat, view)) == pytest.approx(2 * math.log(cells), rel=1e-5)
    middle = 8 * torch.arange(cells) + 3.5

    def hill(places: torch.Tensor) -> torch.Tensor:
        x, y = (middle - places[..., i, None] for i in (0, 1))
        value = -(x.square()[..., None, :] + y.square()[..., :, None]) / 128
        return torch.log_softmax(value.flatten(2), dim=2).reshape(B, K, cells, cells)

    there, beside = heat(hill(view.landmark_px), view), heat(hill(view.landmark_px + 8.0), view)
    assert there < beside
    assert there < heat(flat, view)
    nobody = view._replace(in_view=torch.zeros(B, K, dtype=torch.bool))
    assert heat(flat, nobody) == 0


def test_points_that_nobody_wears_are_left_out(view: View) -> None:
    lost = view.point_m.clone()
    lost[0, 3] = torch.nan
    told = (view.point_m + 0.05).flatten(1)
    assert float(apart_m(told, view._replace(point_m=lost))) == pytest.approx(0.05, rel=1e-4)
