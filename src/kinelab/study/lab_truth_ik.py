"""Whether inverse kinematics finds the laboratory's angles again: OpenSim's own tool, live, and ours.

The laboratory's own session folders are read, as a user would: the exported model.osim, markers.trc of rigid
markers, and truth/kinematics.nc for the answers.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinelab.body.inverse import solve
from kinelab.body.model import BodyModel
from kinelab.body.model_file import load_model
from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.core.kinematics import Kinematics
from kinelab.errors import MissingExtraError
from kinelab.files import native
from kinelab.files.opensim_files import read_trc
from kinelab.study.lab_truth_parts import Mark, Part, prose, table
from kinelab.virtual_lab.motion.from_file import motion_from_file
from kinelab.virtual_lab.sessions.design import LabDesign, Marking, Task
from kinelab.virtual_lab.sessions.study_folder import MODEL_FILE, make_trial
from kinelab.virtual_lab.sessions.trial import plan_trials

MOVEMENTS = ("walk", "run", "drop_landing", "sit_down", "squat", "reach_shelf", "kick", "throw")
MARK_DEG = 0.01
ACCURACY = 1e-9
AT_LIMIT_DEG = 0.5  # nearer to the end of its range than that, a coordinate lies at its limit
_RATE_HZ, _FRAMES = 10.0, 15  # OpenSim takes a fifth of a second for a frame


@dataclass(frozen=True, eq=False)
class Recovered:
    """One trial: largest error of each frame, deg, by OpenSim (F,) in some and by us (T,) in all; at_limit
    (F,): a coordinate lies at the end of its range; worst: the coordinate that OpenSim missed most."""

    person: int
    movement: str
    opensim_deg: Array
    ours_deg: Array
    at_limit: BoolArray
    worst: str


def part(seed: int, quick: bool) -> Part:
    """Solve the trials of a few people.

    Raises:
        MissingExtraError: opensim is not installed.
    """
    people, movements = (1, MOVEMENTS[:2]) if quick else (4, MOVEMENTS)
    tasks = tuple(Task(name, duration_s=0.6 if quick else None) for name in movements)
    design = LabDesign(
        people=people, tasks=tasks, filming=None, marking=Marking(_RATE_HZ, "rigid"), seed=seed
    )
    return describe(recover(design))


def recover(design: LabDesign) -> list[Recovered]:
    """Make every trial of a design in a folder that is thrown away, and solve it with both."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder)
        for plan in plan_trials(design):
            trial = make_trial(design, plan, study, motion_from_file)
            found.append(recovered(plan.person, design.tasks[plan.task].movement, trial))
    return found


def recovered(person: int, movement: str, trial: Path) -> Recovered:
    """Solve the markers of one session folder and compare with its truth."""
    model = load_model(trial.parent / MODEL_FILE)
    truth = native.load_as(Kinematics, trial / "truth" / "kinematics.nc")
    names = tuple(name for name in truth.names if not model.coordinates[model.coordinate_index(name)].locked)
    markers = read_trc(trial / "markers.trc")
    true_deg = _at(truth, names, markers.time_s)
    frames = np.unique(np.linspace(0, markers.n - 1, _FRAMES).round().astype(int))
    theirs = opensim_angles(trial.parent / "model.osim", trial / "markers.trc", names, frames)
    result = solve(model, markers.skeleton.landmarks, markers.position)
    ours = np.degrees(result.coordinates[:, [model.coordinate_index(name) for name in names]])
    theirs_off = np.abs(_nearest_turn(theirs - true_deg[frames]))
    return Recovered(
        person,
        movement,
        theirs_off.max(axis=1),
        np.abs(_nearest_turn(ours - true_deg)).max(axis=1),
        _at_limit(model, names, true_deg[frames]),
        names[int(theirs_off.max(axis=0).argmax())],
    )


def opensim_angles(model: Path, markers: Path, names: Sequence[str], frames: IntArray) -> Array:
    """Rotations (F, N) deg at some frames of a marker file, all markers alike, by what OpenSim's
    InverseKinematicsTool runs inside.

    Raises:
        MissingExtraError: opensim is not installed.
    """
    try:
        import opensim
    except ImportError as error:
        raise MissingExtraError("OpenSim's inverse kinematics", "opensim") from error
    opensim.Logger.setLevelString("Off")
    loaded = opensim.Model(str(model))
    state = loaded.initSystem()
    seen, weights = read_trc(markers), opensim.SetMarkerWeights()
    for name in seen.skeleton.landmarks:
        weights.cloneAndAppend(opensim.MarkerWeight(name, 1.0))
    reference = opensim.MarkersReference()
    reference.initializeFromMarkersFile(str(markers), weights)
    nothing = opensim.SimTKArrayCoordinateReference()
    solver = opensim.InverseKinematicsSolver(loaded, reference, nothing, float("inf"))
    solver.setAccuracy(ACCURACY)
    columns = [loaded.getCoordinateSet().get(name) for name in names]
    found = np.empty((frames.size, len(names)))
    for row, frame in enumerate(frames):
        state.setTime(float(seen.time_s[frame]))
        (solver.track if row else solver.assemble)(state)
        found[row] = [coordinate.getValue(state) for coordinate in columns]
    return np.degrees(found)


def describe(trials: Sequence[Recovered]) -> Part:
    """Table by movement, and the marks."""
    rows = []
    for movement in dict.fromkeys(trial.movement for trial in trials):
        mine = [trial for trial in trials if trial.movement == movement]
        free, held, ours = _pooled(mine)
        worst = max(mine, key=lambda trial: trial.opensim_deg.max())
        rows.append(
            (movement, len(mine), free.size + held.size, _largest(free), _largest(held), held.size,
             f"{worst.worst} of person {worst.person}", f"{ours.max():.1e}")
        )  # fmt: skip
    free, held, ours = _pooled(trials)
    people = len({trial.person for trial in trials})
    text = prose(
        f"""Synthetic: {people} people of the default population, rigid markers at {_RATE_HZ:g} Hz,
        OpenSim's InverseKinematicsSolver (which its tool runs) at accuracy {ACCURACY:.0e} on the exported
        model.osim, in {_FRAMES} frames of each trial at most; kinelab's own in all of them. All rotations
        are compared but the 11 that the model locks (knee adduction and rotation, thorax, clavicles), which
        neither solver moves. A frame lies at a limit when an angle is within {AT_LIMIT_DEG:g} deg of the
        end of its range: OpenSim's solver keeps a little away from it. Largest error of any angle, deg."""
    )
    heads = ("movement", "trials", "frames", "OpenSim", "OpenSim, at a limit", "such frames", "most in",
             "kinelab")  # fmt: skip
    # A mark that no frame can miss would be none: movements stay a degree within their ranges.
    at_limit = _mark_at_limit(held) if held.size else ()
    marks = (
        Mark(
            "OpenSim IK returns the angles, frames away from limits",
            f"<= {MARK_DEG:g} deg",
            f"{_largest(free)} deg, n = {free.size}",
            bool(free.size and free.max() <= MARK_DEG),
        ),
        *at_limit,
        Mark(
            "kinelab's IK returns the angles, all frames",
            f"<= {MARK_DEG:g} deg",
            f"{ours.max():.1e} deg, n = {ours.size}",
            bool(ours.max() <= MARK_DEG),
        ),
    )
    return Part("Angles from rigid markers", f"{text}\n\n{table(heads, rows)}", marks)


def _mark_at_limit(errors_deg: Array) -> tuple[Mark]:
    found = f"{_largest(errors_deg)} deg, n = {errors_deg.size}"
    met = bool(errors_deg.max() <= MARK_DEG)
    return (Mark("the same, frames with an angle at its limit", f"<= {MARK_DEG:g} deg", found, met),)


def _pooled(trials: Sequence[Recovered]) -> tuple[Array, Array, Array]:
    """OpenSim's errors away from limits and at them, and ours."""
    theirs = np.concatenate([trial.opensim_deg for trial in trials])
    held = np.concatenate([trial.at_limit for trial in trials])
    return theirs[~held], theirs[held], np.concatenate([trial.ours_deg for trial in trials])


def _largest(values: Array) -> str:
    return f"{values.max():.4f}" if values.size else "-"


def _at(truth: Kinematics, names: Sequence[str], time_s: Array) -> Array:
    """True angles (T, N) deg at the markers' times, which are among the truth's own."""
    rows = np.abs(truth.time.time_s[None] - time_s[:, None]).argmin(axis=1)
    columns = [truth.column(name) for name in names]
    angle_deg: Array = truth.angle_deg[np.ix_(rows, columns)]
    return angle_deg


def _at_limit(model: BodyModel, names: Sequence[str], angle_deg: Array) -> BoolArray:
    """Frames (T,) in which an angle of limited range lies at its end."""
    chosen = [model.coordinates[model.coordinate_index(name)] for name in names]
    low, high = np.degrees([one.range for one in chosen]).T
    clamped = np.array([one.clamped for one in chosen])
    near = (np.minimum(angle_deg - low, high - angle_deg) < AT_LIMIT_DEG) & clamped
    found: BoolArray = near.any(axis=1)
    return found


def _nearest_turn(difference_deg: Array) -> Array:
    """Differences of angles, within half a turn."""
    turned: Array = (difference_deg + 180) % 360 - 180
    return turned
