from __future__ import annotations

import base64
import dataclasses
import json
import re

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.own_body import own_body
from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.markers.estimate import MarkerResult, MarkerSettings, estimate
from kinelab.markers.trial import NO_EVENTS, Trial
from kinelab.reports.figure_observability import draw_observability
from kinelab.reports.figure_residuals import draw_fit, draw_markers
from kinelab.reports.figure_style import svg_text
from kinelab.reports.viewer3d import viewer_html
from kinelab.reports.viewer_scene import packed, scene


@pytest.fixture(scope="module")
def result() -> MarkerResult:
    model = own_body()
    q = np.tile(model.default_coordinates, (30, 1))
    q[:, model.coordinate_index("knee_angle_r")] = np.linspace(0, 1, 30)
    position = forward(model, q).marker_m.copy()
    position[5, 0] = np.nan
    seen = np.where(np.isfinite(position).all(axis=-1), 1.0, np.nan)
    markers = Keypoints(Skeleton("m", model.marker_names), np.arange(30) / 100, position, seen, "m")
    settings = MarkerSettings(scale=False, repair=False)
    return estimate(Trial("t", markers, NO_EVENTS), model, settings)


def data_of(page: str) -> dict[str, object]:
    match = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert match is not None
    data = json.loads(match[1])
    assert isinstance(data, dict)
    return data


def unpacked(block: object) -> Array:
    assert isinstance(block, dict)
    values = np.frombuffer(base64.b64decode(block["data"]), "<i2").astype(float)
    return np.where(values == -32768, np.nan, values / 1000).reshape(-1, block["n"], 3)


def test_positions_in_the_page_are_those_of_the_result(result: MarkerResult) -> None:
    data = data_of(viewer_html(result, "A walk"))
    np.testing.assert_allclose(unpacked(data["measured"]), result.markers.position, atol=0.0006)
    np.testing.assert_allclose(unpacked(data["model"]), result.model_marker_m, atol=0.0006)
    joints = len(result.model.joints)
    np.testing.assert_allclose(
        unpacked(data["points"])[:, :joints], result.placed.joint_centre_m, atol=0.0006
    )
    assert data["frames"] == 30


def test_a_person_far_from_the_laboratorys_origin_is_drawn_whole(result: MarkerResult) -> None:
    # The page's 16-bit millimetres end at 32.767 m; it counts from below the person.
    away_m = np.array([400.0, 0.0, -250.0])
    placed = result.placed
    far = dataclasses.replace(
        result,
        markers=dataclasses.replace(result.markers, position=result.markers.position + away_m),
        placed=dataclasses.replace(
            placed,
            position_m=placed.position_m + away_m,
            joint_centre_m=placed.joint_centre_m + away_m,
            marker_m=placed.marker_m + away_m,
        ),
    )
    data, origin_m = data_of(viewer_html(far, "A walk")), scene(far).origin_m
    np.testing.assert_array_equal(origin_m, away_m)
    np.testing.assert_allclose(unpacked(data["measured"]) + origin_m, far.markers.position, atol=0.0006)
    np.testing.assert_allclose(unpacked(data["model"]) + origin_m, far.model_marker_m, atol=0.0006)


def test_sticks_join_the_right_joints(result: MarkerResult) -> None:
    view = scene(result)
    joints = result.model.joint_names
    child = {joint.name: joint.child for joint in result.model.joints}
    by_body = {shape.body: shape for shape in view.shapes}
    ends = {child[joints[p]] for p in by_body["femur_r"].points}
    assert ends == {"femur_r", "tibia_r"}  # from the hip to the knee
    assert by_body["femur_r"].side == "r"
    assert by_body["pelvis"].side == ""
    assert {child[joints[p]] for p in by_body["pelvis"].points} == {"femur_r", "femur_l", "lumbar"}
    head = view.points[0, by_body["head"].points[1]] - view.points[0, by_body["head"].points[0]]
    assert head[1] > 0.15  # upward


def test_the_page_needs_no_network_and_cannot_be_broken_by_names(result: MarkerResult) -> None:
    bad = "</script><b>&\u2028"
    names = (bad, *result.markers.skeleton.landmarks[1:])
    model = result.model.with_markers(
        [dataclasses.replace(one, name=name) for one, name in zip(result.model.markers, names, strict=True)]
    )
    renamed = dataclasses.replace(result.markers, skeleton=Skeleton("m", names))
    page = viewer_html(dataclasses.replace(result, markers=renamed, model=model), "T")
    assert data_of(page)["names"][0] == bad  # type: ignore[index]
    title = viewer_html(result, "<i>T</i>", ["<u>fact</u>"])
    assert "<i>T" not in title
    assert "<u>" not in title
    assert not re.search(r"(src|href)\s*=|@import|url\(", title)


def repeated(noun: object, times: int) -> dict[str, Array]:
    """Every array of a noun, its frames many times over."""
    arrays = {name: value for name, value in vars(noun).items() if isinstance(value, np.ndarray)}
    return {name: np.tile(value, (times,) + (1,) * (value.ndim - 1)) for name, value in arrays.items()}


def test_a_long_trial_is_thinned_out(result: MarkerResult) -> None:
    assert scene(result).step == 1
    times = 300
    markers = repeated(result.markers, times) | {"time_s": np.arange(30 * times) / 100}
    long = dataclasses.replace(
        result,
        markers=dataclasses.replace(result.markers, **markers),
        placed=dataclasses.replace(result.placed, **repeated(result.placed, times)),
        ik=dataclasses.replace(result.ik, **repeated(result.ik, times)),
    )
    page = viewer_html(long, "90 s")
    assert 2e6 < len(page) < 5e6
    assert data_of(page)["step"] == scene(long).step > 1


def test_packed_millimetres() -> None:
    block = {"n": 1, "data": packed(np.array([[[1.2345, -0.5, np.nan]], [[100.0, 0, 0]]]))}
    np.testing.assert_allclose(unpacked(block), [[[1.234, -0.5, np.nan]], [[32.767, 0, 0]]], atol=6e-4)


def test_figures_say_units_and_counts(result: MarkerResult) -> None:
    fit, markers, told = (svg_text(draw(result)) for draw in (draw_fit, draw_markers, draw_observability))
    assert "distance (mm)" in fit
    assert "n = 63 markers, 30 frames" in fit
    assert "RASI" in markers
    assert "knee angle r" in told
    assert "knee adduction r" not in told  # locked
