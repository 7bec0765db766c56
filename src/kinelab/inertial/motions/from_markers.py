"""Segment motion from skin markers: anatomical frames from standing, carried by tracking clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kinelab.body.anatomical_frames import leg_frames
from kinelab.body.calibrated_clusters import Cluster, calibrate, track
from kinelab.core.checks import Array
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.inertial.segment_motion import Activity, SegmentMotion
from kinelab.signals.filters import low_pass
from kinelab.signals.gaps import fill_gaps

SEGMENTS = ("pelvis", "thigh_r", "thigh_l", "shank_r", "shank_l", "foot_r", "foot_l")
PUBLISHED_CUTOFF_HZ = 10.0
LONGEST_GAP_S = 0.1


@dataclass(frozen=True)
class MarkerSet:
    """What a laboratory's labels mean.

    landmarks: labels by the names that `anatomical_frames.leg_frames` takes; clusters: the tracking markers
    of each of `SEGMENTS`. A sensor sits in the middle of its cluster.
    """

    landmarks: Mapping[str, str]
    clusters: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class MarkerTrial:
    """Labels (M,), markers (T, M, 3) m in ground (X forward, Y up, Z right), NaN = not seen."""

    person: str
    trial: str
    activity: Activity
    time: Timebase
    labels: Sequence[str]
    marker_m: Array


def person_clusters(standing: Mapping[str, ArrayLike], marker_set: MarkerSet) -> tuple[Cluster, ...]:
    """The clusters of `SEGMENTS` of a person who stands upright facing X, from markers (3,) m by label.

    Raises:
        InputError: landmarks or clusters that are not there (they are named).
    """
    places = {name: standing[label] for name, label in marker_set.landmarks.items() if label in standing}
    frames = leg_frames(places)
    return tuple(calibrate(name, frames[name], marker_set.clusters[name], standing) for name in SEGMENTS)


def motion_from_markers(
    clusters: Sequence[Cluster], trial: MarkerTrial, cutoff_hz: float = PUBLISHED_CUTOFF_HZ
) -> SegmentMotion:
    """How segments and the sensors on their clusters move. Sensor axes are the segments' anatomical axes.

    Markers are low-passed at `cutoff_hz` (second-order recursive Butterworth, both ways; 10 Hz as Rapp et al.
    2021) before the clusters are fitted. A marker that is hidden while three others of its cluster are seen
    is put where the cluster carries it, with its own deformation interpolated across the gap, so that its
    coming and going moves nothing. Where fewer are seen, gaps up to 0.1 s are bridged and longer ones NaN.

    Where we differ: theirs are the frames of three cluster markers, levelled at foot contacts
    (`placement.level_at_contacts`), with no anatomical frame in the readings.

    Raises:
        InputError: markers that do not fit the labels, or clusters without three markers in the trial.
    """
    if trial.marker_m.shape != (trial.time.n, len(trial.labels), 3):
        raise InputError(
            f"{trial.person} {trial.trial}: markers of shape {trial.marker_m.shape}; expected "
            f"({trial.time.n}, {len(trial.labels)}, 3)"
        )
    shape = (trial.time.n, len(clusters), 3)
    rotation, position = np.empty((*shape, 3)), np.empty(shape)
    for s, cluster in enumerate(clusters):
        shared = [name for name in cluster.marker_names if name in trial.labels]
        markers = trial.marker_m[:, [list(trial.labels).index(name) for name in shared]]
        filled = _filled(cluster, shared, markers, trial.time)
        filtered = low_pass(filled, trial.time.rate_hz, cutoff_hz)
        smooth = np.where(filtered.unfiltered, np.nan, filtered.values)
        pose = track(cluster, shared, smooth).pose
        rotation[:, s] = pose.rotation
        position[:, s] = pose.to_ground(cluster.local_m.mean(axis=0))
    segments = tuple(cluster.segment for cluster in clusters)
    return SegmentMotion(
        trial.person, trial.trial, trial.activity, segments, trial.time, rotation, rotation, position
    )


def _filled(cluster: Cluster, names: Sequence[str], marker_m: Array, time: Timebase) -> Array:
    """Markers (T, K, 3) with what the cluster tells of those hidden, and short gaps of all bridged.

    For each set of markers that is left at some time, the cluster is followed by that set alone in the whole
    trial: how far the hidden ones are from where it carries them is then of one kind before, in and after.
    """
    seen = np.isfinite(marker_m).all(axis=-1)
    result = np.where(seen.sum(axis=1)[:, None, None] >= 3, marker_m, np.nan)
    at = np.arange(time.n)
    for pattern in np.unique(seen, axis=0):
        if pattern.all() or pattern.sum() < 3:
            continue
        left = [name for name, there in zip(names, pattern, strict=True) if there]
        now = (seen == pattern).all(axis=1)
        carried = _carried(cluster, names, left, marker_m[:, pattern])
        if carried is None:
            result[now] = np.nan
            continue
        apart = marker_m - carried
        for k in np.flatnonzero(~pattern):
            known = np.isfinite(apart[:, k]).all(axis=1)
            if known.any():
                moved = [np.interp(at[now], at[known], apart[known, k, axis]) for axis in range(3)]
                result[now, k] = carried[now, k] + np.stack(moved, axis=1)
    return fill_gaps(time.time_s, result, LONGEST_GAP_S).values


def _carried(cluster: Cluster, names: Sequence[str], left: Sequence[str], marker_m: Array) -> Array | None:
    """Where the cluster carries all its markers (T, K, 3) as those left have it; None: on a line."""
    try:
        pose = track(cluster, left, marker_m).pose
    except InputError:
        return None
    local = cluster.local_m[[cluster.marker_names.index(name) for name in names]]
    turned = np.einsum("tij,kj->tki", pose.rotation, local)
    return np.asarray(turned + pose.position_m[:, None])
