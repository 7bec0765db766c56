"""All coordinates of a model over time as OpenSim's .mot, exactly: the model knows which are in degrees."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinelab.body.model import BodyModel
from kinelab.core.checks import Array
from kinelab.errors import FileFormatError, InputError
from kinelab.files.motion_table import read_motion_table, write_motion_table


def write_coordinates(
    model: BodyModel, time_s: Array, coordinates: Array, path: str | Path, *, synthetic: bool = False
) -> None:
    """Write coordinates (T, C), rad and m, at times (T,) s; OpenSim opens it with the same model.

    Rotational coordinates stand in degrees. Coupled ones stay in radians and translations in metres, as
    OpenSim, which converts rotations only, expects them. synthetic: the header says that nobody was recorded.

    Raises:
        InputError: the shapes do not fit the model.
        OutputError: the file cannot be written.
    """
    if coordinates.shape != (time_s.size, len(model.coordinates)):
        raise InputError(
            f"coordinates have shape {coordinates.shape}; {time_s.size} times of model {model.name} are "
            f"({time_s.size}, {len(model.coordinates)})"
        )
    values = coordinates * _to_file(model)
    write_motion_table(path, time_s, model.coordinate_names, values, synthetic=synthetic)


def read_coordinates(model: BodyModel, path: str | Path) -> tuple[Array, Array]:
    """Times (T,) s and coordinates (T, C), rad and m, of a .mot or .sto file.

    A coordinate that the file does not have is NaN: what it should be is for the caller to say.

    Raises:
        FileFormatError: no such motion file, or not one coordinate of the model is in it.
    """
    table = read_motion_table(path)
    factors = _to_file(model) if table.in_degrees else np.ones(len(model.coordinates))
    coordinates = np.full((table.time_s.size, len(model.coordinates)), np.nan)
    # Speeds and activations of a state file carry the coordinate's name in their path, never as their name.
    found = [name for name in model.coordinate_names if name in table.names]
    if not found:
        problem = (
            f"holds no coordinate of model {model.name}; its columns are {', '.join(table.names[:6])} ..."
        )
        raise FileFormatError(path, problem, row=table.labels_row)
    for name in found:
        column = model.coordinate_index(name)
        coordinates[:, column] = table.values[:, table.names.index(name)] / factors[column]
    return table.time_s, coordinates


def _to_file(model: BodyModel) -> Array:
    """(C,) what turns rad or m into the file's units."""
    return np.array([np.degrees(1.0) if one.motion == "rotational" else 1.0 for one in model.coordinates])
