from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kinelab.errors import FileFormatError, InputError
from kinelab.virtual_lab.cameras.pinhole import look_at, project
from kinelab.virtual_lab.drawing.backgrounds import (
    find_backgrounds,
    floor_seen,
    horizon_of,
    photo_backdrop,
    read_background,
)

CAMERA = look_at((0, 1.2, 4), (0, 0.9, 0), 200.0, (160, 120))


def save(path: Path, size: tuple[int, int] = (400, 300), horizon: float = 0.4) -> Path:
    """Bright above the horizon, dark below it; red at the left, green at the right."""
    image = np.zeros((size[1], size[0], 3), np.uint8)
    image[: int(size[1] * horizon), :, 2] = 200
    image[:, : size[0] // 2, 0] = 120
    image[:, size[0] // 2 :, 1] = 120
    Image.fromarray(image).save(path)
    return path


def test_the_horizon_is_found_and_laid_on_that_of_the_camera(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", (640, 960))
    assert horizon_of(read_background(path)) == pytest.approx(0.4, abs=0.01)
    backdrop = photo_backdrop(path, CAMERA)
    level, _ = project(CAMERA, np.array([[0.0, 1.2, -1e6]]))
    blue = backdrop.image[:, 80, 2]
    row = float(np.interp(-0.4, -blue[::1], np.arange(120)))
    assert row == pytest.approx(level[0, 1], abs=1.0)
    assert backdrop.image[60, 10, 0] > 0.4 > backdrop.image[60, 150, 0]  # not mirrored


def test_shadows_fall_on_the_ground_plane_within_reach() -> None:
    floor = floor_seen(CAMERA, 6.0)
    rows, columns = np.nonzero(np.isfinite(floor[..., 0]))
    points = np.stack([floor[rows, columns, 0], np.zeros(rows.size), floor[rows, columns, 1]], axis=1)
    px, _ = project(CAMERA, points.astype(float))
    np.testing.assert_allclose(px, np.stack([columns, rows], axis=1), atol=1e-3)
    assert np.linalg.norm(points - CAMERA.position_m, axis=1).max() <= 6.0
    assert np.isnan(floor[0]).all()


@pytest.mark.parametrize("size", [(64, 900), (3000, 80), (160, 120), (1601, 1203)])
def test_a_picture_of_any_shape_fills_the_image(tmp_path: Path, size: tuple[int, int]) -> None:
    backdrop = photo_backdrop(save(tmp_path / "a.png", size), CAMERA, horizon_share=0.5)
    assert backdrop.image.shape == (120, 160, 3)
    assert (backdrop.image[..., :2].max(axis=2) > 0.3).all()


def test_a_picture_is_shown_as_its_tag_says(tmp_path: Path) -> None:
    image = Image.fromarray(np.zeros((80, 200, 3), np.uint8))
    tag = Image.Exif()
    tag[0x0112] = 6  # turned by 90 deg
    image.save(tmp_path / "a.jpg", exif=tag)
    assert read_background(tmp_path / "a.jpg").shape == (200, 80, 3)


def test_a_folder_is_searched_by_name(tmp_path: Path) -> None:
    for name in ("b.PNG", "a.jpg", "notes.txt"):
        save(tmp_path / "x.png").rename(tmp_path / name)
    assert [path.name for path in find_backgrounds(tmp_path)] == ["a.jpg", "b.PNG"]
    with pytest.raises(InputError, match="no such folder"):
        find_backgrounds(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no picture in it"):
        find_backgrounds(tmp_path / "empty")


def test_what_is_no_background_is_told(tmp_path: Path) -> None:
    def refused(name: str, match: str) -> None:
        with pytest.raises(FileFormatError, match=match):
            read_background(tmp_path / name)

    refused("none.png", "there is no such file")
    (tmp_path / "text.jpg").write_text("hello")
    refused("text.jpg", "cannot be read as a JPEG or PNG")
    whole = save(tmp_path / "whole.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    refused("cut.png", "cannot be read as a JPEG or PNG")
    save(tmp_path / "small.png", (63, 200))
    refused("small.png", "63 x 200 px is too small")
    Image.new("1", (9_000, 9_000)).save(tmp_path / "bomb.png")
    refused("bomb.png", "too large for a background")
    with pytest.raises(InputError, match=r"horizon_share is 1\.5"):
        photo_backdrop(tmp_path / "whole.png", CAMERA, horizon_share=1.5)
