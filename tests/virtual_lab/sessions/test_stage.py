"""The stage: every camera sees all of the person, water for water, and bad names are told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.errors import FileFormatError, InputError
from kinelab.virtual_lab.cameras.lens import see
from kinelab.virtual_lab.cameras.pinhole import inside_image
from kinelab.virtual_lab.motion.catalogue import MOVEMENTS
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import default_mover
from kinelab.virtual_lab.motion.treadmill import on_treadmill
from kinelab.virtual_lab.sessions.design import Filming
from kinelab.virtual_lab.sessions.stage import check_filming, set_stage


def moving(name: str, seed: int = 0) -> Movement:
    rng = np.random.default_rng(seed)
    return MOVEMENTS[name](default_mover(1.7), 20.0, None, rng, rng)


def points_of(movement: Movement) -> Array:
    placed = movement.placement
    return np.concatenate([placed.joint_centre_m, placed.marker_m], axis=1).reshape(-1, 3)


@pytest.mark.parametrize("device", ["phone", "action", "phone_wide"])
def test_every_camera_sees_all_of_every_movement(device: str) -> None:
    views = ("frontal", "sagittal_left", "back", "oblique_right", "overhead")
    filming = Filming(views, (160, 120), device=device)
    for i, name in enumerate(("walk", "reach_floor", "drop_landing", "star_jump")):
        movement = moving(name, i)
        stage = set_stage(filming, movement, np.random.default_rng(i))
        for camera in stage.cameras:
            px, depth = see(camera, points_of(movement))
            assert inside_image(camera.pinhole, px).all()
            assert depth.min() > 0.3


def test_a_camera_keeps_the_height_that_was_asked_for_and_sees_all() -> None:
    for i, name in enumerate(("walk", "drop_landing", "star_jump")):
        movement = moving(name, i)
        filming = Filming(("frontal", "sagittal", "ring3"), (120, 160), device="action", height_m=0.46)
        for camera in set_stage(filming, movement, np.random.default_rng(i)).cameras:
            assert camera.pinhole.position_m[1] == pytest.approx(0.46)
            px, depth = see(camera, points_of(movement))
            assert inside_image(camera.pinhole, px).all()
            assert depth.min() > 0.3
            away_m = np.linalg.norm((points_of(movement) - camera.pinhole.position_m)[:, [0, 2]], axis=1)
            assert away_m.min() < 5  # as near as it can


def test_a_camera_overhead_has_no_height_to_choose() -> None:
    with pytest.raises(InputError, match=r"height_m is 2 and one camera is overhead; .* leave one of them"):
        check_filming(Filming(("frontal", "overhead"), height_m=2.0))


def test_a_ring_is_as_many_cameras_as_it_says() -> None:
    movement = moving("squat")
    check_filming(Filming(("ring4", "sagittal")))
    stage = set_stage(Filming(("ring4", "sagittal")), movement, np.random.default_rng(3))
    assert [camera.name for camera in stage.cameras] == [*(f"ring4_0{i}" for i in (1, 2, 3, 4)), "sagittal"]
    for camera in stage.cameras:
        assert inside_image(camera.pinhole, see(camera, points_of(movement))[0]).all()
    heading = [np.arctan2(*camera.pinhole.position_m[[2, 0]]) for camera in stage.cameras[:4]]
    assert np.allclose(np.diff(np.unwrap(heading)), np.pi / 2, atol=0.3)  # set up by hand
    with pytest.raises(InputError, match=r"no view 'ring1'; .* ring2 to ring99, so many cameras around"):
        check_filming(Filming(("ring1",)))


def test_movements_in_water_are_filmed_in_water() -> None:
    in_pool = set_stage(Filming(), moving("water_run"), np.random.default_rng(0))
    assert in_pool.place.kind == "pool"
    assert in_pool.water is not None
    on_land = {set_stage(Filming(), moving("squat"), np.random.default_rng(i)).place.kind for i in range(12)}
    assert "pool" not in on_land
    walking = on_treadmill(moving("walk"))
    on_belts = {set_stage(Filming(), walking, np.random.default_rng(i)).place.kind for i in range(12)}
    assert on_belts == {"laboratory", "gym"}
    assert len(on_land) >= 4


def test_things_stand_in_the_room() -> None:
    for seed in range(6):
        filming = replace(Filming(), place="corridor", occluders=True)
        stage = set_stage(filming, moving("walk"), np.random.default_rng(seed))
        assert stage.things
        for thing in stage.things:
            low, high = thing.vertex_m.min(axis=0), thing.vertex_m.max(axis=0)
            assert stage.place.z_m[0] < low[2] <= high[2] < stage.place.z_m[1]


def test_what_is_sat_on_and_jumped_from_is_there() -> None:
    for name in ("drop_landing", "sit_down", "step_up"):
        movement = moving(name)
        (thing,) = set_stage(Filming(), movement, np.random.default_rng(1)).things
        low, high = thing.vertex_m.min(axis=0), thing.vertex_m.max(axis=0)
        feet = movement.placement.marker_m if name != "sit_down" else movement.placement.joint_centre_m
        over = (feet[..., [0, 2]] > low[[0, 2]]).all(axis=-1) & (feet[..., [0, 2]] < high[[0, 2]]).all(
            axis=-1
        )
        assert over.any()


def test_the_shutter_is_no_longer_open_than_asked() -> None:
    fast = set_stage(Filming(rate_hz=240.0), moving("squat"), np.random.default_rng(2))
    assert 0 < fast.exposure_s <= 0.5 / 240
    asked = set_stage(Filming(exposure_s=0.0), moving("squat"), np.random.default_rng(2))
    assert asked.exposure_s == 0


@pytest.mark.parametrize(
    ("filming", "message"),
    [
        (Filming(("side",)), "no view 'side'; there are frontal, sagittal"),
        (Filming(device="drone"), "no device 'drone'; there are phone"),
        (Filming(quality="film"), "no camera quality 'film'; there are perfect"),
        (Filming(place="moon"), "no place 'moon'; there are laboratory"),
        (Filming(backgrounds=Path("nowhere")), "nowhere: there is no such folder of backgrounds"),
    ],
)
def test_names_that_do_not_exist(filming: Filming, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_filming(filming)


def test_a_text_that_is_called_jpg_is_found_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no picture in it; backgrounds are \.jpg"):
        check_filming(Filming(backgrounds=tmp_path))
    (tmp_path / "street.jpg").write_text("a street")
    with pytest.raises(FileFormatError, match=r"street\.jpg: cannot be read as a JPEG or PNG picture"):
        check_filming(Filming(backgrounds=tmp_path))
