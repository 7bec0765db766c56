from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import sleap_io as sio

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.errors import FileFormatError, InputError, PersonError
from kinelab.files.sleap import read_sleap, write_sleap


def keypoints() -> Keypoints:
    rng = np.random.default_rng(9)
    position = rng.uniform(0, 640, (7, 3, 2))
    position[1, 2] = np.nan
    position[4] = np.nan
    confidence = np.where(np.isfinite(position[..., 0]), rng.uniform(0, 1, (7, 3)), np.nan)
    skeleton = Skeleton("mouse", ("nose", "body", "tail"), (("nose", "body"), ("body", "tail")))
    return Keypoints(skeleton, np.arange(7) / 25, position, confidence)


@pytest.mark.parametrize("name", ["a.slp", "a.analysis.h5"])
def test_predictions_come_back(name: str, tmp_path: Path) -> None:
    noun = keypoints()
    write_sleap(noun, tmp_path / name)
    read = read_sleap(tmp_path / name, 25.0)
    assert read.skeleton.landmarks == noun.skeleton.landmarks
    assert read.skeleton.links == noun.skeleton.links
    for field in ("time_s", "position", "confidence"):
        np.testing.assert_allclose(getattr(read, field), getattr(noun, field), rtol=1e-12)


def project(path: Path, tracked: bool, videos: int = 1) -> None:
    """Frames 10, 11 and 13 of two mice; the second was corrected by hand in frame 11."""
    skeleton = sio.Skeleton(nodes=["nose", "tail"], edges=[("nose", "tail")])
    files = [sio.Video(filename=f"v{i}.mp4", open_backend=False) for i in range(videos)]
    tracks = [sio.Track("a"), sio.Track("b")] if tracked else [None, None]
    frames = []
    for i in (10, 11, 13):
        found = [
            sio.PredictedInstance.from_numpy(
                np.array([[x + i, 5.0], [x + i, 90.0]]), skeleton, np.array([0.4, score]), 0.5, track
            )
            for x, score, track in ((100.0, 0.6, tracks[0]), (300.0, 1.2, tracks[1]))
        ]
        if i == 11:
            corrected = np.array([[311.0, 6.0], [np.nan, np.nan]])
            found.append(
                sio.Instance.from_numpy(corrected, skeleton, track=tracks[1], from_predicted=found[1])
            )
        frames.append(sio.LabeledFrame(video=files[i % videos], frame_idx=i, instances=found))
    labels = sio.Labels(
        labeled_frames=frames, videos=files, skeletons=[skeleton], tracks=[t for t in tracks if t is not None]
    )
    sio.save_slp(labels, str(path), verbose=False)


@pytest.mark.parametrize("tracked", [True, False])
def test_one_of_two_with_hand_corrections_and_frame_numbers(tracked: bool, tmp_path: Path) -> None:
    project(tmp_path / "a.slp", tracked)
    read = read_sleap(tmp_path / "a.slp", 10.0, person=1 if tracked else 0)
    np.testing.assert_allclose(read.time_s, [1.0, 1.1, 1.2, 1.3])
    np.testing.assert_allclose(read.of("nose"), [[310, 5], [311, 6], [np.nan, np.nan], [313, 5]])
    np.testing.assert_array_equal(read.seen[:, 1], [True, False, False, True])
    np.testing.assert_allclose(read.confidence[0], [0.4, 1.0], rtol=1e-6)  # a score above 1 is cut
    assert read.confidence[1, 0] == 1.0  # a person's own label


def test_faults_are_told(tmp_path: Path) -> None:
    project(tmp_path / "a.slp", tracked=True)
    with pytest.raises(PersonError, match=r"holds several: 0 \(a\), 1 \(b\)"):
        read_sleap(tmp_path / "a.slp", 10.0)
    project(tmp_path / "b.slp", tracked=True, videos=2)
    with pytest.raises(FileFormatError, match="holds labels of 2 videos; export one"):
        read_sleap(tmp_path / "b.slp", 10.0, person=0)
    (tmp_path / "c.slp").write_bytes((tmp_path / "a.slp").read_bytes()[:3000])
    with pytest.raises(FileFormatError, match="cannot be read as a SLEAP file"):
        read_sleap(tmp_path / "c.slp", 10.0)
    (tmp_path / "d.slp").write_text("no HDF5")
    with pytest.raises(FileFormatError, match="cannot be read as a SLEAP file"):
        read_sleap(tmp_path / "d.slp", 10.0)
    with pytest.raises(FileFormatError, match="no such file"):
        read_sleap(tmp_path / "e.slp", 10.0)
    with pytest.raises(InputError, match="give the video's frame rate with rate_hz"):
        read_sleap(tmp_path / "a.slp", None, person=0)
    with pytest.raises(InputError, match=r"is \.slp or \.analysis\.h5"):
        write_sleap(keypoints(), tmp_path / "a.json")
