from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.osim import read_osim
from kinelab.errors import FileFormatError

if TYPE_CHECKING:
    from .conftest import Osim

Write = Callable[[str], Path]


def test_joints_are_sorted_parents_first(osim: type[Osim], written: Write) -> None:
    far = osim.joint("PinJoint", "far", ("/bodyset/a", "/bodyset/b"), ["q"])
    near = osim.joint("PinJoint", "near", ("/ground", "/bodyset/a"), ["r"])
    model = read_osim(written(osim.model(["b", "a"], [far, near])))
    assert model.joint_names == ("near", "far")
    assert model.body_names == ("b", "a")
    assert model.coordinate_names == ("q", "r")


def test_a_body_with_two_joints_is_refused_with_what_to_do(osim: type[Osim], written: Write) -> None:
    joints = [
        osim.joint("PinJoint", "one", ("/ground", "/bodyset/a"), ["q"]),
        osim.joint("PinJoint", "two", ("/bodyset/a", "/bodyset/b"), ["r"]),
        osim.joint("PinJoint", "shut", ("/ground", "/bodyset/b"), ["s"]),
    ]
    with pytest.raises(FileFormatError, match=r"joint shut closes a loop: ground and b .* remove this joint"):
        read_osim(written(osim.model(["a", "b"], joints)))


def test_a_joint_told_from_the_far_end_moves_the_other_way(osim: type[Osim], written: Write) -> None:
    pin = osim.joint("PinJoint", "back", ("/bodyset/a", "/ground"), ["q"])
    model = read_osim(written(osim.model(["a"], [pin])))
    turned = forward(model, [0.3]).rotation[0]
    np.testing.assert_allclose(turned[:2, :2], [[np.cos(0.3), np.sin(0.3)], [-np.sin(0.3), np.cos(0.3)]])


def test_an_ellipsoid_told_from_the_far_end_is_refused(osim: type[Osim], written: Write) -> None:
    egg = osim.joint("EllipsoidJoint", "egg", ("/bodyset/a", "/ground"), list("xyz"), radii_x_y_z=[1, 2, 3])
    with pytest.raises(FileFormatError, match=r"EllipsoidJoint egg leads from a to ground.*swap its parent"):
        read_osim(written(osim.model(["a"], [egg])))


def test_a_body_without_joint_is_free_as_in_opensim(osim: type[Osim], written: Write) -> None:
    model = read_osim(written(osim.model(["a"], [])))
    assert [joint.kind for joint in model.joints] == ["FreeJoint"]
    assert len(model.coordinates) == 6
