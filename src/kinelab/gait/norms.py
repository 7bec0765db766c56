"""Norm sets: how healthy people walk, by name, version, laboratory and marker model.

A score is only as good as the norm it is taken against. Sets are tied to a model of the body and to a
laboratory: hip rotation of two marker models differs by 10 deg and more in the same stride.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError, safe_open

from kinelab.core.checks import Array, Problems, read_only
from kinelab.core.strides import STRIDE_POINTS
from kinelab.errors import FileFormatError, InputError
from kinelab.files.atomic import atomic_path
from kinelab.files.safe_arrays import safetensors_bytes
from kinelab.gait.deviation_variables import NAMES

FORMAT = "kinelab norms 1"
SUFFIX = ".safetensors"
POINTS = 51  # of a curve in GDI, every second of 101; GVS and GPS take all 101
FEATURES = 15  # of GDI


@dataclass(frozen=True)
class NormLabel:
    """What a norm set is.

    people: how many healthy ones; population: who they are; model: marker model or method of the angles.
    basis: of which strides the GDI's features are. licence and attribution of the data.
    """

    name: str
    version: str
    laboratory: str
    model: str
    population: str
    people: int
    source: str
    licence: str
    basis: str
    attribution: str = ""

    def __post_init__(self) -> None:
        with Problems("NormLabel") as problems:
            for field in ("name", "version", "laboratory", "model", "source", "licence"):
                problems.add_if(not getattr(self, field).strip(), f"{field} is empty: a norm must say it")
            allowed = "letters, digits, dash and underscore"
            plain = self.name.replace("-", "").replace("_", "").isalnum()
            problems.add_if(not plain, f"name is {self.name!r}, allowed are {allowed}")

    @property
    def title(self) -> str:
        """Name and version, as every score has it beside it."""
        return f"{self.name} {self.version}"


@dataclass(frozen=True, eq=False)
class NormCurves:
    """How the healthy walk, with the scales of the scores; V variables, P = 51 points.

    mean_deg, sd_deg (V, 101) over legs. ln_gvs (V, 2), ln_gps (2,): mean and sd of the logarithm of the
    healthy people's own scores, each against the others. basis (15, V P), centre (15,), ln_distance (2,): of
    GDI; empty where the set has not all nine variables.
    """

    mean_deg: Array
    sd_deg: Array
    ln_gvs: Array
    ln_gps: Array
    basis: Array
    centre: Array
    ln_distance: Array

    def __post_init__(self) -> None:
        for name in ARRAYS:
            object.__setattr__(self, name, read_only(getattr(self, name)))
        count = self.mean_deg.shape[0]
        with Problems("NormCurves") as problems:
            for name in ("mean_deg", "sd_deg"):
                problems.shape(name, getattr(self, name), (count, STRIDE_POINTS))
            problems.shape("ln_gvs", self.ln_gvs, (count, 2))
            problems.shape("ln_gps", self.ln_gps, (2,))
            features = self.centre.shape[0]
            problems.shape("basis", self.basis, (features, count * POINTS if features else 0))
            problems.shape("ln_distance", self.ln_distance, (2,))
            whole = all(np.isfinite(getattr(self, name)).all() for name in ("mean_deg", "sd_deg", "basis"))
            problems.add_if(not whole, "a curve holds NaN or infinity")


ARRAYS = ("mean_deg", "sd_deg", "ln_gvs", "ln_gps", "basis", "centre", "ln_distance")


@dataclass(frozen=True, eq=False)
class NormSet:
    """A norm set: its label, which of the nine variables it has, curves as measured and free of offsets.

    Free of offsets: each curve's own mean over the stride was taken off, of the healthy as of who is scored.
    """

    label: NormLabel
    variables: tuple[str, ...]
    measured: NormCurves
    offset_free: NormCurves

    def __post_init__(self) -> None:
        object.__setattr__(self, "variables", tuple(self.variables))
        with Problems(f"NormSet {self.label.name}") as problems:
            unknown = [name for name in self.variables if name not in NAMES]
            problems.add_if(bool(unknown), f"variables {', '.join(unknown)} are not of {', '.join(NAMES)}")
            problems.unique("variables", self.variables)
            for curves in (self.measured, self.offset_free):
                problems.add_if(
                    curves.mean_deg.shape[0] != len(self.variables),
                    f"{curves.mean_deg.shape[0]} curves for {len(self.variables)} variables",
                )

    @property
    def whole(self) -> bool:
        """Whether it has all nine variables, which GPS and GDI need."""
        return set(self.variables) == set(NAMES)

    @property
    def columns(self) -> list[int]:
        """Which of the nine its variables are."""
        return [NAMES.index(name) for name in self.variables]


def save_norms(norms: NormSet, path: str | Path) -> None:
    """Write a norm set, whole or not at all (float32 arrays, label as text).

    Raises:
        InputError: the name does not end in .safetensors.
        OutputError: the file cannot be written.
    """
    path = Path(path)
    if path.suffix != SUFFIX:
        raise InputError(f"{path}: a norm set is a {SUFFIX} file; give a name that ends so")
    arrays = {
        f"{kind}/{name}": np.ascontiguousarray(getattr(getattr(norms, kind), name), np.float32)
        for kind in _KINDS
        for name in ARRAYS
    }
    texts = {
        "format": FORMAT,
        "label": json.dumps(asdict(norms.label)),
        "variables": json.dumps(norms.variables),
    }
    with atomic_path(path) as temporary:
        temporary.write_bytes(safetensors_bytes(arrays, texts))


_KINDS = ("measured", "offset_free")


def load_norms(path: str | Path) -> NormSet:
    """Read what `save_norms` wrote.

    Raises:
        FileFormatError: no such file, no norm set, or one that was altered.
    """
    path = Path(path)
    if not path.is_file():
        raise FileFormatError(path, "there is no such norm set; `kinelab norms list` shows which there are")
    try:
        with safe_open(path, framework="numpy") as file:
            texts = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise FileFormatError(path, f"is not a safetensors file, or cut short ({error})") from error
    if texts.get("format") != FORMAT:
        raise FileFormatError(path, f"is no norm set: its format is {texts.get('format')!r}, not {FORMAT!r}")
    try:
        measured, offset_free = (
            NormCurves(**{name: arrays[f"{kind}/{name}"].astype(np.float64) for name in ARRAYS})
            for kind in _KINDS
        )
        label = TypeAdapter(NormLabel).validate_json(texts["label"])
        return NormSet(label, tuple(json.loads(texts["variables"])), measured, offset_free)
    except (KeyError, ValidationError, InputError, ValueError) as error:
        raise FileFormatError(path, f"is no valid norm set ({error}); it was altered") from error
