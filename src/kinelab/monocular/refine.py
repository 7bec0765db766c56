"""From single frames' estimates to one motion of one person: the door of the refinement.

1. `refine_shape`: one size for all frames, with the focal length's doubt.
2. `refine_motion`: smooth motion, frame by frame evidence.
3. `refine_feet`: the floor, and when the feet stand; then 2 again with feet that stand still on it.

Long recordings are worked through in windows that overlap. The standard deviations are those of one frame by
itself: a network errs alike in neighbouring frames, so that their number makes nothing surer.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import median_filter

from kinelab.core.checks import Array, BoolArray, Problems
from kinelab.errors import InputError
from kinelab.monocular.refine_equations import Motion, Shape, Weigher, first_motion, offsets
from kinelab.monocular.refine_evidence import Evidence
from kinelab.monocular.refine_feet import feet_of, find_contact, find_floor, slow, sole_heights_m
from kinelab.monocular.refine_kernel import ROOT
from kinelab.monocular.refine_motion import Contact, Floor, Surroundings, smooth_motion
from kinelab.monocular.refine_shape import Sized, find_shape, shape_slopes

_WINDOW_S, _OVERLAP_S = 8.0, 1.0
_MISFIT_S = 0.5  # over which a misfit is told
_USUAL_MISFIT = 0.71  # of errors as large as their sd say, by the say that rho leaves them
_CHUNK = 300  # frames whose covariance is worked out at a time


@dataclass(frozen=True)
class RefineSettings:
    """height_m: of the person, where known. up (3,): what is up in the camera's axes, where known.
    contact: hold standing feet still; not for swimmers, on water or where the camera moves."""

    height_m: float | None = None
    up: tuple[float, float, float] | None = None
    contact: bool = True

    def __post_init__(self) -> None:
        with Problems("RefineSettings") as problems:
            wrong = self.height_m is not None and not 0.4 < self.height_m < 2.6
            problems.add_if(wrong, f"height_m is {self.height_m}, expected metres (0.4 to 2.6)")


@dataclass(frozen=True, eq=False)
class Refined:
    """motion of T frames in the camera's axes; angle_sd (T, J), rotation_sd (T,), position_sd_m (T,), NaN
    where nothing is told. sized: of the person. misfit (T,): root mean square of the landmarks' errors over
    what their sd lets expect. floor, contact: what the feet stand on and when, where found."""

    motion: Motion
    angle_sd: Array
    rotation_sd: Array
    position_sd_m: Array
    sized: Sized
    misfit: Array
    floor: Floor | None
    contact: Contact | None


def refine(
    evidence: Evidence,
    rate_hz: float,
    settings: RefineSettings | None = None,
    advance: Callable[[int], None] = lambda done: None,
) -> Refined:
    """One motion from the evidence of T frames at a uniform rate; advance: called with the frames done.

    Raises:
        InputError: nothing is told of any frame, or the rate is not positive.
    """
    settings = settings or RefineSettings()
    if not evidence.told.any():
        raise InputError("nothing is told of any frame: no person was looked at")
    if not rate_hz > 0:
        raise InputError(f"rate_hz is {rate_hz:g}; it must be positive")
    sized = find_shape(evidence, settings.height_m)
    motion = _in_windows(evidence, first_motion(evidence, sized.shape), sized.shape, Surroundings(rate_hz))
    advance(evidence.n // 2)
    floor = contact = None
    feet = feet_of(evidence.head)
    if settings.contact and feet.size and evidence.n > 2:
        point_m = offsets(evidence.head, motion, sized.shape)[:, feet] + motion.position_m[:, None]
        still = slow(point_m, rate_hz) & evidence.told[:, None]
        up = None if settings.up is None else np.array(settings.up)
        floor = find_floor(point_m, still, sole_heights_m(evidence.head, sized.shape, feet), up)
        contact = find_contact(point_m, feet, floor, rate_hz)
        contact = replace(contact, stands=contact.stands & evidence.told[:, None])
        motion = _in_windows(evidence, motion, sized.shape, Surroundings(rate_hz, contact, floor))
    advance(evidence.n)
    return _judged(evidence, rate_hz, motion, sized, floor, contact)


def _in_windows(evidence: Evidence, start: Motion, shape: Shape, around: Surroundings) -> Motion:
    parts = []
    for whole, kept in windows(evidence.n, around.rate_hz):
        there = around if around.contact is None else replace(around, contact=around.contact.frames(whole))
        if whole.stop - whole.start < 3:
            found = start.frames(whole)
        else:
            found = smooth_motion(Weigher(evidence.frames(whole)), start.frames(whole), shape, there)
        parts.append(found.frames(slice(kept.start - whole.start, kept.stop - whole.start)))
    arrays = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("rotation", "position_m", "angle")
    )
    return Motion(*arrays)


def windows(n: int, rate_hz: float) -> Iterator[tuple[slice, slice]]:
    """Windows over n frames, and the part of each that is kept: up to the middle of the overlaps."""
    length, overlap = round(_WINDOW_S * rate_hz), round(_OVERLAP_S * rate_hz)
    count = max(1, -(-(n - overlap) // max(length - overlap, 1)))
    edges = np.linspace(0, n, count + 1).round().astype(int)
    half = overlap // 2
    for first, stop in itertools.pairwise(edges):
        yield slice(max(int(first) - half, 0), min(int(stop) + half, n)), slice(int(first), int(stop))


def _judged(
    evidence: Evidence,
    rate_hz: float,
    motion: Motion,
    sized: Sized,
    floor: Floor | None,
    contact: Contact | None,
) -> Refined:
    sd, misfit = [], []
    for start in range(0, evidence.n, _CHUNK):
        rows = slice(start, min(start + _CHUNK, evidence.n))
        one, error = _frame_sd(evidence.frames(rows), motion.frames(rows), sized)
        sd.append(one)
        misfit.append(error)
    told = evidence.told
    worse = np.where(told, np.concatenate(misfit), 0.0)
    size = max(2 * round(_MISFIT_S * rate_hz / 2) + 1, 3)
    typical = median_filter(worse, size=size, mode="nearest")
    spread = np.concatenate(sd) * np.maximum(typical, 1.0)[:, None]
    spread[~told] = np.nan
    return Refined(
        motion=motion,
        angle_sd=spread[:, ROOT:],
        rotation_sd=np.sqrt((spread[:, :3] ** 2).mean(axis=1)),
        position_sd_m=np.sqrt((spread[:, 3:ROOT] ** 2).sum(axis=1)),
        sized=sized,
        misfit=np.where(told, typical, np.nan),
        floor=floor,
        contact=contact,
    )


def _frame_sd(evidence: Evidence, motion: Motion, sized: Sized) -> tuple[Array, Array]:
    """(T, n) standard deviations of each frame's unknowns by itself, and the landmarks' error (T,) in sd."""
    equations = Weigher(evidence).equations(motion, sized.shape)
    slopes = shape_slopes(evidence, motion, sized.shape)
    T, n = equations.gradient.shape
    weighed = (
        slopes.reshape(T, -1, slopes.shape[-1]) * np.repeat(equations.image_weight, 2, axis=1)[..., None]
    )
    border = np.swapaxes(equations.image_slope.reshape(T, weighed.shape[1], n), 1, 2) @ weighed
    matrix = equations.matrix
    matrix[:, range(n), range(n)] += 1e-6
    inverse = np.linalg.inv(matrix)
    through = inverse @ border
    variance = np.einsum("tii->ti", inverse) + np.einsum(
        "tim,mk,tik->ti", through, sized.covariance, through, optimize=True
    )
    seen = equations.image_weight > 0
    error = (equations.image_error**2).sum(axis=-1) * equations.image_weight
    return np.sqrt(variance), _root_mean(error, seen)


def _root_mean(error: Array, seen: BoolArray) -> Array:
    mean = error.sum(axis=1) / np.maximum(2 * seen.sum(axis=1), 1)
    return np.asarray(np.sqrt(mean) / _USUAL_MISFIT)
