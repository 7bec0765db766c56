"""The 3D view of a twin: its skeleton, and the person's own landmarks carried along with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.body.forward import Placement, forward
from kinelab.body.model import BodyModel, Marker
from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import GAIT_20, Skeleton
from kinelab.reports.viewer3d import viewer_html
from kinelab.twin.altering import Twin

_ENDS = ("torso", "head", "hand_r", "hand_l")  # drawn so that the body is whole


@dataclass(frozen=True, eq=False)
class _Moving:
    """What `reports.viewer_scene` draws."""

    model: BodyModel
    placed: Placement
    markers: Keypoints
    model_marker_m: Array

    @property
    def marker_error_m(self) -> Array:
        return np.asarray(np.linalg.norm(self.markers.position - self.model_marker_m, axis=-1))


def twin_view(twin: Twin) -> str:
    """The page: bones are the twin's, rings its landmarks; dots are the person's own at the same moment of
    the walk, moved with the pelvis, so that lines between the two show what was altered."""
    person = twin.person
    landmarks = [m for m in person.model.markers if m.name in GAIT_20.landmarks]
    ends = [Marker(b, b, np.zeros((3, 3))) for b in _ENDS if b in person.model.body_names]
    model = person.model.with_markers((*landmarks, *ends))
    placed, own = forward(model, twin.coordinates), forward(model, twin.own).marker_m
    x, _, z = person.pelvis_columns
    own = own + np.insert(twin.coordinates[:, [x, z]] - twin.own[:, [x, z]], 1, 0.0, axis=1)[:, None]
    skeleton = Skeleton("twin", model.marker_names, ())
    dots = Keypoints(skeleton, twin.time.time_s, own, np.ones(own.shape[:2]), "m")
    facts = (
        "altered in silico, never measured: " + "; ".join(twin.alteration.words()),
        "bones and rings: the twin",
        "dots (measured markers): the person's own walk at the same moments, carried along with the pelvis",
    )
    return viewer_html(_Moving(model, placed, dots, placed.marker_m), "Digital twin", facts)
