"""Scale factors from measured distances, as OpenSim's ScaleTool takes them.

    factor of a measurement = mean over its pairs of markers of
                              (mean over frames of the measured distance) / (distance in the default pose)

The rules were found by running ScaleTool 4.6 on made-up trials: the steps of the order replace, axis by axis,
what earlier ones gave; so do later measurements. Frames run from the last one at or before the time range's
start to the first one at or after its end.

Where kinelab differs: OpenSim drops a whole measurement, with a line in its log, when one of its markers is
missing, or lost in a single frame of the range, and scales the body by 1. Here the frames in which a pair is
seen are enough, and a pair that is never seen is an error that names the bodies left without a factor, unless
`missing` is "skip". A factor that can only come from a mixed-up unit is an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.model import GROUND, Body, BodyModel
from kinelab.body.scale_setup import AXES, Measurement, ModelScaling
from kinelab.body.time_range import covering
from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.errors import InputError

Missing = Literal["error", "skip"]
# No adult is a twentieth or twenty times any model's size: the unit is wrong by 10, 100 or 1,000.
UNIT_MIX_UP = 20.0


def scale_factors(
    model: BodyModel, scaling: ModelScaling, markers: Keypoints | None = None, missing: Missing = "error"
) -> Array:
    """Factors (S, 3) for `BodyModel.scaled`; 1 for what neither a measurement nor a hand-set factor names.

    markers: the trial that measurements are taken from, in m, of any frame; None where none are.

    Raises:
        InputError: measurements without a trial; a marker that the model or the trial lacks, or never shows
            (with "skip" such measurements are left out); two markers at one place in the model; a measurement
            or a hand-set factor for no body of the model; a time range outside the trial; millimetres as
            metres.
    """
    factors = dict.fromkeys(model.body_names, np.ones(3))
    for step in scaling.order:
        if step == "manualScale":
            _check_bodies(model, scaling.manual)
            factors |= scaling.manual
            continue
        for body, axes, factor in _by_body(model, scaling, markers, missing):
            factors[body] = np.where([axis in axes for axis in AXES], factor, factors[body])
    factors[GROUND] = np.ones(3)
    return np.array([factors[body.scaled_as] for body in model.bodies])


def measured_factors(
    model: BodyModel, scaling: ModelScaling, markers: Keypoints, missing: Missing = "error"
) -> dict[str, float]:
    """The factor of each measurement, by its name.

    Raises:
        InputError: as `scale_factors`.
    """
    if not scaling.measurements:
        return {}
    missing_markers = _check_names(model, scaling, markers, missing)
    rows = covering(markers.time_s, scaling.time_range_s)
    placed_m = forward(model, model.default_coordinates).marker_m
    factors: dict[str, float] = {}
    lost: dict[str, str] = {}
    for measurement in scaling.measurements:
        gone = [name for pair in measurement.pairs for name in pair if name in missing_markers]
        ratios = [] if gone else [_ratio(model, placed_m, markers, rows, pair) for pair in measurement.pairs]
        if gone or any(np.isnan(ratio) for ratio in ratios):
            never = [pair for pair, ratio in zip(measurement.pairs, ratios, strict=False) if np.isnan(ratio)]
            lost[measurement.name] = ", ".join(gone) or "; ".join(f"{a} with {b}" for a, b in never)
            continue
        factors[measurement.name] = float(np.mean(ratios))
    if lost and missing == "error":
        raise InputError(_not_measured(model, scaling, lost, markers.time_s[rows]))
    _check_unit(factors)
    return factors


def with_mass(
    scaled: BodyModel, factors: Array, mass_kg: float | None, preserve_distribution: bool = True
) -> BodyModel:
    """The scaled model with the masses and moments of inertia that go with its size.

    scaled: what `BodyModel.scaled(factors)` gave, whose masses are still the unscaled model's. Masses are
    ScaleTool's: with preserve_distribution each body keeps its share, else its share grows with its volume;
    then all are brought to mass_kg (None: no further change). Inertia is that of the same matter stretched
    by the factors, exactly: with P the second moments of mass, I = tr(P) 1 - P and P' = S P S. For equal
    factors OpenSim's is the same; for unequal ones OpenSim takes the body for a cylinder instead.

    Raises:
        InputError: a mass that is not positive, or of a model without masses.
    """
    total = scaled.mass_kg
    if mass_kg is not None and not (0 < mass_kg < np.inf and total > 0):
        raise InputError(
            f"mass {mass_kg:g} kg for model {scaled.name} of {total:g} kg; expected both above 0"
        )
    share = np.ones(len(scaled.bodies)) if preserve_distribution else np.prod(factors, axis=1)
    if mass_kg is not None:
        masses = np.array([body.mass_kg for body in scaled.bodies])
        share = share * mass_kg / float(masses @ share)
    bodies = zip(scaled.bodies, factors, share, strict=True)
    return replace(scaled, bodies=tuple(_heavier(body, s, float(ratio)) for body, s, ratio in bodies))


def _heavier(body: Body, factors: Array, ratio: float) -> Body:
    inertia = np.asarray(body.inertia_kgm2)
    moments = 0.5 * np.trace(inertia) * np.eye(3) - inertia
    moments = ratio * factors[:, None] * moments * factors
    return replace(body, mass_kg=body.mass_kg * ratio, inertia_kgm2=np.trace(moments) * np.eye(3) - moments)


def _by_body(
    model: BodyModel, scaling: ModelScaling, markers: Keypoints | None, missing: Missing
) -> list[tuple[str, str, float]]:
    """(body, axes, factor) of each measurement in turn."""
    if not scaling.measurements:
        return []
    if markers is None:
        names = ", ".join(measurement.name for measurement in scaling.measurements)
        raise InputError(f"measurements {names} need the markers of a static trial; none were given")
    factors = measured_factors(model, scaling, markers, missing)
    for measurement in scaling.measurements:
        # Set-ups are written for families of models: some name a patella that this one lacks.
        if not any(body in model.body_names for body in measurement.axes):
            _check_bodies(model, measurement.axes)
    return [
        (body, axes, factors[measurement.name])
        for measurement in scaling.measurements
        if measurement.name in factors
        for body, axes in measurement.axes.items()
        if body in model.body_names
    ]


def _check_bodies(model: BodyModel, named: Iterable[str]) -> None:
    unknown = [name for name in named if name not in (*model.body_names, GROUND)]
    if unknown:
        raise InputError(
            f"scale factors for {', '.join(unknown)}, no body of model {model.name}; "
            f"there are {', '.join(model.body_names)}"
        )


def _check_names(
    model: BodyModel, scaling: ModelScaling, markers: Keypoints, missing: Missing
) -> frozenset[str]:
    """Names that measurements use and the model or the trial lacks."""
    names = dict.fromkeys(
        name for measurement in scaling.measurements for pair in measurement.pairs for name in pair
    )
    no_model = [name for name in names if name not in model.marker_names]
    no_trial = [name for name in names if not markers.skeleton.has(name)]
    if missing == "error" and no_model:
        have = ", ".join(model.marker_names) or "none (does the set-up name a marker set of its own?)"
        raise InputError(
            f"measurements use {', '.join(no_model)}, no marker of model {model.name}; it has {have}"
        )
    if missing == "error" and no_trial:
        lost = {m.name: "" for m in scaling.measurements if any(n in no_trial for p in m.pairs for n in p)}
        raise InputError(
            f"measurements use {', '.join(no_trial)}, which the trial lacks: "
            f"{_left_without(model, scaling, lost)}; the trial has {', '.join(markers.skeleton.landmarks)}"
        )
    return frozenset((*no_model, *no_trial))


def _ratio(
    model: BodyModel, placed_m: Array, markers: Keypoints, rows: slice, pair: tuple[str, str]
) -> float:
    """Measured over model distance of a pair; NaN where no frame has both."""
    first, second = pair
    in_model = float(
        np.linalg.norm(placed_m[model.marker_index(first)] - placed_m[model.marker_index(second)])
    )
    if in_model < 1e-6:
        raise InputError(f"{first} and {second} are at one place in model {model.name}: no factor from them")
    measured = np.linalg.norm(markers.of(first)[rows] - markers.of(second)[rows], axis=1)
    seen = np.isfinite(measured)
    return float(measured[seen].mean()) / in_model if seen.any() else np.nan


def _check_unit(factors: dict[str, float]) -> None:
    typical = float(np.median(list(factors.values()))) if factors else 1.0
    if 1 / UNIT_MIX_UP < typical < UNIT_MIX_UP:
        return
    truth = "the markers are in millimetres or centimetres" if typical > 1 else "the model is not in metres"
    raise InputError(
        f"measured distances are about {typical:.3g} times the model's: {truth}, taken as metres; "
        "give the trial in metres"
    )


def _not_measured(model: BodyModel, scaling: ModelScaling, lost: dict[str, str], time_s: Array) -> str:
    told = "; ".join(f"{name} ({why})" for name, why in lost.items())
    return (
        f"never seen together between {time_s[0]:g} and {time_s[-1]:g} s, for measurements {told}: "
        f"{_left_without(model, scaling, lost)}"
    )


def _left_without(model: BodyModel, scaling: ModelScaling, lost: dict[str, str]) -> str:
    """Bodies that would get no factor when these measurements are lost."""

    def bodies(measurements: list[Measurement]) -> dict[str, None]:
        return dict.fromkeys(body for measurement in measurements for body in measurement.axes)

    kept = bodies([m for m in scaling.measurements if m.name not in lost])
    gone = [body for body in bodies([m for m in scaling.measurements if m.name in lost]) if body not in kept]
    without = [body for body in gone if body in model.body_names and body not in scaling.manual]
    return f"{', '.join(without)} would get no scale factor" if without else "some axes would get no factor"
