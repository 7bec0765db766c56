"""The torch layer against OpenSim's answers, its numpy twin, and itself by its two plans."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from kinelab.body.forward import forward
from kinelab.body.functions import linear
from kinelab.body.layer import Placed, Plan, SkeletalLayer
from kinelab.body.model import Axis, Body, BodyModel, Coordinate, Coupler, Frame, Joint, Marker, Term
from kinelab.body.opensim_check import compare_with_opensim
from kinelab.body.osim import read_osim
from kinelab.core.checks import Array
from kinelab.errors import InputError

PLANS: tuple[Plan, ...] = ("by_depth", "by_joint")
REFERENCES = {
    "D3KE_full_body": "d3ke/full_body.osim",
    "Gait10dof": "pipeline_gait10dof/OutputReference/subject01.osim",
    "OpenCap_LaiUhlrich2022": "opencap/opensimPipeline/Models/LaiUhlrich2022.osim",
    "Rajagopal2016": "rajagopal_models/Rajagopal2016.osim",
    "Rajagopal2016_scaled": "reference_scaled/rajagopal_subject_scaled_walk.osim",
    "RajagopalLaiUhlrich2023": "rajagopal_models/RajagopalLaiUhlrich2023.osim",
    "gait2392_scaled": "pipeline_gait2392/OutputReference/subject01_simbody.osim",
}
CHECKED = (
    "gait10dof/gait10dof18musc.osim",
    "opensim_core/Applications/IK/tests/resources/constraintTest_ikOnly.osim",
    "opensim_core/Applications/Scale/tests/resources/toyLigamentModel.osim",
)


@pytest.mark.shared
@pytest.mark.parametrize("name", REFERENCES)
def test_places_bodies_and_markers_as_opensim_does(shared_data: Path, name: str) -> None:
    model = read_osim(shared_data / "opensim" / REFERENCES[name])
    stored = np.load(shared_data / "opensim" / "reference_fk" / f"{name}.npz")
    columns = [stored["coords"].tolist().index(name) for name in model.coordinate_names]
    bodies = [model.body_index(name) for name in stored["bodies"].tolist()]
    markers = [model.marker_index(name) for name in stored["markers"].tolist()]
    for dtype, most in ((torch.float64, 1e-12), (torch.float32, 5e-6)):
        layer = SkeletalLayer(model, dtype)
        for plan in PLANS:
            placed = layer(torch.as_tensor(stored["q"][:, columns], dtype=dtype), plan=plan)
            assert np.abs(placed.rotation[:, bodies].numpy() - stored["T"][..., :3, :3]).max() < most
            assert np.abs(placed.position_m[:, bodies].numpy() - stored["T"][..., :3, 3]).max() < most
            off = np.abs(placed.marker_m[:, markers].numpy() - stored["P"])
            assert off.max(initial=0) < most


@pytest.mark.shared
@pytest.mark.parametrize("path", sorted({*REFERENCES.values(), *CHECKED}))
def test_single_precision_stays_in_its_limit_far_from_the_origin(shared_data: Path, path: str) -> None:
    differences = compare_with_opensim(shared_data / "opensim" / path, poses=40, layer=True)
    assert all(found.position_m <= (1e-9 if found.double else 5e-6) for found in differences)


def test_single_precision_far_away_is_that_of_the_sum_alone(random_model: Callable[[int], BodyModel]) -> None:
    torch.manual_seed(0)
    far_m = torch.tensor([4096.0, 1.0, 0.0])
    for seed in range(20):
        layer = SkeletalLayer(random_model(seed), torch.float32)
        if layer.root is None:
            continue
        coordinates = torch.rand(3, len(layer.model.coordinates))
        on_ground = [m for m, marker in enumerate(layer.model.markers) if marker.body == "ground"]
        for plan in PLANS:
            near = layer(coordinates, root_position_m=torch.zeros(3), plan=plan)
            away = layer(coordinates, root_position_m=far_m, plan=plan)
            assert torch.equal(away.position_m, near.position_m + far_m)
            markers_m = near.marker_m + far_m
            markers_m[:, on_ground] = near.marker_m[:, on_ground]
            # The plan by joint adds a marker's three parts to its body's place: four roundings, not one.
            assert (away.marker_m - markers_m).abs().max() <= (1e-3 if plan == "by_joint" else 0)


@pytest.mark.parametrize("seed", range(12))
def test_agrees_live_with_opensim_on_any_tree(seed: int, osim: type, written: Callable[[str], Path]) -> None:
    differences = compare_with_opensim(written(osim.random(seed)), poses=5, seed=seed, layer=True)
    layers = [found for found in differences if found.what.startswith("layer") and found.double]
    assert len(layers) == len(PLANS)
    assert max(found.position_m for found in layers) < 1e-9
    assert max(found.angle_deg for found in layers) < 1e-9


def test_agrees_with_its_twin_and_with_itself_on_random_models(
    random_model: Callable[[int], BodyModel],
) -> None:
    for seed in range(100):
        model, rng = random_model(seed), np.random.default_rng(seed)
        coordinates = rng.uniform(-2, 2, (3, len(model.coordinates)))
        factors = rng.uniform(0.5, 1.5, (3, len(model.bodies), 3))
        shift_m = rng.normal(size=(len(model.markers), 3)) * 0.1
        layer = SkeletalLayer(model)
        for scales in (None, factors[0], factors):
            twin = forward(model, coordinates, scales, shift_m)
            given = None if scales is None else torch.from_numpy(scales)
            both = [
                layer(torch.from_numpy(coordinates), given, None, None, torch.from_numpy(shift_m), plan=plan)
                for plan in PLANS
            ]
            for name, one, other in zip(Placed._fields, *both, strict=True):
                size = max(1.0, float(np.abs(getattr(twin, name)).max()))
                assert np.abs(one.numpy() - getattr(twin, name)).max() < 1e-11 * size
                assert (one - other).abs().max() < 1e-12 * size


def _frame(offset_m: Array, rotation: Array | None = None) -> Frame:
    return Frame(np.eye(3) if rotation is None else rotation, np.diag(offset_m))


def _turning(name: str, parent: str, child: str, offset_m: Array, child_m: Array) -> Joint:
    z, x, y = np.eye(3)[[2, 0, 1]]
    turns = (Axis(z, (Term(f"{name}_bend", linear()),)), Axis(x, (Term(f"{name}_lean", linear()),)), Axis(y))
    slides = (Axis(x, (Term(f"{name}_x", linear()),)), Axis(y), Axis(z))
    return Joint(name, "CustomJoint", parent, child, _frame(offset_m), _frame(child_m), turns, slides)


@pytest.fixture
def arm() -> BodyModel:
    """Two bodies, six coordinates of which one is coupled, three markers of which one on ground."""
    names = [f"{joint}_{way}" for joint in ("base", "elbow") for way in ("bend", "lean", "x")]
    return BodyModel(
        "arm",
        (Body("upper"), Body("lower")),
        (
            _turning("base", "ground", "upper", np.array([0, 1.0, 0]), np.array([0, 0.1, 0])),
            _turning("elbow", "upper", "lower", np.array([0, -0.3, 0]), np.zeros(3)),
        ),
        tuple(Coordinate(name, "rotational", 0, (-1, 1)) for name in names),
        (Coupler("follows", "elbow_lean", (Term("elbow_bend", linear(0.5)),)),),
        (
            Marker("hand", "lower", np.diag([0, -0.25, 0])),
            Marker("wall", "ground", np.diag([0.5, 0, 0])),
            Marker("shoulder", "upper", np.diag([0, 0, 0.1])),
        ),
    )


@pytest.fixture
def pose() -> Tensor:
    return torch.from_numpy(np.random.default_rng(0).uniform(-1, 1, (4, 6)))


@pytest.mark.parametrize("plan", PLANS)
def test_any_batch_shape_gives_the_same_frames(arm: BodyModel, pose: Tensor, plan: Plan) -> None:
    layer = SkeletalLayer(arm)
    flat = layer(pose, plan=plan)
    for part, whole in zip(layer(pose.reshape(2, 1, 2, 6), plan=plan), flat, strict=True):
        assert torch.equal(part, whole.reshape(2, 1, 2, *whole.shape[1:]))
    for part, whole in zip(layer(pose[2], plan=plan), flat, strict=True):
        assert part == pytest.approx(whole[2], abs=1e-15)
    for part, whole in zip(layer(pose[:0], plan=plan), flat, strict=True):
        assert part.shape == (0, *whole.shape[1:])


@pytest.mark.parametrize("plan", PLANS)
def test_batch_shapes_broadcast(arm: BodyModel, pose: Tensor, plan: Plan) -> None:
    layer = SkeletalLayer(arm)
    factors = torch.rand(3, 1, 2, 3, dtype=torch.float64) + 0.5
    shift = torch.rand(3, 3, dtype=torch.float64)
    place = torch.rand(3, dtype=torch.float64)
    grid = layer(pose, factors, None, place, shift, plan=plan)
    assert grid.marker_m.shape == (3, 4, 3, 3)
    full = (pose.expand(3, 4, 6), factors.expand(3, 4, 2, 3), None, place.expand(3, 4, 3))
    for short, long in zip(grid, layer(*full, shift.expand(3, 4, 3, 3), plan=plan), strict=True):
        assert short == pytest.approx(long, abs=1e-14)
    one_pose = layer(pose[0], factors[:, 0], plan=plan)
    assert one_pose.marker_m == pytest.approx(layer(pose[:1], factors[:, 0], plan=plan).marker_m, abs=1e-15)


@pytest.mark.parametrize("plan", PLANS)
def test_a_given_root_pose_replaces_that_of_the_coordinates(arm: BodyModel, pose: Tensor, plan: Plan) -> None:
    layer = SkeletalLayer(arm)
    assert layer.root == "upper"
    own = layer(pose, plan=plan)
    turn, place = own.rotation[:, 0].clone(), own.position_m[:, 0].clone()
    other = pose.clone()
    other[:, :3] += 0.3
    for same, first in zip(layer(other, None, turn, place, plan=plan), own, strict=True):
        assert same == pytest.approx(first, abs=1e-14)
    lifted = layer(pose, root_position_m=place + torch.tensor([0.0, 0.5, 0.0]), plan=plan)
    assert lifted.rotation == pytest.approx(own.rotation, abs=1e-15)
    assert lifted.marker_m[:, [0, 2], 1] == pytest.approx(own.marker_m[:, [0, 2], 1] + 0.5, abs=1e-14)
    assert torch.equal(lifted.marker_m[:, 1], own.marker_m[:, 1])
    level = layer(pose, root_rotation=torch.eye(3, dtype=torch.float64), plan=plan)
    assert torch.equal(level.rotation[:, 0], torch.eye(3, dtype=torch.float64).expand(4, 3, 3))
    assert level.position_m[:, 0] == pytest.approx(own.position_m[:, 0], abs=1e-15)


def test_a_model_with_two_bodies_on_ground_has_no_root(arm: BodyModel, pose: Tensor) -> None:
    loose = _turning("elbow", "ground", "lower", np.zeros(3), np.zeros(3))
    two = BodyModel("two", arm.bodies, (arm.joints[0], loose), arm.coordinates, markers=arm.markers)
    assert SkeletalLayer(two).root is None
    with pytest.raises(InputError, match=r"2 bodies of model two hang on ground \(upper, lower\)"):
        SkeletalLayer(two)(pose, root_position_m=torch.zeros(3, dtype=torch.float64))


@pytest.mark.parametrize("plan", PLANS)
def test_a_missing_value_stays_in_its_frame(arm: BodyModel, pose: Tensor, plan: Plan) -> None:
    layer = SkeletalLayer(arm)
    holed = pose.clone()
    holed[1, 3] = torch.nan
    placed, whole = layer(holed, plan=plan), layer(pose, plan=plan)
    assert placed.marker_m[1, 0].isnan().any()
    others = torch.tensor([0, 2, 3])
    assert all(torch.equal(a[others], b[others]) for a, b in zip(placed, whole, strict=True))
    assert torch.equal(placed.position_m[:, 0], whole.position_m[:, 0])
    assert torch.equal(placed.marker_m[:, 1:], whole.marker_m[:, 1:])


def test_what_is_given_for_a_coupled_coordinate_is_ignored(arm: BodyModel, pose: Tensor) -> None:
    layer = SkeletalLayer(arm)
    other = pose.clone()
    other[:, arm.coordinate_index("elbow_lean")] = torch.nan
    assert torch.equal(layer(pose).marker_m, layer(other).marker_m)


def test_the_plan_follows_the_size_of_the_batch(arm: BodyModel, pose: Tensor) -> None:
    layer = SkeletalLayer(arm)
    many = pose[:1].expand(256, 6)
    assert torch.equal(layer(many).marker_m, layer(many, plan="by_joint").marker_m)
    few = many[1:]
    assert torch.equal(layer(few).marker_m, layer(few, plan="by_depth").marker_m)


def test_a_layer_moves_and_converts_whole_and_has_nothing_to_learn(arm: BodyModel, pose: Tensor) -> None:
    layer = SkeletalLayer(arm)
    assert not list(layer.parameters())
    assert not layer.state_dict()
    single = layer.float()(pose.float(), plan="by_joint")
    assert single.marker_m.dtype == torch.float32
    assert single.marker_m == pytest.approx(SkeletalLayer(arm)(pose).marker_m.float(), abs=5e-7)
    # The device "meta" computes shapes only: a constant left behind on the processor would be refused.
    for plan in PLANS:
        factors = torch.ones(4, 2, 3, device="meta")
        placed = layer.to("meta")(pose.float().to("meta"), factors, plan=plan)
        assert placed.marker_m.device.type == "meta"
        assert placed.marker_m.shape == (4, 3, 3)


def test_mixed_precision_around_it_changes_nothing(arm: BodyModel, pose: Tensor) -> None:
    layer = SkeletalLayer(arm, torch.float32)
    for plan in PLANS:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            mixed = layer(pose.float(), plan=plan)
        assert torch.equal(mixed.marker_m, layer(pose.float(), plan=plan).marker_m)


def test_models_without_markers_or_coordinates(arm: BodyModel) -> None:
    bare = BodyModel("bare", arm.bodies, arm.joints, arm.coordinates)
    stiff = (Axis(np.eye(3)[0]), Axis(np.eye(3)[1]), Axis(np.eye(3)[2]))
    weld = Joint(
        "weld", "WeldJoint", "ground", "stone", _frame(np.ones(3)), _frame(np.zeros(3)), stiff, stiff
    )
    stone = BodyModel("stone", (Body("stone"),), (weld,), (), markers=(Marker("top", "stone", np.eye(3)),))
    for plan in PLANS:
        assert SkeletalLayer(bare)(torch.zeros(2, 6, dtype=torch.float64), plan=plan).marker_m.shape == (
            2,
            0,
            3,
        )
        placed = SkeletalLayer(stone)(torch.zeros(2, 0, dtype=torch.float64), plan=plan)
        assert torch.equal(placed.marker_m, torch.full((2, 1, 3), 2.0, dtype=torch.float64))
    with pytest.raises(InputError, match="model nothing has no bodies"):
        SkeletalLayer(BodyModel("nothing", (), (), ()))


WRONG = {
    "columns": (
        {"coordinates": torch.zeros(4, 5)},
        r"must end in \(6,\): one for each .* base_bend, base_lean",
    ),
    "list": ({"coordinates": [0.0] * 6}, "coordinates is a list, expected a torch tensor"),
    "scales": ({"scales": torch.ones(2)}, r"scales has shape \(2,\); .* the bodies upper, lower"),
    "shift": ({"marker_shift_m": torch.ones(2, 3)}, "the markers hand, wall, shoulder"),
    "dtype": (
        {"scales": torch.ones(2, 3).double()},
        r"float64 on cpu, the layer torch.float32 .*to\(torch.float32\)",
    ),
    "device": ({"scales": torch.ones(2, 3, device="meta")}, r"on meta, the layer .* on cpu: .*\.to\('cpu'\)"),
    "batch": ({"scales": torch.ones(3, 2, 3)}, r"do not fit together: coordinates \(4,\), scales \(3,\)"),
    "plan": ({"plan": "by_luck"}, "plan is 'by_luck', allowed are"),
}


@pytest.mark.parametrize("case", WRONG)
def test_refuses_what_does_not_fit_the_model(arm: BodyModel, case: str) -> None:
    given, message = WRONG[case]
    with pytest.raises(InputError, match=message):
        SkeletalLayer(arm, torch.float32)(**{"coordinates": torch.zeros(4, 6), **given})


def test_refuses_half_precision(arm: BodyModel) -> None:
    with pytest.raises(InputError, match=r"dtype is torch.float16, allowed are torch.float32 and"):
        SkeletalLayer(arm, torch.float16)


def test_says_what_to_install_where_torch_is_missing() -> None:
    code = "import sys; sys.modules['torch'] = None; import kinelab.body.layer"
    run = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=False)
    assert "MissingExtraError: the skeletal layer needs an optional part" in run.stderr
    assert "kinelab[train]" in run.stderr
