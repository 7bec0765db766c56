"""A subject's body from the markers of any trial: scale factors, marker places and poses, estimated together.

No static pose is needed. What the markers cannot tell apart (a longer thigh, or a knee marker placed lower)
is told apart by priors, which are the settings: how far markers sit from where the model has them, and how
far bodies differ in proportion. Standard deviations come with everything, so that what only the prior says is
seen to be so. The idea of estimating all at once is Reinbolt et al. (J Biomech 2005;38:621) and, with priors
on the scales, Werling et al. (PLoS ONE 2023;18:e0295152); kinelab's search is in `joint_estimation_solver`.

How far to trust it, from 18 runners (benchmarks/skeleton_runners.py): one standing frame with markers at knee
and ankle gave their shanks within 0.7 % on average. Running, with none there, gave them 3.9 % too long, for
skin that moves with the stride is taken for movement of the bone; no standard deviation here knows of that.
So where there is a static trial, estimate from it. Thighs came within 1.5 % and 2.0 %, of a regression.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.ik_setup import uniform_tasks
from kinelab.body.inverse import solve
from kinelab.body.joint_estimation_frames import diverse_frames
from kinelab.body.joint_estimation_groups import check_groups, default_groups, scale_basis
from kinelab.body.joint_estimation_result import Estimate, assembled, moved
from kinelab.body.joint_estimation_solver import Found, Sought, pose_costs, solve_jointly
from kinelab.body.model import BodyModel, Marker
from kinelab.body.scaling import UNIT_MIX_UP
from kinelab.core.checks import Array, BoolArray, Problems
from kinelab.errors import InputError

FEWEST_MARKERS = 4
MARKER_SD_M = 0.010
FAR_M = 0.05  # markers of one body nearer than this say too little about its size
WORTH = 1.0  # fall of a frame's cost, in squared standard deviations, that is another minimum


@dataclass(frozen=True)
class EstimateSettings:
    """Priors, as standard deviations, and how much of the trial is used.

    groups: bodies that share factors, by a name; None = left with right, and short bodies without markers
    with a neighbour. marker_sd_m: how far a marker sits from its place in the model, one value, or by marker
    name with "" for the rest. Markers that the model calls fixed (on a bone, not to be moved by OpenSim) are
    held to it, the others may leave it more freely; 0 pins a marker. group_sd, axis_sd: of log factors, of a
    group round the overall size, and of an axis round its group's (0 = all three alike). size: overall size
    over the model's, where known (say height over height), with size_sd. measurement_sd_m: misfit of a marker
    in one frame, skin included. mass_kg: the subject's, spread as in the model; None = the model's.
    frames: how many take part at most.
    """

    groups: Mapping[str, Sequence[str]] | None = None
    marker_sd_m: float | Mapping[str, float] = MARKER_SD_M
    group_sd: float = 0.07
    axis_sd: float = 0.0
    size: float = 1.0
    size_sd: float = 0.20
    measurement_sd_m: float = 0.010
    mass_kg: float | None = None
    frames: int = 40
    seed: int = 0

    def __post_init__(self) -> None:
        with Problems("EstimateSettings") as problems:
            for name in ("group_sd", "size", "size_sd", "measurement_sd_m"):
                value = getattr(self, name)
                problems.add_if(not 0 < value < np.inf, f"{name} is {value}, expected a number above 0")
            problems.add_if(not 0 <= self.axis_sd < np.inf, f"axis_sd is {self.axis_sd}, expected 0 or more")
            problems.add_if(self.frames < 1, f"frames is {self.frames}, expected 1 or more")
            given = self.marker_sd_m
            for name, sd in given.items() if isinstance(given, Mapping) else [("", given)]:
                wrong = not 0 <= sd < 1
                problems.add_if(wrong, f"marker_sd_m {name} is {sd}, expected metres, 0 to 1")


def estimate(
    model: BodyModel,
    marker_names: Sequence[str],
    marker_m: Array,
    settings: EstimateSettings | None = None,
) -> Estimate:
    """Estimate scales, marker shifts and poses from a trial, marker_m (T, K, 3) m in ground, NaN = not seen.

    Names are the model's; markers that the model lacks are left out. Up to `settings.frames` frames with
    postures as different as there are take part.

    Raises:
        InputError: shapes that disagree, fewer than four common markers (both lists are told), no frame with
            markers, millimetres taken as metres, groups that name no body or one twice.
    """
    settings = settings or EstimateSettings()
    used, columns = _common(model, marker_names, marker_m)
    rows = diverse_frames(marker_m[:, columns], settings.frames, settings.seed)
    if not rows.size:
        raise InputError(f"none of the {marker_m.shape[0]} frames shows a marker of model {model.name}")
    small = model.with_markers(used)
    seen_m = np.where(_seen(marker_m)[..., None], marker_m, np.nan)[rows][:, columns]
    groups = _groups(small, settings)
    sought = Sought(
        small,
        seen_m,
        settings.measurement_sd_m,
        scale_basis(small, groups, (settings.size, settings.size_sd), settings.group_sd, settings.axis_sd),
        np.array([_marker_sd_m(marker, settings) for marker in used]),
        np.array([not marker.fixed for marker in used]),
    )
    found = _search(sought, _rough_size(small, seen_m, settings.size))
    return assembled(model, sought, found, rows, settings.mass_kg)


def _common(
    model: BodyModel, marker_names: Sequence[str], marker_m: Array
) -> tuple[tuple[Marker, ...], list[int]]:
    """Markers of the model that the trial shows, and their columns."""
    names = list(marker_names)
    if marker_m.ndim != 3 or marker_m.shape[1:] != (len(names), 3):
        raise InputError(f"marker_m has shape {marker_m.shape}, expected (T, {len(names)}, 3)")
    seen = np.logical_or.reduce(_seen(marker_m), axis=0)
    used = tuple(
        marker for marker in model.markers if marker.name in names and seen[names.index(marker.name)]
    )
    if len(used) < FEWEST_MARKERS:
        raise InputError(
            f"{len(used)} markers of model {model.name} in the trial, expected {FEWEST_MARKERS} or more; the "
            f"model has {', '.join(model.marker_names) or 'none'}; the trial {', '.join(names) or 'none'}"
        )
    return used, [names.index(marker.name) for marker in used]


def _seen(marker_m: Array) -> BoolArray:
    """(T, K) True where the marker has a place."""
    return np.asarray(np.logical_and.reduce(np.isfinite(marker_m), axis=2))


def _groups(model: BodyModel, settings: EstimateSettings) -> Mapping[str, Sequence[str]]:
    if settings.groups is None:
        return default_groups(model, [marker.body for marker in model.markers])
    check_groups(model, settings.groups)
    return settings.groups


def _marker_sd_m(marker: Marker, settings: EstimateSettings) -> float:
    given = settings.marker_sd_m
    if isinstance(given, Mapping):
        return given.get(marker.name, given.get("", MARKER_SD_M))
    return given


def _rough_size(model: BodyModel, seen_m: Array, size: float) -> float:
    """Measured over model distance of markers on one body, median; `size` where no body has two far apart.

    Raises:
        InputError: the trial is not in metres.
    """
    placed_m = forward(model, model.default_coordinates).marker_m
    first, second = np.triu_indices(len(model.markers), 1)
    body = np.array([marker.body for marker in model.markers])
    one_body = body[first] == body[second]
    in_model = np.linalg.norm(placed_m[first] - placed_m[second], axis=1)
    rigid = one_body & (in_model > FAR_M)
    kept = rigid if rigid.any() else in_model > FAR_M  # pairs of two bodies still tell the unit
    measured = np.linalg.norm(seen_m[:, first[kept]] - seen_m[:, second[kept]], axis=2)
    together = np.isfinite(measured).any(axis=0)
    if not together.any():
        return size
    ratio = float(np.median(np.nanmedian(measured[:, together], axis=0) / in_model[kept][together]))
    if not 1 / UNIT_MIX_UP < ratio < UNIT_MIX_UP:
        unit = "millimetres or centimetres" if ratio > 1 else "a larger unit"
        raise InputError(
            f"markers are about {ratio:.3g} times as far apart as in model {model.name}: the trial is in "
            f"{unit}, taken as metres; give it in metres"
        )
    return ratio if rigid.any() else size


def _search(sought: Sought, rough_size: float) -> Found:
    """Poses by inverse kinematics, then all together; twice, so that poses can leave a wrong minimum."""
    p = sought.scales.prior_mean.copy()
    p[0] = np.log(rough_size)
    shift_m = np.zeros((len(sought.model.markers), 3))
    found = solve_jointly(sought, _poses(sought, p, shift_m), p, shift_m)
    q, other = found.coordinates, _poses(sought, found.p, found.shift_m)
    gain = pose_costs(sought, q, found.p, found.shift_m) - pose_costs(sought, other, found.p, found.shift_m)
    if not (gain > WORTH).any():
        return found
    q = np.where((gain > WORTH)[:, None], other, q)
    again = solve_jointly(sought, q, found.p, found.shift_m)
    return min(found, again, key=lambda one: one.cost)


def _poses(sought: Sought, p: Array, shift_m: Array) -> Array:
    scaled = moved(sought.model.scaled(sought.scales.factors(p)), shift_m)
    names = scaled.marker_names
    return np.array(solve(scaled, names, sought.marker_m, uniform_tasks(names)).coordinates)
