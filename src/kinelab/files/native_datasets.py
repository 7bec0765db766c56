"""Each noun as an xarray.Dataset of NetCDF-legal types, and back from the arrays of such a file without loss.

The datasets are those of the nouns' own `to_xarray`, with what these leave out: exact time base, subject and
provenance (JSON in attributes), and for "not known" an int8 flag, as NetCDF has neither None nor booleans.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array
from kinelab.core.events import GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measure, Measures, Reference
from kinelab.core.provenance import FileRecord, ModelRecord, Provenance
from kinelab.core.skeletons import Skeleton
from kinelab.core.strides import Strides
from kinelab.core.subject import Subject
from kinelab.core.timebase import Timebase

if TYPE_CHECKING:
    import xarray as xr

Noun = Keypoints | Kinematics | GaitEvents | Strides | Measures


@dataclass(frozen=True, eq=False)
class Stored:
    """What a file holds: its attributes, and its variables by name."""

    attrs: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]


def to_dataset(noun: Noun) -> xr.Dataset:
    """The noun's data and attributes, ready to be written."""
    match noun:
        case Keypoints():
            return _from_keypoints(noun)
        case Kinematics():
            return _from_kinematics(noun)
        case GaitEvents():
            return _from_events(noun)
        case Strides():
            return _from_strides(noun)
        case Measures():
            return _from_measures(noun)


def from_stored(kind: str, data: Stored) -> Noun:
    """The noun of this kind (a class name); KeyError where a variable or an attribute is missing."""
    match kind:
        case "Keypoints":
            return _to_keypoints(data)
        case "Kinematics":
            return _to_kinematics(data)
        case "GaitEvents":
            return _to_events(data)
        case "Strides":
            return _to_strides(data)
        case "Measures":
            return _to_measures(data)
    raise KeyError(f"kind {kind}")


def _from_keypoints(noun: Keypoints) -> xr.Dataset:
    data = noun.to_xarray()
    data.attrs["links"] = json.dumps(noun.skeleton.links)
    data.attrs["unit"] = noun.unit
    data["landmark"] = _texts("landmark", noun.skeleton.landmarks)
    data["component"] = _texts("component", list("xyz"[: noun.position.shape[-1]]))
    return data


def _to_keypoints(data: Stored) -> Keypoints:
    links = tuple((str(a), str(b)) for a, b in json.loads(data.attrs["links"]))
    return Keypoints(
        skeleton=Skeleton(data.attrs["skeleton"], _strings(data, "landmark"), links),
        time_s=data.arrays["time"],
        position=data.arrays["position"],
        confidence=data.arrays["confidence"],
        unit=data.attrs["unit"],
        sd=data.arrays.get("sd"),
    )


def _from_kinematics(noun: Kinematics) -> xr.Dataset:
    data = noun.to_xarray()
    data["coordinate"] = _texts("coordinate", noun.names)
    data.attrs |= {
        "rate_hz": noun.time.rate_hz,
        "start_s": noun.time.start_s,
        "subject": json.dumps(asdict(noun.subject), ensure_ascii=False),
        "provenance": json.dumps(_plain(noun.provenance), ensure_ascii=False),
    }
    if noun.pelvis_rotation is not None:
        dims = ("time", "ground_axis", "pelvis_axis")
        data["pelvis_rotation"] = (dims, np.asarray(noun.pelvis_rotation, float), {"units": "1"})
    if noun.pelvis_position_m is not None:
        position = np.asarray(noun.pelvis_position_m, float)
        data["pelvis_position"] = (("time", "ground_axis"), position, {"units": "m"})
    return data


def _to_kinematics(data: Stored) -> Kinematics:
    rate_hz, start_s = float(data.attrs["rate_hz"]), float(data.attrs["start_s"])
    return Kinematics(
        names=_strings(data, "coordinate"),
        time=Timebase(rate_hz, data.arrays["time"].size, start_s),
        angle_deg=data.arrays["angle"],
        sd_deg=data.arrays["sd"],
        valid=data.arrays["valid"].astype(bool),
        subject=Subject(**json.loads(data.attrs["subject"])),
        provenance=_provenance(json.loads(data.attrs["provenance"])),
        pelvis_rotation=data.arrays.get("pelvis_rotation"),
        pelvis_position_m=data.arrays.get("pelvis_position"),
    )


def _from_events(noun: GaitEvents) -> xr.Dataset:
    import xarray as xr

    texts = {name: _texts("event", getattr(noun, name)) for name in _EVENT_TEXTS}
    numbers = {name: ("event", getattr(noun, name), {"units": "s"}) for name in ("time_s", "sd_s")}
    return xr.Dataset({**texts, **numbers})


_EVENT_TEXTS = ("side", "kind", "method", "reviewed_by")


def _to_events(data: Stored) -> GaitEvents:
    texts: dict[str, Any] = {name: _strings(data, name) for name in _EVENT_TEXTS}
    return GaitEvents(time_s=data.arrays["time_s"], sd_s=data.arrays["sd_s"], **texts)


def _from_strides(noun: Strides) -> xr.Dataset:
    data = noun.to_xarray()
    for name in ("side", "why_not"):
        data[name] = _texts("stride", getattr(noun, name))
    data["coordinate"] = _texts("coordinate", noun.names)
    return data


def _to_strides(data: Stored) -> Strides:
    side: Any = _strings(data, "side")
    return Strides(
        side=side,
        start_s=data.arrays["start_s"],
        toe_off_s=data.arrays["toe_off_s"],
        stop_s=data.arrays["stop_s"],
        used=data.arrays["used"].astype(bool),
        why_not=_strings(data, "why_not"),
        names=_strings(data, "coordinate"),
        curves_deg=data.arrays["curve"],
    )


def _from_measures(noun: Measures) -> xr.Dataset:
    import xarray as xr

    rows = noun.rows
    nan = float("nan")
    ranges = [(m.reference.low, m.reference.high) if m.reference else (nan, nan) for m in rows]
    fields: dict[str, Any] = {
        "quantity": _texts("measure", [m.quantity for m in rows]),
        "side": _texts("measure", [m.side for m in rows]),
        "value": ("measure", _numbers([m.value for m in rows]), {"comment": "in the variable unit"}),
        "unit": _texts("measure", [m.unit for m in rows]),
        "n": ("measure", np.array([m.n for m in rows], dtype=np.int32)),
        "sd": ("measure", _numbers([m.sd for m in rows])),
        "ci95": (("measure", "bound"), _numbers([m.ci95 or (nan, nan) for m in rows]).reshape(-1, 2)),
        "mdc95": ("measure", _numbers([nan if m.mdc95 is None else m.mdc95 for m in rows])),
        "reference": (("measure", "bound"), _numbers(ranges).reshape(-1, 2)),
        "reference_source": _texts("measure", [m.reference.source if m.reference else "" for m in rows]),
    }
    for name in _OPTIONAL:
        known = np.array([getattr(m, name) is not None for m in rows], dtype=np.int8)
        fields[f"has_{name}"] = ("measure", known, {"flag_meanings": "not_known known"})
    return xr.Dataset(fields, {"bound": _texts("bound", ["low", "high"])})


_OPTIONAL = ("ci95", "mdc95", "reference")


def _to_measures(data: Stored) -> Measures:
    text = {name: _strings(data, name) for name in ("quantity", "side", "unit", "reference_source")}
    number = {name: data.arrays[name] for name in ("value", "n", "sd", "mdc95", "ci95", "reference")}
    has = {name: data.arrays[f"has_{name}"].astype(bool) for name in _OPTIONAL}
    rows = []
    for i, quantity in enumerate(text["quantity"]):
        side: Any = text["side"][i]
        low, high = (float(v) for v in number["reference"][i])
        rows.append(
            Measure(
                quantity=quantity,
                value=float(number["value"][i]),
                unit=text["unit"][i],
                n=int(number["n"][i]),
                side=side,
                sd=float(number["sd"][i]),
                ci95=(float(number["ci95"][i, 0]), float(number["ci95"][i, 1])) if has["ci95"][i] else None,
                mdc95=float(number["mdc95"][i]) if has["mdc95"][i] else None,
                reference=Reference(low, high, text["reference_source"][i]) if has["reference"][i] else None,
            )
        )
    return Measures(tuple(rows))


def _provenance(record: dict[str, Any]) -> Provenance:
    return Provenance(
        **{
            **record,
            "inputs": tuple(FileRecord(**row) for row in record["inputs"]),
            "models": tuple(ModelRecord(**row) for row in record["models"]),
            "steps": tuple(record["steps"]),
        }
    )


def _plain(value: object) -> Any:
    """What JSON can hold: tuples become lists, numpy numbers Python's, paths and unknown objects text."""
    match value:
        case Provenance() | FileRecord() | ModelRecord():
            return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(item) for item in value]
        case np.ndarray() | np.generic():
            return value.tolist()
        case None | bool() | int() | float() | str():
            return value
        case PurePath():
            return value.as_posix()
    return str(value)


def _texts(dim: str, values: Sequence[str]) -> tuple[str, NDArray[np.bytes_], dict[str, str]]:
    """A variable of UTF-8 characters, all of one width.

    Every program reads those; NetCDF strings of varying length are read by few.
    """
    encoded = [value.encode() for value in values]
    array = np.array(encoded, dtype=f"S{max([1, *map(len, encoded)])}")
    return dim, array, {"_Encoding": "utf-8"}


def _strings(data: Stored, name: str) -> tuple[str, ...]:
    values = data.arrays[name]
    return tuple(v.decode() if isinstance(v, bytes) else str(v) for v in values.tolist())


def _numbers(values: Sequence[Any]) -> Array:
    return np.array(values, dtype=np.float64)
