"""The one door for keypoints of any tool: read by what the file is, write by the format's name."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Literal, get_args

import h5py

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import skeleton as skeleton_by_name
from kinelab.errors import FileFormatError, InputError
from kinelab.files.coco import read_coco, write_coco
from kinelab.files.deeplabcut import is_deeplabcut_csv, read_deeplabcut, write_deeplabcut
from kinelab.files.landmark_names import map_landmarks
from kinelab.files.native import load_as, save
from kinelab.files.openpose import archive_in, read_openpose, write_openpose
from kinelab.files.opensim_files import read_trc, write_trc
from kinelab.files.sleap import read_sleap, write_sleap
from kinelab.files.tables import keypoints_to_frame, read_keypoints_csv, write_csv
from kinelab.files.text_rows import check_is_file

KeypointFormat = Literal["native", "csv", "trc", "deeplabcut", "sleap", "coco", "openpose"]
OWN_TIME = (".nc", ".trc")
ACCEPTED = (
    "DeepLabCut .h5 or .csv, SLEAP .slp or .analysis.h5, COCO .json, a folder or archive of OpenPose JSON, "
    "OpenSim .trc, kinelab's .nc or .csv"
)


def read_keypoints(
    path: str | Path,
    *,
    rate_hz: float | None = None,
    person: int | None = None,
    skeleton: str | None = None,
) -> Keypoints:
    """Landmarks of one person from a file of DeepLabCut, SLEAP, COCO, OpenPose, OpenSim or kinelab.

    Landmarks get kinelab's names where their spelling is known (`landmark_names.standard_name`), others keep
    theirs. NaN = not seen, whatever the tool writes for it.

    rate_hz: frames a second, for files that hold frame numbers only (DeepLabCut, SLEAP, COCO, OpenPose).
    person: which one, where a file holds several; see the tool's own reader for how they are numbered.
    skeleton: a landmark set of core.skeletons: the order of OpenPose's points, elsewhere the landmarks to
    keep, in its order.

    Raises:
        FileFormatError: no such file, an unknown format, damage; with the row where there is one.
        PersonError: nobody, several and `person` is None, or no such person.
        InputError: `rate_hz` is missing, or given for a file with times of its own.
        MissingExtraError: an optional reader is not installed.
    """
    path = Path(path)
    if path.is_dir() or archive_in(path) is not None:
        return read_openpose(path, rate_hz, person, skeleton)
    check_is_file(path)
    suffix = path.suffix.lower()
    has_time = holds_times(path)
    if has_time and (rate_hz is not None or person is not None):
        raise InputError(f"{path}: has times of its own and one person; leave rate_hz and person out")
    match suffix:
        case ".nc":
            keypoints = load_as(Keypoints, path)
        case ".trc":
            keypoints = read_trc(path)
        case ".csv" if has_time:
            keypoints = read_keypoints_csv(path)
        case ".csv":
            keypoints = read_deeplabcut(path, rate_hz, person)
        case ".slp":
            keypoints = read_sleap(path, rate_hz, person)
        case ".h5" | ".hdf5":
            read = read_sleap if _is_sleap_analysis(path) else read_deeplabcut
            keypoints = read(path, rate_hz, person)
        case ".json":
            keypoints = read_coco(path, rate_hz, person)
        case _:
            raise FileFormatError(path, f"unknown kind of keypoint file; accepted are {ACCEPTED}")
    keypoints = map_landmarks(keypoints)
    return keypoints if skeleton is None else _only(keypoints, skeleton, path)


def holds_times(path: Path) -> bool:
    """Whether a file holds the time of each row, and so one person and no need of `rate_hz`."""
    suffix = path.suffix.lower()
    return suffix in OWN_TIME or (suffix == ".csv" and path.is_file() and not is_deeplabcut_csv(path))


def write_keypoints(keypoints: Keypoints, path: str | Path, format: KeypointFormat) -> None:
    """Write landmarks in the format of a tool.

    DeepLabCut, SLEAP, COCO and OpenPose hold frame numbers and no times: frame i is row i. "native" (.nc)
    keeps everything, "csv" all but the landmark set's name and links.

    Raises:
        InputError: an unknown format, another suffix than the format's, or positions that it cannot hold.
        OutputError: the file cannot be written.
    """
    match format:
        case "native":
            save(keypoints, path)
        case "csv":
            write_csv(keypoints_to_frame(keypoints), path)
        case "trc":
            write_trc(keypoints, path)
        case "deeplabcut":
            write_deeplabcut(keypoints, path)
        case "sleap":
            write_sleap(keypoints, path)
        case "coco":
            write_coco(keypoints, path)
        case "openpose":
            write_openpose(keypoints, path)
        case _:
            raise InputError(f"unknown format {format!r}; known are {', '.join(get_args(KeypointFormat))}")


def _is_sleap_analysis(path: Path) -> bool:
    try:
        with h5py.File(path) as file:
            return {"tracks", "node_names"} <= set(file)
    except (OSError, RuntimeError) as error:
        raise FileFormatError(path, f"cannot be read as HDF5 ({error}); it is damaged or cut off") from error


def _only(keypoints: Keypoints, name: str, path: Path) -> Keypoints:
    """The landmarks of a known set, in its order."""
    wanted = skeleton_by_name(name)
    have = keypoints.skeleton.landmarks
    missing = [landmark for landmark in wanted.landmarks if landmark not in have]
    if missing:
        problem = f"lacks {', '.join(missing)} of the landmark set {name!r}; it has {', '.join(have)}"
        raise FileFormatError(path, problem)
    at = [have.index(landmark) for landmark in wanted.landmarks]
    return dataclasses.replace(
        keypoints,
        skeleton=wanted,
        position=keypoints.position[:, at],
        confidence=keypoints.confidence[:, at],
        sd=None if keypoints.sd is None else keypoints.sd[:, at],
    )
