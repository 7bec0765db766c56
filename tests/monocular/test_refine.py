"""The refinement: derivatives against differences, a known truth found again, errors taken away."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.body.own_body import keypoint_markers, own_body
from kinelab.errors import InputError
from kinelab.monocular.head import Head
from kinelab.monocular.refine import RefineSettings, refine, windows
from kinelab.monocular.refine_equations import Motion, Shape, Weigher
from kinelab.monocular.refine_evidence import Evidence, evidence_of
from kinelab.monocular.refine_motion import Contact, Floor, Surroundings, _Window
from kinelab.monocular.refine_shape import _border

LOWER = slice(0, 14)


def random_evidence(rng: np.random.Generator, T: int = 5) -> tuple[Evidence, Motion, Shape]:
    head = Head(own_body().with_markers(keypoint_markers()))
    K, J = len(head.model.markers), len(head.columns)
    low, high = np.array([head.model.coordinates[i].range for i in head.columns]).T
    angle = rng.uniform(0.4 * low, 0.4 * high, (T, J))
    rotation = Rotation.from_rotvec(rng.normal(0, 1, (T, 3))).as_matrix()
    motion = Motion(rotation, rng.normal(0, 0.3, (T, 3)) + np.array([0, 0, 4]), angle)
    factor_sd = np.full((head.factors, 3), 0.05)
    told = angle + rng.normal(0, 0.1, angle.shape)
    evidence = Evidence(
        head, np.arange(K), rng.normal(0, 0.1, (T, K, 2)), np.full((T, K), 0.01), told,
        np.full((T, J), 0.1), rotation, np.full(T, 0.1), np.zeros((head.factors, 3)), factor_sd, 0.2,
    )  # fmt: skip
    return evidence, motion, Shape(rng.normal(0, 0.05, (head.factors, 3)), 0.03)


def evidence_from(told: object) -> Evidence:
    looks = told.looks  # type: ignore[attr-defined]
    camera = told.camera  # type: ignore[attr-defined]
    return evidence_of(looks.poses, camera, looks.landmark_px, looks.px_per_crop_px, looks.middle_px)


def mean_deg(found: np.ndarray, truth: np.ndarray) -> float:
    return float(np.degrees(np.abs(found - truth)).mean())


def test_slopes_are_those_of_differences() -> None:
    evidence, motion, shape = random_evidence(np.random.default_rng(0))
    weigher, step = Weigher(evidence), 1e-6
    equations = weigher.equations(motion, shape)
    for i in range(equations.gradient.shape[1]):
        d = np.zeros(equations.gradient.shape)
        d[:, i] = step
        up, down = (weigher.value(motion.moved(sign * d), shape) for sign in (1, -1))
        np.testing.assert_allclose((up - down) / (2 * step), equations.gradient[:, i], rtol=1e-5, atol=1e-4)
    _, _, gradient = _border(evidence, motion, shape, equations)
    for i in (0, 7, 20, 41, 42):
        values = []
        for sign in (1, -1):
            d = np.zeros(gradient.size)
            d[i] = sign * step
            other = Shape(shape.log_factor + d[:-1].reshape(-1, 3), shape.focal_log + d[-1])
            values.append(weigher.value(motion, other).sum())
        assert (values[0] - values[1]) / (2 * step) == pytest.approx(gradient[i], rel=1e-4, abs=1e-3)


def test_slopes_of_a_window_with_standing_feet() -> None:
    rng = np.random.default_rng(1)
    evidence, motion, shape = random_evidence(rng, 4)
    # Small turns from frame to frame: the second difference of turns is linear for those only.
    turn = Rotation.from_rotvec(1e-3 * rng.normal(size=(4, 3))).as_matrix()
    motion = replace(motion, rotation=turn @ motion.rotation[:1])
    rows = np.array([evidence.head.model.marker_index(n) for n in ("left_heel", "right_big_toe")])
    contact = Contact(rows, np.ones((4, 2), bool))
    floor = Floor(np.array([0.0, -1.0, 0.0]), np.array([-1.0, -0.9]))
    window = _Window(Weigher(evidence), motion, shape, Surroundings(30.0, contact, floor))
    _, gradient = window.equations(motion)
    for t, i in ((0, 0), (1, 2), (2, 4), (3, 5), (1, 6), (2, 9), (0, 20)):
        d = np.zeros(gradient.shape)
        d[t, i] = 1e-6
        slope = (window.value(motion.moved(d)) - window.value(motion.moved(-d))) / 2e-6
        assert slope == pytest.approx(gradient[t, i], rel=2e-3, abs=1.0)


@pytest.mark.parametrize(
    ("movement", "view_deg", "least_gain"), [("walk", 80.0, 0.12), ("run", 40.0, 0.1), ("squat", 30.0, 0.25)]
)
def test_errors_become_smaller(
    one_camera: ModuleType, movement: str, view_deg: float, least_gain: float
) -> None:
    told = one_camera.tell(movement, view_deg)
    evidence = evidence_from(told)
    refined = refine(evidence, 30.0, RefineSettings(height_m=told.height_m))
    before = mean_deg(evidence.angle[:, LOWER], told.angle[:, LOWER])
    after = mean_deg(refined.motion.angle[:, LOWER], told.angle[:, LOWER])
    assert after < (1 - least_gain) * before
    turned = [
        np.degrees(Rotation.from_matrix(r @ np.swapaxes(told.rotation, 1, 2)).magnitude()).mean()
        for r in (evidence.rotation, refined.motion.rotation)
    ]
    assert turned[1] < 0.8 * turned[0]
    # Honest: errors are as large as their standard deviations say, or somewhat smaller.
    ratio = np.sqrt(np.mean(((refined.motion.angle - told.angle) / refined.angle_sd) ** 2))
    assert 0.5 < ratio < 1.15
    assert refined.floor is not None
    assert np.degrees(np.arccos(min(refined.floor.up @ told.up, 1.0))) < 6


def test_without_errors_the_truth_is_found(one_camera: ModuleType) -> None:
    told = one_camera.tell("walk", 70.0, seconds=1.5, error=0.0)
    refined = refine(evidence_from(told), 30.0, RefineSettings(height_m=told.height_m))
    assert mean_deg(refined.motion.angle[:, LOWER], told.angle[:, LOWER]) < 0.9
    assert np.linalg.norm(refined.motion.position_m - told.pelvis_m, axis=1).max() < 0.15
    assert refined.sized.shape.focal_log == pytest.approx(0.0, abs=0.03)


def test_the_height_gives_the_depth(one_camera: ModuleType) -> None:
    told = one_camera.tell("walk", 70.0, seconds=1.5, error=0.0)
    evidence = evidence_from(told)
    shrunk = replace(evidence, log_factor=evidence.log_factor - 0.15)
    refined = refine(shrunk, 30.0, RefineSettings(height_m=told.height_m))
    depth = np.median(refined.motion.position_m[:, 2] / told.pelvis_m[:, 2])
    assert depth == pytest.approx(1.0, abs=0.05)


def test_frames_without_evidence_are_bridged_and_not_sure(one_camera: ModuleType) -> None:
    told = one_camera.tell("walk", 70.0, seconds=2.0)
    evidence = evidence_from(told)
    gone = slice(20, 26)
    names = ("xy", "xy_sd", "angle", "angle_sd", "rotation_sd")
    blank = {name: getattr(evidence, name).copy() for name in names}
    for array in blank.values():
        array[gone] = np.nan
    refined = refine(replace(evidence, **blank), 30.0)
    assert np.isnan(refined.angle_sd[gone]).all()
    assert np.isfinite(refined.motion.angle).all()
    assert mean_deg(refined.motion.angle[gone, LOWER], told.angle[gone, LOWER]) < 12


def test_a_misfit_makes_the_sd_grow(one_camera: ModuleType) -> None:
    told = one_camera.tell("walk", 70.0, seconds=1.0)
    evidence = evidence_from(told)
    rng = np.random.default_rng(3)
    wrong = replace(
        evidence, xy=evidence.xy + rng.normal(0, 8, evidence.xy.shape) * evidence.xy_sd[..., None]
    )
    sd = [np.median(refine(one, 30.0).angle_sd) for one in (evidence, wrong)]
    assert sd[1] > 1.5 * sd[0]


def test_windows_cover_all_frames_once() -> None:
    for n in (1, 2, 100, 239, 240, 241, 1000):
        kept = [kept for _, kept in windows(n, 30.0)]
        assert [frame for one in kept for frame in range(one.start, one.stop)] == list(range(n))
        for whole, part in windows(n, 30.0):
            assert whole.start <= part.start < part.stop <= whole.stop
            assert whole.stop - whole.start <= 8 * 30 + 30


def test_refusals(one_camera: ModuleType) -> None:
    evidence = evidence_from(one_camera.tell("walk", seconds=0.5))
    with pytest.raises(InputError, match="rate_hz is 0"):
        refine(evidence, 0.0)
    with pytest.raises(InputError, match="nothing is told of any frame"):
        refine(replace(evidence, rotation_sd=np.full(evidence.n, np.nan)), 30.0)
    with pytest.raises(InputError, match=r"height_m is 172.*metres"):
        RefineSettings(height_m=172.0)
