"""Events from how far the foot is ahead of and behind the pelvis (Zeni 2008)."""

from __future__ import annotations

from kinelab.core.events import SIDES, GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.gait.tracks import (
    LEAST_EXCURSION_M,
    Found,
    as_events,
    foot_part,
    pelvis,
    rate_hz,
    stride_peaks,
)

NAME = "Zeni 2008"


def detect(keypoints: Keypoints) -> GaitEvents:
    """Initial contact where the heel, toe-off where the big toe, is farthest ahead of / behind the pelvis.

    Zeni, Richards, Higginson, "Two simple methods for determining gait events during treadmill and overground
    walking using kinematic data", Gait & Posture 27:710-714, 2008, coordinate-based algorithm. Needs both
    hips and heel and big toe; a foot without them uses its ankle for both events ("Zeni 2008 (ankles)").
    Works on a treadmill and does not need the scale.

    Where we differ: the pelvis is the middle of the hip joints instead of the sacral marker; the time is
    refined between frames by a parabola. No correction is made here: initial contact comes early because the
    heel moves back before it lands (`kinelab.gait.method_errors` has the measured figures).

    Raises:
        InputError: keypoints in pixels, not planar, or not uniform in time.
        GaitError: fewer than three frames.
    """
    rate = rate_hz(keypoints)
    centre_x = pelvis(keypoints)[:, 0]
    found = []
    for side in SIDES:
        heel, toe = foot_part(keypoints, side, "heel"), foot_part(keypoints, side, "big_toe")
        ankle = keypoints.of(f"{side}_ankle")
        front, back = (ankle, ankle) if heel is None or toe is None else (heel, toe)
        method = f"{NAME} (ankles)" if front is ankle else NAME
        ahead = stride_peaks(front[:, 0] - centre_x, rate, least_range=LEAST_EXCURSION_M)
        behind = stride_peaks(centre_x - back[:, 0], rate, least_range=LEAST_EXCURSION_M)
        found.append(Found(side, "ic", ahead.index, method))
        found.append(Found(side, "to", behind.index, method))
    return as_events(keypoints, found)
