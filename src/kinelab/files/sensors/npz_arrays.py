"""Arrays of an npz that may come from anywhere: no pickles, and no more memory than a recording needs."""

from __future__ import annotations

import math
import zipfile
import zlib
from pathlib import Path
from typing import Any

from numpy.lib import format as npy
from numpy.typing import NDArray

from kinelab.errors import FileFormatError
from kinelab.files.text_rows import check_is_file

_MOST_BYTES = 2**32  # of one array: a day of 17 sensors at 100 Hz has a quarter of it
_DAMAGED = (ValueError, EOFError, OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError)


def array_names(path: Path) -> set[str]:
    """Names of the arrays in an npz; none where the file is no npz."""
    try:
        with zipfile.ZipFile(path) as archive:
            return {info.filename.removesuffix(".npy") for info in archive.infolist()}
    except (zipfile.BadZipFile, OSError):
        return set()


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Every array of an npz by its name; those of Python objects are refused.

    Raises:
        FileFormatError: no such file, no npz, cut off, objects, or an array larger than any recording.
    """
    check_is_file(path)
    arrays: dict[str, NDArray[Any]] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                with archive.open(info) as file:
                    version = npy.read_magic(file)
                    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
                    shape, _, dtype = read(file)
                if dtype.hasobject or math.prod(shape) * dtype.itemsize > _MOST_BYTES:
                    what = "Python objects, which could run a program" if dtype.hasobject else f"{shape}"
                    raise FileFormatError(path, f"array {info.filename} holds {what}; it was not read")
                with archive.open(info) as file:
                    arrays[info.filename.removesuffix(".npy")] = npy.read_array(file, allow_pickle=False)
    except FileFormatError:
        raise
    except _DAMAGED as error:
        raise FileFormatError(path, f"is no npz file, or cut off ({error})") from error
    return arrays
