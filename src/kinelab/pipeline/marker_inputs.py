"""What a marker analysis reads: trial, static trial, model, set-ups."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kinelab.body.ik_setup import IkSetup, IkTasks, read_ik_setup, read_ik_tasks
from kinelab.body.model import BodyModel, Marker
from kinelab.body.model_file import open_model
from kinelab.body.motion_file import read_coordinates
from kinelab.body.osim_markers import read_marker_set
from kinelab.body.own_body import OWN_BODY_OSIM, keypoint_markers, own_body
from kinelab.body.own_body.anthropometry import HEIGHT_M
from kinelab.body.scale_setup import ScaleSetup, read_scale_setup
from kinelab.body.time_range import in_time_range
from kinelab.body.xml_tree import set_files
from kinelab.core.subject import Subject
from kinelab.errors import FileFormatError, InputError
from kinelab.markers.estimate import CHUNK
from kinelab.markers.trial import Trial, read_trial

_SETS = ("IKTaskSet", "ScaleSet", "MeasurementSet")  # of set-ups; each may stand in a file of its own


@dataclass(frozen=True)
class MarkerOptions:
    """What a user can decide about a marker analysis; each field is an option of `kinelab ik`.

    model None is kinelab's own body. marker_set: markers for the model, in place of its own. vertical: the
    axis of the files that points up (None finds it). c3d_subject: whose markers, where a C3D holds several
    people. synthetic: a computer made the trial, which every result then says.
    """

    model: Path | None = None
    marker_set: Path | None = None
    static: Path | None = None
    ik_setup: Path | None = None
    scale_setup: Path | None = None
    tasks: Path | None = None
    subject: Subject = field(default_factory=Subject)
    scale: bool = True
    repair: bool = True
    view: bool = True
    quick: bool = False
    seed: int = 0
    chunk: int = CHUNK
    vertical: str | None = None
    c3d_subject: str | None = None
    synthetic: bool = False

    def __post_init__(self) -> None:
        if self.scale_setup is not None and not self.scale:
            raise InputError("a scale set-up and --no-scale were both asked for; give one of them")
        if self.ik_setup is not None and self.tasks is not None:
            raise InputError("a set-up and a task set were both given; the set-up holds tasks itself")
        if self.marker_set is not None and self.model is None:
            raise InputError("a marker set needs the model that it belongs to; give it with --model")

    @property
    def files(self) -> tuple[Path, ...]:
        """The files besides the trial that the result rests on."""
        named = (self.model, self.marker_set, self.static, self.ik_setup, self.scale_setup, self.tasks)
        return tuple(path for path in named if path is not None)


@dataclass(frozen=True, eq=False)
class MarkerInputs:
    """Everything read. osim: the model as an .osim file, source of a scaled one; None where it is .json.

    files: those that the set-ups name and that were read besides (marker set, coordinates).
    """

    trial: Trial
    static: Trial | None
    model: BodyModel
    landmarks: tuple[Marker, ...]
    osim: Path | None
    tasks: IkTasks | None
    scale_setup: ScaleSetup | None
    notes: tuple[str, ...]
    model_height_m: float | None = None
    files: tuple[Path, ...] = ()


def read_inputs(trial_path: Path, options: MarkerOptions) -> MarkerInputs:
    """Read and check all inputs before anything is computed or written.

    Raises:
        FileFormatError: a file cannot be read.
        InputError: the inputs do not go together.
        MissingExtraError: an .osim model without the opensim package.
    """
    trial = read_trial(trial_path, options.vertical, options.c3d_subject)
    static = (
        None if options.static is None else read_trial(options.static, options.vertical, options.c3d_subject)
    )
    scale_setup = None if options.scale_setup is None else read_scale_setup(options.scale_setup)
    ik_setup = None if options.ik_setup is None else read_ik_setup(options.ik_setup)
    model, landmarks, osim = _model(options, scale_setup)
    trial, tasks, notes = _tasks(trial, model, ik_setup, options.tasks)
    height_m = HEIGHT_M if options.model is None else None
    files = _named_files(scale_setup, ik_setup, options.tasks)
    return MarkerInputs(trial, static, model, landmarks, osim, tasks, scale_setup, notes, height_m, files)


def _named_files(
    scale_setup: ScaleSetup | None, ik_setup: IkSetup | None, task_set: Path | None
) -> tuple[Path, ...]:
    """What the set-ups have read from files of their own, each once."""
    placing = scale_setup.placing if scale_setup else None
    setups = (scale_setup.path if scale_setup else None, ik_setup.path if ik_setup else None, task_set)
    named = (
        scale_setup.marker_set_path if scale_setup else None,
        placing.coordinate_path if placing and placing.from_file else None,
        ik_setup.coordinate_path if ik_setup and ik_setup.from_file else None,
    )
    sets = (path for setup in setups if setup is not None for path in set_files(setup, _SETS))
    return tuple(dict.fromkeys((*(path for path in named if path is not None), *sets)))


def _model(
    options: MarkerOptions, scale_setup: ScaleSetup | None
) -> tuple[BodyModel, tuple[Marker, ...], Path | None]:
    """The model, with the marker set asked for or else that of a scale set-up; our own body knows landmarks
    besides."""
    path = options.model
    if path is None:
        return own_body(), keypoint_markers(), OWN_BODY_OSIM
    model = open_model(path)
    marker_set = options.marker_set or (scale_setup.marker_set_path if scale_setup else None)
    if marker_set is not None:
        model = model.with_markers(read_marker_set(marker_set))
    return model, (), path if path.suffix.lower() == ".osim" else None


def _tasks(
    trial: Trial, model: BodyModel, setup: IkSetup | None, task_set: Path | None
) -> tuple[Trial, IkTasks | None, tuple[str, ...]]:
    """Weights and targets of a set-up or task set, and the trial cut to the set-up's time range."""
    if task_set is not None:
        tasks, from_file = read_ik_tasks(task_set)
        if from_file:
            problem = f"takes {', '.join(from_file)} from a file that only a whole set-up names; use --setup"
            raise FileFormatError(task_set, problem)
        return trial, tasks, ()
    if setup is None:
        return trial, None, ()
    try:
        rows = in_time_range(trial.markers.time_s, setup.time_range_s)
    except InputError as error:
        raise FileFormatError(setup.path, f"{error}; is the set-up of another trial?") from error
    markers = trial.markers
    cut = dataclasses.replace(
        markers,
        time_s=markers.time_s[rows],
        position=markers.position[rows],
        confidence=markers.confidence[rows],
        sd=None,
    )
    trial = dataclasses.replace(trial, markers=cut)
    return trial, _with_file_targets(setup, model, trial), setup.notes


def _with_file_targets(setup: IkSetup, model: BodyModel, trial: Trial) -> IkTasks:
    """The set-up's tasks with the coordinates that it takes from a motion file, at the trial's times."""
    if not setup.from_file or setup.coordinate_path is None:
        return setup.tasks
    time_s, there = read_coordinates(model, setup.coordinate_path)
    wanted_s = trial.markers.time_s
    step_s = np.median(np.diff(time_s)) if time_s.size > 1 else 0.0
    if wanted_s[0] < time_s[0] - step_s or wanted_s[-1] > time_s[-1] + step_s:
        problem = (
            f"covers {time_s[0]:g} to {time_s[-1]:g} s, the trial is {wanted_s[0]:g} to {wanted_s[-1]:g} s"
        )
        raise FileFormatError(setup.coordinate_path, f"{problem}; is it of another trial?")
    targets = {}
    for name in setup.from_file:
        values = there[:, model.coordinate_index(name)]
        if not np.isfinite(values).all():
            raise FileFormatError(
                setup.coordinate_path, f"has no values of {name}, which {setup.path.name} needs"
            )
        targets[name] = np.interp(wanted_s, time_s, values)
    return setup.tasks.with_targets(targets)
