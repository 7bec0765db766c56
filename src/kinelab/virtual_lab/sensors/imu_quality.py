"""How good inertial sensors are: the size of each of their errors, and named kinds of sensors.

Noise is given as data sheets do: density d of white noise, in unit/sqrt(Hz) one-sided. A sample has the
standard deviation d sqrt(b), b being half the rate of a sensor that integrates between samples or has no
low-pass, and 1.11 times the low-pass's corner else: what is above half the rate folds back.

Sources. MPU-6050: InvenSense PS-MPU-6000A-00 rev. 3.4 (checked). Xsens MTi-1, which Movella DOT resembles:
Transactions on Aerospace Research 2023, doi 10.2478/tar-2023-0022 (table checked): 0.007 deg/s/sqrt(Hz),
120 ug/sqrt(Hz), bias instability 10 deg/h and 0.03 mg, ranges 2,000 deg/s and 16 g, bandwidth 255 Hz.
Magnetometers: steps of 0.3 uT up to 1,229 uT, AKM's AK8975 MS1187-E-02 (checked); the MTi-1's range of 800 uT
from memory. What a calibration leaves of bias, scale and axes, a magnetometer's noise, clocks and lost
packets: own choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from kinelab.core.checks import Problems
from kinelab.virtual_lab.gravity import GRAVITY_MPS2

_G = GRAVITY_MPS2
_DEG = np.pi / 180


@dataclass(frozen=True)
class Triad:
    """Errors of three axes of one kind, in the signal's unit (m/s2, rad/s, uT).

    noise_density per sqrt(Hz). bias_sd of a bias that stays; drift_sd of one that wanders with the
    correlation time drift_time_s (Gauss-Markov). scale_sd a share of the signal, axis_sd_rad how far each
    axis leans to each of the others. most: beyond this the reading is clipped. bits of the converter over
    -most..most.
    """

    noise_density: float = 0.0
    bias_sd: float = 0.0
    drift_sd: float = 0.0
    drift_time_s: float = 300.0
    scale_sd: float = 0.0
    axis_sd_rad: float = 0.0
    most: float = np.inf
    bits: int | None = None

    def __post_init__(self) -> None:
        with Problems("Triad") as problems:
            for name in ("noise_density", "bias_sd", "drift_sd", "scale_sd", "axis_sd_rad"):
                value = getattr(self, name)
                problems.add_if(not 0 <= value < np.inf, f"{name} is {value}, expected 0 or more")
            for name in ("drift_time_s", "most"):
                value = getattr(self, name)
                problems.add_if(not value > 0, f"{name} is {value}, expected above 0")
            if self.bits is not None:
                problems.add_if(not 4 <= self.bits <= 32, f"bits is {self.bits}, expected 4 to 32")
                problems.add_if(not np.isfinite(self.most), "bits need a finite `most` to divide")


@dataclass(frozen=True)
class ImuQuality:
    """A kind of sensor: its triads, and

    bandwidth_hz of the low-pass (Butterworth, second order, causal) before sampling, None = none;
    clock_offset_sd_s by which its samples are later than their time stamps say, and clock_skew_sd_ppm by
    which its clock runs slow; losses_per_min packet losses, each of a length around loss_s;
    noise_of_signal: further noise as a share of each signal's own standard deviation, as Rapp et al. 2021
    gave theirs; strapdown: readings are increments since the sample before (`strapdown`). mag None = no
    magnetometer.
    """

    acc: Triad = Triad()
    gyr: Triad = Triad()
    mag: Triad | None = None
    bandwidth_hz: float | None = None
    clock_offset_sd_s: float = 0.0
    clock_skew_sd_ppm: float = 0.0
    losses_per_min: float = 0.0
    loss_s: float = 0.05
    noise_of_signal: float = 0.0
    strapdown: bool = False

    def __post_init__(self) -> None:
        with Problems("ImuQuality") as problems:
            for name in ("clock_offset_sd_s", "clock_skew_sd_ppm", "losses_per_min", "noise_of_signal"):
                value = getattr(self, name)
                problems.add_if(not 0 <= value < np.inf, f"{name} is {value}, expected 0 or more")
            problems.add_if(self.clock_offset_sd_s > 10, "clock_offset_sd_s is over 10 s; milliseconds?")
            problems.add_if(not self.loss_s > 0, f"loss_s is {self.loss_s}, expected above 0")
            if self.bandwidth_hz is not None:
                band = self.bandwidth_hz
                problems.add_if(not 1 <= band < 500, f"bandwidth_hz is {band}, expected 1 to below 500")


IDEAL = ImuQuality()
RESEARCH = ImuQuality(
    acc=Triad(120e-6 * _G, 3e-3 * _G, 0.03e-3 * _G, 300.0, 0.002, 0.002, 16 * _G, 16),
    gyr=Triad(0.007 * _DEG, 0.2 * _DEG, 10 / 3600 * _DEG, 300.0, 0.003, 0.002, 2000 * _DEG, 16),
    mag=Triad(0.05, 0.5, 0.05, 300.0, 0.005, 0.005, 800.0, 16),
    bandwidth_hz=255.0,
    clock_offset_sd_s=1e-4,
    clock_skew_sd_ppm=1.0,
    losses_per_min=0.2,
    loss_s=0.03,
    strapdown=True,
)
# Tolerances of the data sheet taken as three standard deviations (scale 3 %, axes 2 %, zero-g 50 mg); of its
# zero rate of 20 deg/s, what is left after averaging a still second.
CONSUMER = ImuQuality(
    acc=Triad(400e-6 * _G, 17e-3 * _G, 0.2e-3 * _G, 200.0, 0.01, 0.007, 16 * _G, 16),
    gyr=Triad(0.005 * _DEG, 0.5 * _DEG, 0.02 * _DEG, 200.0, 0.01, 0.007, 2000 * _DEG, 16),
    mag=Triad(0.1, 3.0, 0.3, 200.0, 0.02, 0.02, 0.3 * 2**12, 13),
    bandwidth_hz=94.0,
    clock_offset_sd_s=0.02,
    clock_skew_sd_ppm=40.0,
    losses_per_min=4.0,
    loss_s=0.08,
)
# Noise of 15 % of each signal's standard deviation and nothing else (J Biomech 2021;116:110229).
AS_RAPP_2021 = ImuQuality(noise_of_signal=0.15)
QUALITIES: Mapping[str, ImuQuality] = MappingProxyType(
    {"ideal": IDEAL, "research": RESEARCH, "consumer": CONSUMER, "rapp2021": AS_RAPP_2021}
)
