"""What the user of the virtual laboratory asks for, as a design: a preset, or the default, with changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from kinelab.errors import InputError
from kinelab.virtual_lab.sensors.placement import FULL_BODY_15
from kinelab.virtual_lab.sessions.design import SEVEN_SENSORS, Filming, LabDesign, Marking, Sensing, Task
from kinelab.virtual_lab.sessions.presets import preset, quick

NONE = "none"
_SENSOR_SETS = {"7": SEVEN_SENSORS, "15": FULL_BODY_15}


@dataclass(frozen=True)
class LabOptions:
    """One value for each option of `kinelab lab make`; None: as the preset has it.

    movement, cameras and sensors are names with commas between them; cameras and sensors can be "none",
    sensors "7" or "15" too. dose (low, high), size_px (width, height).
    """

    preset: str | None = None
    quick: bool = False
    seed: int | None = None
    people: int | None = None
    population: str | None = None
    movement: str | None = None
    trials: int | None = None
    days: int | None = None
    duration_s: float | None = None
    pattern: str | None = None
    dose: tuple[float, float] | None = None
    motion: Path | None = None
    treadmill: bool = False
    outfit: str | None = None
    body: Literal["mesh", "solids"] | None = None
    cameras: str | None = None
    size_px: tuple[int, int] | None = None
    fps: float | None = None
    device: str | None = None
    quality: str | None = None
    camera_height_m: float | None = None
    place: str | None = None
    backgrounds: Path | None = None
    occluders: bool = False
    others: int | None = None
    masks: bool = False
    sensors: str | None = None
    sensor_rate: float | None = None
    sensor_quality: str | None = None
    sensor_format: str | None = None
    markers: str | None = None
    marker_format: str | None = None
    plates: bool = False
    raters: int | None = None


def design_of(options: LabOptions) -> LabDesign:
    """The design that the options describe.

    Raises:
        InputError: an unknown preset, a value out of range, or options that contradict each other.
    """
    start = preset(options.preset) if options.preset is not None else LabDesign()
    filming = _filming(options, start.filming)
    if options.raters and filming is None:
        raise InputError(f"{options.raters} raters are to label videos, but nothing is filmed; add cameras")
    design = replace(
        start,
        tasks=_tasks(options, start.tasks),
        filming=filming,
        sensing=_sensing(options, start.sensing),
        marking=_marking(options, start.marking),
        **_given(options, {name: name for name in _WHO}),
    )
    return quick(design) if options.quick else design


_WHO = ("people", "population", "days", "outfit", "body", "seed")
_TASK = {
    "trials": "trials", "duration_s": "duration_s", "pattern": "pattern", "dose": "dose",
    "treadmill": "treadmill",
}  # fmt: skip
_FILMING = {
    "size_px": "size_px", "fps": "rate_hz", "device": "device", "quality": "quality",
    "camera_height_m": "height_m", "place": "place", "backgrounds": "backgrounds", "occluders": "occluders",
    "others": "others", "masks": "masks",
}  # fmt: skip
_SENSING = {"sensor_rate": "rate_hz", "sensor_quality": "quality", "sensor_format": "form"}
_MARKING = {"markers": "skin", "raters": "raters", "marker_format": "form", "plates": "plates"}


def _given(options: LabOptions, fields: Mapping[str, str]) -> dict[str, Any]:
    """The options that were given, under the names that the design has for them."""
    values = {field: getattr(options, option) for option, field in fields.items()}
    return {field: value for field, value in values.items() if value is not None and value is not False}


def _tasks(options: LabOptions, tasks: tuple[Task, ...]) -> tuple[Task, ...]:
    if options.motion is not None and options.movement is not None:
        raise InputError("a movement and a motion file were both asked for; give one of them")
    if options.movement is not None:
        tasks = tuple(Task(name) for name in _names("movement", options.movement, "walk,squat"))
    if options.motion is not None:
        tasks = (Task("motion", motion_file=options.motion),)
    changed = tuple(replace(task, **_given(options, _TASK)) for task in tasks)
    if options.dose is not None and all(task.pattern is None for task in changed):
        raise InputError("a dose was given without a pattern; say which pattern, such as stiff_knee")
    return changed


def _filming(options: LabOptions, filming: Filming | None) -> Filming | None:
    given = _given(options, _FILMING)
    if options.cameras == NONE:
        _refuse(given, _FILMING, "cameras")
        return None
    if options.cameras is not None:
        given["cameras"] = _names("cameras", options.cameras, "frontal,sagittal")
    return replace(filming or Filming(), **given) if given else filming


def _sensing(options: LabOptions, sensing: Sensing | None) -> Sensing | None:
    given = _given(options, _SENSING)
    if options.sensors in ("0", NONE):
        _refuse(given, _SENSING, "sensors")
        return None
    if options.sensors is not None:
        named = _SENSOR_SETS.get(options.sensors)
        given["segments"] = named or _names("sensors", options.sensors, "pelvis,thigh_r,shank_r, or 7, or 15")
    return replace(sensing or Sensing(), **given) if given else sensing


def _marking(options: LabOptions, marking: Marking | None) -> Marking | None:
    given = _given(options, _MARKING)
    if options.markers == NONE:
        _refuse(given, {name: _MARKING[name] for name in ("marker_format", "plates")}, "markers")
    return replace(marking or Marking(), **given) if given else marking


def _names(what: str, text: str, example: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if not all(names):
        raise InputError(f"{what} is {text!r}, expected names with commas between them, such as {example}")
    return names


def _refuse(given: Mapping[str, object], fields: Mapping[str, str], what: str) -> None:
    """Options of what was left out are a mistake."""
    useless = [option for option, field in fields.items() if field in given]
    if useless:
        raise InputError(f"{what} is {NONE!r}, so {', '.join(useless)} cannot be had; leave one of them out")
