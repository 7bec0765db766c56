"""Skeletal models as plain JSON files, which need no OpenSim to read."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kinelab.body.functions import Function
from kinelab.body.model import Axis, Body, BodyModel, Coordinate, Coupler, Frame, Joint, Marker, Term
from kinelab.body.osim import read_osim
from kinelab.core.checks import Array
from kinelab.errors import FileFormatError, InputError
from kinelab.files.atomic import write_text

_FORMAT = "kinelab body model"
_VERSION = 1


def open_model(path: str | Path) -> BodyModel:
    """A model from a file: `.osim` (needs opensim) or `.json`.

    Raises:
        FileFormatError: another suffix, or the file is not what its suffix says.
        MissingExtraError: an .osim file, and opensim is not installed.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".osim":
        return read_osim(path)
    if suffix == ".json":
        return load_model(path)
    raise FileFormatError(path, f"a model's file ends in .osim or .json, not in {suffix or 'nothing'}")


def save_model(model: BodyModel, path: str | Path) -> None:
    """Write a model as JSON, every number exactly; whole or not at all.

    Raises:
        OutputError: the folder cannot be written or the disk is full.
    """
    write_text(path, model_json(model) + "\n")


def model_json(model: BodyModel) -> str:
    """A model as the text of its JSON, every number exactly."""
    document = {"format": _FORMAT, "version": _VERSION, "model": _plain(model)}
    return json.dumps(document, separators=(",", ":"))


def load_model(path: str | Path) -> BodyModel:
    """A model that `save_model` wrote, the same to the last bit.

    Raises:
        FileFormatError: no such file, no JSON, another kind of JSON, a newer version, or a part that is
            missing or contradicts another.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise FileFormatError(path, f"cannot be read ({error.strerror}); expected a model's .json") from error
    except ValueError as error:
        raise FileFormatError(path, f"this is no JSON, or it was cut off ({error})") from error
    return model_from_json(text, path)


def model_from_json(text: str, path: str | Path) -> BodyModel:
    """The model of `model_json`; errors as `load_model`, about the file `path` that the text is from."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise FileFormatError(path, f"this is no JSON, or it was cut off ({error})") from error
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise FileFormatError(
            path, "this JSON holds no model; expected a file that kinelab's save_model wrote"
        )
    if document.get("version") != _VERSION:
        raise FileFormatError(
            path, f"is of version {document.get('version')}; this kinelab reads {_VERSION}, update kinelab"
        )
    try:
        return _model(document["model"])
    except InputError as error:
        raise FileFormatError(path, str(error)) from error
    except KeyError as error:
        raise FileFormatError(path, f"a part of the model has no {error}") from error
    except (TypeError, ValueError) as error:
        raise FileFormatError(path, f"a part of the model is not of its kind ({error})") from error


def _plain(value: Any) -> Any:
    """Dataclasses as objects, arrays and tuples as lists."""
    if is_dataclass(value):
        return {part.name: _plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value.tolist() if isinstance(value, np.ndarray) else value


def _model(d: dict[str, Any]) -> BodyModel:
    return BodyModel(
        name=d["name"],
        bodies=tuple(_body(body) for body in d["bodies"]),
        joints=tuple(_joint(joint) for joint in d["joints"]),
        coordinates=tuple(_coordinate(coordinate) for coordinate in d["coordinates"]),
        couplers=tuple(Coupler(c["name"], c["dependent"], _terms(c["terms"])) for c in d["couplers"]),
        markers=tuple(
            Marker(m["name"], m["body"], _square(m["offset_by_scale"]), m["fixed"]) for m in d["markers"]
        ),
        notes=tuple(d["notes"]),
    )


def _body(d: dict[str, Any]) -> Body:
    return Body(
        d["name"], d["mass_kg"], _vector(d["centre_of_mass_m"]), _square(d["inertia_kgm2"]), d["scaled_as"]
    )


def _coordinate(d: dict[str, Any]) -> Coordinate:
    low, high = d["range"]
    return Coordinate(d["name"], d["motion"], d["default"], (low, high), d["clamped"], d["locked"])


def _joint(d: dict[str, Any]) -> Joint:
    a, b, c = (_axis(axis) for axis in d["rotations"])
    u, v, w = (_axis(axis) for axis in d["translations"])
    radii = d["radii_by_scale"]
    return Joint(
        d["name"],
        d["kind"],
        d["parent"],
        d["child"],
        _frame(d["parent_frame"]),
        _frame(d["child_frame"]),
        (a, b, c),
        (u, v, w),
        None if radii is None else _square(radii),
    )


def _frame(d: dict[str, Any]) -> Frame:
    return Frame(_square(d["rotation"]), _square(d["translation_by_scale"]))


def _axis(d: dict[str, Any]) -> Axis:
    return Axis(_vector(d["direction"]), _terms(d["terms"]), d["scale_fixed"], _vector(d["scale_by"]))


def _terms(listed: list[dict[str, Any]]) -> tuple[Term, ...]:
    return tuple(Term(d["coordinate"], _function(d["function"])) for d in listed)


def _function(d: dict[str, Any]) -> Function:
    coefficients = np.array(d["coefficients"], dtype=np.float64)
    return Function(d["kind"], np.array(d["origin"]), np.array(d["breaks"]), coefficients)


def _vector(values: list[float]) -> Array:
    return np.array(values, dtype=np.float64).reshape(3)


def _square(values: list[list[float]]) -> Array:
    return np.array(values, dtype=np.float64).reshape(3, 3)
