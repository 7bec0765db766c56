from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from kinelab.body.inverse import solve
from kinelab.body.model import BodyModel
from kinelab.body.own_body import own_body
from kinelab.core.keypoints import Keypoints
from kinelab.markers.fit_findings import fit_findings, static_findings, still_findings
from kinelab.markers.model_markers import match
from kinelab.markers.trial import read_trial


def few(markers: Keypoints, frames: slice) -> Keypoints:
    return dataclasses.replace(
        markers,
        time_s=markers.time_s[frames],
        position=markers.position[frames],
        confidence=markers.confidence[frames],
    )


def within(model: BodyModel, name: str, range_rad: tuple[float, float]) -> BodyModel:
    """The model with a joint that cannot leave a range."""
    coordinates = list(model.coordinates)
    at = model.coordinate_index(name)
    middle = sum(range_rad) / 2
    coordinates[at] = dataclasses.replace(coordinates[at], range=range_rad, clamped=True, default=middle)
    return dataclasses.replace(model, coordinates=tuple(coordinates))


def test_bounds_that_exclude_the_pose_are_named(walker: Keypoints) -> None:
    some = few(walker, slice(0, 20))
    model = within(own_body(), "hip_flexion_r", (1.2, 1.5))
    ik = solve(model, some.skeleton.landmarks, some.position)
    texts = [finding.text for finding in fit_findings(ik, some)]
    assert any(
        "at the end of their range in the model: hip_flexion_r (100 % of the frames)" in t for t in texts
    )
    fine = solve(own_body(), some.skeleton.landmarks, some.position)
    assert not list(fit_findings(fine, some))


def test_many_markers_far_off_are_one_sentence(walker: Keypoints) -> None:
    some = few(walker, slice(0, 5))
    rng = np.random.default_rng(0)
    wild = dataclasses.replace(some, position=some.position + rng.normal(0, 0.1, some.position.shape[1:]))
    ik = solve(own_body(), wild.skeleton.landmarks, wild.position)
    (far,) = [f.text for f in fit_findings(ik, wild) if f.text.startswith("far from")]
    assert "more" in far
    sizes = [float(part.split()[-2]) for part in far.split(": ")[1].split(" and ")[0].split(", ")]
    assert sizes == sorted(sizes, reverse=True)


def test_frames_without_a_marker_are_counted_apart(walker: Keypoints) -> None:
    position = walker.position[:40].copy()
    position[10:25] = np.nan
    seen = np.where(np.isfinite(position).all(axis=-1), 1.0, np.nan)
    gap = dataclasses.replace(few(walker, slice(0, 40)), position=position, confidence=seen)
    texts = [f.text for f in fit_findings(solve(own_body(), gap.skeleton.landmarks, gap.position), gap)]
    assert texts == ["15 of 40 frames show no marker; their angles are guesses"]


def test_a_trial_without_movement_tells_no_sizes(walker: Keypoints) -> None:
    assert not list(still_findings(walker))
    one = np.repeat(walker.position[:1], walker.n, axis=0)
    (found,) = still_findings(dataclasses.replace(walker, position=one))
    assert "the person stands still: sizes and marker places were fitted to one posture" in found.text


def test_the_static_trial_of_another_person_is_told(walker: Keypoints) -> None:
    still = few(walker, slice(50, 53))
    assert not list(static_findings(still, walker))
    larger = dataclasses.replace(still, position=still.position * 1.12)
    (found,) = static_findings(larger, walker)
    assert "the static trial is 12 % larger than that of the trial; are they of one person" in found.text


@pytest.mark.shared
def test_real_static_trials_are_of_their_person_and_of_no_other(shared_data: Path) -> None:
    folder = shared_data / "gait"
    walk = read_trial(folder / "c3d_children/HC002D/HC002D06.c3d").markers
    names = match(own_body(), walk.skeleton.landmarks)
    own, other = (
        read_trial(folder / f"c3d_children/{name}.c3d").markers
        for name in ("HC002D/HC002D02", "HC038A/HC038A01")
    )
    assert not list(static_findings(names.of(own), names.of(walk)))
    (found,) = static_findings(names.of(other), names.of(walk))
    assert "larger" in found.text
