"""Virtual walkers before the gait room, which knows nothing of them: it finds what was planned."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.own_body import keypoint_markers
from kinelab.core.events import SIDES
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import GAIT_20
from kinelab.gait.consensus import consensus
from kinelab.gait.detecting import detect_all
from kinelab.signals.filters import low_pass
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import default_mover
from kinelab.virtual_lab.motion.patterns import with_pattern
from kinelab.virtual_lab.motion.walk import walk
from kinelab.virtual_lab.motion.walk_style import draw_walk_style


def landmarks(movement: Movement, rng: np.random.Generator) -> Keypoints:
    """As a clean side view gives them, with 3 mm of noise."""
    model = movement.mover.model.with_markers(keypoint_markers())
    rows = [model.marker_index(name) for name in GAIT_20.landmarks]
    seen = forward(model, movement.coordinates).marker_m[:, rows, :2]
    noisy = seen + rng.normal(0, 0.003, seen.shape)
    position = low_pass(noisy, movement.time.rate_hz, 7.0).values
    return Keypoints(GAIT_20, movement.time.time_s, position, np.full(position.shape[:2], 0.9), unit="m")


@pytest.mark.parametrize(
    ("seed", "pattern"), [(0, ""), (1, ""), (2, ""), (3, ""), (4, "antalgic"), (5, "stiff_knee")]
)
def test_events_are_found_where_they_were_planned(seed: int, pattern: str) -> None:
    rng = np.random.default_rng(seed)
    mover = default_mover(1.55 + 0.07 * seed)
    style = draw_walk_style(rng, mover)
    style = with_pattern(style, pattern, 0.5) if pattern else style
    movement = walk(mover, style, 100.0, 7.0, rng)
    found = consensus(detect_all(landmarks(movement, rng)).events)
    errors: dict[str, list[float]] = {"ic": [], "to": []}
    for kind in ("ic", "to"):
        for side in SIDES:
            planned = movement.events.times(side, kind)
            for time_s in planned[(planned > 0.5) & (planned < 6.5)]:
                away = found.times(side, kind) - time_s
                assert np.sum(np.abs(away) < 0.15) == 1
                errors[kind].append(float(away[np.abs(away).argmin()]))
    assert np.abs(errors["ic"]).mean() < 0.035
    assert np.abs(errors["to"]).mean() < 0.045
