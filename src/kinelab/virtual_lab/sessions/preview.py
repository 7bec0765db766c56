"""A small picture of a trial: three moments from the first camera, cut out around the person."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from kinelab.files.atomic import atomic_path
from kinelab.virtual_lab.cameras.lens import Camera, see
from kinelab.virtual_lab.cameras.pinhole import crop_camera
from kinelab.virtual_lab.images import Image
from kinelab.virtual_lab.sessions.filming import Actor, Film, landmarks_m
from kinelab.virtual_lab.sessions.stage import Stage

_HEIGHT_PX = 320
_MOMENTS = (0.2, 0.5, 0.8)
_MARGIN, _LEAST = 0.14, 0.5  # of the person's height; least width over height


def draw_preview(stage: Stage, actor: Actor, path: Path) -> None:
    """Draw and write the preview as JPEG.

    Raises:
        OutputError: the file cannot be written.
    """
    from PIL import Image as Pictures

    moments = [round(share * (actor.movement.time.n - 1)) for share in _MOMENTS]
    pictures = [_moment(stage, actor, frame) for frame in moments]
    with atomic_path(path) as temporary:
        Pictures.fromarray(np.concatenate(pictures, axis=1)).save(temporary, quality=90)


def _moment(stage: Stage, actor: Actor, frame: int) -> Image:
    one = actor.frozen(frame)
    camera = _around(stage.cameras[0], one)
    film = Film(replace(stage, cameras=(camera,)), camera, (one,), np.random.default_rng(frame))
    return film.shot(0).image


def _around(camera: Camera, actor: Actor) -> Camera:
    """The camera's crop around the person at the movement's first frame, drawn at the preview's height."""
    px, _ = see(camera, landmarks_m(actor.person, actor.movement)[0])
    low, high = np.nanmin(px, axis=0), np.nanmax(px, axis=0)
    height = (high[1] - low[1]) * (1 + 2 * _MARGIN)
    width = max(high[0] - low[0] + 2 * _MARGIN * (high[1] - low[1]), _LEAST * height)
    width_px = 2 * round(_HEIGHT_PX * width / height / 2)
    width = height * width_px / _HEIGHT_PX
    x, y = (low + high) / 2
    box = (float(x - width / 2), float(y - height / 2), float(x + width / 2), float(y + height / 2))
    return replace(camera, pinhole=crop_camera(camera.pinhole, box, (width_px, _HEIGHT_PX)))
