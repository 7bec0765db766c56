"""One sample in, angles out: recurrent networks that carry their state, at a cost that never grows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from kinelab.body.joint_axes import Side
from kinelab.core.checks import Array
from kinelab.errors import InputError, ModelError
from kinelab.inertial.joint_trial import mirror_readings
from kinelab.inertial.networks.channels import sensor_channels
from kinelab.inertial.networks.joint_network import JointNetwork, Spread
from kinelab.inertial.networks.network_file import load_joint_networks
from kinelab.inertial.networks.predicting import JointPredictor, State, Told
from kinelab.inertial.networks.recipe import RATE_HZ
from kinelab.inertial.networks.shipped import MIRROR, SAME_RATE, shipped_path
from kinelab.inertial.segment_motion import SIDES, joint_segments

_ONE_THREAD = 1  # networks this small are slower on two


@dataclass(eq=False)
class _Running:
    """One network, the legs it serves, the rows of their sensors, and its state."""

    predictor: JointPredictor
    sides: list[Side]
    rows: list[list[int]]
    state: State


class LiveJoints:
    """Angles of the joints between these segments' sensors, sample by sample at 100 Hz."""

    def __init__(
        self, networks: Sequence[JointNetwork], segments: Sequence[str], rate_hz: float = RATE_HZ
    ) -> None:
        """Open the recurrent networks that look back only.

        Raises:
            InputError: another rate, or no two neighbouring segments.
            ModelError: no network looks back only.
        """
        if abs(rate_hz / RATE_HZ - 1) > SAME_RATE:
            raise InputError(
                f"the sensors have {rate_hz:g} Hz; live networks take {RATE_HZ:g} Hz: set the sensors to it"
            )
        causal = [network for network in networks if network.recipe.causal]
        if not causal:
            raise ModelError("no network in the file looks back only; live angles need one (kinelab-live)")
        self.segments = tuple(segments)
        self._running: list[_Running] = []
        for network in causal:
            sides = [s for s in SIDES if set(joint_segments(network.joint, s)) <= set(segments)]
            rows = [[self.segments.index(name) for name in joint_segments(network.joint, s)] for s in sides]
            if sides:
                predictor = JointPredictor(network, _ONE_THREAD)
                self._running.append(_Running(predictor, sides, rows, predictor.first_state(len(sides))))
        if not self._running:
            raise InputError(
                f"no two neighbouring segments among {', '.join(segments)}; expected such as thigh_r, shank_r"
            )
        self._last = np.full((len(self.segments), 6), np.nan)

    @property
    def joints(self) -> tuple[tuple[str, Side], ...]:
        """Joints and sides that are told."""
        return tuple((run.predictor.network.joint, side) for run in self._running for side in run.sides)

    def spread(self, joint: str) -> Spread:
        """By how much the network of a joint errs."""
        return next(r.predictor.network.spread for r in self._running if r.predictor.network.joint == joint)

    def step(self, acc_mps2: ArrayLike, gyr_radps: ArrayLike) -> dict[tuple[str, Side], Told]:
        """Readings (S, 3) of one sample, in the segments' axes; of each joint angle_deg (3,), rotation
        (2, 3, 3) segment to ground.

        A sensor whose sample was lost (NaN) is taken to read as before, and its joints are NaN.
        """
        reading = np.concatenate([np.asarray(acc_mps2, float), np.asarray(gyr_radps, float)], axis=-1)
        if reading.shape != self._last.shape:
            raise InputError(
                f"readings of shape {np.shape(acc_mps2)} and {np.shape(gyr_radps)}; expected "
                f"({len(self.segments)}, 3), a row for each of {', '.join(self.segments)}"
            )
        lost = ~np.isfinite(reading).all(axis=-1)
        reading = np.where(lost[:, None], self._last, reading)
        self._last = reading
        found: dict[tuple[str, Side], Told] = {}
        for run in self._running:
            found |= self._of_network(run, reading, lost)
        return found

    def _of_network(self, run: _Running, reading: Array, lost: Array) -> dict[tuple[str, Side], Told]:
        network = run.predictor.network
        mirrored = [network.recipe.mirror_left and side == "left" for side in run.sides]
        channels = []
        for row, mirror in zip(run.rows, mirrored, strict=True):
            own = np.nan_to_num(reading[row])[None]  # a sensor that has not read anything yet
            channels.append(sensor_channels(*mirror_readings(own[..., :3], own[..., 3:], mirror))[:, 0])
        values, run.state = run.predictor.step(np.stack(channels), run.state)
        found: dict[tuple[str, Side], Told] = {}
        for side, row, mirror, value in zip(run.sides, run.rows, mirrored, values, strict=True):
            told = run.predictor.told(np.where(lost[row].any(), np.nan, value)[:, None])
            angle = None if told.angle_deg is None else told.angle_deg[0]
            rotation = None if told.rotation is None else told.rotation[0] * (MIRROR if mirror else 1.0)
            found[network.joint, side] = Told(angle, rotation)
        return found


def load_live(
    segments: Sequence[str], path: str | Path | None = None, rate_hz: float = RATE_HZ
) -> LiveJoints:
    """The live networks of a file, or those that ship with kinelab.

    Raises:
        InputError: another rate than 100 Hz, or no two neighbouring segments.
        ModelError: no such file, or no live network in it.
    """
    networks, _ = load_joint_networks(shipped_path() if path is None else path)
    return LiveJoints(networks, segments, rate_hz)
