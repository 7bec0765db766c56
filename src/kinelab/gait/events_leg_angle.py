"""Events from the angle of the leg, hip to ankle (after Zeni 2008)."""

from __future__ import annotations

import numpy as np

from kinelab.core.events import SIDES, GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.gait.tracks import Found, as_events, hip, rate_hz, stride_peaks

NAME = "Leg angle (after Zeni 2008)"
# A leg that swings through less than this does not walk.
_LEAST_SWING_DEG = 5.0


def detect(keypoints: Keypoints) -> GaitEvents:
    """Initial contact where the leg points farthest forward, toe-off where it points farthest back.

    The angle of the line from hip to ankle against the vertical: thigh and shank angle in one. The idea of
    Zeni, Richards, Higginson, Gait & Posture 27:710-714, 2008, in an angle: it needs no heel, no toe, no
    scale and no pelvis, only the hip and the ankle of the same side, so it works with every landmark set
    (coco17) and when the camera zooms. Needs upright walking.

    Where we differ from Zeni: ankle instead of heel and toe, the own hip instead of the sacrum, an angle
    instead of a distance; parabola between frames.

    Raises:
        InputError: keypoints in pixels, not planar, or not uniform in time.
        GaitError: fewer than three frames.
    """
    rate = rate_hz(keypoints)
    found = []
    for side in SIDES:
        leg = keypoints.of(f"{side}_ankle") - hip(keypoints, side)
        angle_deg = np.degrees(np.arctan2(leg[:, 0], -leg[:, 1]))
        forward = stride_peaks(angle_deg, rate, least_range=_LEAST_SWING_DEG)
        back = stride_peaks(-angle_deg, rate, least_range=_LEAST_SWING_DEG)
        found += [Found(side, "ic", forward.index, NAME), Found(side, "to", back.index, NAME)]
    return as_events(keypoints, found)
