"""The own body in the mesh: joints meet, lie inside, and are as far apart as in people."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.own_body import own_body
from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.people.asset import body_asset
from kinelab.virtual_lab.people.figure import Figure, figure_of
from kinelab.virtual_lab.people.fit import Fit, fit_own_body
from kinelab.virtual_lab.people.fit_conditions import MET
from kinelab.virtual_lab.people.population import draw_shape
from kinelab.virtual_lab.people.skin import carried

ASSET, BODY = body_asset(), own_body()


def fitted(n: int, seed: int, population: str = "adults") -> list[tuple[Figure, Fit]]:
    rng = np.random.default_rng(seed)
    figures = [figure_of(draw_shape(rng, population)) for _ in range(n)]
    return [(figure, fit_own_body(figure)) for figure in figures]


GROWN = fitted(100, seed=0)


def centre(fit: Fit, joint: str) -> Array:
    return np.asarray(fit.placement.joint_centre_m[BODY.joint_names.index(joint)])


def times_around(figure: Figure, points: Array) -> Array:
    """How often the skin winds around each point (N,): 1 inside, 0 outside (van Oosterom & Strackee 1983)."""
    face = np.vstack([ASSET.face, ASSET.hidden])
    corner = figure.vertex_m.astype(float)[face] - points[:, None, None]
    a, b, c = (corner[..., k, :] for k in range(3))
    size = [np.linalg.norm(one, axis=-1) for one in (a, b, c)]
    above = (a * np.cross(b, c)).sum(-1)
    below = (
        size[0] * size[1] * size[2]
        + (a * b).sum(-1) * size[2]
        + (b * c).sum(-1) * size[0]
        + (c * a).sum(-1) * size[1]
    )
    return np.asarray(2 * np.arctan2(above, below).sum(-1) / (4 * np.pi))


def test_joints_meet_the_mesh() -> None:
    for figure, fit in GROWN:
        for joint, point in MET:
            assert np.linalg.norm(centre(fit, joint) - figure.point_m[point]) < 1e-8
        assert np.linalg.norm((centre(fit, "neck") - figure.point_m["neck"])[:2]) < 1e-8


def test_left_is_as_right() -> None:
    figure, fit = GROWN[3]
    right = [k for k, name in enumerate(BODY.coordinate_names) if name.endswith("_r")]
    left = [BODY.coordinate_index(BODY.coordinate_names[k][:-2] + "_l") for k in right]
    np.testing.assert_array_equal(fit.coordinates[right], fit.coordinates[left])
    np.testing.assert_allclose(
        centre(fit, "wrist_l"), figure.point_m["wrist"] * np.array([1, 1, -1]), atol=1e-8
    )


def test_the_stance_is_one_that_people_can_take() -> None:
    low = np.array([c.range[0] for c in BODY.coordinates]) - np.radians(3)
    high = np.array([c.range[1] for c in BODY.coordinates]) + np.radians(3)
    for _, fit in GROWN:
        assert ((fit.coordinates > low) & (fit.coordinates < high)).all()


def test_joint_centres_lie_inside_the_skin() -> None:
    for figure, fit in GROWN[:6] + fitted(2, 1, "children"):
        around = times_around(figure, fit.placement.joint_centre_m)
        np.testing.assert_allclose(around, 1, atol=1e-3)


@pytest.mark.parametrize(
    ("begin", "end", "share", "tolerance"),
    # Shares of the height: Drillis & Contini (thigh, shank), de Leva (arm), Harrington's hips in the own
    # body. MakeHuman's arms are shorter than people's, by 8 and 6 % on the mean
    # (docs/models/virtual_people.md).
    [
        ("hip_r", "knee_r", 0.245, 0.06),
        ("knee_r", "ankle_r", 0.246, 0.06),
        ("acromial_r", "elbow_r", 0.162, 0.10),
        ("elbow_r", "wrist_r", 0.154, 0.10),
        ("hip_r", "hip_l", 0.095, 0.06),
        ("acromial_r", "acromial_l", 0.204, 0.08),
    ],
)
def test_lengths_are_those_of_people(begin: str, end: str, share: float, tolerance: float) -> None:
    found = [
        np.linalg.norm(centre(fit, begin) - centre(fit, end)) / figure.shape.height_m for figure, fit in GROWN
    ]
    assert np.mean(found) == pytest.approx(share, rel=tolerance)
    assert np.std(found) / np.mean(found) < 0.08


def test_hips_stand_where_drillis_and_contini_have_them() -> None:
    levels = {"hip_r": 0.530, "knee_r": 0.285, "ankle_r": 0.039}
    for joint, level in levels.items():
        placed = []
        for figure, fit in GROWN[:20]:
            mover = Mover(fit.scale, figure.shape.height_m, figure.shape.mass_kg)
            placed.append(
                forward(mover.model, mover.standing).joint_centre_m[BODY.joint_names.index(joint), 1]
            )
        heights = [figure.shape.height_m for figure, _ in GROWN[:20]]
        assert np.mean(np.array(placed) / heights) == pytest.approx(level, abs=0.018)


def test_bare_soles_stand_on_the_floor() -> None:
    """Standing as the movements see it: heel and forefoot within 3 mm of the floor, nothing below it."""
    soles = (ASSET.region["foot"] + ASSET.region["toes"]) > 0
    for figure, fit in GROWN[:30]:
        mover = Mover(fit.scale, figure.shape.height_m, figure.shape.mass_kg)
        stands = forward(mover.model, mover.standing)
        bind = (fit.placement.rotation, fit.placement.position_m)
        vertex = carried(
            figure.vertex_m, ASSET.weight_body, ASSET.weight, bind, (stands.rotation, stands.position_m)
        )
        assert -0.0015 < vertex[:, 1].min() < 0.001
        heel_x, mtp_x = (
            stands.position_m[BODY.body_index("calcn_r"), 0],
            stands.position_m[BODY.body_index("toes_r"), 0],
        )
        sole = vertex[soles & (vertex[:, 2] > 0)]
        assert sole[sole[:, 0] < heel_x + 0.05, 1].min() < 0.003
        assert sole[sole[:, 0] > mtp_x - 0.02, 1].min() < 0.003


def test_what_is_no_person_is_told() -> None:
    figure = GROWN[0][0]
    knee = figure.point_m["hip"] + np.array([0.0, 0.3, 0.0])
    with pytest.raises(InputError, match="the skeleton does not fit a body of Shape"):
        fit_own_body(Figure(figure.shape, figure.vertex_m, figure.point_m | {"knee": knee}))
