"""How far each source may be trusted when orientations are fused."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Problems


@dataclass(frozen=True)
class FusionQuality:
    """Standard deviations of gyroscopes, gravity, skin and networks; defaults suit worn sensors of any make.

    bias_sd_dps: of a gyroscope's bias where nothing is known of it; bias_walk_dps: how far it wanders in a
    minute. walk_deg: how far an integrated orientation wanders in a minute besides, by noise and what the
    sampling leaves out. lost_dps: how fast a segment may turn otherwise than assumed while samples are lost.

    tilt_deg: of the direction of gravity in one sensor's mean force over some strides, against the others;
    common_tilt_deg: the same for the whole body, which speeds up and slows down. acc_bias_deg: by how much
    an accelerometer's bias turns gravity, the whole time.

    alignment_deg: of a sensor's axes against its segment's, about each axis, where no calibration says it.
    tissue: how far skin and muscle turn a sensor on its bone within a stride, as a share of the usual
    (`blending`); 0 for what moves as one with the bone.

    network_offset_deg: added to what a network says of its own constant error, and network_within: by how
    much its error within a stride is larger than it says, because it learned from other people, sensors and
    ways to move than those before us. network_mean: the share of the error within a stride that is left in
    the mean over some strides. network_phases: how many independent readings of a curve's shape it gives;
    strides that follow each other have the same errors, so more of them add none.
    Until networks have been judged on real sensors, a person who stood still is believed before them: 10 deg
    leaves a stretch of standing (3 deg a sensor) nine tenths of the say.

    increments: the gyroscopes give increments since the sample before (strap-down integration in the
    sensor), not the angular velocity at the instant of the sample.
    """

    bias_sd_dps: float = 1.5
    bias_walk_dps: float = 0.01
    walk_deg: float = 0.4
    lost_dps: float = 60.0
    tilt_deg: float = 0.3
    common_tilt_deg: float = 1.0
    acc_bias_deg: float = 0.2
    alignment_deg: float = 5.0
    tissue: float = 1.0
    network_offset_deg: float = 10.0
    network_within: float = 2.0
    network_mean: float = 0.35
    network_phases: float = 2.0
    increments: bool = False

    def __post_init__(self) -> None:
        with Problems("FusionQuality") as problems:
            for name in ("bias_sd_dps", "walk_deg", "lost_dps", "tilt_deg", "common_tilt_deg",
                         "network_within", "network_mean", "network_phases"):  # fmt: skip
                value = getattr(self, name)
                problems.add_if(not 0 < value < np.inf, f"{name} is {value}, expected above 0")
            for name in ("bias_walk_dps", "acc_bias_deg", "alignment_deg", "tissue", "network_offset_deg"):
                value = getattr(self, name)
                problems.add_if(not 0 <= value < np.inf, f"{name} is {value}, expected 0 or more")


AS_TRAINED = FusionQuality(tissue=0.0, network_offset_deg=0.0, network_within=1.5, network_phases=5.0)
"""For people, movements and sensors like those that the networks' errors were measured on, worn without skin
between: synthetic readings of markers or of a virtual body."""
