"""The way of many steps in the reproduction of Bittner et al. 2022: points, lengths, inverse kinematics."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.files.atomic import sha256_of
from kinelab.monocular.examples import Shard
from kinelab.monocular.multistep import Scaling, Solver, measured_body, point_body, solved
from kinelab.monocular.poses import Poses, joined
from kinelab.monocular.sequences import STILL, clips_of
from kinelab.study.bittner2022_ways import Told

Points = Callable[[NDArray[np.uint8]], Array]


@dataclass(frozen=True, eq=False)
class Placer:
    """What says where the points of `point_body` are in crops (N, H, H, 3): (N, 101, 3) m from the root, in
    the view's frame. What it told of a person is kept for all ways that go on from it."""

    points: Points
    key: str
    _kept: dict[Path, Array] = field(default_factory=dict)

    def told(self, shard: Shard) -> Array:
        """Of every crop of a shard."""
        if shard.path not in self._kept:
            self._kept[shard.path] = self.points(shard.images(range(len(shard.labels["person"]))))
        return self._kept[shard.path]


@dataclass(frozen=True, eq=False)
class MultiStep:
    """As in the paper: the person's lengths from the clip in which they stand still, then the pose of every
    frame by inverse kinematics; each camera alone. Its markers are those that the network told. The solver is
    ours unless it is to be OpenSim's, which is slower and leaves the same points at a higher cost."""

    placer: Placer
    name: str = "cms_kinelab"
    solver: Solver = "kinelab"
    scaling: Scaling = "distances"

    @property
    def key(self) -> str:
        """Network, scaling and solver."""
        return f"{self.placer.key} {self.solver} {self.scaling}"

    def tell(self, shard: Shard) -> Told:
        """Estimates of every crop.

        Raises:
            InputError: nobody stands still in the shard.
        """
        body, told_m = point_body(), self.placer.told(shard)
        parts: dict[int, Poses] = {}
        for still, clips in _by_view(shard):
            measured = measured_body(body.marker_names, told_m[still], self.scaling)
            for clip in clips:
                parts[clip.start] = solved(measured, body.marker_names, told_m[clip], self.solver)
        landmarks = len(body.markers) - shard.labels["marker_m"].shape[1]
        return Told(joined([parts[start] for start in sorted(parts)]), told_m[:, landmarks:])


def _by_view(shard: Shard) -> Iterator[tuple[slice, list[slice]]]:
    """For each camera the clip of who stands still, and all of its clips."""
    clips, labels = clips_of(shard.labels), shard.labels
    for view in np.unique(labels["view"]):
        own = [clip for clip in clips if labels["view"][clip.start] == view]
        still = [clip for clip in own if shard.movements[int(labels["movement"][clip.start])] == STILL]
        if not still:
            raise InputError(
                f"{shard.path}: nobody stands still in it, so nothing tells the person's lengths"
            )
        yield still[0], own


def heatmap_placer(run: Path) -> Placer:
    """The points of a finished run of `training.train` with recipe points, or of `train_metric`.

    Raises:
        RunFolderError, ModelError: the folder is no such run, or it is not finished.
    """
    from kinelab.learning.run_folder import read_recipe
    from kinelab.monocular.export import direct_recipe_from, trained_network
    from kinelab.monocular.metric_heatmaps import metric_of
    from kinelab.monocular.metric_heatmaps_training import points_m, trained_metric
    from kinelab.monocular.training import WEIGHTS_FILE

    described = read_recipe(run) | {"weights": ""}
    alone = described.pop("told", None) is not None
    recipe = direct_recipe_from(described)
    net = trained_metric(run, recipe) if alone else metric_of(trained_network(run, recipe))
    return Placer(lambda images: points_m(net, recipe, images), sha256_of(run / WEIGHTS_FILE))
