from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.functions import linear
from kinelab.body.model import Axis, Body, BodyModel, Coordinate, Coupler, Frame, Joint, Marker, Term
from kinelab.body.opensim_check import random_coordinates
from kinelab.body.osim import read_osim
from kinelab.errors import InputError

if TYPE_CHECKING:
    from .conftest import Osim

STILL = (Axis(np.eye(3)[0]), Axis(np.eye(3)[1]), Axis(np.eye(3)[2]))
HERE = Frame(np.eye(3), np.zeros((3, 3)))


def weld(name: str, parent: str, child: str) -> Joint:
    return Joint(name, "WeldJoint", parent, child, HERE, HERE, STILL, STILL)


def small(**changes: object) -> BodyModel:
    """Two bodies, two coordinates that move nothing, one marker."""
    model = BodyModel(
        name="small",
        bodies=(Body("a", mass_kg=2.0), Body("b", mass_kg=1.0)),
        joints=(weld("j", "ground", "a"), weld("k", "a", "b")),
        coordinates=(
            Coordinate("q", "rotational", 0.1, (-1, 1)),
            Coordinate("r", "translational", 0, (0, 2)),
        ),
        markers=(Marker("m", "b", np.diag([1.0, 2.0, 3.0])),),
    )
    return replace(model, **changes)  # type: ignore[arg-type]


def test_what_a_model_tells() -> None:
    model = small(couplers=(Coupler("c", "r", (Term("q", linear()),)),))
    assert (model.body_names, model.joint_names) == (("a", "b"), ("j", "k"))
    assert (model.coordinate_names, model.marker_names) == (("q", "r"), ("m",))
    assert [coordinate.unit for coordinate in model.coordinates] == ["rad", "m"]
    assert model.dependent == {"r"}
    assert model.mass_kg == 3.0
    np.testing.assert_array_equal(model.default_coordinates, [0.1, 0.0])
    np.testing.assert_array_equal(model.markers[0].offset_m, [1, 2, 3])
    assert (model.body_index("b"), model.coordinate_index("r"), model.marker_index("m")) == (1, 1, 0)


def test_an_unknown_name_lists_what_exists() -> None:
    with pytest.raises(InputError, match="no body 'femur' in the model; there are a, b"):
        small().body_index("femur")
    with pytest.raises(InputError, match="no coordinate 'knee' in the model; there are q, r"):
        small().coordinate_index("knee")
    with pytest.raises(InputError, match="no marker 'heel' in the model; there are none"):
        small().with_markers([]).marker_index("heel")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"bodies": (Body("a"), Body("a"))}, "bodies holds a more than once"),
        ({"joints": (weld("j", "ground", "a"),)}, "body b has no joint"),
        (
            {"joints": (weld("k", "a", "b"), weld("j", "ground", "a"))},
            "joint k hangs on a, .* comes after it",
        ),
        (
            {"joints": (weld("j", "ground", "a"), weld("k", "a", "b"), weld("l", "ground", "b"))},
            "body b has more than one joint",
        ),
        (
            {"joints": (weld("j", "ground", "a"), weld("k", "a", "b"), weld("l", "a", "c"))},
            "joint l moves no body: c",
        ),
        ({"bodies": (Body("a"), Body("b", scaled_as="x"))}, r"body b scales as x\?"),
        ({"markers": (Marker("m", "x", np.eye(3)),)}, "marker m is on x, no body"),
        ({"couplers": (Coupler("c", "x", ()),)}, r"coupler c sets x\?"),
        ({"couplers": (Coupler("c", "r", (Term("x", linear()),)),)}, "a function reads x, no coordinate"),
        (
            {"couplers": (Coupler("c", "r", (Term("q", linear()),)), Coupler("d", "q", ()))},
            "coupler c reads q before it is set",
        ),
        ({"couplers": (Coupler("c", "r", ()), Coupler("d", "r", ()))}, "holds r more than once"),
    ],
)
def test_contradictions_are_found_at_birth(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        small(**changes)


@pytest.mark.parametrize("seed", range(10))
def test_scaling_twice_is_scaling_by_the_product(
    seed: int, osim: type[Osim], written: Callable[[str], Path]
) -> None:
    model = read_osim(written(osim.random(seed)))
    first, second = np.random.default_rng(seed).uniform(0.5, 1.5, (2, len(model.bodies), 3))
    coordinates = random_coordinates(model, 3, seed)
    twice = forward(model.scaled(first), coordinates, second)
    at_once = forward(model, coordinates, first * second)
    np.testing.assert_allclose(twice.position_m, at_once.position_m, atol=1e-12)
    np.testing.assert_allclose(twice.marker_m, at_once.marker_m, atol=1e-12)


def test_scale_factors_that_cannot_be() -> None:
    with pytest.raises(InputError, match=r"shape \(2,\), smallest 1.0; expected \(2, 3\)"):
        small().scaled([1.0, 1.0])
    with pytest.raises(InputError, match=r"smallest -1.0; expected .* all positive"):
        small().scaled([[1, 1, 1], [1, -1, 1]])
    with pytest.raises(InputError, match="smallest nan"):
        small().scaled(np.full((2, 3), np.nan))


def test_arrays_cannot_be_changed_from_outside() -> None:
    offset = np.eye(3)
    marker = Marker("m", "a", offset)
    offset[0, 0] = 9.0
    assert marker.offset_m[0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        marker.offset_by_scale[0, 0] = 2.0
