"""The main job on real people: no truth is known here, but nonsense would be seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.errors import GaitError
from kinelab.pipeline.analyze import Analysed, analyze
from kinelab.pipeline.settings import AnalyzeSettings

pytestmark = pytest.mark.shared


def settings(shared_data: Path, gait: bool = True) -> AnalyzeSettings:
    weights = shared_data / "weights"
    return AnalyzeSettings(
        pose=str(weights / "pp_tinypose" / "pp_tinypose_256x192.onnx"),
        detector=str(weights / "yolox_nano" / "yolox_nano.onnx"),
        gait=gait,
    )


@pytest.fixture(scope="module")
def woman(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Analysed:
    video = shared_data / "video" / "sports2d_demo" / "Sports2D" / "Demo" / "demo.mp4"
    return analyze(video, tmp_path_factory.mktemp("sports2d") / "out", settings(shared_data))


def test_the_walking_woman_is_chosen_and_kept(woman: Analysed) -> None:
    # She is in view from frame 41 to 203; a man does jumping jacks all the time.
    landmarks = woman.evaluation.landmarks
    assert landmarks.keypoints.n > 150
    seen = landmarks.keypoints.seen[:, [COCO_HIP, COCO_ANKLE]].all(axis=1)
    assert seen.mean() > 0.9
    assert woman.evaluation.cleaned.direction.sign == -1  # to the left
    assert woman.evaluation.cleaned.direction.near_side == "left"


COCO_HIP, COCO_ANKLE = 11, 15


def test_her_knees_bend_as_knees_do(woman: Analysed) -> None:
    strides = woman.evaluation.strides
    for side, name in (("left", "knee_angle_l"), ("right", "knee_angle_r")):
        curves = strides.curves(side, name)
        assert len(curves) >= 2
        mean = np.nanmean(curves, axis=0)
        assert 60 < np.argmax(mean) < 85  # the peak is in swing, % of the stride
        assert 50 < mean.max() < 80
        assert -10 < np.nanmean(mean[30:50]) < 20  # nearly straight in mid-stance


def test_her_times_are_those_of_a_walk(woman: Analysed) -> None:
    measures = woman.report.measures
    assert 85 < measures.get("cadence_spm").value < 115
    for side in ("left", "right"):
        assert 55 < measures.get("stance_pct", side).value < 70


def test_no_length_is_reported_without_a_scale(woman: Analysed) -> None:
    assert not [m.quantity for m in woman.report.measures if m.unit in ("m", "m/s")]


@pytest.mark.parametrize("camera", ["cam01", "cam02", "cam03", "cam04"])
def test_a_balancing_man_gives_angles_and_no_gait(shared_data: Path, tmp_path: Path, camera: str) -> None:
    video = shared_data / "video" / "pose2sim_demo" / "single" / "videos" / f"{camera}.mp4"
    with pytest.raises(GaitError, match="whole stride"):
        analyze(video, tmp_path / "out", settings(shared_data))
    page = (tmp_path / "out" / "report.html").read_text()
    assert "did not look from the side" in page
    assert (tmp_path / "out" / "annotated.mp4").stat().st_size > 10_000


def test_landmarks_of_openpose_give_the_angles_of_their_points(shared_data: Path, tmp_path: Path) -> None:
    """The chain on OpenPose's points against their bare geometry: only the filter lies between."""
    single = shared_data / "video" / "pose2sim_demo" / "single"
    points = single / "pose_openpose_body25b_json.tar.gz" / "pose" / "cam01_json"
    run = analyze(
        single / "videos" / "cam01.mp4",
        tmp_path / "out",
        AnalyzeSettings(keypoints=points, landmark_set="body25b", gait=False),
    )
    raw, kinematics = run.evaluation.landmarks.keypoints, run.evaluation.kinematics
    sign = run.evaluation.cleaned.direction.sign
    for side, letter in (("left", "l"), ("right", "r")):
        hip, knee, ankle = (raw.of(f"{side}_{joint}") for joint in ("hip", "knee", "ankle"))
        thigh, shank = knee - hip, ankle - knee
        bare_deg = np.degrees(
            sign * (np.arctan2(thigh[:, 0], thigh[:, 1]) - np.arctan2(shank[:, 0], shank[:, 1]))
        )
        valid = kinematics.valid[:, kinematics.column(f"knee_angle_{letter}")]
        at = np.searchsorted(raw.time_s, kinematics.time.time_s[valid] - 1e-6)
        difference = kinematics.of(f"knee_angle_{letter}")[valid] - bare_deg[at]
        assert valid.mean() > 0.9
        # The points jitter by some 2 px on a shank of 150 px: what a 6 Hz filter takes away.
        assert np.median(np.abs(difference)) < 2.0
