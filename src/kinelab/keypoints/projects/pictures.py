"""Pictures of chosen frames: PNG files, written whole or not at all."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kinelab.errors import FileFormatError
from kinelab.files.atomic import atomic_path

if TYPE_CHECKING:
    from PIL import Image

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")


def write_picture(image: npt.NDArray[np.uint8], path: Path) -> None:
    """Write (H, W, 3) RGB as PNG.

    Raises:
        OutputError: the folder cannot be written, or the disk is full.
    """
    from PIL import Image

    with atomic_path(path) as temporary:
        Image.fromarray(image).save(temporary, format="PNG", compress_level=3)


@contextlib.contextmanager
def open_picture(path: Path) -> Iterator[Image.Image]:
    """A picture file, its header read; closed when the block ends.

    Raises:
        FileFormatError: no such file, or no picture.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            yield picture
    except FileNotFoundError as error:
        raise FileFormatError(path, "no such picture") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise FileFormatError(path, f"cannot be read as a picture ({error})") from error


def read_picture(path: Path) -> npt.NDArray[np.uint8]:
    """(H, W, 3) RGB of a picture file; errors as `open_picture`."""
    with open_picture(path) as picture:
        return np.asarray(picture.convert("RGB"), dtype=np.uint8)


def picture_size(path: Path) -> tuple[int, int]:
    """(width, height) of a picture file, from its header; errors as `open_picture`."""
    with open_picture(path) as picture:
        width, height = picture.size
    return width, height


def copy_picture(source: Path, path: Path) -> None:
    """Put a picture into the project: a PNG as it is, others as the same pixels in a PNG.

    Raises:
        FileFormatError: no such file, or no picture.
        OutputError: the folder cannot be written, or the disk is full.
    """
    if source.suffix.lower() == ".png":
        picture_size(source)
        with atomic_path(path) as temporary:
            shutil.copyfile(source, temporary)
    else:
        write_picture(read_picture(source), path)
