"""A sequence network at work on what a direct network told of a video. Needs no torch."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.timebase import Timebase
from kinelab.detection.onnx_sessions import inference_session
from kinelab.errors import InputError
from kinelab.learning.onnx_graph import with_weights
from kinelab.learning.weights import ModelCard
from kinelab.monocular.calibration import calibrated
from kinelab.monocular.poses import Poses
from kinelab.monocular.sequence_file import RATE_HZ, SequenceFile, read_sequence
from kinelab.monocular.vector import Floats, Vector
from kinelab.signals.filters import low_pass
from kinelab.signals.gaps import fill_gaps
from kinelab.signals.resampling import SAME_TIME, resample, uniform_timebase
from kinelab.signals.runs import finite_points, true_runs

LONGEST_GAP_S = 0.5
"""Frames in which nobody was seen are bridged up to this time; after a longer gap a new clip begins."""
_BAND = 0.4  # of the networks' rate: what may remain when frames are thinned out
_BATCH = 8


def shipped_sequence_path() -> Path:
    """Where the weights that ship with kinelab are."""
    return Path(str(files("kinelab") / "weights" / "monocular_sequence.safetensors"))


def load_sequence_network(path: str | Path | None = None, *, threads: int | None = None) -> SequenceNetwork:
    """The sequence network of a file, None = the shipped one. threads: of one call; None takes all cores.

    Raises:
        ModelError: no such file, damaged, or not a sequence network.
    """
    return SequenceNetwork(read_sequence(shipped_sequence_path() if path is None else path), threads)


class SequenceNetwork:
    """A network that refines the vectors of a clip by one another."""

    def __init__(self, file: SequenceFile, threads: int | None = None) -> None:
        self.file = file
        self._session = inference_session(
            with_weights(file.graph, file.arrays),
            ["CPUExecutionProvider"],
            threads=threads,
            name=f"the sequence network {file.card.name}",
        )

    @property
    def vector(self) -> Vector:
        """What the numbers mean; the direct network's must be the same."""
        return self.file.vector

    @property
    def card(self) -> ModelCard:
        """Where the network comes from, and its limits."""
        return self.file.card

    def estimate(self, values: Floats | Array, time_s: Array, size_px: int) -> Poses:
        """Poses of a video's frames from the direct network's `vectors`; sd calibrated if the file says how.

        size_px: of the crops.
        Raises:
            InputError: a frame is NaN; and as `refine`.
        """
        refined = self.refine(values, time_s)
        if not np.isfinite(refined).all():
            raise InputError("some frames are NaN; leave them out, or use refine")
        if self.file.use.calibration is not None:
            refined = calibrated(refined, self.vector, self.file.use.calibration)
        return self.vector.poses(refined, size_px)

    def refine(self, values: Floats | Array, time_s: Array) -> Array:
        """Vectors (T, numbers) of frames at time_s (T,), any rate, refined; NaN comes out where it is.

        The network works at 30 Hz: quicker videos are thinned out after a low-pass, slower ones filled up,
        and the result is read at the frames' own times.

        Raises:
            InputError: another count of numbers, or times that do not increase.
        """
        values = np.asarray(values, np.float64)
        if values.ndim != 2 or values.shape[1] != self.vector.numbers or len(time_s) != len(values):
            raise InputError(
                f"vectors have shape {values.shape} and there are {len(time_s)} times; expected "
                f"(n, {self.vector.numbers}) and n"
            )
        seen = finite_points(values)
        result = np.full_like(values, np.nan)
        if not seen.any():
            return result
        filled = np.where(seen[:, None], values, np.nan)
        if len(values) > 1:
            filled = fill_gaps(np.asarray(time_s, np.float64), filled, LONGEST_GAP_S).values
        for start, stop in true_runs(finite_points(filled)):
            part = slice(start, stop)
            result[part] = self._clip(filled[part], np.asarray(time_s[part], np.float64))
        result[~seen] = np.nan
        return result

    def _clip(self, values: Array, time_s: Array) -> Array:
        """A clip without gaps."""
        if len(values) < 2:
            return np.asarray(self._windows(values))
        own = uniform_timebase(time_s)
        n = int(np.floor((own.n - 1) / own.rate_hz * RATE_HZ + SAME_TIME)) + 1
        time = Timebase(RATE_HZ, n, own.start_s)
        smooth = values
        if own.rate_hz > RATE_HZ * (1 + SAME_TIME):
            even = resample(time_s, values, own, np.inf, method="pchip")
            smooth = low_pass(even, own.rate_hz, _BAND * RATE_HZ).values if len(even) > 12 else even
            time_s_in = own.time_s
        else:
            time_s_in = time_s
        at_rate = _read(time_s_in, smooth, time.time_s)
        # What the network adds is smooth; what it is added to keeps the frames' own times.
        change = self._windows(at_rate) - at_rate
        return _read(time_s_in, smooth, time_s) + _read(time.time_s, change, time_s)

    def _windows(self, values: Array) -> Array:
        """Vectors at 30 Hz, in windows that overlap by half and are blended; the last frame is repeated."""
        frames, n = self.file.use.frames, len(values)
        starts = sorted({*range(0, max(n - frames, 0) + 1, frames // 2), max(n - frames, 0)})
        rows = np.array([np.minimum(np.arange(s, s + frames), n - 1) for s in starts])
        told = np.concatenate(
            [self._told(values[rows[i : i + _BATCH]].astype(np.float32)) for i in range(0, len(rows), _BATCH)]
        )
        weight = 1.0 + np.minimum(np.arange(frames), np.arange(frames)[::-1])
        total, shares = np.zeros_like(values), np.zeros(n)
        for start, one in zip(starts, told, strict=True):
            length = min(frames, n - start)
            total[start : start + length] += weight[:length, None] * one[:length]
            shares[start : start + length] += weight[:length]
        return np.asarray(total / shares[:, None])

    def _told(self, batch: Floats) -> Floats:
        told: Floats = self._session.run(None, {self._session.get_inputs()[0].name: batch})[0]
        return told


def _read(time_s: Array, values: Array, wanted_s: Array) -> Array:
    """Values at other times, along straight lines; beyond the ends the last value."""
    at = np.clip(np.interp(wanted_s, time_s, np.arange(len(time_s))), 0, len(time_s) - 1)
    low = np.minimum(np.floor(at).astype(int), max(len(time_s) - 2, 0))
    share = (at - low)[:, None]
    high = np.minimum(low + 1, len(time_s) - 1)
    return np.asarray((1 - share) * values[low] + share * values[high])
