from __future__ import annotations

import numpy as np
import pytest

from kinelab.body.own_body import own_body
from kinelab.errors import InputError
from kinelab.monocular.calibration import Calibration, calibrated, doubt, fit_calibration
from kinelab.monocular.head import Head
from kinelab.monocular.vector import Vector

VECTOR = Vector(Head(own_body()), ("a", "b"))
N = 4000


def told_and_found() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Half as unsure as it should be, and blind to a third of the pictures but for their landmarks."""
    rng = np.random.default_rng(0)
    good = rng.random(N) > 1 / 3
    values = np.zeros((N, VECTOR.numbers))
    values[:, VECTOR.sds] = rng.normal(-2.5, 0.5, (N, VECTOR.sds.stop - VECTOR.sds.start))
    values[:, VECTOR.spot_sd] = -4 + 0.1 * rng.normal(size=(N, 2)) + 2.0 * ~good[:, None]
    true_sd = 2 * np.exp(values[:, VECTOR.sds]) * np.where(good, 1.0, 4.0)[:, None]
    true_sd[:, -2:] = np.exp(values[:, VECTOR.spot_sd])
    return values, true_sd * rng.normal(size=true_sd.shape), good


def test_stated_sd_hold_after_calibration() -> None:
    values, errors, good = told_and_found()
    calibration = fit_calibration(values[::2], errors[::2], good[::2], VECTOR)
    sd = np.exp(calibrated(values[1::2], VECTOR, calibration)[:, VECTOR.sds])
    for rows in (good[1::2], ~good[1::2]):
        share = (np.abs(errors[1::2]) <= sd)[rows].mean()
        assert share == pytest.approx(0.683, abs=0.02)
    np.testing.assert_allclose(calibration.slope[:30], 1.0, atol=0.15)
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
    blurred = values.copy()
    blurred[:, VECTOR.spot_sd] += 0.3
    assert (calibrated(blurred, VECTOR, calibration)[:, VECTOR.sds] >= result[:, VECTOR.sds] - 1e-12).all()


def test_doubt_begins_where_landmarks_are_less_sharp_than_usual() -> None:
    values = np.zeros((2, VECTOR.numbers))
    values[:, VECTOR.spot_sd] = [[-5, -5], [-2, -3]]
    np.testing.assert_allclose(doubt(values, VECTOR, -4.0), [0, 1.5])


def test_what_is_not_judged_stays_as_it_was() -> None:
    values, errors, good = told_and_found()
    base = fit_calibration(values, errors, good, VECTOR)
    fresh = errors.copy()
    fresh[:, -2:] = np.nan
    again = fit_calibration(values[good], fresh[good] / 2, good[good], VECTOR, base)
    assert again.weight == base.weight
    assert again.sharp == base.sharp
    assert again.offset[-2:] == base.offset[-2:]
    np.testing.assert_allclose(np.array(again.offset[:30]) - np.log(0.5), base.offset[:30], atol=0.25)


def test_bad_input() -> None:
    values, errors, good = told_and_found()
    with pytest.raises(InputError, match="40 good pictures are too few"):
        fit_calibration(values[:40], errors[:40], np.ones(40, bool), VECTOR)
    with pytest.raises(InputError, match="errors have shape"):
        fit_calibration(values, errors[:, 1:], good, VECTOR)
    with pytest.raises(ValueError, match="differ in length"):
        Calibration(offset=(0.0,), slope=(1.0, 1.0), weight=(0.0,), sharp=0.0)
