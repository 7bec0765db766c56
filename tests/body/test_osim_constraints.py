from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kinelab.body.forward import follow_couplers, forward
from kinelab.body.osim import read_osim
from kinelab.errors import FileFormatError

if TYPE_CHECKING:
    from .conftest import Osim

Write = Callable[[str], Path]


def line(osim: type[Osim], slope: float, intercept: float = 0.0) -> str:
    return osim.function("LinearFunction", coefficients=[slope, intercept])


def free_body(osim: type[Osim], *constraints: str) -> str:
    free = osim.joint("FreeJoint", "root", ("/ground", "/bodyset/a"), [f"q{k}" for k in range(6)])
    return osim.model(["a"], [free], (), constraints)


def test_a_chain_listed_backwards_is_put_in_order(osim: type[Osim], written: Write) -> None:
    last = osim.coupler("last", "q2", ["q1", "q0"], osim.function("LinearFunction", coefficients=[1, 1, 0]))
    first = osim.coupler("first", "q1", ["q0"], line(osim, 2.0, 0.1), scale=3.0)
    model = read_osim(written(free_body(osim, last, first)))
    assert [coupler.name for coupler in model.couplers] == ["first", "last"]
    q0, q1, q2 = follow_couplers(model, [0.5, 9, 9, 0, 0, 0])[:3]
    np.testing.assert_allclose([q0, q1, q2], [0.5, 3.3, 3.8])


def test_a_coupler_that_is_not_enforced_is_ignored_and_noted(osim: type[Osim], written: Write) -> None:
    idle = osim.coupler("idle", "q1", ["q0"], line(osim, 2.0), enforced=False)
    model = read_osim(written(free_body(osim, idle)))
    assert model.couplers == ()
    assert model.notes == ("CoordinateCouplerConstraint idle is not enforced in the file and ignored",)


def test_couplers_in_a_circle_are_refused_by_name(osim: type[Osim], written: Write) -> None:
    text = free_body(
        osim,
        osim.coupler("one", "q1", ["q0"], line(osim, 2.0)),
        osim.coupler("two", "q0", ["q1"], line(osim, 2.0)),
    )
    with pytest.raises(FileFormatError, match="couplers one, two read one another in a circle"):
        read_osim(written(text))


def test_two_couplers_of_one_coordinate_are_refused(osim: type[Osim], written: Write) -> None:
    text = free_body(
        osim,
        osim.coupler("one", "q1", ["q0"], line(osim, 2.0)),
        osim.coupler("two", "q1", ["q2"], line(osim, 2.0)),
    )
    with pytest.raises(FileFormatError, match="dependent coordinates holds q1 more than once"):
        read_osim(written(text))


@pytest.mark.parametrize(
    ("kind", "ends"),
    [
        ("PointConstraint", {"socket_body_1": "/ground", "socket_body_2": "/bodyset/a"}),
        ("WeldConstraint", {"socket_frame1": "/ground", "socket_frame2": "/bodyset/a"}),
        ("ConstantDistanceConstraint", {"socket_body_1": "/ground", "socket_body_2": "/bodyset/a"}),
    ],
)
def test_loops_are_refused_by_name_with_what_to_do(
    kind: str, ends: dict[str, str], osim: type[Osim], written: Write
) -> None:
    text = free_body(osim, osim.function(kind, **ends).replace(f"<{kind}>", f'<{kind} name="shut">'))
    with pytest.raises(FileFormatError, match=rf"holds {kind} shut: .* remove them, set their isEnforced"):
        read_osim(written(text))
    loose = text.replace(f'<{kind} name="shut">', f'<{kind} name="shut"><isEnforced>false</isEnforced>')
    assert read_osim(written(loose)).notes == (f"{kind} shut is not enforced in the file and ignored",)


@pytest.mark.shared
def test_a_real_models_point_constraint_is_refused(shared_data: Path) -> None:
    folder = shared_data / "opensim" / "opensim_core" / "Applications" / "IK" / "tests" / "resources"
    with pytest.raises(FileFormatError, match="holds PointConstraint AC: constraints that close a loop"):
        read_osim(folder / "subject1_abdbonepin.osim")


def test_a_coupled_length_scales_with_the_parent_body(osim: type[Osim], written: Write) -> None:
    weld = osim.joint("WeldJoint", "root", ("/ground", "/bodyset/a"))
    axes = {
        "rotation1": (["turn"], [1, 0, 0], line(osim, 1.0)),
        "translation2": (["slide"], [0, 1, 0], line(osim, 1.0)),
    }
    knee = osim.custom("knee", ("/bodyset/a", "/bodyset/b"), axes)
    coupler = osim.coupler("follow", "slide", ["turn"], line(osim, 0.5))
    model = read_osim(written(osim.model(["a", "b"], [weld, knee], (), [coupler])))
    placed = forward(model, [0.4, 0.0], [[9.0, 2.0, 9.0], [7.0, 7.0, 7.0]])
    np.testing.assert_allclose(placed.position_m[1], [0.0, 0.5 * 0.4 * 2.0, 0.0], atol=1e-15)
