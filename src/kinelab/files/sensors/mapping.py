"""The small file by which a user says what a recording does not: columns, units, segments, corrections.

TOML (or JSON of the same shape):

    acc_unit = "g"                       # for all sensors; also gyr_unit, mag_unit
    rate_hz = 128.0                      # where no column tells the time
    time = { column = "ms", unit = "ms" }

    [sensors.shank_r]                    # the segment, or the name that the file gives the sensor
    file = "right*.csv"                  # where a folder holds several
    acc = ["ax", "ay", "az"]             # columns; "name[2]" is column 2, from 0, of an array in an npz
    gyr = ["gx", "gy", "gz"]
    segment = "shank_l"                  # corrections from here on; each is applied as it stands
    half_turn = "z"
    clock_ppm = 38.0
    clock_offset_s = -0.12
    acc_most = 156.9
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kinelab.errors import FileFormatError
from kinelab.files.text_rows import read_text

Three = tuple[str, str, str]
AccUnit = Literal["m/s2", "g", "mg"]
GyrUnit = Literal["rad/s", "deg/s"]
MagUnit = Literal["uT", "G", "mG"]
Axis = Literal["x", "y", "z"]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
TIME_UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6}


class _Checked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TimeColumn(_Checked):
    """The column that tells the time; unit "samples" counts packets at rate_hz, from 0 again at wrap."""

    column: str
    unit: Literal["s", "ms", "us", "samples"]
    wrap: Positive | None = None


class SensorEntry(_Checked):
    """One sensor: where its columns are, and what is wrong with it.

    acc_scale, gyr_scale, mag_scale: factors from stored numbers to the unit. half_turn: it was worn turned by
    180 degrees about this axis of its own. clock_ppm: its clock runs fast by so much; clock_offset_s is added
    to its times. acc_most, gyr_most: readings (in the file's unit) at or beyond it count as lost.
    """

    file: str | None = None
    acc: Three | None = None
    gyr: Three | None = None
    mag: Three | None = None
    acc_unit: AccUnit | None = None
    gyr_unit: GyrUnit | None = None
    mag_unit: MagUnit | None = None
    acc_scale: Finite = 1.0
    gyr_scale: Finite = 1.0
    mag_scale: Finite = 1.0
    segment: str | None = None
    half_turn: Axis | None = None
    rate_hz: Positive | None = None
    clock_ppm: Annotated[float, Field(gt=-1e5, lt=1e5)] = 0.0
    clock_offset_s: Finite = 0.0
    acc_most: Positive | None = None
    gyr_most: Positive | None = None

    @property
    def has_columns(self) -> bool:
        """Whether the entry says in which columns readings stand."""
        return self.acc is not None or self.gyr is not None


class Mapping(_Checked):
    """A whole mapping file; see the module."""

    sensors: dict[str, SensorEntry] = {}
    time: TimeColumn | None = None
    rate_hz: Positive | None = None
    acc_unit: AccUnit | None = None
    gyr_unit: GyrUnit | None = None
    mag_unit: MagUnit | None = None

    @model_validator(mode="after")
    def _counts_have_a_rate(self) -> Mapping:
        if self.time is not None and self.time.unit == "samples" and self.rate_hz is None:
            raise ValueError("time counts samples, so rate_hz is needed")
        if self.time is not None and self.time.unit != "samples" and self.time.wrap is not None:
            raise ValueError("wrap belongs to a time that counts samples")
        return self

    @property
    def has_columns(self) -> bool:
        """Whether it says in which columns readings stand."""
        return any(entry.has_columns for entry in self.sensors.values())


def read_mapping(path: str | Path) -> Mapping:
    """The mapping in a .toml or .json file.

    Raises:
        FileFormatError: no such file, neither TOML nor JSON, or entries that a mapping does not have; each
            fault is named with its place and what is allowed.
    """
    path = Path(path)
    text = read_text(path)
    try:
        data = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except (json.JSONDecodeError, tomllib.TOMLDecodeError) as error:
        raise FileFormatError(
            path, f"cannot be read as {path.suffix.lstrip('.').upper()}: {error}"
        ) from error
    try:
        return Mapping.model_validate(data)
    except ValidationError as error:
        faults = [
            f"{'.'.join(str(part) for part in fault['loc']) or 'file'}: {_words(fault['type'], fault['msg'])}"
            for fault in error.errors(include_url=False)
        ]
        raise FileFormatError(path, "; ".join(faults)) from error


def _words(kind: str, message: str) -> str:
    """What pydantic found, in words that help."""
    if kind == "extra_forbidden":
        known = ", ".join(sorted({*Mapping.model_fields, *SensorEntry.model_fields}))
        return f"no such entry; a mapping knows {known}"
    return message[0].lower() + message[1:]
