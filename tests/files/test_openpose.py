from __future__ import annotations

import io
import json
import shutil
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import BODY_25, BODY_25B, COCO_17, HALPE_26, Skeleton
from kinelab.errors import FileFormatError, InputError, OutputError, PersonError
from kinelab.files.openpose import TOO_LONG, _limbs, read_openpose, write_openpose

DEMO = "video/pose2sim_demo/single/pose_openpose_body25b_json.tar.gz"


def keypoints(skeleton: Skeleton = COCO_17) -> Keypoints:
    """Points in a slow uniform motion; one unseen point, one frame without anyone."""
    K = len(skeleton)
    start = np.random.default_rng(5).uniform(100, 500, (K, 2))
    position = start + 2.0 * np.arange(8)[:, None, None]
    position[2, 3] = np.nan
    position[4] = np.nan
    confidence = np.where(np.isfinite(position[..., 0]), 0.75, np.nan)
    return Keypoints(skeleton, np.arange(8) / 50, position, confidence)


@pytest.mark.parametrize("skeleton", [COCO_17, HALPE_26])
def test_a_folder_comes_back_with_nan_for_what_is_written_as_zeros(
    skeleton: Skeleton, tmp_path: Path
) -> None:
    noun = keypoints(skeleton)
    write_openpose(noun, tmp_path / "cam")
    frame = json.loads((tmp_path / "cam" / "cam_000000000002_keypoints.json").read_text())
    assert frame["people"][0]["pose_keypoints_2d"][9:12] == [0.0, 0.0, 0.0]
    read = read_openpose(tmp_path / "cam", 50.0)
    assert read.skeleton == skeleton
    for name in ("time_s", "position", "confidence"):
        np.testing.assert_array_equal(getattr(read, name), getattr(noun, name))


def test_frames_keep_their_numbers_and_missing_ones_are_nan(tmp_path: Path) -> None:
    write_openpose(keypoints(), tmp_path / "cam")
    for gone in (0, 5):
        (tmp_path / "cam" / f"cam_{gone:012d}_keypoints.json").unlink()
    read = read_openpose(tmp_path / "cam", 50.0)
    np.testing.assert_allclose(read.time_s, np.arange(1, 8) / 50)
    np.testing.assert_array_equal(read.seen.any(axis=1), [True, True, True, False, False, True, True])


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_archives_are_entered_by_name(kind: str, tmp_path: Path) -> None:
    write_openpose(keypoints(), tmp_path / "pose" / "cam1")
    shutil.copytree(tmp_path / "pose" / "cam1", tmp_path / "pose" / "cam2")
    archive = tmp_path / f"all.{kind}"
    shutil.make_archive(str(tmp_path / "all"), {"zip": "zip", "tar.gz": "gztar"}[kind], tmp_path, "pose")
    with pytest.raises(
        FileFormatError, match=r"holds 2 folders of frames; name one, such as all.*/pose/cam1"
    ):
        read_openpose(archive, 50.0)
    read = read_openpose(archive / "pose" / "cam2", 50.0)
    np.testing.assert_array_equal(read.position, keypoints().position)
    with pytest.raises(
        FileFormatError, match=r"holds no JSON files in pose/cam3; there are pose/cam1, pose/cam2"
    ):
        read_openpose(archive / "pose" / "cam3", 50.0)
    archive.write_bytes(archive.read_bytes()[:-200])
    with pytest.raises(FileFormatError, match=r"cannot be unpacked .* damaged or cut off"):
        read_openpose(archive / "pose" / "cam2", 50.0)


def test_an_archive_with_one_folder_needs_no_name_and_writes_nothing(tmp_path: Path) -> None:
    text = json.dumps({"people": [{"pose_keypoints_2d": [1.0, 2.0, 1.04] * 17}]}).encode()
    with tarfile.open(tmp_path / "a.tgz", "w:gz") as tar:
        member = tarfile.TarInfo("../../evil/f_1.json")
        member.size = len(text)
        tar.addfile(member, io.BytesIO(text))
    read = read_openpose(tmp_path / "a.tgz", 50.0)
    assert read.confidence.max() == 1.0  # OpenPose passes 1 by some per cent
    assert [p.name for p in tmp_path.iterdir()] == ["a.tgz"]
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as packed:
        packed.writestr("notes.txt", "")
    with pytest.raises(FileFormatError, match="holds no JSON files; there are none at all"):
        read_openpose(tmp_path / "b.zip", 50.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no OpenPose frame"),
        ("[1]", "is no OpenPose frame"),
        ('{"people": [{"pose_keypoints_2d": [1, 2]}]}', "has 2 numbers a person, expected x, y, confidence"),
        ('{"people": [{"pose_keypoints_2d": ["a", 2, 3]}]}', "is no OpenPose frame"),
        ('{"people": [{"pose_keypoints_2d": [1, 2, 3]}]}', r"has 1 points a person; known .* 25 \(body25\)"),
        ('{"people": [{}]}', "no person 0; there is nobody in any frame"),
    ],
)
def test_frames_with_a_fault(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "cam_0001.json").write_text(text)
    with pytest.raises((FileFormatError, PersonError), match=message):
        read_openpose(tmp_path, 50.0)


def test_other_faults(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="no such folder or archive"):
        read_openpose(tmp_path / "none", 50.0)
    with pytest.raises(FileFormatError, match="holds no JSON files"):
        read_openpose(tmp_path, 50.0)
    write_openpose(keypoints(), tmp_path / "cam")
    with pytest.raises(InputError, match="give the video's frame rate with rate_hz"):
        read_openpose(tmp_path / "cam", None)
    with pytest.raises(InputError, match=r"rate_hz is 0\.0"):
        read_openpose(tmp_path / "cam", 0.0)
    with pytest.raises(FileFormatError, match="has 17 points a person, landmark set halpe26 has 26"):
        read_openpose(tmp_path / "cam", 50.0, skeleton="halpe26")
    with pytest.raises(OutputError, match="not an empty folder"):
        write_openpose(keypoints(), tmp_path / "cam")
    shutil.copy(tmp_path / "cam" / "cam_000000000001_keypoints.json", tmp_path / "cam" / "b_1_keypoints.json")
    with pytest.raises(FileFormatError, match="frame 1 occurs twice; give the folder of one camera"):
        read_openpose(tmp_path / "cam", 50.0)
    (tmp_path / "cam" / "a.json").write_text("{}")
    with pytest.raises(FileFormatError, match=r"'a\.json' has no frame number"):
        read_openpose(tmp_path / "cam", 50.0)


@pytest.mark.shared
@pytest.mark.parametrize(("camera", "people"), [("cam01", 3), ("cam02", 2), ("cam03", 1), ("cam04", 1)])
def test_the_25_points_of_four_real_cameras_are_told_apart(
    camera: str, people: int, shared_data: Path
) -> None:
    """BODY_25B data: read as such it stands, read as BODY_25 its limbs are 1.5 to 1.9 times as long."""
    archive = shared_data / DEMO / "pose" / f"{camera}_json"
    read = read_openpose(archive, 60.0, skeleton="body25b")
    assert read.n == 100
    assert read.seen.mean() > 0.9
    nose, heel = read.of("nose")[:, 1], read.of("left_heel")[:, 1]
    assert np.nanmedian(heel - nose) > 200  # the feet are below the head
    pose = np.dstack([read.position, read.confidence])
    assert _limbs(pose, BODY_25) > 1.15 * TOO_LONG * _limbs(pose, BODY_25B)
    for wrong in ("body25", None):
        with pytest.raises(
            FileFormatError, match=r"not in the order of body25 .*read it with skeleton='body25b'"
        ):
            read_openpose(archive, 60.0, skeleton=wrong)
    if people > 1:
        assert read_openpose(archive, 60.0, person=1, skeleton="body25b").seen.sum() < read.seen.sum()
    else:
        with pytest.raises(PersonError, match="no person 1; 1 people were found"):
            read_openpose(archive, 60.0, person=1, skeleton="body25b")


@pytest.mark.shared
def test_the_followed_person_is_the_one_that_pose2sim_associated(shared_data: Path) -> None:
    """Pose2Sim chose the person by reprojection from four cameras; we follow one camera by nearness."""
    for camera in ("cam01_json", "cam02_json", "cam03_json", "cam04_json"):
        own = read_openpose(shared_data / DEMO / "pose" / camera, 60.0, skeleton="body25b")
        theirs = read_openpose(shared_data / DEMO / "pose-associated" / camera, 60.0, skeleton="body25b")
        start = round((theirs.time_s[0] - own.time_s[0]) * 60)
        mine = own.position[start : start + theirs.n]
        both = theirs.seen & np.isfinite(mine).all(axis=-1)
        assert both.sum() > 0.95 * theirs.seen.sum()
        assert (np.abs(mine - theirs.position)[both] < 1e-9).mean() > 0.95, camera
