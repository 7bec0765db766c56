"""SLEAP files, .slp and .analysis.h5, through sleap-io."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.errors import FileFormatError, InputError, MissingExtraError
from kinelab.files.atomic import atomic_path
from kinelab.files.following import one_column, one_person
from kinelab.files.frame_numbers import image_plane_only, times
from kinelab.files.landmark_names import skeleton_from
from kinelab.files.text_rows import check_is_file

if TYPE_CHECKING:
    from types import ModuleType

ANALYSIS = ".h5"  # SLEAP names them <video>.analysis.h5


def read_sleap(path: str | Path, rate_hz: float | None, person: int | None = None) -> Keypoints:
    """Landmarks of one instance, (T, K, 2) px, with the nodes' own names and the skeleton's edges.

    T runs from the first to the last labelled frame; a frame without the instance is NaN. A person's own
    label goes before a prediction. Confidence is the point's score, cut to 0 to 1; hand labels have 1. With
    tracks, `person` is the number of a track in the file's order; without, instances are followed by
    position and numbered by how much of them is seen. A project of several videos is refused.

    Raises:
        FileFormatError: no SLEAP file, no labelled frame, several videos.
        PersonError: several tracks and no `person`, or no such one.
        InputError: `rate_hz` is missing.
        MissingExtraError: sleap-io is not installed.
    """
    path = Path(path)
    check_is_file(path)
    labels = _labels(path)
    frames = [frame for frame in labels.labeled_frames if len(frame)]
    videos = {id(frame.video) for frame in frames}
    if len(videos) != 1:
        what = (
            f"labels of {len(videos)} videos; export one video at a time" if videos else "no labelled frame"
        )
        raise FileFormatError(path, f"holds {what}")
    first = min(int(frame.frame_idx) for frame in frames)
    last = max(int(frame.frame_idx) for frame in frames)
    skeleton = frames[0].instances[0].skeleton
    tracks = [track for track in labels.tracks if track is not None]
    at: dict[int, list[tuple[Any, Array]]] = {int(f.frame_idx) - first: _instances(f) for f in frames}
    if tracks:
        seen = [sum(track is own for found in at.values() for own, _ in found) for track in tracks]
        names = [track.name or f"track {i}" for i, track in enumerate(tracks)]
        chosen = tracks[one_column(names, seen, person, str(path))]
        pose = np.full((last - first + 1, len(skeleton.nodes), 3), np.nan)
        for t, found in at.items():
            for track, points in found:
                if track is chosen:
                    pose[t] = points
    else:
        empty = np.empty((0, len(skeleton.nodes), 3))
        people = [np.array([p for _, p in at[t]]) if at.get(t) else empty for t in range(last - first + 1)]
        pose = one_person(people, person, str(path))
    return Keypoints(
        skeleton=skeleton_from(skeleton.name or path.stem, skeleton.node_names, skeleton.edge_names),
        time_s=times(np.arange(first, last + 1), rate_hz, path),
        position=pose[..., :2],
        confidence=np.clip(pose[..., 2], 0, 1),
    )


def write_sleap(keypoints: Keypoints, path: str | Path) -> None:
    """Write the landmarks as SLEAP predictions of one track: .slp, or .analysis.h5 by the name.

    Frame i is row i of `keypoints`, whatever its time. The file refers to no video: SLEAP asks for it.

    Raises:
        InputError: positions that are not pixels in an image, or another suffix.
        OutputError: the file cannot be written.
        MissingExtraError: sleap-io is not installed.
    """
    image_plane_only(keypoints, "SLEAP")
    path = Path(path)
    if path.suffix.lower() not in (".slp", ANALYSIS):
        raise InputError(f"{path}: a SLEAP file is .slp or .analysis.h5")
    sio = _sleap_io()
    skeleton = sio.Skeleton(
        nodes=list(keypoints.skeleton.landmarks),
        edges=list(keypoints.skeleton.links),
        name=keypoints.skeleton.name,
    )
    video, track = sio.Video(filename="unknown.mp4", open_backend=False), sio.Track("person")
    frames = []
    for i in np.flatnonzero(keypoints.seen.any(axis=1)):
        scores = np.nan_to_num(keypoints.confidence[i])
        position = np.where(keypoints.seen[i][:, None], keypoints.position[i], np.nan)
        found = sio.PredictedInstance.from_numpy(position, skeleton, scores, float(scores.mean()), track)
        frames.append(sio.LabeledFrame(video=video, frame_idx=int(i), instances=[found]))
    labels = sio.Labels(labeled_frames=frames, videos=[video], skeletons=[skeleton], tracks=[track])
    with atomic_path(path) as temporary:
        if path.suffix.lower() == ".slp":
            sio.save_slp(labels, str(temporary), verbose=False)
        else:
            sio.save_analysis_h5(labels, str(temporary))


def _labels(path: Path) -> Any:
    sio = _sleap_io()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of videos that are not there, which are not needed
            if path.suffix.lower() == ".slp":
                return sio.load_slp(str(path), open_videos=False)
            return sio.load_analysis_h5(str(path))
    except (OSError, KeyError, ValueError, TypeError, AttributeError, IndexError, RuntimeError) as error:
        problem = f"cannot be read as a SLEAP file ({(str(error).splitlines() or ['?'])[0]})"
        raise FileFormatError(path, f"{problem}; it is damaged or another format") from error


def _instances(frame: Any) -> list[tuple[Any, Array]]:
    """(track, (K, 3) points with score) of each instance, a person's own labels before predictions."""
    found = [(i.track, np.column_stack([i.numpy(), np.ones(len(i))])) for i in frame.user_instances]
    found += [(i.track, np.asarray(i.numpy(scores=True), dtype=float)) for i in frame.unused_predictions]
    for _, points in found:
        points[~np.isfinite(points[:, :2]).all(axis=1)] = np.nan
    return found


def _sleap_io() -> ModuleType:
    try:
        import sleap_io
    except ImportError as error:
        raise MissingExtraError("reading and writing SLEAP files", "interop") from error
    module: ModuleType = sleap_io
    return module
