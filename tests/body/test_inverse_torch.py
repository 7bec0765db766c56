from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from kinelab.body.forward import forward
from kinelab.body.functions import constant, linear, polynomial, simm_spline
from kinelab.body.ik_setup import IkTasks
from kinelab.body.inverse_torch import BatchSettings, solve_batch
from kinelab.body.inverse_torch_twists import Twists
from kinelab.body.jacobian import marker_jacobian
from kinelab.body.kernels import scale_lengths
from kinelab.body.layer import SkeletalLayer
from kinelab.body.model import (
    GROUND,
    Axis,
    Body,
    BodyModel,
    Coordinate,
    Coupler,
    Frame,
    Joint,
    Marker,
    Motion,
    Term,
)
from kinelab.body.own_body import own_body
from kinelab.body.plan import compile_plan
from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.geometry.rotations import from_cardan
from kinelab.study.ik_trials import TRIALS, TrialFiles, cost_of, open_trial


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Small tensors: two threads that wait for one another are far slower than one on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def noise(sd_m: float, *shape: int) -> Array:
    return np.random.default_rng(3).normal(scale=sd_m, size=shape)


def odd_model() -> BodyModel:
    """Every joint and function that the twists treat apart: 1 to 3 rotations, ellipsoid, couplers."""
    rng = np.random.default_rng(1)

    def frame() -> Frame:
        return Frame(from_cardan(rng.uniform(-1, 1, 3)), np.diag(rng.uniform(-0.2, 0.2, 3)))

    def axis(*terms: Term) -> Axis:
        direction = rng.normal(size=3)
        return Axis(direction / np.linalg.norm(direction), terms)

    still = axis()
    spline = simm_spline([-1.0, -0.2, 0.4, 1.0], [0.0, 0.1, -0.1, 0.2])
    a, b, c, d = (Term(name, linear()) for name in "abcd")
    joints = (
        Joint("root", "CustomJoint", GROUND, "one", frame(), frame(),
              (axis(a), axis(b), axis(c)), (axis(Term("x", linear())), axis(), axis(Term("a", spline)))),
        Joint("ball", "EllipsoidJoint", "one", "two", frame(), frame(),
              (axis(d), axis(Term("e", spline)), axis(Term("f", linear()))), (still, still, still),
              np.diag([0.1, 0.2, 0.15])),
        Joint("universal", "CustomJoint", "two", "three", frame(), frame(),
              (axis(Term("g", linear()), Term("a", polynomial([0.3, -0.2, 0.1]))), axis(Term("h", linear())),
               axis(Term(None, constant(0.3)))), (axis(Term("g", spline)), still, still)),
        Joint("pin", "PinJoint", "one", "four", frame(), frame(),
              (axis(Term("i", linear(2.0))), still, still), (still, still, still)),
    )  # fmt: skip
    names = "abcdefghix"
    motion: dict[str, Motion] = {"x": "translational"}
    return BodyModel(
        "odd",
        tuple(Body(name) for name in ("one", "two", "three", "four")),
        joints,
        tuple(Coordinate(name, motion.get(name, "rotational"), 0.0, (-1.0, 1.0)) for name in names),
        (
            Coupler("h follows g", "h", (Term("g", polynomial([0.5, 0.0, 0.1])),)),
            Coupler("i follows h and d", "i", (Term("h", spline), Term("d", linear(-0.4)))),
        ),
        tuple(
            Marker(f"{body}_{n}", body, np.diag(rng.uniform(-0.3, 0.3, 3)))
            for body in ("one", "two", "three", "four", GROUND)
            for n in range(3)
        ),
    )


def poses(model: BodyModel, count: int, share: float = 0.8) -> Array:
    low, high = np.array([one.range for one in model.coordinates]).clip(-1.2, 1.2).T
    middle, half = (low + high) / 2, (high - low) / 2
    pose = middle + share * half * np.random.default_rng(2).uniform(-1, 1, (count, low.size))
    locked = [n for n, one in enumerate(model.coordinates) if one.locked]
    pose[:, locked] = model.default_coordinates[locked]
    return pose


def test_twists_move_every_marker_as_the_compiled_jacobian_does() -> None:
    for model in (odd_model(), own_body()):
        plan = compile_plan(model)
        lengths = np.empty(plan.fixed_m.shape)
        scale_lengths(plan, np.ones((len(model.bodies), 3)), np.zeros((len(model.markers), 3)), lengths)
        pose = torch.tensor(poses(model, 6))
        placed = SkeletalLayer(model)(pose)
        twist = Twists(plan, lengths, torch.float64)(pose.T.contiguous(), placed).numpy()
        found = np.zeros((6, len(model.markers), 3, len(model.coordinates)))
        for m, body in enumerate(plan.marker_body):
            for c, row in (
                plan.columns[plan.column_start[body] : plan.column_start[body + 1]] if body >= 0 else ()
            ):
                w, u = twist[row, :3].T, twist[row, 3:].T
                found[:, m, :, c] = np.cross(w, placed.marker_m[:, m].numpy()) + u
        np.testing.assert_allclose(found, marker_jacobian(model, pose.numpy()), atol=1e-14)


@pytest.mark.parametrize("width", [7, 1000])
def test_exact_markers_give_back_the_pose_whichever_way_the_person_faces(width: int) -> None:
    model = own_body()
    truth = np.tile(model.default_coordinates, (24, 1))
    for name, amplitude in (("hip_flexion_r", 0.5), ("knee_angle_r", 0.6), ("arm_flex_l", 0.7)):
        truth[:, model.coordinate_index(name)] += amplitude * np.linspace(0.1, 1, 24)
    truth[:, model.coordinate_index("pelvis_rotation")] = np.linspace(-3.1, 3.1, 24)
    truth[:, model.coordinate_index("pelvis_tx")] = np.linspace(-2, 3, 24)
    seen = forward(model, truth).marker_m
    answer = solve_batch(model, model.marker_names, seen, settings=BatchSettings(frames_at_once=width))
    assert answer.converged.all()
    assert answer.cost.max() < 1e-16
    np.testing.assert_allclose(forward(model, answer.coordinates).marker_m, seen, atol=1e-7)


def test_missing_markers_do_not_count_and_an_empty_frame_is_told() -> None:
    model = own_body()
    truth = np.tile(model.default_coordinates, (5, 1))
    truth[:, model.coordinate_index("hip_flexion_l")] = np.linspace(0, 0.6, 5)
    seen = forward(model, truth).marker_m.copy()
    gone = [n for n, name in enumerate(model.marker_names) if name.startswith("LT")]
    assert gone
    seen[1, gone] = np.nan
    seen[3] = np.nan
    answer = solve_batch(model, model.marker_names, seen)
    assert np.isnan(answer.cost).nonzero()[0].tolist() == [3]
    assert answer.converged.tolist() == [True, True, True, False, True]
    hip = answer.coordinates[:, model.coordinate_index("hip_flexion_l")]
    np.testing.assert_allclose(np.delete(hip, 3), np.delete(np.linspace(0, 0.6, 5), 3), atol=1e-7)


def test_clamped_coordinates_stop_at_their_bound_and_the_rest_is_best_there() -> None:
    model = odd_model()
    narrow = tuple(
        replace(one, clamped=True, range=(-0.2, 0.15)) if one.name in "adg" else one
        for one in model.coordinates
    )
    bound = replace(model, coordinates=narrow)
    seen = forward(model, poses(model, 40, 0.5)).marker_m
    answer = solve_batch(bound, model.marker_names, seen, settings=BatchSettings(in_time=False))
    assert answer.converged.all()
    at = answer.coordinates
    assert at[:, [0, 3, 6]].min() >= -0.2
    assert at[:, [0, 3, 6]].max() <= 0.15
    # Karush-Kuhn-Tucker: the slope is zero, or points out of its range where a coordinate is at its end
    jacobian = marker_jacobian(bound, at)
    off = forward(bound, at).marker_m - seen
    slope = np.einsum("tmic,tmi->tc", jacobian, off) / len(model.markers)
    for c, one in enumerate(bound.coordinates):
        low = (at[:, c] <= one.range[0]) & one.clamped
        high = (at[:, c] >= one.range[1]) & one.clamped
        assert np.abs(slope[~low & ~high, c]).max(initial=0) < 1e-6
        assert (slope[low, c] >= 0).all()
        assert (slope[high, c] <= 0).all()


def test_coordinate_tasks_pull_to_their_targets() -> None:
    """One angle that markers ask to be 0.4 and a task 0.1: the weighted mean for a small difference."""
    model = own_body()
    name = "elbow_flex_r"
    column = model.coordinate_index(name)
    truth = np.tile(model.default_coordinates, (2, 1))
    truth[:, column] = 0.4
    seen = forward(model, truth).marker_m
    strong = IkTasks(dict.fromkeys(model.marker_names, 1.0), {name: 1e3}, {name: np.array([0.1, 0.4])})
    answer = solve_batch(model, model.marker_names, seen, strong)
    np.testing.assert_allclose(answer.coordinates[:, column], [0.1, 0.4], atol=1e-4)
    assert answer.cost[0] > 1e-6
    assert answer.cost[1] < 1e-16


def test_float32_comes_near_float64() -> None:
    model = own_body()
    truth = np.tile(model.default_coordinates, (20, 1))
    truth[:, model.coordinate_index("knee_angle_l")] = np.linspace(0, 1, 20)
    truth[:, model.coordinate_index("pelvis_tx")] = np.linspace(0, 5, 20)
    seen = forward(model, truth).marker_m + noise(0.005, 20, len(model.markers), 3)
    exact = solve_batch(model, model.marker_names, seen)
    quick = solve_batch(model, model.marker_names, seen, settings=BatchSettings(dtype=torch.float32))
    assert quick.converged.all()
    assert (quick.cost / exact.cost).max() < 1.0005


def test_a_start_is_used_and_random_starts_never_make_it_worse() -> None:
    model = own_body()
    truth = np.tile(model.default_coordinates, (16, 1))
    truth[:, model.coordinate_index("arm_add_r")] = -1.4
    seen = forward(model, truth).marker_m + noise(0.004, 16, len(model.markers), 3)
    lone = solve_batch(model, model.marker_names, seen, settings=BatchSettings(starts=0, in_time=False))
    more = solve_batch(model, model.marker_names, seen, settings=BatchSettings(starts=3))
    assert (more.cost <= lone.cost * (1 + 1e-9)).all()
    warm = solve_batch(
        model, model.marker_names, seen, settings=BatchSettings(starts=0), start=more.coordinates
    )
    assert warm.iterations.max() <= 3
    np.testing.assert_allclose(warm.cost, more.cost, rtol=1e-6)


def test_refusals() -> None:
    model = own_body()
    seen = forward(model, np.tile(model.default_coordinates, (2, 1))).marker_m
    with pytest.raises(InputError, match="are millimetres read as metres"):
        solve_batch(model, model.marker_names, 1000 * seen)
    with pytest.raises(InputError, match=r"none of the markers with a weight .* is seen in any frame"):
        solve_batch(model, model.marker_names, np.full_like(seen, np.nan))
    with pytest.raises(InputError, match=r"start has shape \(1,\) or NaN; expected \(2, "):
        solve_batch(model, model.marker_names, seen, start=np.zeros(1))
    with pytest.raises(InputError, match=r"markers that model .* does not have: NOSE9"):
        solve_batch(model, model.marker_names, seen, IkTasks({"NOSE9": 1.0}))
    with pytest.raises(InputError, match=r"tolerance is 2, expected .*; starts is -1"):
        BatchSettings(tolerance=2.0, starts=-1)
    if not torch.cuda.is_available():
        with pytest.raises(InputError, match="device is 'cuda', but torch sees no GPU here"):
            solve_batch(model, model.marker_names, seen, settings=BatchSettings(device="cuda"))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
def test_the_gpu_gives_the_cpus_answer() -> None:
    model = own_body()
    seen = forward(model, poses(model, 50, 0.2)).marker_m
    seen = seen + noise(0.004, *seen.shape)
    cpu = solve_batch(model, model.marker_names, seen)
    gpu = solve_batch(model, model.marker_names, seen, settings=BatchSettings(device="cuda"))
    np.testing.assert_allclose(gpu.cost, cpu.cost, rtol=1e-6)


@pytest.mark.shared
@pytest.mark.parametrize("files", TRIALS[:4], ids=lambda files: files.name)
def test_the_cost_is_opensims_converged_cost_or_less(shared_data: Path, files: TrialFiles) -> None:
    trial = open_trial(files, shared_data)
    tasks = IkTasks(trial.tasks.marker_weight)
    some = slice(
        None, None, 5
    )  # all frames of all trials: `kinelab validate skeleton`, by the compiled solver
    trial = replace(trial, tasks=tasks, marker_m=trial.marker_m[some], reference=trial.reference[some])
    answer = solve_batch(trial.model, trial.marker_names, trial.marker_m, tasks, BatchSettings(starts=1))
    assert answer.converged.all()
    np.testing.assert_allclose(cost_of(trial, answer.coordinates), answer.cost, rtol=1e-9)
    assert (answer.cost / cost_of(trial, trial.reference)).max() < 1.001
