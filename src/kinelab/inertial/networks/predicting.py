"""A joint's network in use, without torch: whole recordings, or one sample after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime

from kinelab.core.checks import Array, BoolArray
from kinelab.inertial.networks.channels import Floats, rotation_from_six, sensor_channels
from kinelab.inertial.networks.graphs import onnx_model
from kinelab.inertial.networks.joint_network import JointNetwork
from kinelab.inertial.networks.recipe import RATE_HZ
from kinelab.signals.gaps import fill_gaps
from kinelab.signals.runs import finite_points, true_runs

_CHUNK = 1024  # frames that one row of a batch holds; what a layer gives stays in a core's own memory
SHORT_GAP_S = 0.1
"""Lost readings are bridged for the network up to this time; its output there is NaN all the same."""


@dataclass(frozen=True, eq=False)
class Told:
    """What a network says of one joint in one recording: angle_deg (T, 3), rotation (T, 2, 3, 3), or None."""

    angle_deg: Array | None
    rotation: Array | None


State = tuple[Floats, Floats]


class JointPredictor:
    """One network, opened. threads: of onnxruntime, None = all cores."""

    def __init__(self, network: JointNetwork, threads: int | None = None) -> None:
        self.network = network
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if threads is not None:
            options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(
            onnx_model(network), options, providers=["CPUExecutionProvider"]
        )

    def tell(self, acc_mps2: Array, gyr_radps: Array) -> Told:
        """Readings (T, 2, 3) of one joint's sensors at 100 Hz, NaN = lost; NaN comes out exactly there."""
        seen = both_seen(acc_mps2, gyr_radps)
        values = self.values([(acc_mps2, gyr_radps)])[0].astype(np.float64)
        values[:, ~seen] = np.nan
        return self.told(values)

    def told(self, values: Array | Floats) -> Told:
        """Values (V, T) taken apart."""
        angle, rotation, at = None, None, 0
        if self.network.has_angles:
            angle, at = np.asarray(values[:3].T, np.float64), 3
        if self.network.has_orientations:
            rotation = rotation_from_six(values[at:].T.reshape(-1, 2, 6))
        return Told(angle, rotation)

    def values(self, readings: Sequence[tuple[Array, Array]]) -> list[Floats]:
        """Values (V, T) of several pairs of sensors, acc and gyr (T, 2, 3) each, told in one go.

        Short gaps are bridged; where more was lost the values are NaN, and the network begins anew after it.
        """
        pieces: list[Floats] = []
        places: list[tuple[int, int, int]] = []
        results: list[Floats] = []
        for r, (acc, gyr) in enumerate(readings):
            channels, runs = _whole_pieces(acc, gyr)
            results.append(np.full((self.network.recipe.values, len(acc)), np.nan, np.float32))
            for start, stop in runs:
                pieces.append(channels[:, start:stop])
                places.append((r, start, stop))
        tell = self._conv_values if self.network.recipe.kind == "conv1d" else self._lstm_values
        for (r, start, stop), value in zip(places, tell(pieces), strict=True):
            results[r][:, start:stop] = value
        return results

    def step(self, channels: Floats, state: State) -> tuple[Floats, State]:
        """One sample of N joints, (N, 16), and the state before it: values (N, V) and the state after it."""
        values, h, c = self._run({"channels": channels[None], "h": state[0], "c": state[1]})
        return values[0], (h, c)

    def first_state(self, count: int) -> State:
        """The state of N joints before their first sample."""
        recipe = self.network.recipe
        layers = recipe.layers * (2 if recipe.bidirectional else 1)
        zeros = np.zeros((layers, count, recipe.width), np.float32)
        return zeros, zeros

    def _run(self, given: dict[str, Floats]) -> list[Floats]:
        found: list[Floats] = self._session.run(None, given)
        return found

    def _conv_values(self, pieces: Sequence[Floats]) -> list[Floats]:
        """Pieces cut into chunks with their surroundings, all in one batch."""
        if not pieces:
            return []
        recipe = self.network.recipe
        before, after = recipe.context
        longest = max(piece.shape[1] for piece in pieces)
        chunk = min(_CHUNK, longest)
        chunk = -(-chunk // recipe.stride) * recipe.stride
        rows, counts = [], []
        for piece in pieces:
            count = -(-piece.shape[1] // chunk)
            beyond = count * chunk - piece.shape[1]
            whole = np.pad(piece, ((0, 0), (before, after + beyond)), mode="edge")
            counts.append(count)
            rows += [whole[:, k * chunk : (k + 1) * chunk + before + after] for k in range(count)]
        told = self._run({"channels": np.stack(rows)})[0]
        parts: list[Any] = np.split(told, np.cumsum(counts)[:-1])
        return [
            np.concatenate(list(part), axis=1)[:, : piece.shape[1]]
            for part, piece in zip(parts, pieces, strict=True)
        ]

    def _lstm_values(self, pieces: Sequence[Floats]) -> list[Floats]:
        """Each piece from a state of zeros on; pieces of one length together."""
        results: dict[int, Floats] = {}
        lengths = [piece.shape[1] for piece in pieces]
        for length in sorted(set(lengths)):
            members = [i for i, own in enumerate(lengths) if own == length]
            channels = np.stack([pieces[i].T for i in members], axis=1)
            h, c = self.first_state(len(members))
            told = self._run({"channels": np.ascontiguousarray(channels), "h": h, "c": c})[0]
            results |= {i: told[:, k].T for k, i in enumerate(members)}
        return [results[i] for i in range(len(pieces))]


def both_seen(acc_mps2: Array, gyr_radps: Array) -> BoolArray:
    """(T,) True where no reading of two sensors, (T, 2, 3) each, was lost."""
    return finite_points(np.concatenate([acc_mps2, gyr_radps], axis=-1).reshape(len(acc_mps2), -1))


def _whole_pieces(acc: Array, gyr: Array) -> tuple[Floats, list[tuple[int, int]]]:
    """Channels (16, T) with short gaps bridged, and the pieces without a gap."""
    seen = both_seen(acc, gyr)
    if not seen.all():
        both = np.where(seen[:, None, None], np.concatenate([acc, gyr], axis=-1), np.nan)
        both = fill_gaps(np.arange(len(both)) / RATE_HZ, both, SHORT_GAP_S).values
        acc, gyr = both[..., :3], both[..., 3:]
        seen = np.isfinite(both[:, 0, 0])
    return sensor_channels(acc, gyr), true_runs(seen)
