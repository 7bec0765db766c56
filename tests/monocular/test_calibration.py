from __future__ import annotations

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.own_body import keypoint_markers, own_body
from kinelab.errors import InputError
from kinelab.monocular.calibration import Calibration, calibrated, doubt, fit_calibration
from kinelab.monocular.calibration_misfit import has_places, landmark_misfit
from kinelab.monocular.head import Head
from kinelab.monocular.vector import Vector

MARKERS = keypoint_markers()
VECTOR = Vector(Head(own_body()), tuple(marker.name for marker in MARKERS))
PLACELESS = Vector(Head(own_body()), ("a", "b"))
N = 3000


def upright(n: int, off: np.ndarray | float = 0.0, seed: int = 0) -> np.ndarray:
    """Vectors of people who stand with bent knees, in any place and size of the crop; off (n,): noise of each
    landmark in shares of their spread."""
    rng, body = np.random.default_rng(seed), own_body()
    values = np.zeros((n, VECTOR.numbers))
    values[:, VECTOR.rotation] = [1.0, 0.0, 0.0, 0.0, -1.0, 0.0]  # x to the right, y up: down in the picture
    angle = np.zeros((n, len(body.coordinates)))
    for name in ("knee_angle_r", "knee_angle_l", "elbow_flex_r"):
        angle[:, body.coordinate_index(name)] = rng.uniform(0.1, 1.5, n)
    columns = VECTOR.head.columns
    values[:, VECTOR.coordinates] = angle[:, columns]
    point_m = forward(body.with_markers(MARKERS), angle).marker_m[..., :2] * [1, -1]
    spread = np.sqrt(((point_m - point_m.mean(axis=1, keepdims=True)) ** 2).mean(axis=(1, 2)))
    point_m += (np.broadcast_to(off, n) * spread)[:, None, None] * rng.normal(size=point_m.shape)
    size, place = rng.uniform(0.2, 0.5, (n, 1, 1)), rng.uniform(0.3, 0.7, (n, 1, 2))
    values[:, VECTOR.spots] = (size * point_m + place).reshape(n, -1)
    return values


def told_and_found() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Half as unsure as it should be, and blind to a third of the pictures but for its landmarks, which do
    not lie on the pose there."""
    rng = np.random.default_rng(0)
    good = rng.random(N) > 1 / 3
    values = upright(N, np.where(good, 0.08, 0.32))
    values[:, VECTOR.sds] = rng.normal(-2.5, 0.5, (N, VECTOR.sds.stop - VECTOR.sds.start))
    true_sd = 2 * np.exp(values[:, VECTOR.sds]) * np.where(good, 1.0, 4.0)[:, None]
    true_sd[:, 35:] = np.exp(values[:, VECTOR.spot_sd])
    return values, true_sd * rng.normal(size=true_sd.shape), good


def test_landmarks_of_the_pose_fit_it_in_any_size_and_place() -> None:
    np.testing.assert_allclose(landmark_misfit(upright(5), VECTOR), 0.02)


def test_misfit_is_the_share_of_the_spread_that_is_noise() -> None:
    noise = np.array([0.1, 0.3, 1.0])
    found = landmark_misfit(upright(3 * 200, np.repeat(noise, 200)), VECTOR).reshape(3, 200)
    # Three numbers of size and place are fitted to 2 K.
    share = noise / np.sqrt(1 + noise**2) * np.sqrt(1 - 3 / (2 * len(MARKERS)))
    np.testing.assert_allclose(np.sqrt((found**2).mean(axis=1)), share, rtol=0.04)


def test_landmarks_on_one_spot_or_upside_down_fit_nothing() -> None:
    values = upright(2)
    spots = values[:, VECTOR.spots].reshape(2, -1, 2)
    spots[0] = 0.5
    spots[1] = -spots[1]
    values[:, VECTOR.spots] = spots.reshape(2, -1)
    np.testing.assert_array_equal(landmark_misfit(values, VECTOR), 1.0)
    values[0, VECTOR.spots] += 1e-3 * np.random.default_rng(0).normal(size=2 * len(MARKERS))
    assert landmark_misfit(values, VECTOR)[0] > 0.9


def test_without_places_for_the_landmarks_doubt_begins_where_they_are_less_sharp_than_usual() -> None:
    values = np.zeros((2, PLACELESS.numbers))
    values[:, PLACELESS.spot_sd] = [[-5, -5], [-2, -3]]
    assert has_places(VECTOR)
    assert not has_places(PLACELESS)
    np.testing.assert_allclose(doubt(values, PLACELESS, -4.0, "sd"), [0, 1.5])


def test_stated_sd_hold_after_calibration() -> None:
    values, errors, good = told_and_found()
    calibration = fit_calibration(values[::2], errors[::2], good[::2], VECTOR)
    sd = np.exp(calibrated(values[1::2], VECTOR, calibration)[:, VECTOR.sds])
    for rows in (good[1::2], ~good[1::2]):
        share = (np.abs(errors[1::2]) <= sd)[rows].mean()
        assert share == pytest.approx(0.683, abs=0.02)
    np.testing.assert_allclose(calibration.slope[:30], 1.0, atol=0.15)
    np.testing.assert_allclose(calibration.weight[:30], 1.0, atol=0.15)  # four times the misfit and sd
    assert min(calibration.slope) >= 0
    assert min(calibration.weight) >= 0


def test_only_sd_change_and_they_keep_their_order() -> None:
    values, errors, good = told_and_found()
    calibration = fit_calibration(values, errors, good, VECTOR)
    result = calibrated(values, VECTOR, calibration)
    np.testing.assert_array_equal(result[:, : VECTOR.sds.start], values[:, : VECTOR.sds.start])
    more = values.copy()
    more[:, VECTOR.coordinate_sd] += 0.3
    assert (calibrated(more, VECTOR, calibration) >= result - 1e-12).all()
    apart = values.copy()
    apart[:, VECTOR.spots] = upright(N, 1.0)[:, VECTOR.spots]
    assert (calibrated(apart, VECTOR, calibration)[:, VECTOR.sds] >= result[:, VECTOR.sds] - 1e-12).all()


def test_what_is_not_judged_stays_as_it_was() -> None:
    values, errors, good = told_and_found()
    base = fit_calibration(values, errors, good, VECTOR)
    fresh = errors.copy()
    fresh[:, 35:] = np.nan
    again = fit_calibration(values[good], fresh[good] / 2, good[good], VECTOR, base)
    assert again.weight == base.weight
    assert again.sharp == base.sharp
    assert again.offset[35:] == base.offset[35:]
    np.testing.assert_allclose(np.array(again.offset[:30]) - np.log(0.5), base.offset[:30], atol=0.25)


def test_bad_input() -> None:
    values, errors, good = told_and_found()
    with pytest.raises(InputError, match="40 good pictures are too few"):
        fit_calibration(values[:40], errors[:40], np.ones(40, bool), VECTOR)
    with pytest.raises(InputError, match="errors have shape"):
        fit_calibration(values, errors[:, 1:], good, VECTOR)
    with pytest.raises(ValueError, match="differ in length"):
        Calibration(offset=(0.0,), slope=(1.0, 1.0), weight=(0.0,), sharp=0.0)


def test_a_file_from_before_the_misfit_doubts_by_sd() -> None:
    before = '{"offset": [0.1], "slope": [1.0], "weight": [0.7], "sharp": -3.0}'
    assert Calibration.model_validate_json(before).sign == "sd"
