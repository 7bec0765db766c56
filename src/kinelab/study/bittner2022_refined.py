"""The way beyond the paper: clips of a direct network refined through the skeletal layer, camera known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kinelab.core.checks import Array
from kinelab.geometry.lens import NO_LENS
from kinelab.geometry.projection import CameraView
from kinelab.monocular.calibration import calibrated
from kinelab.monocular.camera_sight import MonocularCamera, view_from_camera
from kinelab.monocular.examples import Shard
from kinelab.monocular.poses import Poses, joined
from kinelab.monocular.refine import refine
from kinelab.monocular.refine_equations import coordinates_of
from kinelab.monocular.refine_evidence import evidence_of
from kinelab.monocular.sequences import clips_of
from kinelab.study.bittner2022_methods import Direct, InSequence
from kinelab.study.bittner2022_ways import Told

# A camera whose pixels are tangents: each crop has a lens of its own, and is brought to it.
_TANGENTS = MonocularCamera(CameraView(np.eye(3), NO_LENS, np.eye(3), np.zeros(3)), (1, 1))


@dataclass(frozen=True, eq=False)
class Refined:
    """`before`, then `monocular.refine` on each clip of each camera with the network's own landmarks and sd;
    neither the person's height nor what is up is told."""

    before: Direct | InSequence
    name: str = "direct_refined"

    @property
    def key(self) -> str:
        """That of what goes before."""
        return f"{self.before.key} refined"

    def tell(self, shard: Shard) -> Told:
        """Estimates clip by clip."""
        picture = shard.images([0])
        size_px = np.array([picture.shape[2], picture.shape[1]])
        lens = shard.labels["lens"].astype(np.float64)
        time_s = shard.labels["time_s"].astype(np.float64)
        values, network = self.before.values(shard), self.before.network
        if network.file.use.calibration is not None:
            values = calibrated(values, network.vector, network.file.use.calibration)
        poses = network.vector.poses(values, network.size_px)
        parts = [
            _refined(_rows(poses, clip), lens[clip], size_px, float(np.median(np.diff(time_s[clip]))))
            for clip in clips_of(shard.labels)
        ]
        return Told(joined(parts))


def _rows(poses: Poses, rows: slice) -> Poses:
    names = (
        "coordinates", "sd_rad", "scale", "view_rotation", "view_sd_rad", "landmark_px", "landmark_sd_px",
    )  # fmt: skip
    return replace(poses, **{name: getattr(poses, name)[rows] for name in names})


def _refined(poses: Poses, lens: Array, size_px: Array, step_s: float) -> Poses:
    """One clip; lens (T, 3) and size_px of the stored crops."""
    per_crop_px = size_px[0] / poses.size_px[0]
    stored_px = (poses.landmark_px + 0.5) * per_crop_px - 0.5
    middle = ((size_px - 1) / 2 - lens[:, 1:]) / lens[:, :1]
    evidence = evidence_of(
        poses,
        _TANGENTS,
        (stored_px - lens[:, None, 1:]) / lens[:, None, :1],
        per_crop_px / lens[:, 0],
        middle,
    )
    found = refine(evidence, 1 / step_s)
    scale = found.sized.shape.scale(evidence.head)
    return replace(
        poses,
        coordinates=coordinates_of(evidence.head, found.motion.angle),
        scale=np.repeat(scale[None], poses.n, axis=0),
        view_rotation=view_from_camera(middle) @ found.motion.rotation,
    )
