"""Events by kinelab's own network, learned from virtual people whose contacts are known exactly."""

from __future__ import annotations

from kinelab.core.events import SIDES, EventKind, GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.gait.event_features import FEATURE_HZ, event_features
from kinelab.gait.event_network import EventNetwork, read_event_network
from kinelab.gait.tracks import SHORTEST_STRIDE_S, Found, as_events
from kinelab.signals.peaks import parabolic_peaks

NAME = "kinelab network"
# A peak of the network's answer that is no higher is no event.
LEAST_LIKELY = 0.3
KINDS: tuple[EventKind, EventKind] = ("ic", "to")


def detect(keypoints: Keypoints, network: EventNetwork | None = None) -> GaitEvents:
    """Initial contact and toe-off where the network's answer peaks.

    A network of dilated convolutions looks at 0.6 s around each instant of heel and toe of both feet
    (`gait.event_features`) at 100 Hz. It has learned from virtual people only, so no annotated recording
    that it is judged on was seen in training. Needs heel and big toe of a foot, hips, and upright walking or
    running. Learning events from markers is the idea of Kidzinski, Delp, Schwartz, PLoS ONE 14:e0211466,
    2019; the network and its training are our own. Times are refined between frames by a parabola.

    Raises:
        InputError: keypoints in pixels, not planar, or not uniform in time.
        GaitError: fewer than three frames, or no foot with heel and big toe.
        ModelError: the weights are missing or damaged.
    """
    network = network or read_event_network()
    _, features = event_features(keypoints, NAME)
    found = []
    for side, seen in zip(SIDES, features, strict=True):
        if not seen[:, -1].any():
            continue
        likely = network(seen)
        for column, kind in enumerate(KINDS):
            peaks = parabolic_peaks(
                likely[:, column], height=LEAST_LIKELY, distance_samples=SHORTEST_STRIDE_S * FEATURE_HZ
            )
            frames = peaks.index * keypoints.rate_hz / FEATURE_HZ
            found.append(Found(side, kind, frames, NAME))
    return as_events(keypoints, found)
