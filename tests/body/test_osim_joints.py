"""Random models, read by kinelab and by OpenSim, must be in the same places; hundreds of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import opensim
import pytest

from kinelab.body.forward import forward
from kinelab.body.model import GROUND, BodyModel
from kinelab.body.opensim_check import random_coordinates
from kinelab.body.osim import model_of, read_osim
from kinelab.body.osim_functions import is_free
from kinelab.body.osim_live import opensim_poses
from kinelab.body.osim_open import open_model_file
from kinelab.core.checks import Array
from kinelab.errors import FileFormatError

if TYPE_CHECKING:
    from .conftest import Osim

MODELS, BATCHES = 400, 20
LIMIT_M = 1e-12  # lengths in these models are some metres, so this is rounding


def largest_m(mine: Any, model: BodyModel, theirs: Any) -> float:
    rows = [model.body_index(name) for name in theirs.bodies]
    apart = [
        mine.position_m[:, rows] - theirs.position_m,
        mine.rotation[:, rows] - theirs.rotation,
        mine.marker_m - theirs.marker_m,
    ]
    return max(float(np.abs(part).max(initial=0.0)) for part in apart)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_models_are_where_opensim_puts_them(
    batch: int, osim: type[Osim], written: Callable[[str], Path]
) -> None:
    for seed in range(batch, MODELS, BATCHES):
        path = written(osim.random(seed))
        source = open_model_file(path)
        model = model_of(source, path)
        coordinates = random_coordinates(model, 3, seed)
        placed = forward(model, coordinates)
        assert largest_m(placed, model, opensim_poses(source, model, coordinates)) < LIMIT_M, seed


def scale_in_opensim(source: Any, factors: dict[str, Array]) -> None:
    """OpenSim's own scaling; the weights of oblique translations are divided out, as kinelab documents."""
    axes = []
    for joint in (source.updJointSet().get(i) for i in range(source.getJointSet().getSize())):
        custom = opensim.CustomJoint.safeDownCast(joint)
        on_ground = joint.getParentFrame().findBaseFrame().getName() == GROUND
        for k in (1, 2, 3) if custom is not None and not on_ground else ():
            axis = getattr(custom.updSpatialTransform(), f"upd_translation{k}")()
            if not is_free(axis.getFunction()):
                axes.append(axis)
    scales = opensim.ScaleSet()
    for name, values in factors.items():
        scale = opensim.Scale()
        scale.setSegmentName(name)
        scale.setScaleFactors(opensim.Vec3(*values.tolist()))
        scale.setApply(True)
        scales.cloneAndAppend(scale)
    source.scale(source.initSystem(), scales, True, -1.0)
    for axis in axes:
        multiplier = opensim.MultiplierFunction.safeDownCast(axis.updFunction())
        weight = sum(abs(axis.getAxis().get(i)) for i in range(3))
        multiplier.setScale(multiplier.getScale() / weight)


@pytest.mark.parametrize("batch", range(BATCHES // 2))
def test_random_models_scale_as_opensim_scales_them(
    batch: int, osim: type[Osim], written: Callable[[str], Path]
) -> None:
    for seed in range(batch, MODELS // 4, BATCHES // 2):
        path = written(osim.random(seed, couplers=False))
        source = open_model_file(path)
        model = model_of(source, path)
        if any(joint.kind == "ScapulothoracicJoint" and joint.parent == GROUND for joint in model.joints):
            continue  # OpenSim forgets the axis of winging here
        factors = np.random.default_rng(seed).uniform(0.5, 1.5, (len(model.bodies), 3))
        own = {body.name for body in model.bodies if body.scaled_as == body.name}
        scale_in_opensim(
            source, {name: s for name, s in zip(model.body_names, factors, strict=True) if name in own}
        )
        coordinates = random_coordinates(model, 2, seed)
        theirs = opensim_poses(source, model, coordinates)
        assert largest_m(forward(model, coordinates, factors), model, theirs) < LIMIT_M, seed
        assert largest_m(forward(model.scaled(factors), coordinates), model, theirs) < LIMIT_M, seed


def test_factors_of_one_change_nothing_on_an_oblique_axis(
    osim: type[Osim], written: Callable[[str], Path]
) -> None:
    axis = {
        "translation1": (["q"], [0.6, 0.8, 0.0], osim.function("LinearFunction", coefficients=[2.0, 0.1]))
    }
    weld = osim.joint("WeldJoint", "root", ("/ground", "/bodyset/a"))
    path = written(osim.model(["a", "b"], [weld, osim.custom("j", ("/bodyset/a", "/bodyset/b"), axis)]))
    model = read_osim(path)
    one = forward(model, [0.5]).position_m[1]
    np.testing.assert_allclose(one, [0.6 * 1.1, 0.8 * 1.1, 0.0], atol=1e-15)
    np.testing.assert_allclose(forward(model, [0.5], np.ones((2, 3))).position_m[1], one, atol=1e-15)
    # Each direction counts as much as it is in the axis: (0.6 * 2 + 0.8 * 1) / 1.4.
    np.testing.assert_allclose(
        forward(model, [0.5], [[2, 1, 1], [1, 1, 1]]).position_m[1], one * 2.0 / 1.4, atol=1e-15
    )


def test_unknown_class_of_joint_is_refused_by_name(osim: type[Osim], written: Callable[[str], Path]) -> None:
    bent = osim.joint("ConstantCurvatureJoint", "spine", ("/ground", "/bodyset/a"), ["x", "z", "y"])
    with pytest.raises(
        FileFormatError, match=r"ConstantCurvatureJoint spine: this class .* replace it by one of"
    ):
        read_osim(written(osim.model(["a"], [bent])))


def test_axis_without_direction_is_refused_by_opensim(
    osim: type[Osim], written: Callable[[str], Path]
) -> None:
    axes = {"translation2": (["q"], [0, 0, 0], ""), "rotation1": (["q"], [1, 0, 0], "")}
    path = written(osim.model(["a"], [osim.custom("knee", ("/ground", "/bodyset/a"), axes)]))
    with pytest.raises(
        FileFormatError, match="OpenSim makes no model of it: CustomJoint 'knee' has collinear axes"
    ):
        read_osim(path)


@pytest.mark.parametrize("kind", ["EllipsoidJoint", "ScapulothoracicJoint"])
def test_an_ellipsoid_without_radii_is_refused_by_name(
    kind: str, osim: type[Osim], written: Callable[[str], Path]
) -> None:
    names = list("xyzw")[: 3 + (kind == "ScapulothoracicJoint")]
    egg = osim.joint(kind, "egg", ("/ground", "/bodyset/a"), names)
    with pytest.raises(FileFormatError, match=rf"{kind} egg: radii of the ellipsoid are \[nan"):
        read_osim(written(osim.model(["a"], [egg])))
