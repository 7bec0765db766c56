"""Inverse kinematics: the pose of a skeletal model in every frame, from its markers.

For each frame the coordinates q that minimise OpenSim's cost (Delp et al., IEEE Trans Biomed Eng
2007;54:1940, with OpenSim's way to weigh, see `ik_setup`)

    cost(q) = sum_m w_m |p_m(q) - seen_m|^2 / sum_m w_m + sum_c w_c (q_c - target_c)^2

over the markers seen in that frame (m^2: its root is the weighted RMS distance). Locked coordinates stay,
clamped ones stay in their range, couplers hold exactly. Unlike OpenSim, which goes from frame to frame from
one start, all frames are looked at together: several starts, and poses offered between neighbours until none
finds a better minimum (`inverse_trial`). Each answer says whether it converged, whether another minimum is
nearly as good, and how well the markers tell each coordinate (`observability`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kinelab.body.forward import follow_couplers
from kinelab.body.ik_setup import IkTasks
from kinelab.body.inverse_gaps import hold_unseen, unwind
from kinelab.body.inverse_input import check_bounds, check_markers, check_seen, check_unit, checked_tasks
from kinelab.body.inverse_problem import Posed, pose_problem, root_problem
from kinelab.body.inverse_result import IkResult, marker_errors_m
from kinelab.body.inverse_smooth import smooth
from kinelab.body.inverse_sweep import Answer
from kinelab.body.inverse_trial import Search, solve_trial
from kinelab.body.model import BodyModel
from kinelab.body.observability import all_uncertainties, is_told
from kinelab.core.checks import Array, Problems


@dataclass(frozen=True)
class IkSettings:
    """How to solve.

    tolerance: a frame has converged when a full step promises less than this share of its cost; 1e-9 is a
        thousandth of a coordinate's standard deviation or so. max_iterations: of one frame, from one start.
    starts: random poses to look for better minima from, at one frame in 32; 0 = none.
    marker_sd_m: standard deviation of a marker in each direction; None = from each frame's residual.
    smooth_sd_deg_s2: standard deviation of the angular accelerations, which asks for smooth motion; None =
        every frame for itself. Needs rate_hz. Lengths are taken at one m for one rad.
    threads: 0 = one a core. seed: of the random poses.
    """

    tolerance: float = 1e-9
    max_iterations: int = 100
    starts: int = 3
    marker_sd_m: float | None = None
    smooth_sd_deg_s2: float | None = None
    rate_hz: float | None = None
    threads: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        with Problems("IkSettings") as problems:
            problems.add_if(not 0 < self.tolerance < 1, f"tolerance is {self.tolerance:g}, expected 0 to 1")
            for name, least in (("max_iterations", 1), ("starts", 0), ("threads", 0), ("seed", 0)):
                value = getattr(self, name)
                problems.add_if(value < least, f"{name} is {value}, expected {least} or more")
            for name in ("marker_sd_m", "smooth_sd_deg_s2", "rate_hz"):
                value = getattr(self, name)
                wrong = value is not None and not 0 < value < np.inf
                problems.add_if(wrong, f"{name} is {value}, expected a number above 0")
            lone = self.smooth_sd_deg_s2 is not None and self.rate_hz is None
            problems.add_if(lone, "smooth_sd_deg_s2 needs rate_hz, the frames in a second")


def solve(
    model: BodyModel,
    marker_names: Sequence[str],
    marker_m: ArrayLike,
    tasks: IkTasks | None = None,
    settings: IkSettings | None = None,
) -> IkResult:
    """Coordinates of a scaled model that fit the markers best, frame by frame.

    marker_m (T, K, 3): metres in the ground frame (docs/conventions.md), NaN = not seen. tasks None weighs
    alike all markers that model and trial share. A coordinate that no seen marker moves keeps its value from
    the last frame that told it, else from the next, else its default; it is not `valid` there. A frame
    without any marker has NaN for cost.

    Raises:
        InputError: model without markers, tasks for markers or coordinates that it has not, no marker in
            common or none ever seen, markers in another unit, shapes that disagree.
    """
    chunks = [np.asarray(marker_m, dtype=np.float64)]
    result = next(iter(solve_stream(model, marker_names, chunks, tasks, settings)))
    check_seen(model, marker_names, result.cost, tasks)
    return result


def solve_stream(
    model: BodyModel,
    marker_names: Sequence[str],
    chunks: Iterable[Array],
    tasks: IkTasks | None = None,
    settings: IkSettings | None = None,
) -> Iterator[IkResult]:
    """`solve` for a long trial in chunks (n, K, 3) of consecutive frames: one result a chunk, flat memory.

    Each chunk starts from the pose that the last one ended in. Better minima that a chunk finds do not reach
    back into chunks that were given out, and smoothing does not reach across; where every frame has one
    minimum, the length of the chunks does not matter. Targets of coordinate tasks are single values here,
    unless there is one chunk.

    Raises:
        InputError: as `solve`, for each chunk; a chunk, or a stream, without any marker is none.
    """
    settings = settings or IkSettings()
    before: Array | None = None
    told: Array | None = None
    first_frame = 0
    for chunk in chunks:
        marker_m = np.asarray(chunk, dtype=np.float64)
        check_markers(marker_names, marker_m)
        checked, notes = checked_tasks(model, marker_names, tasks, marker_m.shape[0])
        notes += check_bounds(model)
        check_unit(model, marker_names, marker_m, checked)
        posed, used = pose_problem(model, marker_names, marker_m, checked)
        answer = solve_trial(model, posed, root_problem(model, posed), _search(settings), before, first_frame)
        told = _tidy(model, posed, answer, before, told)
        if settings.smooth_sd_deg_s2 is not None:
            smooth(posed, answer, settings.smooth_sd_deg_s2, settings.rate_hz or 1.0, settings.marker_sd_m)
        answer.pose[:] = follow_couplers(model, answer.pose)
        before = answer.pose[-1].copy()
        first_frame += marker_m.shape[0]
        yield _result(model, posed, used, marker_names, marker_m, answer, notes, settings)


def _search(settings: IkSettings) -> Search:
    limits = (settings.tolerance, settings.max_iterations)
    return Search(limits, settings.starts, settings.threads or os.cpu_count() or 1, settings.seed)


def _tidy(model: BodyModel, posed: Posed, answer: Answer, before: Array | None, told: Array | None) -> Array:
    """Whole turns taken off, unseen coordinates held; what each coordinate was last told."""
    unwind(posed.problem, answer.pose, before)
    return hold_unseen(posed, answer.pose, model.default_coordinates, told)


def _result(
    model: BodyModel,
    posed: Posed,
    used: tuple[str, ...],
    marker_names: Sequence[str],
    marker_m: Array,
    answer: Answer,
    notes: tuple[str, ...],
    settings: IkSettings,
) -> IkResult:
    sd, observability = all_uncertainties(model, posed, answer.pose, answer.cost, settings.marker_sd_m)
    low, high = np.array([one.range for one in model.coordinates]).reshape(-1, 2).T
    clamped = np.array([one.clamped and not one.locked for one in model.coordinates], dtype=np.bool_)
    at_bound = clamped & ((answer.pose <= low) | (answer.pose >= high))
    return IkResult(
        coordinate_names=model.coordinate_names,
        coordinates=answer.pose,
        cost=answer.cost,
        marker_names=tuple(marker_names),
        marker_error_m=marker_errors_m(model, used, marker_names, marker_m, answer.pose),
        converged=answer.converged,
        iterations=answer.iterations,
        at_bound=at_bound,
        second_minimum=np.isfinite(answer.other_cost),
        sd=sd,
        observability=observability,
        valid=answer.converged[:, None] & is_told(model, sd, observability),
        notes=notes,
    )
