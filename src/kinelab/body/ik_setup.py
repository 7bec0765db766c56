"""What an inverse kinematics asks for: weights of markers and coordinates, and OpenSim's set-up files.

The rules below were found by running OpenSim 4.6 on models of two sliders and are kept:

- A marker counts when it has a task that applies, with a weight above 0, and is in the model and in the
  trial. Markers without a task do not count.
- Marker weights are relative to one another: OpenSim minimises sum(w |e|^2) / sum(w), over the markers seen
  in the frame, plus sum(w_c (q_c - target)^2). A coordinate's weight so weighs against the mean marker.
- A manual value is in radians (metres for a translation). A default value is the model's.
- Locked coordinates and coordinates set by a coupler ignore their tasks.
- A time range picks the samples nearest to its two ends, both included.

Where kinelab differs: couplers are always kept exactly (with a finite `constraint_weight` OpenSim gave the
same answer), a task for a marker that is not in the model is told (OpenSim drops it without a word), and a
`0 0 0` that a marker file holds for a lost marker is not a position.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from kinelab.body.xml_tree import Tag, file_path, number, numbers, read_xml, set_objects, truth
from kinelab.core.checks import Array, Problems, read_only
from kinelab.errors import FileFormatError

VALUE_TYPES = ("default_value", "manual_value", "from_file")


@dataclass(frozen=True, eq=False)
class IkTasks:
    """Which markers and coordinates count, and how much.

    marker_weight and coordinate_weight: by name, above 0. coordinate_target: rad or m, one value or one a
    frame (T,); a coordinate that has a weight and no target aims at the model's default.
    """

    marker_weight: Mapping[str, float]
    coordinate_weight: Mapping[str, float] = field(default_factory=dict)
    coordinate_target: Mapping[str, float | Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        targets = {name: read_only(value) for name, value in self.coordinate_target.items()}
        with Problems("IkTasks") as problems:
            for name, weight in (*self.marker_weight.items(), *self.coordinate_weight.items()):
                wrong = not (np.isfinite(weight) and weight > 0)
                problems.add_if(wrong, f"weight of {name} is {weight:g}, expected a number above 0")
            stray = sorted(set(targets) - set(self.coordinate_weight))
            problems.add_if(bool(stray), f"a target but no weight for {', '.join(stray)}")
            for name, target in targets.items():
                problems.add_if(target.ndim > 1, f"target of {name} has shape {target.shape}, expected (T,)")
                problems.add_if(not np.isfinite(target).all(), f"target of {name} holds NaN or infinity")
        object.__setattr__(self, "marker_weight", MappingProxyType(dict(self.marker_weight)))
        object.__setattr__(self, "coordinate_weight", MappingProxyType(dict(self.coordinate_weight)))
        object.__setattr__(self, "coordinate_target", MappingProxyType(targets))

    def with_targets(self, targets: Mapping[str, float | Array]) -> IkTasks:
        """The same tasks with these targets added, rad or m."""
        return replace(self, coordinate_target=dict(self.coordinate_target) | dict(targets))


def uniform_tasks(marker_names: Iterable[str], weight: float = 1.0) -> IkTasks:
    """Tasks that weigh these markers alike."""
    return IkTasks(dict.fromkeys(marker_names, weight))


@dataclass(frozen=True)
class IkSetup:
    """An OpenSim set-up of inverse kinematics.

    Paths are resolved from the set-up's folder and need not exist; None = not given. `from_file` are the
    coordinates whose targets stand in `coordinate_path`: read them and add them by `tasks.with_targets`.
    `notes` say in words what OpenSim would do and kinelab does not.
    """

    path: Path
    tasks: IkTasks
    model_path: Path | None = None
    marker_path: Path | None = None
    coordinate_path: Path | None = None
    output_path: Path | None = None
    time_range_s: tuple[float, float] | None = None
    accuracy: float = 1e-5
    constraint_weight: float = np.inf
    from_file: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_ik_setup(path: str | Path) -> IkSetup:
    """Read an InverseKinematicsTool set-up, its task set inside it or in a file of its own.

    Raises:
        FileFormatError: no XML, no task set (a model or a Scale set-up was given?), a number or value type
            that cannot be read, a task twice; each with its row.
    """
    path = Path(path)
    root = read_xml(path)
    tool = next((tag for tag in (root, *root.children) if tag.find("IKTaskSet") is not None), None)
    if tool is None:
        found = ", ".join(dict.fromkeys(tag.name for tag in (root, *root.children)))
        problem = (
            f"holds no <IKTaskSet>, only <{found}>; expected a set-up of OpenSim's InverseKinematicsTool"
        )
        raise FileFormatError(path, problem, row=root.row)
    folder = path.parent
    task_set = next(tag for tag in tool.children if tag.name == "IKTaskSet")
    tasks, from_file = read_ik_tasks(path, task_set)
    weight = number(tool, "constraint_weight", np.inf, path)
    notes = (
        (f"constraint_weight {weight:g} is not used: couplers are kept exactly",)
        if np.isfinite(weight)
        else ()
    )
    time_range = numbers(tool, "time_range", 2, path)
    return IkSetup(
        path=path,
        tasks=tasks,
        model_path=file_path(tool, "model_file", folder),
        marker_path=file_path(tool, "marker_file", folder),
        coordinate_path=targets_path(tool, from_file, path),
        output_path=file_path(tool, "output_motion_file", folder),
        time_range_s=None if time_range is None else (time_range[0], time_range[1]),
        accuracy=number(tool, "accuracy", 1e-5, path),
        constraint_weight=weight,
        from_file=from_file,
        notes=notes,
    )


def read_ik_tasks(path: str | Path, task_set: Tag | None = None) -> tuple[IkTasks, tuple[str, ...]]:
    """Tasks of an IKTaskSet, and the coordinates whose targets come from a file.

    `task_set`: the tag inside the file `path`; None = the file is a task set. A task set that names another
    file (`file="tasks.xml"`) is read from there.

    Raises:
        FileFormatError: as `read_ik_setup`.
    """
    path = Path(path)
    top = read_xml(path) if task_set is None else task_set
    tag = next(top.all("IKTaskSet"), None)
    if tag is None:
        raise FileFormatError(path, f"holds no <IKTaskSet>, only <{top.name}>", row=top.row)
    objects, path = set_objects(tag, path)
    marker_weight: dict[str, float] = {}
    coordinate_weight: dict[str, float] = {}
    target: dict[str, float | Array] = {}
    from_file: list[str] = []
    for task in objects:
        weights = {"IKMarkerTask": marker_weight, "IKCoordinateTask": coordinate_weight}.get(task.name)
        weight = None if weights is None else _weight(task, path)
        if weights is None or weight is None:
            continue
        name = task.attributes.get("name", "")
        if name in weights:
            raise FileFormatError(path, f"a second task for {name!r}", row=task.row)
        weights[name] = weight
        if task.name == "IKCoordinateTask":
            kind = _value_type(task, path)
            if kind == "manual_value":
                target[name] = number(task, "value", 0.0, path)
            elif kind == "from_file":
                from_file.append(name)
    return IkTasks(marker_weight, coordinate_weight, target), tuple(from_file)


def targets_path(tool: Tag, from_file: Sequence[str], path: Path) -> Path | None:
    """The file of the targets that a tool names; None where it names none and `from_file` needs none.

    Raises:
        FileFormatError: coordinates take their targets from a file, and none is named.
    """
    named = file_path(tool, "coordinate_file", path.parent)
    if from_file and named is None:
        problem = f"{', '.join(from_file)} take their targets from a file, but <coordinate_file> is empty"
        raise FileFormatError(path, problem, row=tool.row)
    return named


def _weight(task: Tag, path: Path) -> float | None:
    """Weight of a task; None where it does not count."""
    weight = number(task, "weight", 0.0, path)
    if not 0 <= weight < np.inf:
        name = task.attributes.get("name", "")
        problem = f"weight of {name} is {weight:g}, expected a finite number, 0 or more"
        raise FileFormatError(path, problem, row=task.row)
    return weight if truth(task, "apply", True, path) and weight > 0 else None


def _value_type(task: Tag, path: Path) -> str:
    kind = task.value("value_type", "default_value")
    if kind not in VALUE_TYPES:
        problem = f"<value_type> is {kind!r}, allowed are {', '.join(VALUE_TYPES)}"
        raise FileFormatError(path, problem, row=task.row)
    return kind
