"""The model of this subject: scaled by a ScaleTool set-up, or from the markers of any trial."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kinelab.body.joint_estimation import EstimateSettings
from kinelab.body.joint_estimation import estimate as estimate_jointly
from kinelab.body.marker_placement import place_markers
from kinelab.body.model import BodyModel
from kinelab.body.motion_file import read_coordinates
from kinelab.body.scale_setup import MarkerPlacing, ScaleSetup
from kinelab.body.scaling import scale_factors, with_mass
from kinelab.body.time_range import covering
from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.subject import Subject
from kinelab.errors import FileFormatError, InputError
from kinelab.markers.model_markers import joined

_STATIC_FRAMES = 5  # of a static trial, among those of the moving one


@dataclass(frozen=True, eq=False)
class SubjectModel:
    """The scaled model, its factors (S, 3) relative to the model that was given, and how, in words."""

    model: BodyModel
    factors: Array
    notes: tuple[str, ...]


def unscaled(model: BodyModel) -> SubjectModel:
    """The model as it is."""
    return SubjectModel(model, np.ones((len(model.bodies), 3)), ("the model was not scaled",))


def by_setup(model: BodyModel, setup: ScaleSetup, static: Keypoints | None, subject: Subject) -> SubjectModel:
    """Scale and place the markers as OpenSim's ScaleTool does with this set-up.

    static: the static trial under the model's marker names. The subject's mass counts before the set-up's.

    Raises:
        InputError: the set-up measures and there is no static trial, a marker is missing in it, ... (see
            `body.scaling.scale_factors`, `body.marker_placement.place_markers`).
    """
    if static is None and (setup.placing or (setup.scaling and setup.scaling.measurements)):
        raise InputError(f"{setup.path.name} measures a static trial; give it with --static")
    try:
        return _by_setup(model, setup, static, subject)
    except FileFormatError:
        raise
    except InputError as error:
        raise InputError(f"{setup.path.name}, on the static trial: {error}") from error


def _by_setup(
    model: BodyModel, setup: ScaleSetup, static: Keypoints | None, subject: Subject
) -> SubjectModel:
    notes = [f"scaled by {setup.path.name}", *setup.notes]
    factors = np.ones((len(model.bodies), 3))
    scaled = model
    if setup.scaling is not None:
        factors = scale_factors(model, setup.scaling, static)
        keep = setup.scaling.preserve_mass_distribution
        scaled = with_mass(model.scaled(factors), factors, subject.mass_kg or setup.mass_kg, keep)
    if setup.placing is not None and static is not None:
        placed = place_markers(scaled, setup.placing, static, _targets(model, setup.placing))
        scaled = placed.model
        notes += ["markers moved to where the static trial has them", *placed.notes]
    return SubjectModel(scaled, factors, tuple(notes))


def _targets(model: BodyModel, placing: MarkerPlacing) -> dict[str, float]:
    """Values, rad or m, of the coordinates that the placing takes from a file: means over its time range."""
    if not placing.from_file or placing.coordinate_path is None:
        return {}
    time_s, there = read_coordinates(model, placing.coordinate_path)
    rows = covering(time_s, placing.time_range_s)
    means = {name: float(there[rows, model.coordinate_index(name)].mean()) for name in placing.from_file}
    lacking = [name for name, value in means.items() if not np.isfinite(value)]
    if lacking:
        raise FileFormatError(placing.coordinate_path, f"has no values of {', '.join(lacking)}")
    return means


def by_markers(
    model: BodyModel, trial: Keypoints, static: Keypoints | None, subject: Subject, settings: EstimateSettings
) -> SubjectModel:
    """Estimate sizes, marker places and poses together (`body.joint_estimation`), static trial or not.

    trial and static under the model's marker names.

    Raises:
        InputError: see `body.joint_estimation.estimate`.
    """
    names, position = trial.skeleton.landmarks, trial.position
    still = None
    if static is not None:
        rows = np.unique(np.linspace(0, static.n - 1, min(static.n, _STATIC_FRAMES)).astype(np.int64))
        still = replace(
            static,
            time_s=static.time_s[rows],
            position=static.position[rows],
            confidence=static.confidence[rows],
            sd=None,
        )
        names, position = joined(still, trial)
    found = estimate_jointly(model, names, position, replace(settings, mass_kg=subject.mass_kg))
    chosen = "" if still is None else f" ({(found.frames < still.n).sum()} of them of the static trial)"
    note = f"scaled from the markers of {found.frames.size} frames{chosen}, {1000 * found.rms_m:.1f} mm RMS"
    return SubjectModel(found.model, found.scales, (note, *found.notes))
