from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from kinelab.core.checks import Array
from kinelab.errors import InputError, OutputError
from kinelab.keypoints.projects import choosing
from kinelab.keypoints.projects.choosing import by_looks, choose_frames
from kinelab.keypoints.projects.frame_pictures import missing_pictures, write_frames
from kinelab.keypoints.projects.labels import Labels
from kinelab.keypoints.projects.pictures import read_picture
from kinelab.keypoints.projects.project import Project, chosen_frames, frame_picture, save_project
from kinelab.keypoints.projects.thumbnails import Thumbnails


def test_each_look_gets_its_frame(folder: Path) -> None:
    """The video shows four looks, 15 frames each: four clusters find one frame of each."""
    for seed in range(3):
        choice = choose_frames(folder, "walk", 4, seed=seed)
        assert sorted(frame // 15 for frame in choice.frames) == [0, 1, 2, 3]
    assert choice.n_candidates == 60


def test_the_same_seed_chooses_the_same(folder: Path) -> None:
    for method in ("kmeans", "uniform"):
        first = choose_frames(folder, "walk", 5, method, seed=3)
        assert choose_frames(folder, "walk", 5, method, seed=3) == first


def test_chosen_again_come_other_frames_of_other_looks(folder: Path, project: Project) -> None:
    write_frames(folder, project, "walk", [3, 33])
    more = choose_frames(folder, "walk", 2).frames
    assert sorted(frame // 15 for frame in more) == [1, 3]


def test_uniform_takes_one_of_each_part_and_keeps_to_the_time(folder: Path, project: Project) -> None:
    write_frames(folder, project, "walk", [30, 31])
    frames = choose_frames(folder, "walk", 6, "uniform", start_s=1.0).frames
    left = np.setdiff1d(np.arange(30, 60), [30, 31])
    for frame, part in zip(frames, np.array_split(left, 6), strict=True):
        assert frame in part


def test_a_picture_that_stands_still_gives_as_many_frames(folder: Path) -> None:
    looks = Thumbnails(np.arange(20), np.full((20, 12), 7, np.float32))
    frames = by_looks(looks, [], 6, np.random.default_rng(0))
    assert len(set(frames)) == 6


def test_long_videos_are_thinned_out_and_it_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "MOST_CANDIDATES", 12)
    choice = choose_frames(folder, "walk", 4)
    assert choice.n_candidates == 12
    assert choice.note == "12 of 60 frames were looked at, evenly spaced in time"
    assert sorted(frame // 15 for frame in choice.frames) == [0, 1, 2, 3]


@dataclass
class Predicted:
    sd_px: Array
    confidence: Array


class Unsure:
    """A network that is unsure of frames 20 to 29 (their grey tells them apart), most of the last."""

    def predict(self, images: Sequence[npt.NDArray[np.uint8]]) -> Predicted:
        number = np.array([round(float(image[:8].mean()) / 3) for image in images])
        sd = np.where((number >= 20) & (number < 30), number, 0.1)
        return Predicted(np.tile(sd[:, None], (1, 3)), np.ones((len(images), 3)))


def test_doubtful_frames_come_first_apart_in_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import kinelab.keypoints.transfer.trained as trained

    monkeypatch.setattr(trained, "open_trained", lambda _: Unsure())
    monkeypatch.setattr(choosing, "_POOL", 5)
    frames = choose_frames(folder, "walk", 2, "uncertain", network="net").frames
    assert frames[1] == 29
    assert 20 <= frames[0] <= 29 - 60 / 8
    assert choose_frames(folder, "walk", 1, "uncertain", network="net").frames == (29,)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 61}, "60 frames there that are not chosen yet, 61 are asked for"),
        ({"n": 0}, "expected 1 or more"),
        ({"n": 2, "method": "uncertain"}, "needs a network"),
        ({"n": 2, "network": "net"}, "needs a network"),
        ({"n": 2, "method": "best"}, "unknown method 'best'"),
        ({"n": 2, "start_s": 3.0, "stop_s": 2.0}, "expected 0 <= start < stop"),
        ({"n": 9, "start_s": 1.9}, "ask for fewer"),
        ({"n": 2, "video_id": "run"}, "no video 'run'; it has walk"),
    ],
)
def test_what_cannot_be_chosen_is_said(folder: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        choose_frames(folder, **{"video_id": "walk", **arguments})


def test_pictures_are_the_frames_of_their_numbers(folder: Path, project: Project) -> None:
    told: list[int] = []
    assert write_frames(folder, project, "walk", [40, 7, 59], told.append) == (7, 40, 59)
    assert told == [7, 40, 59]
    assert chosen_frames(folder, "walk") == (7, 40, 59)
    for frame in (7, 40, 59):
        image = read_picture(frame_picture(folder, "walk", frame))
        assert image.shape == (64, 96, 3)
        assert abs(float(image[:8].mean()) - 3 * frame) < 1.5  # frames differ by 3
    assert write_frames(folder, project, "walk", [7, 8]) == (8,)


def test_a_full_disk_leaves_whole_pictures_and_the_same_call_goes_on(
    folder: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import Image

    save = Image.Image.save
    count = 0

    def full(self: Image.Image, path: Path, **options: Any) -> None:
        nonlocal count
        count += 1
        if count == 3:
            Path(path).write_bytes(b"half a pictu")
            raise OSError(errno.ENOSPC, "No space left on device")
        save(self, path, **options)

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(OutputError, match="the disk is full"):
        write_frames(folder, project, "walk", [1, 2, 3, 4])
    assert chosen_frames(folder, "walk") == (1, 2)
    assert sorted(p.name for p in (folder / "frames" / "walk").iterdir()) == ["000001.png", "000002.png"]
    monkeypatch.undo()
    assert write_frames(folder, project, "walk", [1, 2, 3, 4]) == (3, 4)


def test_another_video_in_its_place_is_refused(folder: Path, project: Project) -> None:
    (video,) = project.videos
    other = replace(project, videos=(replace(video, n_frames=61),))
    save_project(other, folder)
    with pytest.raises(InputError, match=r"has 60 frames .* it had 61"):
        write_frames(folder, other, "walk", [1])
    with pytest.raises(InputError, match="frames 60 to 60 asked for, walk has 0 to 59"):
        write_frames(folder, project, "walk", [60])


def test_lost_pictures_of_labelled_frames_are_found(
    folder: Path, project: Project, label_it: Callable[..., Labels]
) -> None:
    write_frames(folder, project, "walk", [4, 9])
    label_it("joe", {4: [[1, 2], None, None], 9: [[1, 2], None, None]})
    label_it("mia", {12: [[1, 2], None, None]})
    frame_picture(folder, "walk", 4).unlink()
    assert missing_pictures(folder, project, "walk") == (4, 12)
