"""Drop landings of the virtual laboratory, whose contacts and knees are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.own_body import keypoint_markers
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.skeletons import Skeleton
from kinelab.errors import GaitError, InputError
from kinelab.gait.landing import knee_projection_deg, landing_measures, landings
from kinelab.virtual_lab.motion.landing import drop_landing, projection_angle_deg
from kinelab.virtual_lab.motion.landing_style import draw_landing_style
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import default_mover


@dataclass(frozen=True)
class Landed:
    movement: Movement
    landmarks: Keypoints
    kinematics: Kinematics


@pytest.fixture(scope="module")
def landed() -> Landed:
    rng = np.random.default_rng(3)
    mover = default_mover(1.68)
    movement = drop_landing(mover, draw_landing_style(rng, "both"), 200.0, None, rng)
    model = mover.model.with_markers(keypoint_markers())
    points = forward(model, movement.coordinates, mover.scale).marker_m
    names = ("knee_angle_r", "knee_angle_l")
    landmarks = Keypoints(
        Skeleton("own", model.marker_names, ()), movement.time.time_s, points, np.ones(points.shape[:2]), "m"
    )
    angle = np.stack([movement.angle_deg(name) for name in names], axis=1)
    unknown, all_valid = np.full_like(angle, np.nan), np.ones(angle.shape, dtype=bool)
    kinematics = Kinematics(names, movement.time, angle, unknown, all_valid)
    return Landed(movement, landmarks, kinematics)


def test_contacts_are_found(landed: Landed) -> None:
    found = landings(landed.landmarks)
    assert sorted(one.side for one in found) == ["left", "right"]
    for one in found:
        true_s = landed.movement.events.times(one.side, "ic")[0]
        assert one.contact_s == pytest.approx(true_s, abs=0.015)


def test_knees_are_told_as_they_are(landed: Landed) -> None:
    found = landings(landed.landmarks)
    measures = landing_measures(found, landed.kinematics, landed.landmarks)
    time_s, mover = landed.movement.time.time_s, landed.movement.mover
    for one in found:
        knee = landed.movement.angle_deg(f"knee_angle_{one.side[0]}")
        after = time_s > one.contact_s
        assert measures.get("landing_knee_max_flexion_deg", one.side).value == pytest.approx(
            knee[after].max()
        )
        assert measures.get("landing_knee_flexion_at_ic_deg", one.side).value < knee[after].max() - 20
        assert 0.05 < measures.get("landing_knee_max_flexion_after_s", one.side).value < 0.4
        true = projection_angle_deg(mover, landed.movement.coordinates, one.side[0])
        told = knee_projection_deg(landed.landmarks, one.side)
        # the landmarks lie beside the model's joint centres, and its pelvis turns a little
        np.testing.assert_allclose(told[after], true[after], atol=4)
        assert measures.get("landing_knee_max_valgus_deg", one.side).value == pytest.approx(
            true[after][: round(0.4 * 200)].max(), abs=4
        )


def test_who_stays_on_the_ground_does_not_land(landed: Landed) -> None:
    still = landed.landmarks.position[-1:].repeat(100, axis=0)
    marks = Keypoints(landed.landmarks.skeleton, np.arange(100) / 200, still, np.ones(still.shape[:2]), "m")
    with pytest.raises(GaitError, match=r"no landing in 0.5 s: the feet are never both more than 6 cm"):
        landings(marks)
    with pytest.raises(InputError, match="give landmarks in m, found px"):
        landings(Keypoints(marks.skeleton, marks.time_s, still[..., :2], marks.confidence, "px"))
