"""When each camera's clock showed the same moment: from the person's movement, seen by all.

First without any calibration: the speeds of the landmarks rise and fall together in all views, so that their
cross-correlation peaks where two recordings are in step. Then, with a calibration, by the reprojection error,
which for two cameras is the distance from the epipolar line: it is least when the landmarks were seen at one
time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.signal import correlate, correlation_lags

from kinelab.cameras.scene import matched
from kinelab.cameras.tracks import ViewTracks, in_step
from kinelab.core.checks import Array, BoolArray
from kinelab.core.keypoints import Keypoints
from kinelab.core.report import Finding
from kinelab.core.skeletons import Skeleton
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.files.calibration import CameraCalibration
from kinelab.geometry.projection import sight
from kinelab.geometry.triangulation import RobustRule, triangulate
from kinelab.signals.filters import low_pass
from kinelab.signals.gaps import fill_gaps
from kinelab.signals.resampling import resample

_SMOOTH_HZ = 6.0
_LEAST_OVERLAP_S = 1.0
_SURE = 0.5  # correlation that two views of one movement reach
_ALONE = 0.1  # by so much the best peak must pass all that are not its neighbours
_NEIGHBOUR_S = 0.3
_CUT_SD = 3.0
_CLOSE_FRAMES = 3.0
_STEPS = 12
_PX_SD = 0.004  # of the picture's height: what landmarks are off by in any case
_LATE_SD = 3.0  # an offset is spoken of when it is so many sd from none
_INDEPENDENT_HZ = 10.0  # errors of a network closer in time than this repeat each other
_MOST_FRAMES = 400


@dataclass(frozen=True, eq=False)
class Offsets:
    """offset_s (C,): the later clock has the larger; the first camera's is 0. sd_s (C,) its standard
    deviation.

    correlation (C,) of each camera's movement with the others'; sure (C,) False where no peak stands out.
    """

    names: tuple[str, ...]
    offset_s: Array
    sd_s: Array
    correlation: Array
    sure: BoolArray

    def said(self) -> list[str]:
        """A line a camera."""
        return [
            f"{name}: {1000 * o:+.1f} +- {1000 * s:.1f} ms{'' if sure else ' (not sure: no peak stands out)'}"
            for name, o, s, sure in zip(self.names, self.offset_s, self.sd_s, self.sure, strict=True)
        ]

    def findings(self, rate_hz: float) -> list[Finding]:
        """Cameras that are surely not in step with most of the others, where no shift was asked for."""
        found = []
        shift = self.offset_s - np.median(self.offset_s)
        for name, late, sd, sure in zip(self.names, shift, self.sd_s, self.sure, strict=True):
            if sure and abs(late) > max(_LATE_SD * sd, 1 / rate_hz):
                text = (
                    f"{name} shows each moment {1000 * abs(late):.0f} ms ({abs(late) * rate_hz:.0f} frames) "
                    f"{'later' if late > 0 else 'earlier'} than the others; bring them into step with --sync"
                )
                found.append(Finding("warning", text, f"+- {1000 * sd:.0f} ms"))
        return found


def find_offsets(
    names: Sequence[str],
    tracks: Sequence[Keypoints],
    cameras: Sequence[CameraCalibration] | None = None,
    longest_s: float = 5.0,
) -> Offsets:
    """How much later than the first camera's clock each clock shows the same moment, at most `longest_s`.

    cameras: their calibration, if there is one, for the finer search; it may hold more cameras.

    Raises:
        InputError: fewer than two recordings, no landmark in common, too short to tell.
    """
    if len(tracks) < 2:
        raise InputError(f"{len(tracks)} recording; there is nothing to bring into step")
    rate_hz = max(track.rate_hz for track in tracks)
    common = [n for n in tracks[0].skeleton.landmarks if all(t.skeleton.has(n) for t in tracks)]
    if not common:
        raise InputError("the cameras' landmarks have no name in common; use one pose network for all")
    signals = [_movement(track, common, rate_hz) for track in tracks]
    n = len(tracks)
    rows, values, weights = [], [], []
    best = np.zeros((n, n))
    apart = np.zeros((n, n), dtype=bool)
    for a, b in combinations(range(n), 2):
        lag_s, peak, alone = _lag(signals[a], signals[b], rate_hz, longest_s)
        lag_s += tracks[b].time_s[0] - tracks[a].time_s[0]
        best[a, b] = best[b, a] = peak
        apart[a, b] = apart[b, a] = alone
        rows.append(np.eye(n)[b] - np.eye(n)[a])
        values.append(lag_s)
        weights.append(max(peak, 0.01) ** 2 * (1.0 if alone else 0.1))
    offset = _least_squares(np.array(rows), np.array(values), np.array(weights))
    spread = np.array(rows) @ offset - np.array(values)
    sd = np.full(n, max(1.0 / rate_hz, 1.4826 * float(np.median(np.abs(spread)))))
    sure = (best.max(axis=1) >= _SURE) & np.array([apart[i, int(best[i].argmax())] for i in range(n)])
    if cameras is not None:
        views = matched(cameras, names)
        fine, fine_sd = _refined(names, tracks, views, offset, rate_hz)
        # A finer answer far from the coarse one means that something else is wrong (a moved camera): the
        # reprojection error would then be made good with time.
        close = np.abs(fine - fine[0] - offset + offset[0]) <= _CLOSE_FRAMES / rate_hz
        offset, sd = np.where(close, fine, offset), np.where(close, fine_sd, sd)
        sure &= close
    return Offsets(tuple(names), offset - offset[0], sd, best.max(axis=1), sure)


def offsets_seen(
    names: Sequence[str], tracks: Sequence[Keypoints], cameras: Sequence[CameraCalibration] | None = None
) -> Offsets | None:
    """The same for a remark only: None where the recordings are too short to tell."""
    try:
        return find_offsets(names, tracks, cameras)
    except InputError:
        return None


def contradiction(cameras: Sequence[CameraCalibration], tracks: ViewTracks, cut_sd: float = _CUT_SD) -> float:
    """Mean squared error of all sights in standard deviations of a pose network, each cut at cut_sd
    squared.
    """
    px = np.moveaxis(tracks.px, 1, 2)
    height = np.array([max(camera.size_px) for camera in cameras])
    sd = np.where(np.isfinite(px[..., 0]), _PX_SD * height, np.nan)
    points = triangulate([camera.view for camera in cameras], px, sd, RobustRule())
    square = np.minimum((points.error_px / sd) ** 2, cut_sd**2)
    square = np.where(np.isfinite(points.position_m[..., :1]), square, cut_sd**2)
    enough = np.isfinite(sd).sum(axis=-1) >= 2
    there = np.isfinite(sd) & enough[..., None]
    return float(square[there].mean()) if there.any() else cut_sd**2


def _movement(track: Keypoints, names: Sequence[str], rate_hz: float) -> Array:
    """Speed and downward velocity (n, 2 K) of each landmark at rate_hz, in its own spreads; 0 where not
    seen.
    """
    position = track.position[:, [track.skeleton.index(name) for name in names]]
    filled = fill_gaps(track.time_s, position, 0.3).values
    n = int((track.time_s[-1] - track.time_s[0]) * rate_hz) + 1
    time = Timebase(rate_hz, n, float(track.time_s[0]))
    even = resample(track.time_s, filled, time, 0.5)
    smooth = low_pass(even, rate_hz, min(_SMOOTH_HZ, 0.4 * rate_hz)).values
    velocity = np.gradient(smooth, 1 / rate_hz, axis=0)
    signals = np.concatenate([np.linalg.norm(velocity, axis=-1), velocity[..., 1]], axis=1)
    with np.errstate(all="ignore"):
        low, middle, high = np.nanpercentile(np.nan_to_num(signals), [5, 50, 95], axis=0)
    # What jumps is no movement of a person.
    unit = np.clip((signals - middle) / np.maximum(high - low, 1e-9), -1.5, 1.5)
    known: Array = np.nan_to_num(unit)
    return known


def _lag(a: Array, b: Array, rate_hz: float, longest_s: float) -> tuple[float, float, bool]:
    """Time that b is later than a, s, by the peak of the mean correlation; the peak; whether it stands
    out.
    """
    lags = correlation_lags(len(b), len(a))
    overlap = np.minimum(np.minimum(len(a), len(b)), np.minimum(len(a) + lags, len(b) - lags))
    allowed = (np.abs(lags) <= longest_s * rate_hz) & (overlap >= _LEAST_OVERLAP_S * rate_hz)
    if not allowed.any():
        raise InputError(
            f"recordings of {len(a) / rate_hz:.2f} and {len(b) / rate_hz:.2f} s are too short to bring into "
            f"step; they must share {_LEAST_OVERLAP_S:g} s or more"
        )
    product = np.zeros(lags.size)
    own_a, own_b = np.zeros(lags.size), np.zeros(lags.size)
    for k in range(a.shape[1]):
        product += correlate(b[:, k], a[:, k], method="fft")
        # Only what overlaps is compared, so only that counts in the norms.
        own_b += correlate(b[:, k] ** 2, (a[:, k] != 0).astype(float), method="fft")
        own_a += correlate((b[:, k] != 0).astype(float), a[:, k] ** 2, method="fft")
    share = product / np.sqrt(np.maximum(own_a * own_b, 1e-9))
    share = np.where(allowed, share, -1.0)
    top = int(share.argmax())
    lag = float(lags[top])
    if 0 < top < lags.size - 1 and allowed[top - 1] and allowed[top + 1]:
        before, at, after = share[top - 1 : top + 2]
        bend = before - 2 * at + after
        lag += 0.5 * (before - after) / bend if bend < 0 else 0.0
    far = np.abs(lags - lags[top]) > _NEIGHBOUR_S * rate_hz
    second = float(share[far & allowed].max(initial=-1.0))
    return lag / rate_hz, float(share[top]), bool(share[top] - second > _ALONE)


def _least_squares(rows: Array, values: Array, weights: Array) -> Array:
    """Offsets (C,) that agree best with those of all pairs, the first 0; twice, to doubt what disagrees."""
    offset = np.zeros(rows.shape[1])
    for _ in range(5):
        root = np.sqrt(weights)[:, None]
        offset[1:] = np.linalg.lstsq(root * rows[:, 1:], root[:, 0] * values, rcond=None)[0]
        off = np.abs(rows @ offset - values)
        weights = weights / (1 + (off / (2 * np.median(off) + 1e-3)) ** 2)
    return offset


def _refined(
    names: Sequence[str], tracks: Sequence[Keypoints], cameras: Sequence[CameraCalibration], offset: Array,
    rate_hz: float,
) -> tuple[Array, Array]:  # fmt: skip
    """Offsets of the least reprojection error, by Gauss-Newton, and their sd.

    A camera that is late by d sees a landmark d times its image velocity behind. How much of that its place
    in space could take up is projected out, point by point.
    """
    tracks = [_liveliest(track) for track in tracks]
    offset = offset.copy()
    for _ in range(_STEPS):
        normal, right, variance = _late_equations(in_step(names, tracks, offset.tolist()), cameras)
        step = np.linalg.lstsq(normal[1:, 1:], right[1:], rcond=1e-9)[0]
        offset[1:] += np.clip(step, -2 / rate_hz, 2 / rate_hz)
        if np.abs(step).max() < 1e-3 / rate_hz:
            break
    sd = np.zeros(len(offset))
    repeats = max(1.0, rate_hz / _INDEPENDENT_HZ)
    sd[1:] = np.sqrt(np.diag(np.linalg.pinv(normal[1:, 1:])) * variance * repeats)
    return offset, sd


def _late_equations(tracks: ViewTracks, cameras: Sequence[CameraCalibration]) -> tuple[Array, Array, float]:
    """Normal matrix (C, C) and right side (C,) of the offsets, 1/s, and the variance of one coordinate."""
    views = [camera.view for camera in cameras]
    px = np.moveaxis(tracks.px, 1, 2)
    sd = _PX_SD * np.array([max(camera.size_px) for camera in cameras])
    points = triangulate(views, px, np.where(np.isfinite(px[..., 0]), sd, np.nan), RobustRule())
    smooth = low_pass(points.position_m, tracks.rate_hz, min(_SMOOTH_HZ, 0.4 * tracks.rate_hz)).values
    miss, late, slope = [], [], []
    for c, view in enumerate(views):
        local = points.position_m @ view.rotation.T + view.translation_m
        xy = local[..., :2] / local[..., 2:]
        miss.append((sight(view, px[..., c, :]) - xy) * view.focal_px)
        moved = smooth @ view.rotation.T + view.translation_m
        path = moved[..., :2] / moved[..., 2:] * view.focal_px
        late.append(np.gradient(path, 1 / tracks.rate_hz, axis=0))
        by_point = view.rotation[:2] - xy[..., None] * view.rotation[2]
        slope.append(by_point / local[..., 2:, None] * view.focal_px[:, None])
    e, u, j = (np.stack(part, axis=2) for part in (miss, late, slope))  # (T, K, C, 2[, 3])
    weight = 1 / (1 + ((e / sd[:, None]) ** 2).sum(axis=-1) / _CUT_SD**2)
    weight = np.where(np.isfinite(e).all(axis=-1) & np.isfinite(u).all(axis=-1), weight, 0.0)
    weight = np.where((weight > 0).sum(axis=-1, keepdims=True) >= 2, weight, 0.0)
    # What a camera sees off all the time, at one landmark or at all, is its network's or its calibration's
    # fault and no time.
    e, u = _without_mean(e, weight), _without_mean(u, weight)
    keep = weight.any(axis=-1)
    e, u, j, weight = (np.nan_to_num(part[keep]) for part in (e, u, j, weight))
    inverse = np.linalg.pinv(np.einsum("nc,ncai,ncaj->nij", weight, j, j), hermitian=True)
    ju = np.einsum("nc,ncai,nca->nci", weight, j, u)
    je = np.einsum("nc,ncai,nca->ni", weight, j, e)
    normal = np.diag(np.einsum("nc,nca,nca->c", weight, u, u)) - np.einsum("nci,nij,ndj->cd", ju, inverse, ju)
    right = np.einsum("nci,nij,nj->c", ju, inverse, je) - np.einsum("nc,nca,nca->c", weight, u, e)
    left = float(np.einsum("nc,nca,nca->", weight, e, e))
    free = float((2 * (weight > 0).sum(axis=1) - 3).sum())
    return normal, right, left / max(free, 1.0)


def _without_mean(values: Array, weight: Array) -> Array:
    """Values (T, K, C, 2) less their weighted mean over time; 0 where there is no weight."""
    known = np.where(weight[..., None] > 0, values, 0.0)
    mean = np.einsum("tkc,tkca->kca", weight, known) / np.maximum(weight.sum(axis=0), 1e-12)[..., None]
    less: Array = np.where(weight[..., None] > 0, known - mean, 0.0)
    return less


def _liveliest(track: Keypoints) -> Keypoints:
    """The stretch of at most `_MOST_FRAMES` frames in which most moves."""
    if track.n <= _MOST_FRAMES:
        return track
    speed = np.nan_to_num(np.linalg.norm(np.diff(track.position, axis=0), axis=-1)).clip(0, 50).sum(axis=1)
    total = np.convolve(speed, np.ones(_MOST_FRAMES), mode="valid")
    first = int(total.argmax())
    part = slice(first, first + _MOST_FRAMES)
    return Keypoints(
        Skeleton(track.skeleton.name, track.skeleton.landmarks, track.skeleton.links),
        track.time_s[part], track.position[part], track.confidence[part], track.unit,
        None if track.sd is None else track.sd[part],
    )  # fmt: skip
