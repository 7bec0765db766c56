"""Short windows of unlabelled video for training, and what is expected of them.

A video is read once as a stream, and a fixed number of windows is held, so that memory does not grow with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch

from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.recording import Video
from kinelab.core.skeletons import Skeleton
from kinelab.errors import InputError
from kinelab.files.video import open_video, read_frames
from kinelab.keypoints.outliers import SMALLEST_JUMP, body_size
from kinelab.keypoints.projects.frame_pictures import checked_video
from kinelab.keypoints.projects.project import Project, video_path
from kinelab.keypoints.projects.training_set import TrainingSet
from kinelab.keypoints.transfer.pictures import fitted, to_input
from kinelab.keypoints.transfer.plausible import (
    LEAST_POSES,
    Poses,
    how_sure,
    jump_loss,
    labelled_poses,
    soft_positions,
)
from kinelab.keypoints.transfer.recipe import TransferRecipe
from kinelab.learning.splits import Split

LENGTH = 3  # frames of a window
_MEMORY_BYTES = 256 << 20
_RATE_HZ = 30.0
_SKIPPED = 300  # frames between two windows that are cheaper to jump over than to decode


@dataclass(frozen=True, eq=False)
class UnlabelledVideo:
    """windows (n, 3, 3, H, W) uint8 of the network's input; limit_px of a jump; poses where labels allow it.

    unit_px makes the losses numbers: the radius of the score's peak. said: all of it in one sentence.
    """

    windows: torch.Tensor
    limit_px: float
    poses: Poses | None
    unit_px: float
    said: str

    def loss(self, maps: torch.Tensor, stride: int) -> torch.Tensor:
        """Both losses of the network's maps (3, 3 K, h, w) of one window."""
        position, confidence = soft_positions(maps, stride)
        sure = how_sure(confidence)
        value = jump_loss(position, sure, self.limit_px)
        if self.poses is not None:
            value = value + self.poses.loss(position, sure)
        return value / self.unit_px


def unlabelled_video(
    recipe: TransferRecipe, project: Project, frames: TrainingSet, parts: Split, size: tuple[int, int]
) -> UnlabelledVideo | None:
    """What a recipe learns from unlabelled video; None where it does not. `size`: of the network's input.

    The limits come from the labelled frames that are learnt from. A jump is more than 6 % of the subject's
    size (`outliers.SMALLEST_JUMP`; of a single landmark, more than its peak's radius) beside the middle
    between the frames before and after; below 30 frames a second more, by the square of the time between
    them, as what an acceleration makes. For the limit of poses see `plausible.labelled_poses`; without it
    jumps alone are learnt from, and `said` tells that.

    Raises:
        InputError: the project has none of its videos, none is long enough, no frame could be decoded.
        VideoError: a video is not there or cannot be read.
    """
    if recipe.unlabelled is None:
        return None
    chosen = recipe.unlabelled
    videos = [open_video(path) for path in chosen.videos] or _own_videos(
        recipe.project, project, frames, parts
    )
    long = [video for video in videos if video.n_frames >= LENGTH]
    if not long:
        raise InputError(
            f"unlabelled video: none of {len(videos)} videos has {LENGTH} frames or more "
            f"({videos[0].path} has {videos[0].n_frames}); give films, not single pictures"
        )
    windows = windows_of(long, size, chosen.windows, recipe.seed)
    learnt = frames.take(parts.train)
    scale = np.minimum(size[0] / learnt.size_px[:, 0], size[1] / learnt.size_px[:, 1])
    place = to_input(learnt.position_px, scale[:, None, None])
    slowest = min((video.rate_hz for video in long if video.rate_hz > 0), default=_RATE_HZ)
    noticed_px = SMALLEST_JUMP * _subject_px(place) or recipe.radius_px
    limit_px = noticed_px * max(1.0, _RATE_HZ / slowest) ** 2
    poses = labelled_poses(place, frames.mirror_order if recipe.mirror else None)
    said = (
        f"and from {len(windows)} windows of {LENGTH} unlabelled frames (videos: {len(long)}): jumps beyond "
        f"{limit_px:.1f} px of the network's input, {_said_of(poses)}"
    )
    return UnlabelledVideo(windows, limit_px, poses, recipe.radius_px, said)


def windows_of(videos: Sequence[Video], size: tuple[int, int], n: int, seed: int) -> torch.Tensor:
    """(n or fewer, 3, 3, H, W) uint8: consecutive frames scaled to `size`, spread over all videos.

    Equally many of each video, one at random in each of equal parts of it; what the seed chose is chosen
    again. Windows with a frame that cannot be decoded are left out. At most 256 MiB are held.

    Raises:
        InputError: not one window could be decoded.
    """
    width, height = size
    n = max(1, min(n, _MEMORY_BYTES // (LENGTH * 3 * width * height)))
    which = np.arange(n) * len(videos) // n
    found: list[torch.Tensor] = []
    for i, count in zip(*np.unique(which, return_counts=True), strict=True):
        found += _read(videos[i], _starts(videos[i].n_frames, int(count), [seed, 5, int(i)]), size)
    if not found:
        raise InputError(
            f"unlabelled video: in {videos[0].path} and {len(videos) - 1} others no {LENGTH} frames in a row "
            "can be decoded; copy them again from the camera"
        )
    return torch.stack(found)


def _starts(n_frames: int, count: int, seed: list[int]) -> list[int]:
    """First frames of `count` windows, or of as many as there are."""
    possible = n_frames - LENGTH + 1
    edges = np.linspace(0, possible, min(count, possible) + 1).astype(int)
    rng = np.random.default_rng(seed)
    return [int(rng.integers(a, b)) for a, b in pairwise(edges)]


def _read(video: Video, starts: list[int], size: tuple[int, int]) -> Iterator[torch.Tensor]:
    """The windows (3, 3, H, W) of a video in their order."""
    jumps = [i for i in range(1, len(starts)) if starts[i] - starts[i - 1] > _SKIPPED]
    for a, b in pairwise([0, *jumps, len(starts)]):
        wanted = starts[a:b]
        found: dict[int, list[torch.Tensor]] = {s: [] for s in wanted}
        with read_frames(video, start=wanted[0], stop=wanted[-1] + LENGTH) as frames:
            for frame in frames:
                holds = [s for s in wanted if s <= frame.index < s + LENGTH]
                if not holds:
                    continue
                picture = torch.from_numpy(np.array(fitted(frame.image, size)[0])).permute(2, 0, 1)
                for s in holds:
                    found[s].append(picture)
        yield from (torch.stack(held) for held in found.values() if len(held) == LENGTH)


def _own_videos(folder: Path, project: Project, frames: TrainingSet, parts: Split) -> list[Video]:
    """The project's videos, but for those of videos and persons that only the test knows.

    No label of these would be used, but the test is to say how the network does on what it never saw.
    """
    only_tested = [
        {group[i] for i in parts.test} - {group[i] for i in parts.train}
        for group in (frames.video, frames.person)
    ]
    filmed = [video for video in project.videos if not video_path(folder, video).is_dir()]
    if not filmed:
        raise InputError(
            f"{folder}: this project has pictures and no video, so there is no unlabelled video to learn "
            "from; name some: --unlabelled VIDEO"
        )
    left = [
        v for v in filmed if v.id not in only_tested[0] and (not v.person or v.person not in only_tested[1])
    ]
    if not left:
        raise InputError(
            f"{folder}: all {len(filmed)} videos are of what is tested only, and the test would say too "
            "little after learning from them; name others: --unlabelled VIDEO"
        )
    return [checked_video(folder, project, video.id) for video in left]


def _subject_px(place: Array) -> float:
    """Median size of the labelled subject in px of the network's input."""
    n, k = place.shape[:2]
    names = Skeleton("labelled", tuple(str(i) for i in range(k)))
    return body_size(Keypoints(names, np.arange(n, dtype=float), place, np.ones((n, k))))


def _said_of(poses: Poses | None) -> str:
    if poses is None:
        return f"poses not (that needs {LEAST_POSES} frames with all of 3 or more landmarks placed)"
    return (
        f"poses farther than {poses.limit_px:.1f} px from the labelled ones ({len(poses.axes)} of "
        f"{len(poses.mean)} dimensions)"
    )
