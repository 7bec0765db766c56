"""Random models, made as plain data, against a slow evaluator that does what `body.model` says."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.body.forward import Placement, follow_couplers, forward
from kinelab.body.jacobian import body_jacobian, marker_jacobian, scale_jacobian
from kinelab.body.model import BodyModel, Term
from kinelab.core.checks import Array

SEEDS = range(60)
STEP = 1e-6


class Pose(NamedTuple):
    rotation: dict[str, Array]
    position_m: dict[str, Array]
    centre_m: list[Array]
    marker_m: list[Array]


def amount(terms: tuple[Term, ...], q: dict[str, float]) -> float:
    return float(sum(term.function.value(q[term.coordinate] if term.coordinate else 0.0) for term in terms))


def slowly(model: BodyModel, coordinates: Array, scales: Array, shift_m: Array) -> Pose:
    """The text at the top of `body.model`, and nothing else."""
    q = dict(zip(model.coordinate_names, coordinates.tolist(), strict=True))
    for coupler in model.couplers:
        q[coupler.dependent] = amount(coupler.terms, q)
    rows = dict(zip(model.body_names, scales, strict=True)) | {"ground": np.ones(3)}
    s = {body.name: rows[body.scaled_as] for body in model.bodies} | {"ground": np.ones(3)}
    pose = Pose({"ground": np.eye(3)}, {"ground": np.zeros(3)}, [], [])
    for joint in model.joints:
        outer, inner = joint.parent_frame, joint.child_frame
        turn = np.eye(3)
        for axis in joint.rotations:
            turn = turn @ Rotation.from_rotvec(axis.direction * amount(axis.terms, q)).as_matrix()
        shift = sum(
            axis.direction * amount(axis.terms, q) * (axis.scale_fixed + axis.scale_by @ s[joint.parent])
            for axis in joint.translations
        )
        if joint.radii_by_scale is not None:
            shift = shift + (joint.radii_by_scale @ s[joint.parent]) * turn[:, 2]
        rotation = pose.rotation[joint.parent]
        local = outer.translation_by_scale @ s[joint.parent] + outer.rotation @ shift
        centre = pose.position_m[joint.parent] + rotation @ local
        child = rotation @ outer.rotation @ turn @ inner.rotation.T
        pose.rotation[joint.child] = child
        pose.position_m[joint.child] = centre - child @ inner.translation_by_scale @ s[joint.child]
        pose.centre_m.append(centre)
    for marker, moved in zip(model.markers, shift_m, strict=True):
        offset = marker.offset_by_scale @ s[marker.body] + moved
        pose.marker_m.append(pose.position_m[marker.body] + pose.rotation[marker.body] @ offset)
    return pose


class Case(NamedTuple):
    model: BodyModel
    coordinates: Array
    scales: Array
    shift_m: Array

    def placed(self, change: Array | float = 0.0) -> Placement:
        return forward(self.model, self.coordinates + change, self.scales, self.shift_m)


@pytest.fixture(params=SEEDS)
def case(request: pytest.FixtureRequest, random_model: Callable[[int], BodyModel]) -> Case:
    model, rng = random_model(request.param), np.random.default_rng(request.param + 1000)
    coordinates = rng.uniform(-1.6, 1.6, (3, len(model.coordinates)))
    scales = rng.uniform(0.5, 1.5, (3, len(model.bodies), 3))
    return Case(model, coordinates, scales, rng.normal(size=(len(model.markers), 3)) * 0.1)


def test_places_all_as_the_text_says(case: Case) -> None:
    placed = case.placed()
    for t in range(3):
        slow = slowly(case.model, case.coordinates[t], case.scales[t], case.shift_m)
        for i, name in enumerate(case.model.body_names):
            assert placed.rotation[t, i] == pytest.approx(slow.rotation[name], abs=1e-11)
            assert placed.position_m[t, i] == pytest.approx(slow.position_m[name], abs=1e-10, rel=1e-12)
        assert placed.joint_centre_m[t] == pytest.approx(np.array(slow.centre_m), abs=1e-10, rel=1e-12)
        assert placed.marker_m[t] == pytest.approx(np.array(slow.marker_m), abs=1e-10, rel=1e-12)


def test_one_scale_set_for_all_frames_is_that_of_a_scaled_model(case: Case) -> None:
    once = forward(case.model, case.coordinates, case.scales[0])
    scaled = forward(case.model.scaled(case.scales[0]), case.coordinates)
    assert once.marker_m == pytest.approx(scaled.marker_m, abs=1e-10, rel=1e-12)
    assert once.joint_centre_m == pytest.approx(scaled.joint_centre_m, abs=1e-10, rel=1e-12)


def test_couplers_are_followed(case: Case) -> None:
    followed = follow_couplers(case.model, case.coordinates)
    q = dict(zip(case.model.coordinate_names, followed.T, strict=True))
    for name in case.model.coordinate_names:
        if name not in case.model.dependent:
            assert (q[name] == case.coordinates[:, case.model.coordinate_index(name)]).all()
    for coupler in case.model.couplers:
        for t in range(3):
            expected = amount(coupler.terms, {name: float(values[t]) for name, values in q.items()})
            assert q[coupler.dependent][t] == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_jacobians_by_coordinates_are_the_finite_differences(case: Case) -> None:
    markers = marker_jacobian(case.model, case.coordinates, case.scales, case.shift_m)
    bodies = body_jacobian(case.model, case.coordinates, case.scales)
    rotation = case.placed().rotation
    for c, name in enumerate(case.model.coordinate_names):
        change = np.eye(len(case.model.coordinates))[c] * STEP
        ahead, behind = case.placed(change), case.placed(-change)
        if name in case.model.dependent:
            assert not markers[..., c].any()
            assert not bodies.angular[..., c].any()
        slope = (ahead.marker_m - behind.marker_m) / (2 * STEP)
        size = max(1.0, float(np.abs(slope).max()))
        assert markers[..., c] == pytest.approx(slope, abs=1e-6 * size)
        slope = (ahead.position_m - behind.position_m) / (2 * STEP)
        assert bodies.linear[..., c] == pytest.approx(slope, abs=1e-6 * max(1.0, float(np.abs(slope).max())))
        spin = (ahead.rotation - behind.rotation) / (2 * STEP) @ rotation.swapaxes(-1, -2)
        spin = np.stack([spin[..., 2, 1], spin[..., 0, 2], spin[..., 1, 0]], axis=-1)
        assert bodies.angular[..., c] == pytest.approx(spin, abs=1e-6 * max(1.0, float(np.abs(spin).max())))


def test_jacobian_by_scales_is_exact_at_any_distance(case: Case) -> None:
    slopes = scale_jacobian(case.model, case.coordinates)
    plain = forward(case.model, case.coordinates, None, case.shift_m).marker_m
    predicted = plain + np.einsum("tmisk,tsk->tmi", slopes, case.scales - 1)
    assert predicted == pytest.approx(case.placed().marker_m, abs=1e-10, rel=1e-12)
