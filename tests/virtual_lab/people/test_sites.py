"""The own body's markers on everyone's skin."""

from __future__ import annotations

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.own_body import own_body
from kinelab.core.checks import Array
from kinelab.virtual_lab.people.figure import figure_of
from kinelab.virtual_lab.people.fit import fit_own_body
from kinelab.virtual_lab.people.making import make_person
from kinelab.virtual_lab.people.population import draw_shape
from kinelab.virtual_lab.people.shape import Shape
from kinelab.virtual_lab.people.sites import marker_sites, mean_grown_up

SITES, BODY = marker_sites(), own_body()


def place(name: str, points: Array) -> Array:
    return np.asarray(points[SITES.names.index(name)])


def test_sites_are_points_of_triangles_on_both_sides_alike() -> None:
    assert SITES.names == BODY.marker_names
    np.testing.assert_allclose(SITES.share.sum(1), 1, atol=1e-9)
    assert SITES.share.min() >= -1e-9
    figure, _ = mean_grown_up()
    points = SITES.places(figure.vertex_m)
    for name in SITES.names:
        if name.startswith("R") and "L" + name[1:] in SITES.names:
            twin = place("L" + name[1:], points) * np.array([1, 1, -1])
            assert np.linalg.norm(place(name, points) - twin) < 2e-3


def test_sites_are_near_the_own_bodys_markers() -> None:
    """Half of them within 1 cm on the mean grown-up, where the own body has the centre of a 14 mm ball."""
    figure, fit = mean_grown_up()
    own = forward(BODY, fit.coordinates, fit.scale).marker_m
    away = np.linalg.norm(SITES.places(figure.vertex_m) - own, axis=1)
    assert np.median(away) < 0.010
    assert np.quantile(away, 0.9) < 0.035


def test_anatomy_holds_on_drawn_people() -> None:
    rng = np.random.default_rng(5)
    for _ in range(10):
        figure = figure_of(draw_shape(rng))
        fit = fit_own_body(figure)
        at = dict(zip(SITES.names, SITES.places(figure.vertex_m), strict=True))
        height = figure.height_m
        centre = dict(zip(BODY.joint_names, fit.placement.joint_centre_m, strict=True))
        # Medial and lateral markers lie on either side of their joint, at its level.
        for inner, outer, joint in (("RKNM", "RKNE", "knee_r"), ("RANM", "RANK", "ankle_r")):
            assert at[inner][2] < centre[joint][2] < at[outer][2]
            assert abs((at[inner] + at[outer])[1] / 2 - centre[joint][1]) < 0.025
        assert at["RASI"][0] > centre["hip_r"][0] > at["RPSI"][0]
        assert 0.53 * height < at["RASI"][1] < 0.61 * height
        assert at["C7"][0] < centre["neck"][0] < at["CLAV"][0]
        assert at["C7"][1] > at["CLAV"][1] > at["STRN"][1] > at["RASI"][1]
        assert at["HDTP"][1] > 0.99 * height
        assert at["RHEE"][0] < centre["ankle_r"][0] < at["RTOE"][0] < at["RHLX"][0]
        # The foot's bones are smaller than 5 cm across: a marker on them is not far under or over.
        assert 0 < at["RMT5"][1] < 0.05
        assert 0 < at["RMT1"][1] < 0.07


def test_markers_lie_on_the_skin_when_bound() -> None:
    person = make_person(Shape("female", 61, 1.58, 74), None)
    figure = figure_of(person.shape)
    fit = fit_own_body(figure)
    posed = forward(person.model, fit.coordinates)
    np.testing.assert_allclose(posed.marker_m, SITES.places(figure.vertex_m), atol=1e-12)
    for own, marker in zip(BODY.markers, person.model.markers, strict=True):
        assert (own.name, own.body, own.fixed) == (marker.name, marker.body, marker.fixed)
