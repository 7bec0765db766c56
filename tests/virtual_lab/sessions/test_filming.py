"""One camera's film: truth that projects, masks through the lens, the same again, no camera in a body."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.virtual_lab.cameras.lens import Camera, see
from kinelab.virtual_lab.drawing.camera_faults import QUALITIES
from kinelab.virtual_lab.sessions.design import Filming, LabDesign, Task
from kinelab.virtual_lab.sessions.filming import LANDMARKS, SEEN, Actor, Film, landmarks_m
from kinelab.virtual_lab.sessions.stage import Stage, set_stage
from kinelab.virtual_lab.sessions.trial import TrialPlan, perform, person_of

Scene = tuple[Stage, Actor]


@pytest.fixture(scope="module")
def scene() -> Scene:
    filming = Filming(("sagittal",), (192, 144), 25, device="action", exposure_s=0.0, place="studio")
    design = LabDesign(filming=filming, tasks=(Task("walk", duration_s=0.5),), outfit="lab", seed=9)
    plan = TrialPlan(0, 0, 0, 0)
    person = person_of(design, 0)
    movement = perform(design, plan, person, 25)
    return set_stage(filming, movement, plan.rng(9, 2)), Actor(person, movement)


def film(scene: Scene, camera: Camera | None = None, stage: Stage | None = None) -> Film:
    used = stage or scene[0]
    return Film(used, camera or used.cameras[0], (scene[1],), np.random.default_rng(1))


def test_landmarks_are_projections_and_lie_on_the_person(scene: Scene) -> None:
    stage, actor = scene
    one = film(scene)
    shot = one.shot(3)
    expected, depth = see(stage.cameras[0], landmarks_m(actor.person, actor.movement)[3])
    np.testing.assert_allclose(shot.landmark_px, expected, atol=1e-9)
    part, depth_m = one.masks(shot)
    assert part.shape == depth_m.shape == (144, 192)
    column, row = np.rint(shot.landmark_px).astype(int).T
    seen = shot.sight == SEEN
    assert seen.sum() > 10
    inside = seen & (part[row, column] != 255)
    near = np.array(
        [(part[v - 1 : v + 2, u - 1 : u + 2] != 255).any() for u, v in zip(column, row, strict=True)]
    )
    assert near[seen].all()  # toes and ears are no wider than a pixel
    assert inside.sum() > 0.7 * seen.sum()
    under_skin = depth[inside] - depth_m[row, column][inside]
    assert -0.06 < under_skin.min() <= under_skin.max() < 0.25
    knees = [LANDMARKS.index("right_knee"), LANDMARKS.index("right_ankle")]
    assert (part[row, column][knees] != 255).all()


def test_the_mask_bends_as_the_picture_does(scene: Scene) -> None:
    """The mask is where an empty place and one with the person differ, at the edges of a fisheye too."""
    stage, actor = scene
    perfect = replace(stage, quality=QUALITIES["perfect"])
    camera = stage.cameras[0]
    # Aimed past the person, who then stands where the lens bends most.
    turned = np.array([[np.cos(0.6), 0, np.sin(0.6)], [0, 1, 0], [-np.sin(0.6), 0, np.cos(0.6)]])
    aside = replace(camera, pinhole=replace(camera.pinhole, rotation=turned @ camera.pinhole.rotation))
    one = film(scene, aside, perfect)
    shot = one.shot(0)
    away = replace(actor, offset_m=(0.0, 40.0))
    empty = Film(perfect, aside, (away,), np.random.default_rng(1)).shot(0)
    changed: Array = np.abs(shot.image.astype(int) - empty.image).max(axis=2)
    part, _ = one.masks(shot)
    person = part != 255
    assert person.sum() > 150
    assert (changed[person] > 6).mean() > 0.9
    high, low = np.flatnonzero(person.any(axis=1))[[0, -1]]
    knee_up = changed[: high + (low - high) // 2]  # no shadow falls there
    assert (knee_up[~person[: len(knee_up)]] > 25).mean() < 0.02


def test_the_same_film_twice_and_blur_only_while_the_shutter_is_open(scene: Scene) -> None:
    first, again = film(scene), film(scene)
    for frame in (0, 1):
        np.testing.assert_array_equal(first.shot(frame).image, again.shot(frame).image)
    actor = scene[1]
    blur = actor.at(2, 0.02).blur_m
    assert blur is not None
    way = actor.at(3, 0).vertex_m - actor.at(2, 0).vertex_m
    np.testing.assert_allclose(blur, way * 0.02 * 25, atol=1e-6)
    assert actor.at(2, 0.0).blur_m is None
    last = actor.movement.time.n - 1
    np.testing.assert_array_equal(actor.at(last + 9, 0).vertex_m, actor.at(last, 0).vertex_m)


def test_a_camera_inside_a_body_is_an_error(scene: Scene) -> None:
    stage, actor = scene
    pelvis = actor.movement.placement.position_m[0, actor.movement.mover.model.body_index("torso")]
    camera = replace(stage.cameras[0], pinhole=replace(stage.cameras[0].pinhole, position_m=pelvis))
    with pytest.raises(InputError, match=r"the camera at .* is inside the person with owner 1; move it away"):
        film(scene, camera).shot(0)
