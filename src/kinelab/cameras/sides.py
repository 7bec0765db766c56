"""Left and right that one camera's network exchanged: found by the other cameras, who know better.

Seen from the side, the near and the far leg look alike. In space the two places are apart, so that a camera
that exchanged them contradicts the others, and agrees once they are exchanged back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from kinelab.cameras.tracks import ViewTracks
from kinelab.core.checks import Array, BoolArray
from kinelab.core.report import Finding
from kinelab.geometry.projection import CameraView
from kinelab.geometry.triangulation import RobustRule, triangulate

_CUT = 4.0  # standard deviations at which a camera's contradiction is complete
_CLEAR = 8.0  # by how much the sum of squares of a pair must fall
_RULE = RobustRule(outlier_sd=_CUT)


@dataclass(frozen=True, eq=False)
class Exchange:
    """In these frames (T,) of one camera the left and right of a pair were exchanged, and now are put
    back.
    """

    camera: str
    pair: tuple[str, str]
    frames: BoolArray

    def finding(self, time_s: Array) -> Finding:
        """For a report."""
        at = np.flatnonzero(self.frames)
        text = (
            f"{self.camera} had {self.pair[0]} and {self.pair[1]} exchanged in {at.size} frames; put back "
            "because the other cameras say so"
        )
        return Finding("info", text, f"{time_s[at[0]]:.2f} to {time_s[at[-1]]:.2f} s")


def mend_sides(
    views: Sequence[CameraView], tracks: ViewTracks, sd_px: Array
) -> tuple[Array, Array, tuple[Exchange, ...]]:
    """px (T, C, K, 2) and sd_px (T, C, K) with the sides put right, and what was done.

    For each pair and frame every choice of at most half of the cameras is tried; the one with the least
    contradiction counts when it is clearly less. All cameras exchanged alike cannot be told from none.
    Three cameras at least are needed: of two that contradict each other neither is known to be right.
    """
    px, sd = tracks.px.copy(), sd_px.copy()
    n = len(views)
    done: list[Exchange] = []
    if n < 3:
        return px, sd, ()
    choices = [c for size in range(1, (n - 1) // 2 + 1) for c in combinations(range(n), size)][:64]
    for left, right in tracks.skeleton.pairs:
        cost = [_contradiction(views, px, sd, (left, right), ())]
        cost += [_contradiction(views, px, sd, (left, right), choice) for choice in choices]
        table = np.stack(cost)
        best = np.where(table.min(axis=0) < table[0] - _CLEAR, table.argmin(axis=0), 0)
        for number, choice in enumerate(choices, 1):
            frames = best == number
            if not frames.any():
                continue
            for c in choice:
                px[frames, c, left], px[frames, c, right] = (
                    tracks.px[frames, c, right],
                    tracks.px[frames, c, left],
                )
                sd[frames, c, left], sd[frames, c, right] = sd_px[frames, c, right], sd_px[frames, c, left]
        for c in range(n):
            frames = np.isin(best, [i for i, choice in enumerate(choices, 1) if c in choice])
            if frames.any():
                names = tracks.skeleton.landmarks
                done.append(Exchange(tracks.names[c], (names[left], names[right]), frames))
    return px, sd, tuple(done)


def _contradiction(
    views: Sequence[CameraView], px: Array, sd: Array, pair: tuple[int, int], exchanged: tuple[int, ...]
) -> Array:
    """(T,) sum of both landmarks' squared errors in sd, each cut at `_CUT`, with some cameras exchanged."""
    both, both_sd = px[:, :, pair].copy(), sd[:, :, pair].copy()
    cameras = list(exchanged)
    both[:, cameras], both_sd[:, cameras] = both[:, cameras][:, :, ::-1], both_sd[:, cameras][:, :, ::-1]
    there = np.moveaxis(both_sd, 1, 2)
    points = triangulate(views, np.moveaxis(both, 1, 2), there, _RULE)
    square = (points.error_px / there) ** 2
    # A camera that saw nothing contradicts nobody; a point that nobody agrees on costs all who saw it.
    lost = np.isfinite(there) & ~np.isfinite(points.position_m[..., :1])
    cost: Array = np.where(lost, _CUT**2, np.minimum(np.nan_to_num(square), _CUT**2)).sum(axis=(1, 2))
    return cost
