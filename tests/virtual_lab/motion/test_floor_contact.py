from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.virtual_lab.motion.floor_contact import Contact, detect_contacts, floor_level_m, track_of
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import default_mover

MOVER = default_mover(1.75)
RATE_HZ = 100.0


def hopping(lift_m: float = 0.15, base_m: float = 0.0) -> Movement:
    """Stands 1 s, is in the air 0.5 s, stands 1 s: known contacts."""
    time = Timebase(RATE_HZ, 250)
    poses = np.tile(MOVER.standing, (time.n, 1))
    flight = np.clip((time.time_s - 1) / 0.5, 0, 1)
    poses[:, MOVER.column("pelvis_ty")] += base_m + 4 * lift_m * flight * (1 - flight)
    return Movement("hop", MOVER, time, poses)


def test_finds_both_stances_of_a_hop() -> None:
    contacts = detect_contacts(hopping())
    for side in ("left", "right"):
        for point in ("heel", "ball", "toe"):
            mine = [c for c in contacts if c.side == side and c.point == point]
            assert len(mine) == 2
            assert mine[0].start_s == pytest.approx(0.0)
            assert mine[0].stop_s == pytest.approx(1.0, abs=0.03)
            assert mine[1].start_s == pytest.approx(1.5, abs=0.03)


def test_a_floating_movement_has_its_floor_found() -> None:
    floating = hopping(base_m=0.3)
    assert detect_contacts(floating) == ()
    assert floor_level_m(floating) == pytest.approx(0.3, abs=0.005)
    assert len(detect_contacts(floating, floor_level_m(floating))) == 12


def test_the_ball_bears_under_the_joint_of_the_toes_as_the_heel_rises() -> None:
    """Turning a flat foot about that joint leaves the ball's bearing place where it is."""
    flat = Movement("stand", MOVER, Timebase(RATE_HZ, 1), MOVER.standing[None])
    assert track_of(flat, "right", "ball")[0, 1] == pytest.approx(0.0, abs=1e-9)
    toes = MOVER.standing.copy()
    toes[MOVER.column("mtp_angle_r")] = -0.5
    bent = Movement("toes", MOVER, Timebase(RATE_HZ, 1), toes[None])
    np.testing.assert_allclose(track_of(bent, "right", "ball"), track_of(flat, "right", "ball"), atol=1e-12)


def test_a_bad_contact_is_told() -> None:
    with pytest.raises(InputError, match="point is 'arch', allowed are 'heel', 'ball', 'toe'"):
        Contact("right", "arch", 0, 1)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="start_s 2 is not before stop_s 1"):
        Contact("right", "heel", 2, 1)
    with pytest.raises(InputError, match=r"place_m is .* expected three numbers"):
        Contact("right", "heel", 0, 1, (0.0, float("nan"), 0.0))
