"""Virtual people who stand and walk, with sensors that are put on anyhow: readings, and the truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.body.own_body import own_body
from kinelab.core.checks import Array
from kinelab.core.recording import Imu
from kinelab.core.timebase import Timebase
from kinelab.virtual_lab.gravity import GRAVITY_MPS2
from kinelab.virtual_lab.motion.catalogue import MOVEMENTS
from kinelab.virtual_lab.motion.mover import default_mover
from kinelab.virtual_lab.sensors.imu import fine_steps, sensor_motion
from kinelab.virtual_lab.sensors.placement import LOWER_BODY_7, mount
from kinelab.virtual_lab.sensors.skin_markers import stand_still

RATE_HZ = 100.0


@dataclass(frozen=True, eq=False)
class Worn:
    """imu: readings in the sensors' axes; sensor_to_segment (S, 3, 3): the truth."""

    imu: Imu
    sensor_to_segment: Array


@dataclass(frozen=True, eq=False)
class _Moved:
    """Readings (T, S, 3), orientations sensor to ground (T, S, 3, 3), and sensor to body (S, 3, 3)."""

    acc: Array
    gyr: Array
    rotation: Array
    to_body: Array


def _moved(height_m: float, seed: int, kind: str) -> _Moved:
    mover = default_mover(height_m)
    worn = mount(own_body().scaled(mover.scale), LOWER_BODY_7)
    rng = np.random.default_rng(seed)
    movement = (
        stand_still(mover, RATE_HZ, 2.0)
        if kind == "stand"
        else MOVEMENTS[kind](mover, RATE_HZ, 12.0, rng, rng)
    )
    motion = sensor_motion(movement, worn, RATE_HZ).every(fine_steps(RATE_HZ))
    to_body = np.stack([one.rotation for one in worn])
    # the last moment of a movement may be rough: nothing tells how it would go on
    return _Moved(motion.acc_mps2[:-20], motion.gyr_radps[:-20], motion.rotation[:-20], to_body)


def _between(before: _Moved, after: _Moved) -> _Moved:
    """A second in which every sensor turns smoothly from where one part ends to where the next begins."""
    n = round(RATE_HZ)
    at = np.arange(1, n + 1) / (n + 1)
    done, pace = at**2 * (3 - 2 * at), 6 * at * (1 - at) / (n + 1) * RATE_HZ
    start = before.rotation[-1]
    turn = Rotation.from_matrix(start.swapaxes(1, 2) @ after.rotation[0]).as_rotvec()
    steps = Rotation.from_rotvec((done[:, None, None] * turn).reshape(-1, 3)).as_matrix()
    rotation = start @ steps.reshape(n, -1, 3, 3)
    return _Moved(rotation[:, :, 1] * GRAVITY_MPS2, pace[:, None, None] * turn, rotation, before.to_body)


MakeWorn = Callable[..., Worn]


@pytest.fixture(scope="session")
def worn() -> MakeWorn:
    """worn(*parts, height_m=1.75, seed=0, bias_dps=0.5): "stand", "walk", "run", one after the other."""
    made: dict[tuple[float, int, str], _Moved] = {}

    def make(*parts: str, height_m: float = 1.75, seed: int = 0, bias_dps: float = 0.5) -> Worn:
        keys = [(height_m, seed, part) for part in parts]
        for key in keys:
            if key not in made:
                made[key] = _moved(*key)
        chain = [made[keys[0]]]
        for key in keys[1:]:
            chain += [_between(chain[-1], made[key]), made[key]]
        acc, gyr = (np.concatenate([getattr(part, name) for part in chain]) for name in ("acc", "gyr"))
        rng = np.random.default_rng(seed)
        anyhow = Rotation.random(acc.shape[1], rng=rng).as_matrix()
        bias = np.radians(bias_dps) * rng.standard_normal((acc.shape[1], 3))
        noise = rng.standard_normal((2, *acc.shape))
        imu = Imu(
            LOWER_BODY_7,
            Timebase(RATE_HZ, len(acc)),
            np.einsum("sji,tsj->tsi", anyhow, acc) + 0.02 * noise[0],
            np.einsum("sji,tsj->tsi", anyhow, gyr) + bias + 0.002 * noise[1],
        )
        return Worn(imu, made[keys[0]].to_body @ anyhow)

    return make


@pytest.fixture(scope="session")
def error_deg() -> Callable[[Array, Worn], Array]:
    """(S, 3) by how much rotations sensor to segment are off, about the segment's axes."""

    def off(found: Array, truth: Worn) -> Array:
        away = found @ truth.sensor_to_segment.swapaxes(1, 2)
        return np.degrees(Rotation.from_matrix(away).as_rotvec())

    return off
