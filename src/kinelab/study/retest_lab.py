"""The design of Cronin 2019 on virtual runners in deep water: filmed, labelled, learnt and followed.

Step by step what a user would type: `kinelab lab make`, `keypoints new --from-lab`, `keypoints train`,
`keypoints track`. Each step goes on where it was stopped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from rich.console import Console

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.errors import GaitError, InputError
from kinelab.files.native import load_as
from kinelab.keypoints.projects.from_lab import project_from_lab
from kinelab.keypoints.projects.project import Project, ProjectVideo, video_path
from kinelab.pipeline.keypoint_training import train_and_show
from kinelab.pipeline.lab import make_study
from kinelab.pipeline.lab_options import LabOptions, design_of
from kinelab.pipeline.tracking import SMOOTHED, TrackOptions, open_several, track_video
from kinelab.study.retest_pairing import pair_days
from kinelab.study.retest_reliability import Days
from kinelab.study.retest_sessions import Session, open_session, session_of

if TYPE_CHECKING:
    from kinelab.keypoints.transfer.evaluation import Evaluation
    from kinelab.keypoints.transfer.recipe import TransferRecipe
    from kinelab.virtual_lab.sessions.design import LabDesign

PRESET = "cronin2019"
# The leg on the camera's side, as in the paper, and the line of the trunk that the hip's angle is against.
LANDMARKS = (
    "neck", "mid_hip", "right_hip", "right_knee", "right_ankle", "right_heel", "right_big_toe",
)  # fmt: skip
_APART = 0.25  # of the thigh's length: knees nearer than that are not told apart


@dataclass(frozen=True)
class RetestDesign:
    """How much of it: people on two days, seconds, size and rate of the videos; frames labelled in each
    video, test_share of the people whom the network does not learn from; the network and its training.

    weights: a safetensors file of the backbone, or "none".
    """

    people: int = 12
    duration_s: float = 7.0
    size_px: tuple[int, int] = (480, 270)
    rate_hz: float = 25.0
    per_video: int = 20
    test_share: float = 0.25
    steps: int = 1000
    long_side_px: int = 384
    batch: int = 8
    backbone: str = "mobilenetv2_100"
    weights: str = "none"
    body: Literal["mesh", "solids"] = "mesh"
    seed: int = 0


QUICK = RetestDesign(
    people=3, duration_s=3.0, size_px=(128, 72), rate_hz=20.0, per_video=6, steps=20, long_side_px=128,
    batch=2, backbone="test_efficientnet", body="solids",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Runners:
    """What the path gave: sessions of each person's two days from the network's tracks and from the exact
    landmarks; in left_out, whose tracks hold no strides. far_knee: share of frames of each video in
    which the far leg's knee was taken for the near one's. project, evaluation of the network; untaught:
    people whom it did not learn from.
    """

    tracked: Mapping[str, Days]
    exact: Mapping[str, Days]
    left_out: tuple[str, ...]
    far_knee: tuple[float, ...]
    project: Project
    evaluation: Evaluation
    untaught: frozenset[str]


def follow_runners(
    design: RetestDesign, work: Path, console: Console, *, jobs: int | None = None, threads: int | None = 1
) -> Runners:
    """Make what is missing in the folder `work`, and cut both days' strides from tracks and truth.

    jobs: processes that film (None: one for each core). threads: of training; another number gives other
    rounding, and so another network.

    Raises:
        RunFolderError: `work` holds a study of another design.
        ModelError: the weights are not of this backbone.
        OutputError: the disk is full.
    """
    make_study(_lab(design), work / "lab", console, jobs)
    folder = work / "project"
    project = project_from_lab(
        folder, work / "lab", landmarks=LANDMARKS, per_video=design.per_video, seed=design.seed
    )
    run = train_and_show(_recipe(design, folder, threads), console)
    networks = open_several([run.network], threads=threads)
    for video in project.videos:
        out, options = folder / "tracks" / video.id, TrackOptions(smooth=True)
        track_video(video_path(folder, video), networks, out, options, console, synthetic=True)
    tracked, exact, left_out = _sessions(folder, project)
    far_knee = tuple(_far_knee(folder, video) for video in project.videos)
    frames, parts = run.evaluation.frames, run.evaluation.split
    untaught = {frames.person[row] for row in parts.test} - {frames.person[row] for row in parts.train}
    return Runners(tracked, exact, left_out, far_knee, project, run.evaluation, frozenset(untaught))


def _lab(design: RetestDesign) -> LabDesign:
    options = LabOptions(
        preset=PRESET,
        seed=design.seed,
        people=design.people,
        duration_s=design.duration_s,
        size_px=design.size_px,
        fps=design.rate_hz,
        body=design.body,
        raters=0,
    )
    return design_of(options)


def _recipe(design: RetestDesign, project: Path, threads: int | None) -> TransferRecipe:
    from kinelab.keypoints.transfer.recipe import preset

    return replace(
        preset("fast", project, project / "networks" / "near_leg"),
        # All run to the right before the camera: what tells the near leg from the far one is always the same.
        mirror=False,
        backbone=design.backbone,
        weights=design.weights,
        steps=design.steps,
        long_side_px=design.long_side_px,
        batch=design.batch,
        test_share=design.test_share,
        seed=design.seed,
        threads=threads,
    )


def _sessions(folder: Path, project: Project) -> tuple[dict[str, Days], dict[str, Days], tuple[str, ...]]:
    """Both days of everyone by their tracks and exactly; and whose tracks hold no strides."""
    tracked: dict[str, Days] = {}
    exact: dict[str, Days] = {}
    left_out = []
    for name, (first, second) in pair_days(folder / "tracks").people.items():
        exact[name] = _exact(folder, project, first, name), _exact(folder, project, second, name)
        try:
            tracked[name] = open_session(first, name=name), open_session(second, name=name)
        except (GaitError, InputError):  # nobody was seen, or not one whole stride
            left_out.append(name)
    return tracked, exact, tuple(left_out)


def _exact(folder: Path, project: Project, track: Path, name: str) -> Session:
    """The session that a network without error would give, not even smoothed."""
    truth = exact_landmarks(video_path(folder, project.video(track.name)), LANDMARKS)
    return session_of(truth, name, cutoff_hz=None, synthetic=True)


def _far_knee(folder: Path, video: ProjectVideo) -> float:
    """Share of all frames whose knee was found nearer to the far leg's knee, where the knees are apart."""
    found = load_as(Keypoints, folder / "tracks" / video.id / SMOOTHED).of("right_knee")
    hip, near, far = (
        exact_landmarks(video_path(folder, video), [name]).of(name)
        for name in ("right_hip", "right_knee", "left_knee")
    )
    thigh_px = np.nanmedian(np.linalg.norm(near - hip, axis=-1))
    apart = np.linalg.norm(near - far, axis=-1) > _APART * thigh_px
    taken = np.linalg.norm(found - far, axis=-1) < np.linalg.norm(found - near, axis=-1)
    return float((apart & taken).mean())


def exact_landmarks(video: Path, landmarks: Sequence[str]) -> Keypoints:
    """Where a virtual video shows landmarks, px, what is hidden too."""
    truth = load_as(Keypoints, video.parent / "truth" / f"{video.stem}_landmarks.nc")
    columns = [truth.skeleton.index(one) for one in landmarks]
    position = truth.position[:, columns]
    return Keypoints(
        Skeleton(truth.skeleton.name, tuple(landmarks)),
        truth.time_s,
        position,
        np.where(np.isfinite(position).all(axis=-1), 1.0, np.nan),
    )
