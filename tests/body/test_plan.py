"""What the plan folds away, and that it is made once."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest

from kinelab.body.functions import constant, linear
from kinelab.body.model import Axis, Body, BodyModel, Coordinate, Coupler, Frame, Joint, Marker, Term
from kinelab.body.plan import compile_plan

X, Y, Z = np.eye(3)
PLAIN = Frame(np.eye(3), np.zeros((3, 3)))
AXIS_SWAP = np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]])


def joint(name: str, parent: str, child: str, turn: Axis, slide: Axis, frame: Frame = PLAIN) -> Joint:
    rest = Axis(Y), Axis(Z)
    return Joint(name, "CustomJoint", parent, child, frame, PLAIN, (turn, *rest), (slide, *rest))


@pytest.fixture
def model() -> BodyModel:
    """Two bodies in a chain, the second listed first; b is coupled to a."""
    fixed = Axis(X, (Term(None, constant(0.25)), Term("a", constant(0.5))), 2.0, np.array([0.0, 1.0, 0.0]))
    return BodyModel(
        "two",
        (Body("second"), Body("first")),
        (
            joint("one", "ground", "first", Axis(X, (Term("a", linear()),)), Axis(X)),
            joint(
                "two", "first", "second", Axis(X, (Term("b", linear()),)), fixed, Frame(AXIS_SWAP, np.eye(3))
            ),
        ),
        tuple(Coordinate(name, "rotational", 0.0, (-1, 1)) for name in ("a", "b", "unused")),
        (Coupler("half", "b", (Term("a", linear(0.5)),)),),
        (Marker("m", "second", np.eye(3)),),
    )


def test_axes_that_rest_are_gone_and_constant_lengths_are_in_the_offset(model: BodyModel) -> None:
    plan = compile_plan(model)
    assert plan.term_start.size - 1 == 2
    assert plan.joints[:, :5].tolist() == [[-1, 1, 0, 1, 1], [1, 0, 1, 2, 2]]
    first, second = 0, 1
    assert not plan.fixed_m[first].any()
    along = AXIS_SWAP @ X * 0.75
    assert plan.fixed_m[second] == pytest.approx(2 * along)
    assert plan.by_scale_m[second] == pytest.approx(np.eye(3) + np.outer(along, Y))


def test_the_same_function_is_stored_once(model: BodyModel) -> None:
    assert compile_plan(model).functions.shape[0] == 2


def test_each_body_has_one_column_for_each_free_coordinate_that_moves_it(model: BodyModel) -> None:
    plan = compile_plan(model)
    columns = [
        plan.columns[plan.column_start[body] : plan.column_start[body + 1]].tolist() for body in (0, 1)
    ]
    assert columns == [[[0, 1]], [[0, 0]]]
    assert plan.twists[:, :2].tolist() == [[0, -1], [1, 0]]


def test_a_plan_is_made_once_for_each_model_and_goes_with_it(model: BodyModel) -> None:
    assert compile_plan(model) is compile_plan(model)
    other = replace(model, name="other")
    assert compile_plan(other) is not compile_plan(model)
    gone = weakref.ref(other)
    del other
    gc.collect()
    assert gone() is None


def test_arrays_cannot_be_changed(model: BodyModel) -> None:
    with pytest.raises(ValueError, match="read-only"):
        compile_plan(model).fixed_m[0] = 1
