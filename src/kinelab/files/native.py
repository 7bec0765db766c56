"""kinelab's own file: one result, one NetCDF-4 (HDF5) file, read by MATLAB, R, xarray and Panoply alike."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import h5py
import numpy as np
from numpy.typing import NDArray

from kinelab.core.events import GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measures
from kinelab.core.strides import Strides
from kinelab.errors import FileFormatError, InputError
from kinelab.files.atomic import atomic_path
from kinelab.files.native_datasets import Noun, Stored, from_stored, to_dataset
from kinelab.files.text_rows import check_is_file

if TYPE_CHECKING:
    import xarray as xr

SCHEMA = 1  # raised when an older kinelab could misread a file
COMPRESS_FROM = 1000  # numbers in a variable
KINDS = {kind.__name__: kind for kind in (Keypoints, Kinematics, GaitEvents, Strides, Measures)}
N = TypeVar("N", Keypoints, Kinematics, GaitEvents, Strides, Measures)


def save(noun: Noun, path: str | Path, *, synthetic: bool = False) -> None:
    """Write one noun as NetCDF-4, whole or not at all.

    Variables carry their unit in `units`; the file's attributes say `kind`, `schema`, `kinelab_version`.
    Texts are character arrays in UTF-8, flags int8: no type outside the classic NetCDF model. Settings in the
    provenance come back as JSON has them (a tuple as a list). synthetic: the attribute of that name is 1, for
    nobody was recorded; angles have it by their own provenance.

    Raises:
        InputError: the name does not end in .nc.
        OutputError: the file cannot be written.
    """
    path = Path(path)
    if path.suffix != ".nc":
        raise InputError(f"{path}: a kinelab result is a .nc file; give a name that ends in .nc")
    data = to_dataset(noun)
    data.attrs |= {"kind": type(noun).__name__, "schema": SCHEMA, "kinelab_version": _version()}
    data.attrs |= {"Conventions": "CF-1.11"}
    if synthetic:
        data.attrs["synthetic"] = 1
    packed = {str(name): _encoding(array.dtype.kind, array.size) for name, array in data.variables.items()}
    write_netcdf(data, path, packed)


def write_netcdf(
    data: xr.Dataset, path: str | Path, encoding: Mapping[str, Mapping[str, object]] | None = None
) -> None:
    """Write a dataset as one NetCDF-4 file, whole or not at all; `encoding` by variable as xarray has it.

    Raises:
        OutputError: the file cannot be written.
    """
    # Made in memory: the HDF5 library takes the whole process down when the disk fills up under it.
    content = data.to_netcdf(None, engine="h5netcdf", format="NETCDF4", encoding=encoding)
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def load(path: str | Path) -> Noun:
    """Read what `save` wrote.

    Raises:
        FileFormatError: no such file, no NetCDF-4, cut off, of another program, of a newer kinelab, or its
            content is no valid noun.
    """
    path = Path(path)
    check_is_file(path)
    try:
        stored = _stored(path)
    except (OSError, ValueError, KeyError, RuntimeError, AttributeError, TypeError) as error:
        problem = (
            f"cannot be read as NetCDF-4 ({_first_line(error)}); it is damaged, cut off or another format"
        )
        raise FileFormatError(path, problem) from error
    return _noun(stored, path)


def load_as(kind: type[N], path: str | Path) -> N:
    """`load`, for one kind of noun only.

    Raises:
        FileFormatError: as `load`, or the file holds another noun.
    """
    noun = load(path)
    if not isinstance(noun, kind):
        raise FileFormatError(path, f"holds {type(noun).__name__}, expected {kind.__name__}")
    return noun


def _stored(path: Path) -> Stored:
    """Every variable and attribute, by h5py itself: xarray takes three times as long for the same arrays."""
    with h5py.File(path) as file:
        arrays = {name: _whole(item[()]) for name, item in file.items() if isinstance(item, h5py.Dataset)}
        return Stored({name: _plain_attribute(value) for name, value in file.attrs.items()}, arrays)


def _whole(array: NDArray[Any]) -> NDArray[Any]:
    """A variable as it is; characters (n, width) as texts (n,)."""
    if array.dtype != "S1" or not array.ndim or not array.shape[-1]:
        return array
    texts: NDArray[Any] = np.ascontiguousarray(array).view(f"S{array.shape[-1]}")[..., 0]
    return texts


def _plain_attribute(value: Any) -> Any:
    """Texts as str, numbers of one entry without their array."""
    if isinstance(value, h5py.Empty):
        return ""
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.item()
    return value.decode() if isinstance(value, bytes) else value


def _noun(stored: Stored, path: Path) -> Noun:
    """The noun in an open file, or a clear word on why it is none."""
    kind, schema = str(stored.attrs.get("kind")), stored.attrs.get("schema")
    if kind not in KINDS or schema is None:
        names = ", ".join(list(stored.arrays)[:5]) or "none"
        problem = (
            f"is NetCDF, but of another program (no kinelab `kind` and `schema`; its variables: {names})"
        )
        raise FileFormatError(path, problem)
    if int(schema) > SCHEMA:
        problem = (
            f"was written by kinelab {stored.attrs.get('kinelab_version', '?')} with schema {schema}, "
            f"this kinelab {_version()} reads up to schema {SCHEMA}; update kinelab"
        )
        raise FileFormatError(path, problem)
    try:
        return from_stored(kind, stored)
    except KeyError as error:
        raise FileFormatError(path, f"is a kinelab {kind} without {error}; it was altered") from error
    except (InputError, TypeError, ValueError) as error:
        raise FileFormatError(path, f"is no valid {kind}: {_first_line(error)}") from error


def _encoding(dtype_kind: str, size: int) -> dict[str, object]:
    """How a variable is stored: long number series are deflated (a third of the size, as fast to read)."""
    return {"zlib": True, "complevel": 4} if dtype_kind in "fi" and size > COMPRESS_FROM else {}


def _version() -> str:
    try:
        return version("kinelab")
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "unknown"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
