"""A user's own pictures behind the virtual people."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array
from kinelab.errors import FileFormatError, InputError
from kinelab.virtual_lab.cameras.lens_image import resample
from kinelab.virtual_lab.cameras.pinhole import PinholeCamera
from kinelab.virtual_lab.images import Backdrop, FloatImage

if TYPE_CHECKING:
    from PIL import Image

SUFFIXES = (".jpg", ".jpeg", ".png")
_SMALLEST_PX, _MOST_PIXELS = 64, 60_000_000


def find_backgrounds(folder: str | Path) -> tuple[Path, ...]:
    """The pictures of a folder, by name; what is in folders below it does not count.

    Raises:
        InputError: no such folder, or no jpg or png in it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder of backgrounds")
    found = tuple(
        sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())
    )
    if not found:
        raise InputError(f"{folder}: no picture in it; backgrounds are {', '.join(SUFFIXES)} files")
    return found


def read_background(path: str | Path) -> FloatImage:
    """A picture as it is shown (turned by its own tag), (H, W, 3) 0 to 1.

    Raises:
        FileFormatError: no such file, not a picture, broken, smaller than 64 px or larger than 60 megapixels.
    """
    from PIL import ImageOps

    with _opened(Path(path)) as picture:
        shown = ImageOps.exif_transpose(picture).convert("RGB")
        return np.asarray(shown, dtype=np.float32) / np.float32(255)


def check_background(path: str | Path) -> None:
    """See from its first bytes that a picture can be a background: quick, for whole folders.

    Raises:
        FileFormatError: see `read_background`; a file that breaks off later is not found out.
    """
    with _opened(Path(path)):
        pass


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """A picture of a size that will do, not yet unpacked."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            # PIL only warns of pictures that fill the memory when unpacked; we look before we unpack.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=("JPEG", "PNG")) as picture:
                _check_size(path, *picture.size)
                yield picture
    except FileNotFoundError:
        raise FileFormatError(path, "there is no such file") from None
    except Image.DecompressionBombError as error:
        raise FileFormatError(path, f"too large for a background ({error})") from error
    except (OSError, SyntaxError, ValueError) as error:
        if isinstance(error, FileFormatError):
            raise
        raise FileFormatError(path, f"cannot be read as a JPEG or PNG picture ({error})") from error


def photo_backdrop(
    path: str | Path, camera: PinholeCamera, horizon_share: float | None = None, reach_m: float = 12.0
) -> Backdrop:
    """A picture behind the people, with an invisible floor that catches their shadows.

    The picture is enlarged until it fills the image and moved so that its horizon (share of its height from
    the top; None: estimated, see `horizon_of`) lies at the camera's, as far as it reaches. Floor is
    what the camera sees of the ground plane below the horizon and within `reach_m`. Where the picture shows
    a wall or a bush, a shadow falls on it as if it were floor: nobody knows better from one picture.

    Raises:
        FileFormatError: see `read_background`.
        InputError: a horizon outside the picture.
    """
    if horizon_share is not None and not 0 <= horizon_share <= 1:
        raise InputError(f"horizon_share is {horizon_share}, expected 0 (top of the picture) to 1 (bottom)")
    picture = read_background(path)
    share = horizon_of(picture) if horizon_share is None else horizon_share
    width, height = camera.size_px
    scale = max(width / picture.shape[1], height / picture.shape[0])
    tall = picture.shape[0] * scale
    top = float(np.clip(_horizon_row(camera) - share * tall, height - tall, 0))
    left = (width - picture.shape[1] * scale) / 2
    picture = _shrunk(picture, scale)
    ratio = np.array([picture.shape[1] / (width - 2 * left), picture.shape[0] / tall])
    u, v = np.meshgrid(np.arange(width), np.arange(height))
    map_px = (np.stack([u - left, v - top], axis=-1) + 0.5) * ratio - 0.5
    image = np.empty((height, width, 3), np.float32)
    resample(image, picture, map_px.astype(np.float32))
    return Backdrop(image, floor_seen(camera, reach_m))


def horizon_of(picture: FloatImage) -> float:
    """A guess of the horizon: the row, as a share of the height, that best parts bright from dark rows.

    Otsu's criterion on the rows' mean brightness, between 30 and 70 % of the height; sky against ground, wall
    against floor. A picture without such a border gives some row of that range.
    """
    rows = picture.mean(axis=(1, 2), dtype=np.float64)
    n = len(rows)
    k = np.arange(max(int(0.3 * n), 1), max(int(0.7 * n), 2))
    total = np.concatenate([[0.0], np.cumsum(rows)])
    between = k * (n - k) * (total[k] / k - (total[-1] - total[k]) / (n - k)) ** 2
    return float(k[int(np.argmax(between))] / n)


def floor_seen(camera: PinholeCamera, reach_m: float) -> NDArray[np.float32]:
    """X, Z m of the ground plane at each pixel (H, W, 2); NaN above the horizon and beyond `reach_m`."""
    width, height = camera.size_px
    u, v = np.meshgrid(np.arange(width, dtype=float), np.arange(height, dtype=float))
    x, y = (u - camera.centre_px[0]) / camera.focal_px, (v - camera.centre_px[1]) / camera.focal_px
    ray: Array = np.stack([x, y, np.ones_like(x)], axis=-1) @ camera.rotation
    with np.errstate(divide="ignore", invalid="ignore"):
        way = -camera.position_m[1] / ray[..., 1]
        seen = (way > 0) & (way * np.linalg.norm(ray, axis=-1) < reach_m)
        floor = camera.position_m + np.where(seen, way, np.nan)[..., None] * ray
    return floor[..., ::2].astype(np.float32)


def _check_size(path: Path, width: int, height: int) -> None:
    if min(width, height) < _SMALLEST_PX:
        raise FileFormatError(path, f"{width} x {height} px is too small for a background (at least 64 px)")
    if width * height > _MOST_PIXELS:
        raise FileFormatError(
            path, f"{width} x {height} px is too large for a background (60 megapixels at most)"
        )


def _horizon_row(camera: PinholeCamera) -> float:
    """Row of the image in whose middle the camera looks level; far off if it never does."""
    down, ahead = camera.rotation[1, 1], camera.rotation[2, 1]
    return camera.centre_px[1] + camera.focal_px * float(np.clip(-ahead / min(down, -1e-6), -1e3, 1e3))


def _shrunk(picture: FloatImage, scale: float) -> FloatImage:
    """Whole pixels averaged until no more than two of them make one of the image: no flicker, no moire."""
    step = int(1 / scale)
    if step < 2:
        return picture
    height, width = picture.shape[0] // step * step, picture.shape[1] // step * step
    blocks = picture[:height, :width].reshape(height // step, step, width // step, step, 3)
    small: FloatImage = blocks.mean(axis=(1, 3), dtype=np.float32)
    return small
