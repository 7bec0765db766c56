"""What a network is trained on: the labelled pictures of a project with their truth, in one table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinelab.core.checks import Array, IntArray, Problems, read_only
from kinelab.errors import InputError
from kinelab.keypoints.projects.labels import State
from kinelab.keypoints.projects.pictures import picture_size
from kinelab.keypoints.projects.project import Project, frame_picture
from kinelab.keypoints.projects.truth import truth


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """N labelled pictures.

    images, video, person (N): the PNG, its video's id, who is in it ("" not said). frame (N,): its number in
    the video. position_px (N, K, 2): x right, y DOWN, NaN unless placed; state (N, K): a `State` each
    (UNLABELLED: nobody dealt with it, nothing is to be learned there). mm_per_px (N,): NaN where no length is
    known. size_px (N, 2): width and height of each picture. mirror_order (K,): the column that each landmark
    takes in the mirror image.
    """

    landmarks: tuple[str, ...]
    mirror_order: tuple[int, ...]
    images: tuple[Path, ...]
    video: tuple[str, ...]
    person: tuple[str, ...]
    frame: IntArray
    position_px: Array
    state: npt.NDArray[np.uint8]
    mm_per_px: Array
    size_px: IntArray
    synthetic: bool = False

    def __post_init__(self) -> None:
        for name, dtype in (("frame", np.int64), ("position_px", np.float64), ("state", np.uint8),
                            ("mm_per_px", np.float64), ("size_px", np.int64)):  # fmt: skip
            object.__setattr__(self, name, read_only(getattr(self, name), dtype))
        n, k = len(self.images), len(self.landmarks)
        with Problems("TrainingSet") as problems:
            for name in ("video", "person"):
                found = len(getattr(self, name))
                problems.add_if(found != n, f"{name} has {found} entries for {n} images")
            problems.add_if(len(self.mirror_order) != k, f"mirror_order has {len(self.mirror_order)} for {k}")
            problems.shape("frame", self.frame, (n,))
            problems.shape("position_px", self.position_px, (n, k, 2))
            problems.shape("state", self.state, (n, k))
            problems.shape("mm_per_px", self.mm_per_px, (n,))
            problems.shape("size_px", self.size_px, (n, 2))

    @property
    def n(self) -> int:
        """How many pictures."""
        return len(self.images)

    def take(self, rows: npt.ArrayLike) -> TrainingSet:
        """The pictures of these rows, in this order."""
        chosen = np.asarray(rows, dtype=np.int64)
        return replace(
            self,
            images=tuple(self.images[i] for i in chosen),
            video=tuple(self.video[i] for i in chosen),
            person=tuple(self.person[i] for i in chosen),
            **{name: getattr(self, name)[chosen] for name in _ARRAYS},
        )


_ARRAYS = ("frame", "position_px", "state", "mm_per_px", "size_px")


def training_set(folder: str | Path, project: Project, rater: str | None = None) -> TrainingSet:
    """Every labelled picture of a project, video by video in the order of the frames.

    `rater` None takes the mean of all raters of each frame (`truth.truth`). Videos are not needed.

    Raises:
        InputError: nobody has labelled, no such rater, a picture is missing or another size than labelled.
        FileFormatError: a label file is damaged.
    """
    rows = list(_rows(folder, project, rater))
    if not rows:
        by = f" by {rater}" if rater else ""
        raise InputError(
            f"{folder}: no frame is labelled{by} yet; label some with `kinelab label {folder}` first"
        )
    pictures = [row[0] for row in rows]
    videos = [project.video(row[1]) for row in rows]
    return TrainingSet(
        landmarks=project.landmarks,
        mirror_order=project.mirror_order,
        images=tuple(pictures),
        video=tuple(video.id for video in videos),
        person=tuple(video.person for video in videos),
        frame=np.array([row[2] for row in rows]),
        position_px=np.array([row[3] for row in rows]),
        state=np.array([row[4] for row in rows]),
        mm_per_px=np.array([video.mm_per_px or np.nan for video in videos]),
        size_px=np.array([_size_of(row[0], row[3]) for row in rows]),
        synthetic=project.synthetic,
    )


def _rows(
    folder: str | Path, project: Project, rater: str | None
) -> Iterator[tuple[Path, str, int, Array, npt.NDArray[np.uint8]]]:
    for video in project.videos:
        labels = truth(folder, project, video.id, rater)
        for frame, position, state in zip(labels.frame, labels.position_px, labels.state, strict=True):
            if (state != State.UNLABELLED).any():
                yield frame_picture(folder, video.id, int(frame)), video.id, int(frame), position, state


def _size_of(picture: Path, position_px: Array) -> tuple[int, int]:
    if not picture.is_file():
        raise InputError(
            f"{picture}: this frame is labelled, but its picture is missing; bring it back, or let `kinelab "
            "keypoints frames PROJECT --restore` cut it from the video again"
        )
    width, height = picture_size(picture)
    if (np.nan_to_num(position_px) > np.array([width, height]) - 0.5).any():
        raise InputError(
            f"{picture}: a label lies outside this picture of {width} x {height} px; was the picture cropped "
            "or scaled after it was labelled?"
        )
    return width, height
