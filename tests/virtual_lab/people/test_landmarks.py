"""Landmarks of the pose networks where one would click."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.own_body import keypoint_markers, own_body
from kinelab.core.checks import Array
from kinelab.virtual_lab.people.asset import body_asset
from kinelab.virtual_lab.people.figure import figure_of
from kinelab.virtual_lab.people.fit import fit_own_body
from kinelab.virtual_lab.people.making import make_person
from kinelab.virtual_lab.people.person import Person
from kinelab.virtual_lab.people.shape import Shape

ASSET = body_asset()
PEOPLE = [
    make_person(Shape("male", 30, 1.82, 78), None),
    make_person(Shape("female", 70, 1.58, 70), None),
    make_person(Shape("female", 8, 1.28, 26), None),
]


def landmarks(person: Person) -> dict[str, Array]:
    fit = fit_own_body(figure_of(person.shape))
    placed = forward(person.landmark_model, fit.coordinates).marker_m
    return dict(zip(person.landmark_model.marker_names, placed, strict=True))


@pytest.mark.parametrize("person", PEOPLE, ids=lambda p: p.shape.sex + str(p.shape.age_years))
def test_they_are_those_of_the_own_body_and_joints_stay(person: Person) -> None:
    assert person.landmark_model.marker_names == tuple(m.name for m in keypoint_markers())
    fit = fit_own_body(figure_of(person.shape))
    own = forward(own_body().with_markers(keypoint_markers()), fit.coordinates, fit.scale).marker_m
    at = landmarks(person)
    for name, place in zip(person.landmark_model.marker_names, own, strict=True):
        joint = name.split("_", 1)[-1] in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
        if joint or name in ("neck", "mid_hip"):
            np.testing.assert_allclose(at[name], place, atol=1e-9)


@pytest.mark.parametrize("person", PEOPLE, ids=lambda p: p.shape.sex + str(p.shape.age_years))
def test_the_face_is_on_the_face(person: Person) -> None:
    at, rest = landmarks(person), person.surface.rest_m
    eyes = rest[ASSET.region["eyes"] > 0]
    # The eye is the pupil's place: in front on the ball, between its inner and outer edge.
    for side, sign in (("right", 1), ("left", -1)):
        eye, inner, outer = (at[f"{side}_{name}"] for name in ("eye", "eye_inner", "eye_outer"))
        assert eye[0] == pytest.approx(eyes[:, 0].max(), abs=2e-3)
        assert sign * inner[2] < sign * eye[2] < sign * outer[2]
    assert at["right_eye"][2] - at["left_eye"][2] == pytest.approx(
        0.062, abs=0.014
    )  # interpupillary distance
    lips = rest[ASSET.region["lips"] > 0]
    assert lips[:, 1].min() < at["right_mouth"][1] < lips[:, 1].max()
    assert at["right_mouth"][2] - at["left_mouth"][2] == pytest.approx(0.050, abs=0.014)
    assert at["nose"][0] > max(at["right_eye"][0], at["right_mouth"][0])
    assert at["right_mouth"][1] < at["nose"][1] < at["right_eye"][1]
    assert at["right_ear"][2] > at["right_eye_outer"][2]
    assert at["right_ear"][0] < at["right_eye"][0] - 0.05
    assert at["head"][1] == pytest.approx(person.shape.height_m, abs=0.003)


@pytest.mark.parametrize("person", PEOPLE, ids=lambda p: p.shape.sex + str(p.shape.age_years))
def test_feet_and_hands(person: Person) -> None:
    at, height = landmarks(person), person.shape.height_m
    feet = person.surface.rest_m[(ASSET.region["foot"] + ASSET.region["toes"]) > 0]
    assert at["right_big_toe"][0] == pytest.approx(feet[:, 0].max(), abs=2e-3)
    assert at["right_heel"][0] == pytest.approx(feet[:, 0].min(), abs=0.01)
    assert at["right_small_toe"][2] > at["right_big_toe"][2] + 0.03
    for name in ("heel", "big_toe", "small_toe"):
        assert 0 <= at[f"right_{name}"][1] < 0.05
    for name in ("index", "pinky", "thumb"):
        away = np.linalg.norm(at[f"right_{name}"] - at["right_wrist"])
        assert 0.035 < away / height < 0.07
