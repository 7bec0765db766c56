"""What a joint estimation gives: a subject's body, and how well each part of it is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.joint_estimation_solver import Found, Sought
from kinelab.body.model import BodyModel
from kinelab.body.scaling import with_mass
from kinelab.core.checks import Array, IntArray

PRIOR_ONLY = 0.7  # a posterior sd above this share of the prior's is called a guess

_NAMED = 12  # markers that a note names


@dataclass(frozen=True, eq=False)
class Estimate:
    """A subject's body, and how well it is known.

    model: scaled, markers moved, with the mass. scales (S, 3) and marker_shift_m (M, 3), in the bodies'
    frames, relative to the model that was given; their standard deviations count frames as independent.
    frames (F,): rows of the trial that were used; coordinates (F, C) rad or m; marker_error_m (F, M), NaN
    where not seen. groups: bodies that share factors. notes: what only the priors say, and what was left out.
    """

    model: BodyModel
    scales: Array
    scale_sd: Array
    marker_shift_m: Array
    marker_shift_sd_m: Array
    frames: IntArray
    coordinates: Array
    marker_error_m: Array
    groups: Mapping[str, tuple[str, ...]]
    converged: bool
    notes: tuple[str, ...]

    @property
    def rms_m(self) -> float:
        """Root mean square of the distances of the markers seen, over the frames used."""
        return float(np.sqrt(np.nanmean(self.marker_error_m**2)))


def moved(model: BodyModel, shift_m: Array) -> BodyModel:
    """The model with its markers moved by (M, 3) m in their bodies' frames."""
    return model.with_markers(
        [
            replace(marker, offset_by_scale=marker.offset_by_scale + np.diag(shift))
            for marker, shift in zip(model.markers, shift_m, strict=True)
        ]
    )


def assembled(
    model: BodyModel, sought: Sought, found: Found, rows: IntArray, mass_kg: float | None
) -> Estimate:
    """The estimate for the whole model that was given, of what was found for its markers in the trial."""
    scales = sought.scales.factors(found.p)
    count = found.p.size
    basis = sought.scales.basis
    log_sd = np.sqrt(np.einsum("ij,jk,ik->i", basis, found.covariance[:count, :count], basis))
    at = [model.marker_index(name) for name in sought.model.marker_names]
    shift_m, shift_sd_m = np.zeros((len(model.markers), 3)), np.full((len(model.markers), 3), np.nan)
    shift_m[at] = found.shift_m
    shift_sd_m[at] = np.sqrt(np.diag(found.covariance)[count:]).reshape(-1, 3)
    error_m = np.full((rows.size, len(model.markers)), np.nan)
    placed_m = forward(sought.model, found.coordinates, scales, found.shift_m).marker_m
    error_m[:, at] = np.linalg.norm(sought.marker_m - placed_m, axis=2)
    scaled = with_mass(moved(model.scaled(scales), shift_m), scales, mass_kg)
    return Estimate(
        model=scaled,
        scales=scales,
        scale_sd=scales * log_sd.reshape(-1, 3),
        marker_shift_m=shift_m,
        marker_shift_sd_m=shift_sd_m,
        frames=rows,
        coordinates=found.coordinates,
        marker_error_m=error_m,
        groups=sought.scales.groups,
        converged=found.converged,
        notes=tuple(_notes(model, sought, found)),
    )


def _notes(model: BodyModel, sought: Sought, found: Found) -> list[str]:
    groups = list(sought.scales.groups)
    sd = np.sqrt(np.diag(found.covariance)[1 : 1 + len(groups)])
    guessed = [
        name
        for name, one, prior in zip(groups, sd, sought.scales.prior_sd[1:], strict=False)
        if one > PRIOR_ONLY * prior
    ]
    absent = [name for name in model.marker_names if name not in sought.model.marker_names]
    notes = [] if found.converged else ["the search for sizes and marker places stopped before it converged"]
    if guessed:
        notes.append(
            f"the markers say little about the size of {', '.join(guessed)}: mostly the overall size"
        )
    if absent:
        some = ", ".join(absent[:_NAMED]) + (f" and {len(absent) - _NAMED} more" * (len(absent) > _NAMED))
        notes.append(f"markers of the model that the trial lacks, only scaled: {some}")
    return notes
