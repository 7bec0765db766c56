"""Harmonic ratios: how much the pelvis's accelerations repeat from step to step."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES
from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measure
from kinelab.core.strides import Strides
from kinelab.gait.making import make
from kinelab.signals.derivatives import acceleration

HARMONICS = 20
_POINTS = 128  # of a stride, for its Fourier series
AXES = ("forward", "upward", "sideways")


def harmonic_ratio(acceleration_mps2: Array, *, once_a_stride: bool = False) -> Array:
    """Harmonic ratios (n,) of the accelerations (n, P) of n whole strides, any unit, along one axis.

    Sum of the amplitudes of harmonics 2, 4, ..., 20 of a stride over that of 1, 3, ..., 19: forwards and
    upwards a body that walks evenly does the same at each step, twice a stride (Menz et al. 2003,
    doi:10.1016/S0966-6362(02)00159-5; Smidt et al. 1971). once_a_stride: the inverse, for sideways. NaN for
    strides with NaN, or without any motion.
    """
    amplitude = np.abs(np.fft.rfft(acceleration_mps2, axis=1))[:, 1 : HARMONICS + 1]
    odd, even = amplitude[:, 0::2].sum(axis=1), amplitude[:, 1::2].sum(axis=1)
    above, below = (odd, even) if once_a_stride else (even, odd)
    ratio: Array = np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
    return ratio


def harmonic_ratios(strides: Strides, kinematics: Kinematics) -> tuple[Measure, ...]:
    """Harmonic ratios of the pelvis forwards, upwards and sideways, over the used strides of both feet.

    From the second derivative of the pelvis's position; forwards is where the pelvis faces over a stride.
    Positions that were low-passed at 6 Hz hold some six harmonics of a walk; ratios compare only within one
    way of recording. Nothing without a pelvis in space, or with fewer than two samples a harmonic.
    """
    if kinematics.pelvis_position_m is None or kinematics.pelvis_rotation is None:
        return ()
    time_s, rate_hz = kinematics.time.time_s, kinematics.time.rate_hz
    moved = acceleration(kinematics.pelvis_position_m, rate_hz)
    found: dict[str, list[Array]] = {axis: [] for axis in AXES}
    for side in SIDES:
        for i in np.flatnonzero(strides.chosen(side)):
            start, stop = strides.start_s[i], strides.stop_s[i]
            if (stop - start) * rate_hz < 2 * HARMONICS:
                continue
            at = np.linspace(start, stop, _POINTS, endpoint=False)
            along = np.stack([np.interp(at, time_s, moved[:, k]) for k in range(3)], axis=1)
            inside = (time_s >= start) & (time_s <= stop)
            facing = kinematics.pelvis_rotation[inside][:, [0, 2], 0].mean(axis=0)
            x, z = facing / np.linalg.norm(facing)
            found["forward"].append(along @ [x, 0.0, z])
            found["upward"].append(along[:, 1])
            found["sideways"].append(along @ [-z, 0.0, x])
    rows: list[Measure] = []
    for axis, strides_of in found.items():
        if strides_of:
            ratio = harmonic_ratio(np.array(strides_of), once_a_stride=axis == "sideways")
            rows += make(f"harmonic_ratio_{axis}", "both", ratio)
    return tuple(rows)
