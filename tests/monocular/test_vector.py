from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.body.own_body import keypoint_markers, own_body
from kinelab.errors import InputError
from kinelab.monocular.head import Head
from kinelab.monocular.vector import Vector

LANDMARKS = tuple(marker.name for marker in keypoint_markers())
VECTOR = Vector(Head(own_body()), LANDMARKS)


def drawn(n: int = 5) -> np.ndarray:
    rng = np.random.default_rng(0)
    values = rng.normal(0, 0.3, (n, VECTOR.numbers))
    turn = Rotation.random(n, rng=rng).as_matrix()
    values[:, VECTOR.rotation] = turn[..., :2].swapaxes(1, 2).reshape(n, 6)
    values[:, VECTOR.sds] -= 2
    return values


def test_every_number_has_one_place() -> None:
    names = ("rotation", "factors", "coordinates", "spots", "coordinate_sd", "rotation_sd", "spot_sd")
    places = [np.arange(VECTOR.numbers)[getattr(VECTOR, name)] for name in names]
    assert np.concatenate(places).tolist() == list(range(VECTOR.numbers))
    assert VECTOR.pose == slice(0, VECTOR.head.numbers)


def test_poses_and_values_undo_each_other() -> None:
    values = drawn()
    poses = VECTOR.poses(values, 128)
    np.testing.assert_allclose(VECTOR.values(poses), values, atol=1e-12)
    assert poses.told.sum() == len(VECTOR.head.columns)


def test_units_and_the_middle_of_a_pixel() -> None:
    values = drawn(1)
    values[:, VECTOR.spots], values[:, VECTOR.rotation_sd] = 0.5, np.log(0.1)
    values[:, VECTOR.spot_sd] = np.log(0.02)
    poses = VECTOR.poses(values, 100)
    np.testing.assert_allclose(poses.landmark_px, 49.5)
    np.testing.assert_allclose(poses.view_sd_rad, 0.1)
    np.testing.assert_allclose(poses.landmark_sd_px, 2.0)
    left, right = (own_body().body_index(name) for name in ("femur_l", "femur_r"))
    np.testing.assert_array_equal(poses.scale[:, left], poses.scale[:, right])


def test_it_reads_as_the_network_does() -> None:
    torch = pytest.importorskip("torch")
    from kinelab.monocular.network import read

    values = drawn()
    told, poses = read(VECTOR, torch.from_numpy(values)), VECTOR.poses(values, 128)
    for name in ("coordinates", "scale", "view_rotation"):
        np.testing.assert_allclose(getattr(told, name).numpy(), getattr(poses, name), atol=1e-6)
    np.testing.assert_allclose(told.spot.numpy() * 128 - 0.5, poses.landmark_px)
    sd = torch.cat([told.log_sd, told.spot_log_sd], dim=1)
    np.testing.assert_allclose(sd.numpy(), values[:, VECTOR.sds])


def test_bad_input() -> None:
    with pytest.raises(InputError, match=r"shape \(2, 7\), expected \(n, 231\)"):
        VECTOR.poses(np.zeros((2, 7)), 128)
    poses = VECTOR.poses(drawn(), 128)
    with pytest.raises(InputError, match="other landmarks"):
        Vector(VECTOR.head, LANDMARKS[::-1]).values(poses)
