"""Raw pixels to clean metres: against the virtual walker's truth."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kinelab.body.planar import planar_kinematics
from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import GAIT_20
from kinelab.errors import InputError
from kinelab.keypoints.cleaning import Cleaned, CleaningOptions, clean

Make = Callable[..., Any]
PX_PER_M = 110.0
KNOWN = CleaningOptions(px_per_m=PX_PER_M, ground_y_px=359.5 + 0.9 * PX_PER_M)


def error_m(cleaned: Cleaned, walk: Any) -> Array:
    """Clean minus exact position, (T, K, 2) m, but for where X starts."""
    away = cleaned.keypoints.position - walk.ground_m[..., :2]
    away[..., 0] -= np.nanmedian(away[..., 0])
    result: Array = away
    return result


@pytest.mark.parametrize("right", [True, False])
def test_clean_input_comes_out_in_the_ground_frame(walker: Make, right: bool) -> None:
    walk = walker(right=right)
    cleaned = clean(walk.exact, KNOWN)
    assert cleaned.keypoints.unit == "m"
    assert cleaned.direction.sign == (1 if right else -1)
    # 6 Hz takes off some of the foot's contact; perspective is below 1 mm.
    assert np.sqrt(np.mean(error_m(cleaned, walk) ** 2)) < 0.005
    assert not cleaned.exchanged.any()
    assert not cleaned.filled.any()
    assert cleaned.keypoints.of("mid_hip")[0, 0] == pytest.approx(0, abs=0.02)


def test_noise_exchanges_spikes_and_gaps_together(walker: Make) -> None:
    walk = walker()
    raw = walk.noisy(1.5, seed=4, told=True)
    position, sd = np.array(raw.position), np.array(raw.sd)
    order = np.arange(20)
    for a, b in GAIT_20.pairs:
        order[a], order[b] = (b, a) if a >= GAIT_20.index("left_hip") else (a, b)
    position[120:140] = position[120:140][:, order]
    position[60, GAIT_20.index("left_knee")] += 80
    position[200:206, GAIT_20.index("right_ankle")] = np.nan
    position[30:60, GAIT_20.index("right_wrist")] = np.nan
    cleaned = clean(replace(raw, position=position, sd=sd), KNOWN)
    error = error_m(cleaned, walk)
    assert np.sqrt(np.nanmean(error**2)) < 1.2 * 1.5 / PX_PER_M * 0.6  # the filter leaves half the noise
    counts = {row.landmark: row for row in cleaned.counts}
    assert counts["left_ankle"].exchanged == 20
    assert counts["left_knee"].outliers == 1
    assert counts["left_knee"].filled == 1
    assert counts["right_ankle"].filled == 6
    assert (counts["right_wrist"].empty, counts["right_wrist"].filled) == (30, 0)
    assert np.isnan(cleaned.keypoints.position[30:60, GAIT_20.index("right_wrist")]).all()
    np.testing.assert_array_equal(cleaned.keypoints.seen, np.isfinite(cleaned.keypoints.sd))


@pytest.mark.parametrize("rate_hz", [30.0, 50.0, 120.0])
@pytest.mark.parametrize("told", [True, False])
def test_the_sd_means_what_it_says(walker: Make, rate_hz: float, told: bool) -> None:
    inside = []
    for seed in range(3):
        walk = walker(rate_hz=rate_hz)
        cleaned = clean(walk.noisy(1.5, seed, told=told), KNOWN)
        assert cleaned.keypoints.sd is not None
        inside.append(np.abs(error_m(cleaned, walk)) < cleaned.keypoints.sd[..., None])
    assert np.mean(inside) == pytest.approx(0.683, abs=0.05)


def test_what_the_network_does_not_know_slowly_stays_in_the_sd(walker: Make) -> None:
    walk = walker(rate_hz=50.0)
    rng = np.random.default_rng(0)
    slow = rng.normal(0, 2.0, (1, 20, 2)) * np.ones((walk.exact.n, 1, 1))  # a landmark put off the joint
    fast = rng.normal(0, 1.0, walk.exact.position.shape)
    told = np.full(walk.exact.confidence.shape, np.hypot(2.0, 1.0))
    cleaned = clean(replace(walk.exact, position=walk.exact.position + slow + fast, sd=told), KNOWN)
    assert cleaned.keypoints.sd is not None
    assert np.median(cleaned.keypoints.sd) * PX_PER_M == pytest.approx(np.hypot(2.0, 0.5), rel=0.05)


def test_angles_of_a_walker_to_the_left_have_the_same_signs(walker: Make) -> None:
    angles = []
    for right in (True, False):
        walk = walker(right=right)
        angles.append(planar_kinematics(clean(walk.exact, KNOWN).keypoints).angle_deg)
    np.testing.assert_allclose(angles[0], angles[1], atol=1.0)


def test_irregular_times_become_uniform(walker: Make) -> None:
    walk = walker()
    kept = np.delete(np.arange(walk.exact.n), [50, 51, 120, 200])
    some = Keypoints(GAIT_20, walk.exact.time_s[kept], walk.exact.position[kept], walk.exact.confidence[kept])
    cleaned = clean(some, KNOWN)
    np.testing.assert_allclose(cleaned.keypoints.time_s, walk.exact.time_s, atol=1e-9)
    assert np.sqrt(np.mean(error_m(cleaned, walk) ** 2)) < 0.006
    assert cleaned.filled[[50, 51, 120, 200]].all()
    assert cleaned.repaired_px.n == kept.size


def test_turning_round_keeps_the_longest_pass(walker: Make) -> None:
    there = walker(duration_s=6.0).exact
    back = walker(duration_s=4.0, right=False).exact
    shift = there.of("mid_hip")[-1] - back.of("mid_hip")[0]
    position = np.concatenate((there.position, back.position + shift))
    n = len(position)
    cleaned = clean(Keypoints(GAIT_20, np.arange(n) / 50, position, np.full((n, 20), 0.9)), KNOWN)
    seen = cleaned.keypoints.seen.all(axis=1)
    assert abs(int(seen.sum()) - 300) < 15
    assert seen[:280].all()
    assert any(
        re.search(r"turns round \(2 passes\): only the longest, 0.00 to [56]\.", n) for n in cleaned.notes
    )


def test_the_log_is_plain_json_and_the_assumed_height_is_said(walker: Make) -> None:
    cleaned = clean(walker().noisy(1.0))
    assert not cleaned.scale.known
    assert any("assumed height" in note for note in cleaned.notes)
    log = json.loads(json.dumps(cleaned.log_as_dict()))
    assert log["direction"]["near_side"] == "right"
    assert [row["landmark"] for row in log["landmarks"]] == list(GAIT_20.landmarks)


def test_errors(walker: Make) -> None:
    walk = walker().exact
    with pytest.raises(InputError, match="starts from landmarks in px; these are in m"):
        clean(replace(walk, unit="m"))
    with pytest.raises(InputError, match="not one landmark was seen in 300 frames: is a person in the video"):
        clean(replace(walk, position=np.full_like(walk.position, np.nan)))
    with pytest.raises(
        InputError, match="cutoff_hz is 30, allowed is less than half the sampling rate of 50"
    ):
        clean(walk, CleaningOptions(cutoff_hz=30))
    with pytest.raises(InputError, match=r"cutoff_hz is -1, expected > 0; .*direction is 2"):
        CleaningOptions(cutoff_hz=-1, direction=2)
