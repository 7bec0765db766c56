from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.model import Marker
from kinelab.body.own_body import own_body
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.markers.estimate import MarkerSettings, estimate
from kinelab.markers.technical_markers import body_of, technical_markers
from kinelab.markers.trial import NO_EVENTS, Trial

PLATE = (Marker("R.Thigh.Top", "femur_r", np.diag([0.05, -0.2, 0.08])),
         Marker("L.Shank.Low", "tibia_l", np.diag([0.04, -0.3, -0.05])))  # fmt: skip


@pytest.mark.parametrize(
    ("name", "body"),
    [("R.Thigh.Top.Lateral", "femur_r"), ("L.SH2", "tibia_l"), ("RTB1", "tibia_r"), ("L.Heel.Top", "calcn_l"),
     ("R.Iliac.Crest", "pelvis"), ("LUA3", "humerus_l"), ("R.ASY", None), ("Wand", None), ("Thigh", None)],
)  # fmt: skip
def test_the_body_that_a_name_speaks_of(name: str, body: str | None) -> None:
    assert body_of(name, own_body()) == body


def standing(noise_m: float = 0.0) -> Keypoints:
    model = own_body().with_markers([*own_body().markers, *PLATE])
    q = np.tile(model.default_coordinates, (10, 1))
    q[:, model.coordinate_index("hip_flexion_r")] = 0.1
    placed = forward(model, q).marker_m
    placed = placed + np.random.default_rng(0).normal(0, noise_m, placed.shape)
    return Keypoints(
        Skeleton("s", model.marker_names), np.arange(10) / 100, placed, np.ones(placed.shape[:2]), "m"
    )


def test_plates_come_to_where_they_are() -> None:
    static = standing(0.0005)
    names = own_body().marker_names
    known = dataclasses.replace(
        static, skeleton=Skeleton("k", names), position=static.position[:, : len(names)],
        confidence=static.confidence[:, : len(names)],
    )  # fmt: skip
    found = technical_markers(own_body(), static, known, [marker.name for marker in PLATE])
    assert [(marker.name, marker.body) for marker in found] == [(m.name, m.body) for m in PLATE]
    for ours, exact in zip(found, PLATE, strict=True):
        np.testing.assert_allclose(ours.offset_m, exact.offset_m, atol=0.002)
    moving = dataclasses.replace(known, position=known.position + np.linspace(0, 0.2, 10)[:, None, None])
    assert technical_markers(own_body(), static, moving, ["R.Thigh.Top"]) == ()


def test_plates_carry_the_angles_where_the_joints_markers_are_gone(
    walker: Keypoints, walk: Callable[[int], np.ndarray]
) -> None:
    model = own_body().with_markers([*own_body().markers, *PLATE])
    q = walk(walker.n)
    placed = forward(model, q).marker_m
    keep = [i for i, name in enumerate(model.marker_names) if name not in ("RKNE", "RKNM", "RTHI", "RGTR")]
    markers = Keypoints(
        Skeleton("w", tuple(model.marker_names[i] for i in keep)),
        walker.time_s, placed[:, keep], np.ones((walker.n, len(keep))), "m",
    )  # fmt: skip
    trial = Trial("walk", markers, NO_EVENTS)
    static = Trial("static", standing(), NO_EVENTS)
    result = estimate(trial, own_body(), MarkerSettings(quick=True), static)
    assert any("placed on the model by the static trial: R.Thigh.Top" in f.text for f in result.findings)
    knee = np.rad2deg(q[:, model.coordinate_index("knee_angle_r")])
    assert np.abs(result.kinematics.of("knee_angle_r") - knee).max() < 1.5


@pytest.mark.shared
def test_a_runner_with_clusters_on_the_own_body(
    runner: Callable[[str, int], tuple[Keypoints, Keypoints]],
) -> None:
    trial, static = runner("RBDS014", 35)
    short = dataclasses.replace(
        trial, time_s=trial.time_s[:450], position=trial.position[:450], confidence=trial.confidence[:450]
    )
    result = estimate(
        Trial("run", short, NO_EVENTS), own_body(), MarkerSettings(quick=True),
        Trial("static", static, NO_EVENTS),
    )  # fmt: skip
    assert len(result.markers.skeleton) >= 28
    assert 1000 * np.median(result.ik.rms_error_m) < 12
    for side in "rl":
        knee = result.kinematics.of(f"knee_angle_{side}")
        assert 70 < knee.max() < 125  # swing of a runner at 3.5 m/s
        assert knee.min() > -10
