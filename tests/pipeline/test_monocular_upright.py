"""A video that is upside down is told by a network that is surer of it turned round."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from kinelab.body.own_body import own_body
from kinelab.files.video import open_video
from kinelab.files.video_writer import VideoWriter
from kinelab.monocular.head import Head
from kinelab.monocular.poses import Poses
from kinelab.pipeline.monocular_person import Person
from kinelab.pipeline.monocular_upright import upside_down

SIDE, FRAMES = 128, 20


class SkyAbove:
    """A network that is sure of pictures whose upper half is the brighter one."""

    size_px, fill = 64, (0.8, 0.8)

    def estimate(self, images: np.ndarray[Any, Any]) -> Poses:
        model = own_body()
        n, c = len(images), len(model.coordinates)
        above = images[:, :32].mean(axis=(1, 2, 3)) > images[:, 32:].mean(axis=(1, 2, 3))
        sd = np.full((n, c), np.nan)
        sd[:, Head(model).columns] = np.where(above, 0.1, 0.2)[:, None]
        return Poses(
            model, np.zeros((n, c)), sd, np.ones((n, len(model.bodies), 3)), np.tile(np.eye(3), (n, 1, 1)),
            np.full(n, 0.1), (), np.zeros((n, 0, 2)), np.zeros((n, 0)), (64, 64),
        )  # fmt: skip


@pytest.mark.parametrize("turned", [False, True])
def test_who_hangs_head_down_is_told(tmp_path: Path, turned: bool) -> None:
    picture = np.full((SIDE, SIDE, 3), 40, np.uint8)
    picture[: SIDE // 2] = 220
    path = tmp_path / "film.mp4"
    with VideoWriter(path, (SIDE, SIDE), 25.0) as writer:
        for _ in range(FRAMES):
            writer.write(np.ascontiguousarray(picture[::-1, ::-1] if turned else picture))
    video = open_video(path)
    box = np.tile([20.0, 10.0, 100.0, 118.0], (FRAMES, 1))
    person = Person(np.arange(FRAMES), video.frame_time_s, box)
    found = upside_down(video, person, cast(Any, SkyAbove()))
    if not turned:
        assert found is None
        return
    assert found is not None
    assert found.level == "warning"
    assert "is it upside down?" in found.text
