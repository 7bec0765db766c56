from __future__ import annotations

import json
import shutil
from pathlib import Path

import av
import numpy as np
import pytest

from kinelab.virtual_lab.solid_people.scenes import demo_scene
from kinelab.virtual_lab.solid_people.session import SESSION_FILE, TRUTH_FILE, film


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lab") / "session"
    indices: list[int] = []
    assert film(demo_scene(0, duration_s=1.0), folder, on_frame=indices.append).is_file()
    assert indices == list(range(50))
    return folder


def test_the_video_has_every_frame_at_its_time(folder: Path) -> None:
    with av.open(str(folder / "video.mp4")) as container:
        frames = list(container.decode(video=0))
    assert len(frames) == 50
    assert (frames[0].width, frames[0].height) == (960, 540)
    times = [float(frame.pts * frame.time_base) for frame in frames]
    np.testing.assert_allclose(times, np.arange(50) / 50, atol=1e-3)


def test_truth_opens_without_pickle_and_is_exact(folder: Path) -> None:
    scene = demo_scene(0, duration_s=1.0)
    with np.load(folder / TRUTH_FILE, allow_pickle=False) as truth:
        np.testing.assert_array_equal(truth["landmark_m"], scene.motion.landmarks_m)
        np.testing.assert_array_equal(truth["planar_angle_deg"], scene.kinematics().angle_deg)
        np.testing.assert_array_equal(truth["event_time_s"], scene.events().time_s)
        assert truth["landmark_name"][0] == "nose"
        assert set(truth["event_kind"]) <= {"ic", "to"}


def test_the_session_says_that_it_is_virtual(folder: Path) -> None:
    about = json.loads((folder / SESSION_FILE).read_text(encoding="utf-8"))
    assert about["synthetic"] is True
    assert "nobody was filmed" in about["note"]
    assert about["rate_hz"] == 50


def test_a_filmed_scene_is_not_filmed_again_until_it_is_edited_or_another(
    folder: Path, tmp_path: Path
) -> None:
    mine = shutil.copytree(folder, tmp_path / "session")
    video = mine / "video.mp4"
    whole, when = video.read_bytes(), video.stat().st_mtime_ns
    film(demo_scene(0, duration_s=1.0), mine)
    assert video.stat().st_mtime_ns == when
    video.write_bytes(b"edited")
    film(demo_scene(1, duration_s=1.0), mine)
    assert video.stat().st_size > 1000
    assert video.read_bytes() != whole
