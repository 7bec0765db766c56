"""Sequence networks on the points of the way of many steps: what they learn from, and the way with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.files.atomic import sha256_of
from kinelab.monocular.camera_sight import view_from_camera
from kinelab.monocular.examples import Examples, Shard
from kinelab.monocular.multistep_sequences import WEIGHTS_FILE, refined_points, trained_points
from kinelab.monocular.sequence_data import ToldClips
from kinelab.monocular.sequences import clips_of
from kinelab.study.bittner2022_multistep import Placer


def true_points_m(shard: Shard) -> Array:
    """(N, 101, 3) m of `point_body` on the person, from the pelvis' origin, in the stored crops' views."""
    labels = shard.labels
    lens = labels["lens"].astype(np.float64)
    middle_px = (np.array(shard.images([0]).shape[2:0:-1]) - 1) / 2
    onto = view_from_camera((middle_px - lens[:, 1:]) / lens[:, :1])
    points = np.concatenate([labels["landmark_m"], labels["marker_m"]], axis=1).astype(np.float64)
    root = labels["pelvis_m"].astype(np.float64)[:, None]
    return np.asarray(np.einsum("nij,npj->npi", onto, points - root))


def told_points(placer: Placer, examples: Examples) -> ToldClips:
    """What `train_point_sequence` learns from: the points told of clips, and the true ones."""
    told, true, person, first, start = [], [], [], [], 0
    for shard in examples.shards:
        told.append(placer.points(shard.images(range(len(shard.labels["person"])))))
        true.append(true_points_m(shard))
        person.append(shard.labels["person"].astype(np.int64))
        first += [start + clip.start for clip in clips_of(shard.labels)]
        start += len(person[-1])
    flat = [np.concatenate(one).reshape(start, -1).astype(np.float32) for one in (told, true)]
    nothing = np.zeros((start, 0), np.float32)
    return ToldClips(
        flat[0], flat[1], nothing, nothing, np.concatenate(person), np.array(first, np.int64), placer.key
    )


@dataclass(frozen=True, eq=False)
class RefinedPlacer(Placer):
    """What `base` tells, its clips refined by the sequence network of a run: see `refined_placer`."""

    base: Placer = field(kw_only=True)
    run: Path = field(kw_only=True)

    def told(self, shard: Shard) -> Array:
        """Of every crop of a shard."""
        if shard.path not in self._kept:
            refiner, found = trained_points(self.run), self.base.told(shard).copy()
            for clip in clips_of(shard.labels):
                found[clip] = refined_points(refiner, found[clip])
            self._kept[shard.path] = found
        return self._kept[shard.path]


def refined_placer(placer: Placer, run: Path) -> RefinedPlacer:
    """The points of `placer` after the sequence network of a finished run of `train_point_sequence`.

    Raises:
        RunFolderError, InputError: the folder is no such run, or it is not finished.
    """
    trained_points(run)
    key = f"{placer.key} {sha256_of(run / WEIGHTS_FILE)}"
    return RefinedPlacer(placer.points, key, base=placer, run=run)
