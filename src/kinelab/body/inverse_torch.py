"""Inverse kinematics of many frames in one batch, in torch: the same cost as `inverse`, for a GPU.

Every frame is solved by Levenberg-Marquardt within bounds as `inverse_frame` does it, all frames at once and
each with its own damping; a frame that has converged leaves the batch. It is made for thousands of frames on
a GPU; on a CPU the compiled solver of `inverse` is faster. No gradients flow through it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from kinelab.body.ik_setup import IkTasks
from kinelab.body.inverse_input import check_bounds, check_markers, check_seen, check_unit, checked_tasks
from kinelab.body.inverse_problem import pose_problem, root_problem
from kinelab.body.inverse_starts import WIDEST_RAD, quarter_turns
from kinelab.body.inverse_torch_equations import Equations, Frames
from kinelab.body.inverse_torch_steps import FLOOR_M2, Answer, minimise
from kinelab.body.inverse_trial import JUMP_RAD, MUCH
from kinelab.body.layer import SkeletalLayer
from kinelab.body.model import BodyModel
from kinelab.core.checks import Array, BoolArray, IntArray, Problems
from kinelab.errors import InputError

ROUGH = (1e-4, 30)  # tolerance and iterations of a fit of the root alone
AT_ONCE = {"cpu": 256, "other": 16384}  # frames; on CPU what stays in the cache is fastest
SCOUT = 16  # frames from one random start in time to the next
SPREAD = (1, -1, 2, -2, 4, -4, 8, -8)  # frames that a better pose is offered to, from where it was found
ROUNDS = 12
GAIN = 1e-6  # a pose is better when it costs less by more than this share
BEYOND_RAD = np.pi / 2  # an angle further out of its range is a minimum of the formulas, not of a body


@dataclass(frozen=True)
class BatchSettings:
    """How to solve.

    tolerance: a frame has converged when a full step promises less than this share of its cost; float32 stops
    at some 2e-5. in_time: frames follow one another, so poses are offered from neighbour to neighbour where
    they disagree. starts: random poses that every 16th frame (every frame, if not in_time) is tried from
    besides. frames_at_once bounds the memory, about 0.3 MB a frame for a full body in float64; None = 256 on
    a CPU, else 16,384.
    """

    device: str = "cpu"
    dtype: torch.dtype = torch.float64
    tolerance: float = 1e-9
    max_iterations: int = 100
    in_time: bool = True
    starts: int = 2
    frames_at_once: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        with Problems("BatchSettings") as problems:
            problems.one_of("dtype", self.dtype, tuple(FLOOR_M2))
            problems.add_if(not 0 < self.tolerance < 1, f"tolerance is {self.tolerance:g}, expected 0 .. 1")
            problems.add_if(self.max_iterations < 1, f"max_iterations is {self.max_iterations}")
            problems.add_if(self.starts < 0, f"starts is {self.starts}")
            wrong = self.frames_at_once is not None and self.frames_at_once < 1
            problems.add_if(wrong, f"frames_at_once is {self.frames_at_once}")

    @property
    def width(self) -> int:
        """How many frames are worked on together."""
        return self.frames_at_once or AT_ONCE["cpu" if self.device == "cpu" else "other"]


@dataclass(frozen=True, eq=False)
class BatchAnswer:
    """coordinates (T, C) rad or m, dependent ones set; cost (T,) m^2, NaN = no marker seen.

    converged (T,), and iterations (T,) of the solution that was kept.
    """

    coordinates: Array
    cost: Array
    converged: BoolArray
    iterations: IntArray


def solve_batch(
    model: BodyModel,
    marker_names: Sequence[str],
    marker_m: Array,
    tasks: IkTasks | None = None,
    settings: BatchSettings | None = None,
    start: Array | None = None,
) -> BatchAnswer:
    """Pose the model in every frame of markers (T, K, 3) m in ground, NaN = not seen.

    tasks as in `inverse.solve`. start (T, C) rad or m, from another method or another trial, replaces the fit
    of the root from the model's default pose. Frames without a marker keep their start; their cost is NaN.

    Raises:
        InputError: as `inverse.solve`; a start of another shape or with NaN; a device that is not there.
    """
    settings = settings or BatchSettings()
    marker_m = np.asarray(marker_m, dtype=np.float64)
    check_markers(marker_names, marker_m)
    tasks, _ = checked_tasks(model, marker_names, tasks, len(marker_m))
    check_bounds(model)
    check_unit(model, marker_names, marker_m, tasks)
    shape = (len(marker_m), len(model.coordinates))
    if start is not None and (np.shape(start) != shape or not np.isfinite(start).all()):
        raise InputError(f"start has shape {np.shape(start)} or NaN; expected {shape}, rad or m, all finite")
    _check_device(settings.device)
    with torch.no_grad():
        answer = _solved(_batch(model, marker_names, marker_m, tasks, settings), start)
    check_seen(model, marker_names, answer.cost, tasks)
    return answer


class _Batch(NamedTuple):
    """A problem on a device: all unknowns, the root's alone, and the frames."""

    model: BodyModel
    full: Equations
    root: Equations
    frames: Frames
    settings: BatchSettings

    def minimise(self, pose: Tensor, rows: Tensor) -> Answer:
        """Solve some of the frames from poses (n, C)."""
        limits = (self.settings.tolerance, self.settings.max_iterations)
        return minimise(self.full, pose, self.frames.at(rows), limits, self.settings.width)

    def inner_angles(self) -> list[int]:
        """Columns of the unknown angles that are not the root's."""
        roots = self.root.get_buffer("unknown").tolist()
        inner = [c for c in self.full.get_buffer("unknown").tolist() if c not in roots]
        return [c for c in inner if self.model.coordinates[c].motion == "rotational"]


def _batch(
    model: BodyModel, marker_names: Sequence[str], marker_m: Array, tasks: IkTasks, settings: BatchSettings
) -> _Batch:
    posed, names = pose_problem(model, marker_names, marker_m, tasks)
    used = [model.markers[model.marker_index(name)] for name in names]
    device, dtype = torch.device(settings.device), settings.dtype
    layer = SkeletalLayer(model.with_markers(used), dtype)
    full, root = (
        Equations(problem, layer, dtype).to(device) for problem in (posed, root_problem(model, posed))
    )
    seen, target = posed.problem.seen_m, posed.problem.task_target
    frames = Frames(*(torch.tensor(values, dtype=dtype, device=device) for values in (seen, target)))
    return _Batch(model, full, root, frames, settings)


def _solved(batch: _Batch, start: Array | None) -> BatchAnswer:
    every = torch.arange(len(batch.frames.seen_m), device=batch.frames.seen_m.device)
    pose = _placed_root(batch) if start is None else batch.frames.seen_m.new_tensor(start)
    answer = batch.minimise(pose, every)
    better = _from_random(batch, answer)
    if batch.settings.in_time:
        _spread(batch, answer, better)
    coordinates = batch.full.twists.follow(answer.pose.T.contiguous()).T
    return BatchAnswer(*(np.ascontiguousarray(v.cpu().numpy()) for v in (coordinates, *answer[1:])))


def _placed_root(batch: _Batch) -> Tensor:
    """The default pose moved as a whole to the markers of each frame: (T, C).

    Of the pose as it is and turned by a quarter, a half and three quarters about each of the root's rotations
    the one is taken whose markers fit best once their middle is moved to where it is seen: whichever way the
    person faces. The root's coordinates are then fitted from there.
    """
    unknown = batch.root.get_buffer("unknown").tolist()
    turns = [c for c in unknown if batch.model.coordinates[c].motion == "rotational"]
    starts = batch.frames.seen_m.new_tensor(quarter_turns(batch.model.default_coordinates, turns))
    misfit = torch.stack([batch.full.misfit_of_shape(one, batch.frames.seen_m) for one in starts])
    best = starts[misfit.nan_to_num(torch.inf).argmin(dim=0)]
    return minimise(batch.root, best, batch.frames, ROUGH, batch.settings.width).pose


def _from_random(batch: _Batch, answer: Answer) -> Tensor:
    """Try random poses about the root of the answer; improves it in place, and says where (N,)."""
    better = torch.zeros_like(answer.converged)
    rows = torch.arange(0, len(better), SCOUT if batch.settings.in_time else 1, device=better.device)
    rows = rows[answer.cost[rows].isfinite()]
    free = batch.inner_angles()
    low, high = np.clip([batch.model.coordinates[c].range for c in free], -WIDEST_RAD, WIDEST_RAD).T
    rng = np.random.default_rng(batch.settings.seed)
    for _ in range(batch.settings.starts if free and len(rows) else 0):
        pose = answer.pose[rows]
        pose[:, free] = pose.new_tensor(rng.uniform(low, np.maximum(high, low), (len(rows), len(free))))
        better |= _offered(batch, answer, pose, rows)
    return better


def _offered(batch: _Batch, answer: Answer, pose: Tensor, rows: Tensor) -> Tensor:
    """Solve frames from other poses (n, C) and keep what is better; says where that was (N,)."""
    better = torch.zeros_like(answer.converged)
    if len(rows):
        other = batch.minimise(pose, rows)
        cheaper = other.cost < (1 - GAIN) * answer.cost[rows]
        won = (cheaper & _like_a_body(batch, other.pose)).nonzero().squeeze(1)
        answer.put(rows[won], Answer(*(values[won] for values in other)))
        better[rows[won]] = True
    return better


def _like_a_body(batch: _Batch, pose: Tensor) -> Tensor:
    """Whether no angle of poses (n, C) is far out of its range, the root's apart: (n,).

    Splines of a joint go on as lines beyond their ends, and a knee that has turned round once may then fit
    noise a little better than one that bends.
    """
    inner = batch.inner_angles()
    low, high = pose.new_tensor([batch.model.coordinates[c].range for c in inner]).reshape(-1, 2).T
    angle = pose[:, inner]
    return torch.all((angle > low - BEYOND_RAD) & (angle < high + BEYOND_RAD), dim=1)


def _spread(batch: _Batch, answer: Answer, better: Tensor) -> None:
    """Offer poses to frames near in time until no frame changes; improves the answer in place.

    At first neighbours that disagree are offered each other's pose, then the frames near to each that became
    better are offered what was found there.
    """
    frame = torch.arange(len(better), device=better.device)
    for turn in range(ROUNDS):
        fresh = torch.zeros_like(better)
        for away in SPREAD[:2] if turn == 0 else SPREAD:
            source = (frame - away).clamp(0, len(frame) - 1)
            wanted = better[source] | _disagree(batch, answer, frame, source) if turn == 0 else better[source]
            wanted &= (source != frame) & answer.cost[source].isfinite() & answer.cost.isfinite()
            rows = wanted.nonzero().squeeze(1)
            fresh |= _offered(batch, answer, answer.pose[source[rows]], rows)
        better = fresh
        if not better.any():
            return


def _disagree(batch: _Batch, answer: Answer, frame: Tensor, source: Tensor) -> Tensor:
    unknown = batch.full.get_buffer("unknown")
    step = (answer.pose[frame] - answer.pose[source])[:, unknown].abs().amax(dim=1)
    rough = ~(answer.converged[frame] & answer.converged[source])
    return (step > JUMP_RAD) | (answer.cost[frame] > MUCH * answer.cost[source]) | rough


def _check_device(device: str) -> None:
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise InputError(f"device is {device!r}, but torch sees no GPU here; use 'cpu'")
