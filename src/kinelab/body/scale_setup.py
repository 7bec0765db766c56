"""OpenSim's set-up files of a scaling (ScaleTool): which distances scale which bodies, and how markers move.

    ScaleTool
    ├── GenericModelMaker   the model, and a marker set that replaces its own
    ├── ModelScaler         measurements (pairs of markers -> bodies and axes), factors by hand, in an order
    └── MarkerPlacer        weights for the pose of the static trial; then each marker moves to its place

Files of all versions have these parts. A set (measurements, factors, tasks) may stand in a file of its own
(`<MeasurementSet file="..."/>`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np

from kinelab.body.ik_setup import IkTasks, read_ik_tasks, targets_path
from kinelab.body.xml_tree import Tag, file_path, number, numbers, read_xml, set_objects, truth
from kinelab.core.checks import Array, Problems, read_only
from kinelab.errors import FileFormatError

Step = Literal["measurements", "manualScale"]
AXES = "XYZ"
TALLEST_M = 3.0


@dataclass(frozen=True)
class Measurement:
    """Distances between pairs of markers that scale bodies: `axes` has the axes, such as "XYZ", by body."""

    name: str
    pairs: tuple[tuple[str, str], ...]
    axes: Mapping[str, str]

    def __post_init__(self) -> None:
        object.__setattr__(self, "pairs", tuple((first, second) for first, second in self.pairs))
        object.__setattr__(self, "axes", MappingProxyType(dict(self.axes)))
        with Problems(f"measurement {self.name}") as problems:
            problems.add_if(not self.pairs, "has no pair of markers")
            for first, second in self.pairs:
                problems.add_if(first == second, f"measures {first} against itself")
            for body, axes in self.axes.items():
                wrong = not axes or any(axis not in AXES for axis in axes)
                problems.add_if(wrong, f"axes of {body} are {axes!r}, allowed are X, Y and Z")


@dataclass(frozen=True, eq=False)
class ModelScaling:
    """What a ModelScaler does: its steps in order, each replacing what those before it gave to a body.

    manual: factors (3,) by body. time_range_s None = the whole trial.
    """

    measurements: tuple[Measurement, ...] = ()
    manual: Mapping[str, Array] = field(default_factory=dict)
    order: tuple[Step, ...] = ("measurements", "manualScale")
    marker_path: Path | None = None
    time_range_s: tuple[float, float] | None = None
    preserve_mass_distribution: bool = True
    output_model_path: Path | None = None
    output_scale_path: Path | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "measurements", tuple(self.measurements))
        manual = {body: read_only(factors) for body, factors in self.manual.items()}
        object.__setattr__(self, "manual", MappingProxyType(manual))
        with Problems("ModelScaling") as problems:
            for step in self.order:
                problems.one_of("a step of the order", step, ("measurements", "manualScale"))
            for body, factors in manual.items():
                wrong = factors.shape != (3,) or not (np.isfinite(factors) & (factors > 0)).all()
                problems.add_if(wrong, f"factors of {body} are {factors}, expected three above 0")


@dataclass(frozen=True, eq=False)
class MarkerPlacing:
    """What a MarkerPlacer does: tasks for the pose of a static trial, and over which time it is averaged.

    from_file: coordinates whose targets stand in `coordinate_path`. max_movement_m None = no limit.
    """

    tasks: IkTasks
    from_file: tuple[str, ...] = ()
    marker_path: Path | None = None
    coordinate_path: Path | None = None
    time_range_s: tuple[float, float] | None = None
    max_movement_m: float | None = None
    output_motion_path: Path | None = None
    output_model_path: Path | None = None
    output_marker_path: Path | None = None


@dataclass(frozen=True)
class ScaleSetup:
    """A ScaleTool set-up. Paths are resolved from its folder and need not exist; None = not given.

    `scaling` and `placing` are None where the file does not apply them. `notes` say in words where kinelab
    takes something otherwise than OpenSim does.
    """

    path: Path
    name: str
    mass_kg: float | None = None
    height_m: float | None = None
    age_years: float | None = None
    model_path: Path | None = None
    marker_set_path: Path | None = None
    scaling: ModelScaling | None = None
    placing: MarkerPlacing | None = None
    notes: tuple[str, ...] = ()


def read_scale_setup(path: str | Path) -> ScaleSetup:
    """Read a ScaleTool set-up with the sets that it names in files of their own.

    OpenSim writes a time range that was not set as `-1 -1`, and then scales by the first frame alone and
    cannot place markers; here it is None, the whole trial, and a note says so.

    Raises:
        FileFormatError: no XML, no ScaleTool (an inverse kinematics set-up or a model was given?), a number,
            axis or step that cannot be read, a set's file that is missing; with its row.
    """
    path = Path(path)
    root = read_xml(path)
    tool = next(root.all("ScaleTool"), None)
    if tool is None:
        found = ", ".join(dict.fromkeys(tag.name for tag in (root, *root.children)))
        problem = f"holds no <ScaleTool>, only <{found}>; expected a set-up of OpenSim's ScaleTool"
        raise FileFormatError(path, problem, row=root.row)
    maker = tool.find("GenericModelMaker")
    scaler = _applied(tool, "ModelScaler", path)
    placer = _applied(tool, "MarkerPlacer", path)
    notes: list[str] = []
    return ScaleSetup(
        path=path,
        name=tool.attributes.get("name", ""),
        mass_kg=_positive(tool, "mass", path),
        height_m=_height_m(tool, path, notes),
        age_years=_positive(tool, "age", path),
        model_path=None if maker is None else file_path(maker, "model_file", path.parent),
        marker_set_path=None if maker is None else file_path(maker, "marker_set_file", path.parent),
        scaling=None if scaler is None else _scaling(scaler, path, notes),
        placing=None if placer is None else _placing(placer, path, notes),
        notes=tuple(notes),
    )


def read_scale_set(path: str | Path) -> dict[str, Array]:
    """Factors (3,) by body of a ScaleSet file, such as ScaleTool writes of what it applied.

    Raises:
        FileFormatError: no XML, no ScaleSet, factors that are not three numbers above 0; with the row.
    """
    path = Path(path)
    root = read_xml(path)
    tag = next(root.all("ScaleSet"), None)
    if tag is None:
        raise FileFormatError(path, f"holds no <ScaleSet>, only <{root.name}>", row=root.row)
    return _manual(tag, path)


def _applied(tool: Tag, name: str, path: Path) -> Tag | None:
    """A part of the tool that is there and applies."""
    part = tool.find(name)
    return part if part is not None and truth(part, "apply", True, path) else None


def _scaling(scaler: Tag, path: Path, notes: list[str]) -> ModelScaling:
    return ModelScaling(
        measurements=tuple(_measurements(scaler, path)),
        manual={} if (manual := scaler.find("ScaleSet")) is None else _manual(manual, path),
        order=_order(scaler, path),
        marker_path=file_path(scaler, "marker_file", path.parent),
        time_range_s=_time_range(scaler, path, notes),
        preserve_mass_distribution=truth(scaler, "preserve_mass_distribution", False, path),
        output_model_path=file_path(scaler, "output_model_file", path.parent),
        output_scale_path=file_path(scaler, "output_scale_file", path.parent),
    )


def _placing(placer: Tag, path: Path, notes: list[str]) -> MarkerPlacing:
    task_set = placer.find("IKTaskSet")
    tasks, from_file = (IkTasks({}), ()) if task_set is None else read_ik_tasks(path, task_set)
    movement = number(placer, "max_marker_movement", -1.0, path)
    return MarkerPlacing(
        tasks=tasks,
        from_file=from_file,
        marker_path=file_path(placer, "marker_file", path.parent),
        coordinate_path=targets_path(placer, from_file, path),
        time_range_s=_time_range(placer, path, notes),
        max_movement_m=movement if movement > 0 else None,
        output_motion_path=file_path(placer, "output_motion_file", path.parent),
        output_model_path=file_path(placer, "output_model_file", path.parent),
        output_marker_path=file_path(placer, "output_marker_file", path.parent),
    )


def _order(scaler: Tag, path: Path) -> tuple[Step, ...]:
    tag = scaler.find("scaling_order")
    steps: list[Step] = []
    for word in () if tag is None else tag.text.split():
        if word == "measurements":
            steps.append("measurements")
        elif word == "manualScale":
            steps.append("manualScale")
        else:
            problem = f"<scaling_order> holds {word!r}, allowed are measurements and manualScale"
            raise FileFormatError(path, problem, row=tag.row if tag else None)
    return tuple(steps)


def _measurements(scaler: Tag, path: Path) -> Iterator[Measurement]:
    tag = scaler.find("MeasurementSet")
    objects, path = ([], path) if tag is None else set_objects(tag, path)
    for item in objects:
        if item.name != "Measurement" or not truth(item, "apply", True, path):
            continue
        name = item.attributes.get("name", "")
        pairs = []
        for pair in item.all("MarkerPair"):
            markers = pair.value("markers").split()
            if len(markers) != 2 or markers[0] == markers[1]:
                problem = f"measurement {name}: a pair is {' '.join(markers)!r}, expected two marker names"
                raise FileFormatError(path, problem, row=pair.row)
            pairs.append((markers[0], markers[1]))
        if not pairs:
            raise FileFormatError(path, f"measurement {name} has no pair of markers", row=item.row)
        yield Measurement(name, tuple(pairs), dict(_body_scales(item, name, path)))


def _body_scales(item: Tag, name: str, path: Path) -> Iterator[tuple[str, str]]:
    for body in item.all("BodyScale"):
        axes = "".join(body.value("axes").upper().split())
        if not axes or any(axis not in AXES for axis in axes):
            problem = (
                f"measurement {name}: axes {body.value('axes')!r}, allowed are X, Y and Z between blanks"
            )
            raise FileFormatError(path, problem, row=body.row)
        yield body.attributes.get("name", ""), axes


def _manual(tag: Tag, path: Path) -> dict[str, Array]:
    factors: dict[str, Array] = {}
    objects, path = set_objects(tag, path)
    for item in objects:
        if item.name != "Scale" or not truth(item, "apply", True, path):
            continue
        body = item.value("segment")
        values = numbers(item, "scales", 3, path)
        if not body or values is None or not all(0 < value < np.inf for value in values):
            problem = f"<Scale> of {body or 'no segment'} is {values}, expected three numbers above 0"
            raise FileFormatError(path, problem, row=item.row)
        factors[body] = np.array(values)
    return factors


def _time_range(tag: Tag, path: Path, notes: list[str]) -> tuple[float, float] | None:
    values = numbers(tag, "time_range", 2, path)
    if values is None or values == (-1.0, -1.0):
        if file_path(tag, "marker_file", Path()) is not None:
            notes.append(
                f"<{tag.name}> has no time range: the whole trial is used; OpenSim takes the first frame"
            )
        return None
    return values[0], values[1]


def _positive(tool: Tag, name: str, path: Path) -> float | None:
    value = number(tool, name, -1.0, path)
    return value if 0 < value < np.inf else None


def _height_m(tool: Tag, path: Path, notes: list[str]) -> float | None:
    """OpenSim asks for mm and uses it for nothing, so that files also hold metres (OpenCap's do)."""
    height = _positive(tool, "height", path)
    if height is None or height < TALLEST_M:
        if height is not None:
            notes.append(f"<height> {height:g} is taken as metres; OpenSim's unit is mm")
        return height
    return height / 1000
