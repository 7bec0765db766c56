"""HDF5 files of pandas (PyTables) hold pickles: looked through, unloaded, before pandas loads them."""

from __future__ import annotations

import pickletools
from pathlib import Path

import h5py
import numpy as np

from kinelab.errors import FileFormatError

# What a pickle needs to call a function. Lists, tuples, numbers and texts, which are all that pandas stores
# for a table of keypoints, need none of these.
_CALLS = frozenset(
    {"GLOBAL", "STACK_GLOBAL", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "REDUCE", "BUILD"}
    | {"EXT1", "EXT2", "EXT4", "PERSID", "BINPERSID"}
)


def refuse_programs(path: str | Path) -> None:
    """Raise `FileFormatError` when reading the file with pandas could run a program hidden in it.

    PyTables unpickles every bytes attribute that ends in a full stop, and arrays of Python objects.
    """
    found: list[str] = []

    def look(name: str, item: h5py.Group | h5py.Dataset) -> None:
        for key, value in item.attrs.items():
            data = bytes(value) if isinstance(value, np.bytes_) else value
            if isinstance(data, bytes) and (_can_call(data) or (key == "PSEUDOATOM" and b"object" in data)):
                found.append(f"{name}/{key}")

    try:
        with h5py.File(path) as file:
            look("", file)
            file.visititems(look)
    except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
        raise FileFormatError(path, f"cannot be read as HDF5 ({error}); it is damaged or cut off") from error
    if found:
        problem = (
            f"holds a Python object in {found[0]} that could run a program when it is read; it was not opened"
        )
        raise FileFormatError(path, f"{problem}: ask for the CSV of the same table")


def _can_call(data: bytes) -> bool:
    """Whether the bytes are a pickle, up to where they can be followed, with an operation that calls."""
    if not data.endswith(b"."):
        return False
    try:
        return any(operation.name in _CALLS for operation, _, _ in pickletools.genops(data))
    except (ValueError, UnicodeDecodeError, IndexError):
        return False  # no pickle to its end; a call before the fault has returned True above
