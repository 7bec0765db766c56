"""Feet put down on known lines, turned by a known angle."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.measures import Measures
from kinelab.errors import InputError
from kinelab.gait.cutting import cut
from kinelab.gait.foot_placement import foot_placement

WIDTH_M = {"left": 0.06, "right": 0.05}  # of each foot from the middle of the way


def in_space(walk: object, way_deg: float, toe_out_deg: dict[str, float]) -> Keypoints:
    """The planar walk's feet beside the middle of a way that turns `way_deg` from X towards Z."""
    planar: Keypoints = walk.keypoints  # type: ignore[attr-defined]
    points = np.concatenate([planar.position, np.zeros((*planar.position.shape[:2], 1))], axis=2)
    for side, out in (("left", -1.0), ("right", 1.0)):
        rows = [planar.skeleton.index(f"{side}_{part}") for part in ("heel", "big_toe")]
        heel = points[:, rows[:1]].copy()
        turn = np.radians(toe_out_deg[side])
        along = (points[:, rows] - heel)[..., 0]
        points[:, rows, 0] = heel[..., 0] + np.cos(turn) * along
        points[:, rows, 2] = out * (WIDTH_M[side] + np.sin(turn) * along)
    c, s = np.cos(np.radians(way_deg)), np.sin(np.radians(way_deg))
    x, z = points[..., 0].copy(), points[..., 2].copy()
    points[..., 0], points[..., 2] = c * x - s * z, s * x + c * z
    return Keypoints(planar.skeleton, planar.time_s, points, planar.confidence, "m")


@pytest.mark.parametrize("treadmill", [False, True])
@pytest.mark.parametrize("way_deg", [0.0, 35.0, 180.0])
def test_width_and_turn_are_those_that_were_walked(walk_of, way_deg: float, treadmill: bool) -> None:
    walk = walk_of(treadmill=treadmill)
    turned = {"left": 4.0, "right": 11.0}
    strides = cut(walk.kinematics, walk.events)
    found = Measures(foot_placement(strides, walk.events, in_space(walk, way_deg, turned)))
    for side in ("left", "right"):
        width = found.get("step_width_m", side)
        assert width.value == pytest.approx(sum(WIDTH_M.values()), abs=1e-3)
        assert width.n == strides.chosen(side).sum()
        assert found.get("foot_progression_deg", side).value == pytest.approx(turned[side], abs=0.3)


def test_feet_that_cross_have_a_negative_width(walk_of, monkeypatch: pytest.MonkeyPatch) -> None:
    walk = walk_of()
    for side in WIDTH_M:
        monkeypatch.setitem(WIDTH_M, side, -0.02)
    found = Measures(
        foot_placement(
            cut(walk.kinematics, walk.events), walk.events, in_space(walk, 0.0, dict.fromkeys(WIDTH_M, 0.0))
        )
    )
    assert found.get("step_width_m", "left").value == pytest.approx(-0.04, abs=1e-3)


def test_a_hidden_heel_leaves_its_strides_out(walk_of) -> None:
    walk = walk_of()
    strides = cut(walk.kinematics, walk.events)
    seen = in_space(walk, 0.0, {"left": 0.0, "right": 0.0})
    points = seen.position.copy()
    points[:, seen.skeleton.index("left_heel")] = np.nan
    hidden = Keypoints(seen.skeleton, seen.time_s, points, seen.confidence, "m")
    told = {(m.quantity, m.side) for m in foot_placement(strides, walk.events, hidden)}
    assert told == {("foot_progression_deg", "right")}


def test_a_plane_has_no_width(walk_of) -> None:
    walk = walk_of()
    with pytest.raises(InputError, match="three components in m; found 2 components in m"):
        foot_placement(cut(walk.kinematics, walk.events), walk.events, walk.keypoints)
