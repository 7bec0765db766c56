"""The answer of an inverse kinematics, and the same as `Kinematics` for all that follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.model import GROUND, BodyModel
from kinelab.core.checks import Array, BoolArray, IntArray, Problems, read_only
from kinelab.core.kinematics import Kinematics
from kinelab.core.provenance import Provenance
from kinelab.core.subject import Subject
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError

PELVIS = ("pelvis_tx", "pelvis_ty", "pelvis_tz")


@dataclass(frozen=True, eq=False)
class IkResult:
    """T frames of C coordinates, from K markers.

    coordinates (T, C): rad or m, those of couplers set. cost (T,): m^2, OpenSim's objective (see `inverse`);
    NaN without a marker. marker_error_m (T, K): distance of each marker of the trial from the model's; NaN
    where not seen or not used. converged (T,). iterations (T,): of all starts together. at_bound (T, C):
    a clamped coordinate at an end of its range. second_minimum (T,): another pose costs at most 5 % more.
    sd (T, C): rad or m, infinite = not told by the markers, NaN = not known (too few markers for a residual).
    observability (T, C): 0 to 1, see `observability`. valid (T, C): the frame converged and its markers tell
    the coordinate. notes: what was left out, in words.
    """

    coordinate_names: tuple[str, ...]
    coordinates: Array
    cost: Array
    marker_names: tuple[str, ...]
    marker_error_m: Array
    converged: BoolArray
    iterations: IntArray
    at_bound: BoolArray
    second_minimum: BoolArray
    sd: Array
    observability: Array
    valid: BoolArray
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        T, C = self.coordinates.shape
        for name in ("coordinates", "cost", "marker_error_m", "sd", "observability"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        for name in ("converged", "at_bound", "second_minimum", "valid"):
            object.__setattr__(self, name, read_only(getattr(self, name), np.bool_))
        object.__setattr__(self, "iterations", read_only(self.iterations, np.int64))
        with Problems("IkResult") as problems:
            problems.shape("coordinates", self.coordinates, (T, len(self.coordinate_names)))
            for name in ("sd", "observability", "at_bound", "valid"):
                problems.shape(name, getattr(self, name), (T, C))
            for name in ("cost", "converged", "iterations", "second_minimum"):
                problems.shape(name, getattr(self, name), (T,))
            problems.shape("marker_error_m", self.marker_error_m, (T, len(self.marker_names)))

    @property
    def rms_error_m(self) -> Array:
        """Root mean square of the marker errors of each frame, unweighted, (T,) m; NaN without a marker."""
        square = np.where(np.isfinite(self.marker_error_m), self.marker_error_m, 0.0) ** 2
        count = np.isfinite(self.marker_error_m).sum(axis=1)
        return np.asarray(np.sqrt(square.sum(axis=1) / np.where(count > 0, count, np.nan)))


def marker_errors_m(
    model: BodyModel, used: tuple[str, ...], marker_names: Sequence[str], marker_m: Array, poses: Array
) -> Array:
    """Distance of every used marker from the model's, (T, K) m, in the trial's columns; NaN where unseen."""
    column = [list(marker_names).index(name) for name in used]
    own = forward(model, poses).marker_m[:, [model.marker_index(name) for name in used]]
    seen = marker_m[:, column]
    errors = np.full(marker_m.shape[:2], np.nan)
    errors[:, column] = np.linalg.norm(own - np.where(np.isfinite(seen), seen, np.nan), axis=2)
    return errors


def to_kinematics(
    model: BodyModel,
    result: IkResult,
    time: Timebase,
    subject: Subject | None = None,
    provenance: Provenance | None = None,
) -> Kinematics:
    """The coordinates as `Kinematics`: degrees, not valid where not converged or not told by the markers.

    Rotations and coupled coordinates become angles (a coupled one counts as radians, as everywhere in
    OpenSim). pelvis_position_m is pelvis_tx, _ty, _tz, which is what a .mot holds; without them, the origin
    of the first body on ground. pelvis_rotation is that of this body. Other translations have no place in
    `Kinematics`: they are named in the provenance and stay in the result.

    Raises:
        InputError: a time base of another length, or a result of another model.
    """
    if result.coordinate_names != model.coordinate_names:
        raise InputError(f"these coordinates do not belong to model {model.name}")
    if time.n != result.coordinates.shape[0]:
        raise InputError(f"{time.n} times for {result.coordinates.shape[0]} frames")
    angles = [i for i, one in enumerate(model.coordinates) if one.motion != "translational"]
    names = list(model.coordinate_names)
    placed = forward(model, result.coordinates)
    root = model.body_index(next(joint.child for joint in model.joints if joint.parent == GROUND))
    has_pelvis = set(PELVIS) <= set(names)
    position_m = result.coordinates[:, [names.index(p) for p in PELVIS]] if has_pelvis else None
    lengths = [one.name for one in model.coordinates if one.motion == "translational"]
    left_out = [name for name in lengths if name not in PELVIS or not has_pelvis]
    provenance = provenance or Provenance()
    if left_out:
        step = f"translations that are no angles, left out: {', '.join(left_out)}"
        provenance = replace(provenance, steps=(*provenance.steps, step))
    sd = np.where(np.isfinite(result.sd), result.sd, np.nan)
    return Kinematics(
        names=tuple(names[i] for i in angles),
        time=time,
        angle_deg=np.rad2deg(result.coordinates[:, angles]),
        sd_deg=np.rad2deg(sd[:, angles]),
        valid=result.valid[:, angles],
        subject=subject or Subject(),
        provenance=provenance,
        pelvis_rotation=placed.rotation[:, root],
        pelvis_position_m=placed.position_m[:, root] if position_m is None else position_m,
    )
