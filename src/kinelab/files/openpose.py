"""OpenPose JSON: one file a frame, in a folder or in an archive of it, several people in each."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import BODY_25, BODY_25B, COCO_17, HALPE_26, Skeleton
from kinelab.core.skeletons import skeleton as skeleton_by_name
from kinelab.errors import FileFormatError, OutputError
from kinelab.files.following import one_person
from kinelab.files.frame_numbers import image_plane_only, number_in, times

# OpenPose's COCO model: BODY_25 without the mid-hip and the feet.
OPENPOSE_18 = Skeleton("openpose18", tuple(n for n in BODY_25.landmarks[:19] if n != "mid_hip"))
BY_NUMBER = {17: COCO_17, 18: OPENPOSE_18, 25: BODY_25, 26: HALPE_26}
TOO_LONG = 1.3  # wrong order over right order: see tests/files/test_openpose.py for measured ratios
ARCHIVES = (".tar.gz", ".tgz", ".tar", ".zip")


def read_openpose(
    path: str | Path, rate_hz: float | None, person: int | None = None, skeleton: str | None = None
) -> Keypoints:
    """Landmarks of one person, (T, K, 2) px, from the JSON files of one camera.

    path: a folder, or a .tar.gz or .zip of it; a folder inside an archive is named behind it,
    "pose.tar.gz/pose/cam01_json". T runs from the first to the last frame number in the file names; a frame
    without file or person is NaN. OpenPose writes 0, 0, 0 for a landmark that it does not see; here that is
    NaN. Its confidences, which may pass 1 by some per cent, are cut at 1.

    BODY_25 and BODY_25B both have 25 points in different order: `skeleton` says which ("body25", "body25b");
    without it 25 points are BODY_25. A wrong choice is refused: its limbs would be too long.

    Raises:
        FileFormatError: no frames, several folders in the archive, a file that is not OpenPose's, another
            number of points than the landmark set has, or points that fit the other 25-point set.
        PersonError: nobody, or no such person.
        InputError: `rate_hz` is missing.
    """
    frames: dict[int, Array] = {}
    for name, text in _frame_files(Path(path)):
        number = number_in(name, path)
        if number in frames:
            raise FileFormatError(path, f"frame {number} occurs twice; give the folder of one camera")
        frames[number] = _people(text, f"{path}/{name}")
    counts = {p.shape[1] for p in frames.values() if len(p)}
    if len(counts) > 1:
        raise FileFormatError(
            path, f"people have {' or '.join(map(str, sorted(counts)))} points, expected one set"
        )
    chosen = _landmark_set(skeleton, counts.pop() if counts else 25, path)
    first, last = min(frames), max(frames)
    nobody = np.empty((0, len(chosen), 3))
    people = [p if len(p := frames.get(i, nobody)) else nobody for i in range(first, last + 1)]
    pose = one_person(people, person, str(path))
    _check_order(pose, chosen, path)
    return Keypoints(
        skeleton=chosen,
        time_s=times(np.arange(first, last + 1), rate_hz, path),
        position=pose[..., :2],
        confidence=pose[..., 2],
    )


def write_openpose(keypoints: Keypoints, folder: str | Path) -> None:
    """Write one person as OpenPose JSON, a file a frame, into a new folder: whole or not at all.

    Frames are numbered from 0 in the order of `keypoints`; times are not stored.

    Raises:
        InputError: positions that are not pixels in an image.
        OutputError: the folder exists and is not empty, or cannot be written.
    """
    image_plane_only(keypoints, "OpenPose")
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(f"cannot write {folder}: it is not an empty folder; give a new one")
    points = np.dstack([keypoints.position, keypoints.confidence])
    points[~keypoints.seen] = 0.0
    part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        part.mkdir(parents=True)
        for i, flat in enumerate(np.nan_to_num(points).reshape(keypoints.n, -1).tolist()):
            people = [{"person_id": [-1], "pose_keypoints_2d": flat}] if any(flat) else []
            text = json.dumps({"version": 1.3, "people": people})
            (part / f"{folder.name}_{i:012d}_keypoints.json").write_text(text, encoding="utf-8")
        part.replace(folder)
    except OSError as error:
        raise OutputError(f"cannot write {folder}: {error.strerror}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def archive_in(path: Path) -> Path | None:
    """The archive that `path` is, or leads into; None without one."""
    for place in (path, *path.parents):
        if place.name.lower().endswith(ARCHIVES) and place.is_file():
            return place
    return None


def _frame_files(path: Path) -> Iterator[tuple[str, bytes]]:
    """(name, content) of each JSON file of one folder, on disk or in an archive."""
    archive = archive_in(path)
    if archive is None:
        if not path.is_dir():
            raise FileFormatError(path, "no such folder or archive of OpenPose JSON files")
        files = sorted(path.glob("*.json"))
        _one_folder(path, {p.relative_to(path).parent.as_posix() for p in files or path.rglob("*.json")}, ".")
        for file in files:
            yield file.name, file.read_bytes()
        return
    inside = path.relative_to(archive).as_posix()
    try:
        if archive.suffix.lower() == ".zip":
            yield from _zipped(archive, inside)
        else:
            yield from _tarred(archive, inside)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
        raise FileFormatError(archive, f"cannot be unpacked ({error}); it is damaged or cut off") from error


def _tarred(archive: Path, inside: str) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive) as tar:
        members = [m for m in tar.getmembers() if m.isfile() and m.name.endswith(".json")]
        folder = _one_folder(archive, (_parent(m.name) for m in members), inside)
        for member in members:
            if _parent(member.name) == folder and (file := tar.extractfile(member)):
                yield PurePosixPath(member.name).name, file.read()


def _zipped(archive: Path, inside: str) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(archive) as packed:
        names = [n for n in packed.namelist() if n.endswith(".json")]
        folder = _one_folder(archive, (_parent(n) for n in names), inside)
        for name in names:
            if _parent(name) == folder:
                yield PurePosixPath(name).name, packed.read(name)


def _parent(name: str) -> str:
    return PurePosixPath(name).parent.as_posix()


def _one_folder(path: Path, folders: Iterable[str], inside: str) -> str:
    """The folder of frames that is asked for, or the only one there."""
    found = sorted(set(folders))
    if inside in found:
        return inside
    below = [f for f in found if inside == "." or f.startswith(f"{inside}/")]
    if len(below) == 1 and below[0] in found and inside != below[0]:
        return below[0]
    if not below:
        where = "" if inside == "." else f" in {inside}"
        raise FileFormatError(
            path, f"holds no JSON files{where}; there are {', '.join(found) or 'none at all'}"
        )
    problem = f"holds {len(below)} folders of frames; name one, such as {path.name}/{below[0]}"
    raise FileFormatError(path, f"{problem}. There are {', '.join(below)}")


def _people(text: bytes, where: str) -> Array:
    """(P, K, 3) of one frame's file: x, y and confidence; NaN where OpenPose wrote zeros."""
    try:
        poses = [p.get("pose_keypoints_2d") for p in json.loads(text)["people"]]
        poses = [pose for pose in poses if pose]  # Pose2Sim leaves an empty person where it found none
        flat = np.array(poses, dtype=np.float64)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        problem = f"is no OpenPose frame (expected people with pose_keypoints_2d): {error!r}"
        raise FileFormatError(where, problem) from error
    if flat.size == 0:
        return np.empty((0, 0, 3))
    if flat.ndim != 2 or flat.shape[1] % 3:
        raise FileFormatError(
            where, f"has {flat.shape[-1]} numbers a person, expected x, y, confidence a point"
        )
    points = flat.reshape(len(poses), -1, 3)
    points[(points[..., 2] <= 0) | (points[..., :2] == 0).all(axis=-1)] = np.nan
    points[..., 2] = np.minimum(points[..., 2], 1.0)
    return points


def _landmark_set(name: str | None, count: int, path: str | Path) -> Skeleton:
    if name is None and count not in BY_NUMBER:
        known = ", ".join(f"{n} ({s.name})" for n, s in BY_NUMBER.items())
        raise FileFormatError(path, f"has {count} points a person; known without skeleton= are {known}")
    chosen = BY_NUMBER[count] if name is None else skeleton_by_name(name)
    if len(chosen) != count:
        raise FileFormatError(
            path, f"has {count} points a person, landmark set {chosen.name} has {len(chosen)}"
        )
    return chosen


def _check_order(pose: Array, chosen: Skeleton, path: str | Path) -> None:
    """Raise when 25 points fit the other 25-point set: read in the wrong order, the limbs grow long."""
    other = {BODY_25: BODY_25B, BODY_25B: BODY_25}.get(chosen)
    if other is not None and _limbs(pose, chosen) > TOO_LONG * _limbs(pose, other):
        problem = f"its points are not in the order of {chosen.name} (limbs would cross the body)"
        raise FileFormatError(path, f"{problem} but of {other.name}; read it with skeleton={other.name!r}")


def _limbs(pose: Array, landmarks: Skeleton) -> float:
    """Sum over the links that both 25-point sets have of their median length, px."""
    links = sorted(set(BODY_25.links) & set(BODY_25B.links))
    a, b = (pose[:, [landmarks.index(link[end]) for link in links], :2] for end in (0, 1))
    length = np.linalg.norm(a - b, axis=-1)
    length = length[:, np.isfinite(length).any(axis=0)]
    return float(np.nanmedian(length, axis=0).sum())
