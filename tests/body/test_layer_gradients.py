"""Gradients of the torch layer: every joint, every function, scales, root pose and marker shifts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck

from kinelab.body.functions import (
    Function,
    constant,
    linear,
    piecewise_linear,
    polynomial,
    simm_spline,
)
from kinelab.body.jacobian import marker_jacobian, scale_jacobian
from kinelab.body.layer import Plan, SkeletalLayer
from kinelab.body.layer_terms import TermSums
from kinelab.body.model import BodyModel
from kinelab.body.osim import read_osim
from kinelab.core.checks import Array

PLANS: tuple[Plan, ...] = ("by_depth", "by_joint")
KNOTS = np.array([-1.0, -0.4, 0.1, 0.5, 1.2])
HEIGHTS = np.array([0.3, -0.2, 0.4, 0.1, 0.5])
FUNCTIONS = {
    "constant": constant(0.4),
    "linear": linear(-1.3, 0.2),
    "spline": simm_spline(KNOTS, HEIGHTS),
    "two knots": simm_spline(KNOTS[:2], HEIGHTS[:2]),
    "piecewise linear": piecewise_linear(KNOTS, HEIGHTS),
    "polynomial": polynomial([0.3, -0.2, 0.5, 1.0, -0.4]),
    "multiplied": simm_spline(KNOTS, HEIGHTS).times(-2.5),
}
# Class of the joint and how many coordinates it has.
JOINTS = {
    "PinJoint": 1,
    "SliderJoint": 1,
    "UniversalJoint": 2,
    "BallJoint": 3,
    "GimbalJoint": 3,
    "FreeJoint": 6,
    "PlanarJoint": 3,
    "EllipsoidJoint": 3,
    "ScapulothoracicJoint": 4,
}
OWN = {
    "EllipsoidJoint": {"radii_x_y_z": [0.3, 0.5, 0.4]},
    "ScapulothoracicJoint": {
        "thoracic_ellipsoid_radii_x_y_z": [0.3, 0.5, 0.4],
        "scapula_winging_axis_origin": [0.05, 0.1],
        "scapula_winging_axis_direction": [0.3],
    },
}


def needing_gradients(*arrays: Array) -> list[Tensor]:
    return [torch.tensor(array, requires_grad=True) for array in arrays]


def inputs(model: BodyModel, seed: int) -> list[Tensor]:
    """Coordinates, scales and marker shifts of one frame."""
    rng = np.random.default_rng(seed)
    return needing_gradients(
        rng.uniform(-1, 1, (1, len(model.coordinates))),
        rng.uniform(0.5, 1.5, (1, len(model.bodies), 3)),
        rng.normal(size=(1, len(model.markers), 3)) * 0.1,
    )


def all_of(layer: SkeletalLayer, plan: Plan) -> Callable[..., tuple[Tensor, ...]]:
    def place(coordinates: Tensor, scales: Tensor, shift: Tensor) -> tuple[Tensor, ...]:
        return tuple(layer(coordinates, scales, marker_shift_m=shift, plan=plan))

    return place


@pytest.mark.parametrize("kind", JOINTS)
def test_every_kind_of_joint(kind: str, osim: type, written: Callable[[str], Path]) -> None:
    names = [f"q{k}" for k in range(JOINTS[kind])]
    frames = osim.frames(
        ("outer", "/ground", [0.1, 0.2, 0.3], [0.5, -0.3, 0.2]),
        ("inner", "/bodyset/one", [-0.2, 0.1, 0.1], [0.1, 0.4, -0.6]),
    )
    joint = osim.joint(kind, "joint", ("outer", "inner"), names, frames, **OWN.get(kind, {}))
    text = osim.model(["one"], [joint], [osim.marker("tip", "/bodyset/one", [0.1, -0.4, 0.2])])
    model = read_osim(written(text))
    layer = SkeletalLayer(model)
    for plan in PLANS:
        assert gradcheck(all_of(layer, plan), inputs(model, 3))


def in_a_custom_joint(name: str, osim: type, written: Callable[[str], Path]) -> BodyModel:
    told = {"x": KNOTS, "y": HEIGHTS}
    function = {
        "Constant": osim.function("Constant", value=0.4),
        "LinearFunction": osim.function("LinearFunction", coefficients=[-1.3, 0.2]),
        "SimmSpline": osim.function("SimmSpline", **told),
        "PiecewiseLinearFunction": osim.function("PiecewiseLinearFunction", **told),
        "PolynomialFunction": osim.function("PolynomialFunction", coefficients=[0.3, -0.2, 0.5]),
        "MultiplierFunction": osim.function(
            "MultiplierFunction",
            osim.function("function", osim.function("SimmSpline", **told)),
            scale=-1.7,
        ),
    }[name]
    axes = {
        "rotation1": (["bend"], [0.2, 0.1, 1.3], osim.function("LinearFunction", coefficients=[1, 0])),
        "rotation2": (["bend"], [1, 0.4, 0], function),
        "translation2": (["bend"], [0.1, 1, 0.2], function),
        "translation3": (["slide"], [0, 0, 1], function),
    }
    joint = osim.custom("joint", ("/ground", "/bodyset/one"), axes)
    hinge = osim.joint("PinJoint", "hinge", ("/bodyset/one", "/bodyset/two"), ["swing"])
    couple = osim.coupler("couple", "swing", ["bend"], function, 0.8)
    marker = osim.marker("tip", "/bodyset/two", [0.1, -0.4, 0.2])
    return read_osim(written(osim.model(["one", "two"], [joint, hinge], [marker], [couple])))


@pytest.mark.parametrize(
    "name",
    [
        "Constant",
        "LinearFunction",
        "SimmSpline",
        "PiecewiseLinearFunction",
        "PolynomialFunction",
        "MultiplierFunction",
    ],
)
def test_every_function_on_axes_and_in_couplers(
    name: str, osim: type, written: Callable[[str], Path]
) -> None:
    model = in_a_custom_joint(name, osim, written)
    layer = SkeletalLayer(model)
    for plan in PLANS:
        assert gradcheck(all_of(layer, plan), inputs(model, 1))


@pytest.mark.parametrize("kind", FUNCTIONS)
def test_values_and_slopes_of_functions_inside_beyond_and_at_their_knots(kind: str) -> None:
    function: Function = FUNCTIONS[kind]
    at = np.concatenate([np.linspace(-2, 2, 41), KNOTS])
    x = torch.tensor(at[None], requires_grad=True)
    sums = TermSums(
        [[(0, function)], [(None, constant(2.0)), (0, function), (0, linear(3.0))]], torch.float64
    )
    plain, more = sums(x)
    assert plain.detach().numpy() == pytest.approx(function.value(at), abs=1e-14)
    assert more.detach().numpy() == pytest.approx(2 + function.value(at) + 3 * at, abs=1e-14)
    slope = torch.autograd.grad(plain.sum(), x, allow_unused=True, materialize_grads=True)[0]
    assert slope[0].numpy() == pytest.approx(function.derivative(at), abs=1e-13)


@pytest.mark.parametrize("seed", range(10))
def test_random_models_with_a_given_root_pose(random_model: Callable[[int], BodyModel], seed: int) -> None:
    model = random_model(seed)
    layer = SkeletalLayer(model)
    rng = np.random.default_rng(seed)
    root = needing_gradients(rng.normal(size=(1, 3, 3)), rng.normal(size=(1, 3)))
    coordinates, scales, shift = inputs(model, seed)
    for plan in PLANS:
        if layer.root is None:
            assert gradcheck(all_of(layer, plan), (coordinates, scales, shift), fast_mode=True)
            continue
        given = (coordinates, scales, *root, shift)
        assert gradcheck(lambda *g, plan=plan: tuple(layer(*g, plan=plan)), given, fast_mode=True)


def test_jacobians_are_those_of_the_numpy_twin(random_model: Callable[[int], BodyModel]) -> None:
    for seed in range(8):
        model = random_model(seed)
        layer = SkeletalLayer(model)
        coordinates, scales, _ = (value.detach()[0] for value in inputs(model, seed))
        for plan in PLANS:
            by_pose, by_size = torch.func.jacrev(
                lambda q, s, plan=plan, layer=layer: layer(q, s, plan=plan).marker_m, (0, 1)
            )(coordinates, scales)
            expected = marker_jacobian(model, coordinates.numpy(), scales.numpy())
            size = max(1.0, float(np.abs(expected).max()))
            assert by_pose.numpy() == pytest.approx(expected, abs=1e-11 * size)
            expected = scale_jacobian(model, coordinates.numpy())
            size = max(1.0, float(np.abs(expected).max()))
            assert by_size.numpy() == pytest.approx(expected, abs=1e-11 * size)


# torch's own: its first use of forward derivatives, and a copy made by its search through knots under vmap.
@pytest.mark.filterwarnings("ignore:.*torch.jit.script.*", "ignore:.*non-contiguous")
@pytest.mark.parametrize("plan", PLANS)
def test_second_derivatives_and_function_transforms(
    random_model: Callable[[int], BodyModel], plan: Plan
) -> None:
    model = random_model(1)
    layer = SkeletalLayer(model)
    given = inputs(model, 1)
    assert gradgradcheck(lambda *g: all_of(layer, plan)(*g)[3], given, fast_mode=True)
    coordinates = torch.rand(3, len(model.coordinates), dtype=torch.float64)

    def markers(pose: Tensor) -> Tensor:
        placed: Tensor = layer(pose, plan=plan).marker_m
        return placed

    forwards = torch.func.vmap(torch.func.jacfwd(markers))(coordinates)
    assert forwards.numpy() == pytest.approx(marker_jacobian(model, coordinates.numpy()), abs=1e-10)
