"""The direct ways in the reproduction of Bittner et al. 2022: a network for frames, and one for clips."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.monocular.examples import Shard
from kinelab.monocular.sequence_running import SequenceNetwork
from kinelab.monocular.sequences import clips_of
from kinelab.monocular.shipped import DirectNetwork
from kinelab.study.bittner2022_ways import Told


@dataclass(frozen=True, eq=False)
class Direct:
    """A direct network, frame by frame, on the crops as they are stored."""

    network: DirectNetwork
    name: str = "direct"
    _kept: dict[Path, Array] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The sum of the network's file."""
        return self.network.sha256

    def values(self, shard: Shard) -> Array:
        """The network's numbers, told once however many ways go on from them."""
        if shard.path not in self._kept:
            pictures = shard.images(range(len(shard.labels["person"])))
            self._kept[shard.path] = np.asarray(self.network.vectors(pictures), np.float64)
        return self._kept[shard.path]

    def tell(self, shard: Shard) -> Told:
        """Estimates of every crop."""
        return Told(self.network.vector.poses(self.values(shard), self.network.size_px))


@dataclass(frozen=True, eq=False)
class InSequence:
    """A direct network, whose estimates of a clip another network refines by one another."""

    first: Direct
    second: SequenceNetwork
    name: str
    sha256: str

    @property
    def key(self) -> str:
        """The sums of both networks' files."""
        return f"{self.first.key} {self.sha256}"

    @property
    def network(self) -> DirectNetwork:
        """The first one."""
        return self.first.network

    def values(self, shard: Shard) -> Array:
        """The refined numbers, clip by clip, each view for itself."""
        told, time_s = self.first.values(shard), shard.labels["time_s"].astype(np.float64)
        return np.concatenate(
            [self.second.refine(told[clip], time_s[clip]) for clip in clips_of(shard.labels)]
        )

    def tell(self, shard: Shard) -> Told:
        """Estimates of every crop."""
        return Told(self.second.vector.poses(self.values(shard), self.network.size_px))
