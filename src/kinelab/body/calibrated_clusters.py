"""Anatomical frames carried by clusters of tracking markers from a standing trial into movement.

Calibrated anatomical systems technique (Cappozzo et al., Clin Biomech 1995;10:171): where the cluster's
markers are in the anatomical frame is found once, standing; in movement the rigid motion that carries those
places onto the measured markers is the frame's pose. The bone landmarks need no markers then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kinelab.body.anatomical_frames import Pose
from kinelab.core.checks import Array, Problems, read_only
from kinelab.errors import InputError
from kinelab.geometry.alignment import fit_rigid


@dataclass(frozen=True, eq=False)
class Cluster:
    """Tracking markers of a segment and their places (K, 3) m in its anatomical frame."""

    segment: str
    marker_names: tuple[str, ...]
    local_m: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "marker_names", tuple(self.marker_names))
        object.__setattr__(self, "local_m", read_only(self.local_m))
        with Problems(f"cluster of {self.segment}") as problems:
            problems.unique("marker_names", self.marker_names)
            problems.shape("local_m", self.local_m, (len(self.marker_names), 3))
            problems.add_if(len(self.marker_names) < 3, "fewer than three markers fix no frame")


@dataclass(frozen=True, eq=False)
class Tracked:
    """A segment in movement: pose over (T,), NaN = not seen, and rms_m (T,) by which its cluster deforms."""

    pose: Pose
    rms_m: Array


def calibrate(
    segment: str, frame: Pose, cluster_names: Sequence[str], standing: Mapping[str, ArrayLike]
) -> Cluster:
    """The cluster of a segment from one standing posture: frame in ground and markers (3,) m by name.

    Markers of the cluster that were not seen standing are left out.

    Raises:
        InputError: fewer than three of the cluster's markers are there (those missing are named).
    """
    seen = [name for name in cluster_names if name in standing and np.isfinite(standing[name]).all()]
    if len(seen) < 3:
        missing = [name for name in cluster_names if name not in seen]
        raise InputError(
            f"{segment}: {len(seen)} of its {len(cluster_names)} tracking markers are in the standing trial, "
            f"three are needed; missing are {', '.join(missing)}"
        )
    places = np.array([standing[name] for name in seen], dtype=np.float64)
    return Cluster(segment, tuple(seen), frame.to_local(places))


def track(cluster: Cluster, marker_names: Sequence[str], marker_m: ArrayLike) -> Tracked:
    """The segment's pose in every frame of a trial with markers (T, K, 3) m, NaN = not seen.

    Least squares over the cluster's markers that are seen; three that span a triangle are needed, else NaN.
    A marker whose label does not exist in the trial is left out.

    Raises:
        InputError: fewer than three of the cluster's markers are in the trial, or they lie on a line.
    """
    markers = np.asarray(marker_m, dtype=np.float64)
    names = list(marker_names)
    if markers.ndim != 3 or markers.shape[1:] != (len(names), 3):
        raise InputError(f"markers of shape {markers.shape} for {len(names)} names; expected (T, K, 3)")
    shared = [name for name in cluster.marker_names if name in names]
    if len(shared) < 3:
        missing = [name for name in cluster.marker_names if name not in names]
        raise InputError(
            f"{cluster.segment}: {len(shared)} of its tracking markers are in the trial, three are needed; "
            f"missing are {', '.join(missing)}"
        )
    local = cluster.local_m[[cluster.marker_names.index(name) for name in shared]]
    try:
        fit = fit_rigid(local, markers[:, [names.index(name) for name in shared]])
    except InputError as error:
        raise InputError(f"{cluster.segment} ({', '.join(shared)}): {error}") from error
    return Tracked(Pose(fit.rotation, fit.translation), fit.rms)
