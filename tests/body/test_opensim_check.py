from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kinelab.body import opensim_check
from kinelab.body.opensim_check import compare_with_opensim, random_coordinates
from kinelab.body.osim import read_osim
from kinelab.errors import FileFormatError, InputError, MissingExtraError

if TYPE_CHECKING:
    from .conftest import Osim

Write = Callable[[str], Path]


def test_forward_and_layer_agree_with_opensim(osim: type[Osim], written: Write) -> None:
    found = compare_with_opensim(written(osim.random(11)), poses=10, layer=True)
    assert [one.what for one in found] == [
        "forward",
        "layer float64 by depth",
        "layer float64 by joint",
        "layer float32 by depth",
        "layer float32 by joint",
    ]
    assert [one.double for one in found] == [True, True, True, False, False]
    assert all(one.position_m < (1e-12 if one.double else 1e-4) for one in found)


def test_the_largest_difference_is_found_where_it_is(
    osim: type[Osim], written: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    pins = [
        osim.joint("PinJoint", "near", ("/ground", "/bodyset/a"), ["q"]),
        osim.joint("PinJoint", "far", ("/bodyset/a", "/bodyset/b"), ["r"]),
    ]
    path = written(osim.model(["a", "b"], pins, [osim.marker("tip", "/bodyset/b", [0.5, 0, 0])]))
    exact = opensim_check.forward

    def off(*given: object) -> object:
        placed = exact(*given)
        placed.marker_m[2] += [0, 3e-3, 0]
        c, s = np.cos(1e-3), np.sin(1e-3)
        placed.rotation[1, 1] = placed.rotation[1, 1] @ [[c, -s, 0], [s, c, 0], [0, 0, 1]]
        return placed

    monkeypatch.setattr(opensim_check, "forward", off)
    (found,) = compare_with_opensim(path, poses=4)
    assert (found.position_of, found.angle_of) == ("tip", "b")
    assert found.position_m == pytest.approx(3e-3)
    assert found.angle_deg == pytest.approx(np.degrees(1e-3))


def test_locked_clamped_and_prescribed_coordinates_move_too(osim: type[Osim], written: Write) -> None:
    pin = osim.joint("PinJoint", "hinge", ("/ground", "/bodyset/a"), ["q"])
    held = "<clamped>true</clamped><locked>true</locked><prescribed>true</prescribed><range>"
    path = written(osim.model(["a"], [pin]).replace("<range>", held))
    assert compare_with_opensim(path, poses=5)[0].position_m < 1e-15


def test_random_coordinates_fill_their_ranges_and_are_the_seeds(osim: type[Osim], written: Write) -> None:
    model = read_osim(written(osim.random(4)))
    drawn = random_coordinates(model, 2000, 1)
    low, high = np.array([coordinate.range for coordinate in model.coordinates]).T
    assert ((drawn >= low) & (drawn <= high)).all()
    np.testing.assert_allclose(drawn.min(axis=0), low, atol=0.02)
    np.testing.assert_allclose(drawn.max(axis=0), high, atol=0.02)
    np.testing.assert_array_equal(drawn, random_coordinates(model, 2000, 1))


def test_what_cannot_be_compared_is_said(osim: type[Osim], written: Write) -> None:
    with pytest.raises(InputError, match="0 poses to compare; expected one or more"):
        compare_with_opensim(written(osim.random(1)), poses=0)
    with pytest.raises(FileFormatError, match="has no bodies; nothing to compare"):
        compare_with_opensim(written(osim.model([], [])))
    stiff = written(osim.model(["a"], [osim.custom("stiff", ("/ground", "/bodyset/a"), {})]))
    assert read_osim(stiff).coordinates == ()  # OpenSim opens it, and ends with it when it builds the system
    with pytest.raises(FileFormatError, match="CustomJoint stiff has no coordinate, at which OpenSim itself"):
        compare_with_opensim(stiff)


def test_without_torch_the_extra_is_named(
    osim: type[Osim], written: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"the torch layer needs .*kinelab\[train\]"):
        compare_with_opensim(written(osim.random(11)), poses=1, layer=True)
