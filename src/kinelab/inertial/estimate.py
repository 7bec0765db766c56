"""From what worn sensors recorded to joint angles: calibrate, ask the networks, smooth; or a baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from kinelab.body.joint_axes import Side
from kinelab.core.checks import Array, Problems
from kinelab.core.kinematics import Kinematics
from kinelab.core.provenance import ModelRecord, Provenance
from kinelab.core.recording import Imu
from kinelab.core.subject import Subject
from kinelab.errors import InputError
from kinelab.files.atomic import sha256_of
from kinelab.files.sensors.recording import SensorRecording
from kinelab.inertial.baselines.opensense_ik import opensense_kinematics
from kinelab.inertial.baselines.orientation_ik import orientation_kinematics
from kinelab.inertial.baselines.vqf_filter import vqf_orientations
from kinelab.inertial.calibration.calibrate import calibrate
from kinelab.inertial.calibration.calibration import Calibration
from kinelab.inertial.joint_estimate import JointEstimate
from kinelab.inertial.networks.shipped import load_networks, shipped_path
from kinelab.inertial.orientations import SegmentOrientations, as_kinematics, leg_angles
from kinelab.inertial.readings import leg_readings
from kinelab.inertial.refinement.smoothed_motion import SmoothedMotion
from kinelab.inertial.refinement.smoother import smooth
from kinelab.inertial.segment_motion import angle_names

Route = Literal["smoother", "vqf", "own-ik", "opensense"]
CalibrationChoice = Literal["auto", "static", "functional", "none"]
_SAID: Mapping[Route, str] = {
    "smoother": "smoother",
    "vqf": "VQF and a common heading",
    "own-ik": "VQF, then inverse kinematics on kinelab's body",
    "opensense": "VQF, then OpenSense's inverse kinematics on kinelab's body",
}


@dataclass(frozen=True)
class EstimateSettings:
    """How to work; the defaults do for a person who stood still and walked.

    calibration: how to find the sensors on the body; "none" takes the readings as being in the segments' axes
    already. static_s: when the person stands, found where not given. route: "smoother" or a baseline.
    networks: let them help the smoother; network: a file of one's own.
    """

    calibration: CalibrationChoice = "auto"
    static_s: tuple[float, float] | None = None
    route: Route = "smoother"
    networks: bool = True
    network: Path | None = None

    def __post_init__(self) -> None:
        with Problems("settings") as problems:
            problems.one_of("calibration", self.calibration, get_args(CalibrationChoice))
            problems.one_of("route", self.route, get_args(Route))
            wrong = self.static_s is not None and not self.static_s[0] < self.static_s[1]
            problems.add_if(wrong, f"static_s is {self.static_s}, expected a start before a stop")
            useless = self.network is not None and (not self.networks or self.route != "smoother")
            problems.add_if(useless, "a network was named and is not to be used")


@dataclass(frozen=True, eq=False)
class Estimated:
    """imu: the readings in the segments' axes; calibration: how they came there; kinematics of the legs.

    said: the route in words; models: the networks behind it; notes: what a reader should know.
    """

    imu: Imu
    calibration: Calibration
    kinematics: Kinematics
    said: str
    models: tuple[ModelRecord, ...] = ()
    notes: tuple[str, ...] = ()


def estimate(
    recording: SensorRecording,
    settings: EstimateSettings | None = None,
    subject: Subject | None = None,
    provenance: Provenance | None = None,
) -> Estimated:
    """Angles of all joints whose two sensors are there, and of segments alone, at the recording's own times.

    NaN and not valid exactly where a sensor behind the angle lost its sample.

    Raises:
        InputError: no sensor on a leg, no readings, or a calibration that this recording does not allow.
        ModelError: no such network.
        MissingExtraError: the route needs a package that is not installed.
    """
    settings = settings or EstimateSettings()
    raw, notes = leg_readings(recording)
    calibration = _calibration(raw, settings)
    imu = calibration.apply(raw)
    who, source = subject or Subject(), provenance or Provenance()
    said, models = _SAID[settings.route], tuple[ModelRecord, ...]()
    if settings.route == "smoother":
        estimates, models = _asked(imu, settings)
        # A still part told the gyroscopes' biases, which the calibration took off: only its error is left.
        bias = None if calibration.still_s is None else np.zeros((len(imu.segments), 3))
        motion = smooth(imu, estimates, alignment_sd_deg=calibration.sd_deg, bias_radps=bias)
        kinematics = _of_smoothed(motion, who, source)
        said += " of networks, gyroscopes and gravity" if estimates else " of gyroscopes and gravity"
    else:
        kinematics = _baseline(settings.route, imu, who, source)
    return Estimated(imu, calibration, kinematics, said, models, notes)


def _calibration(raw: Imu, settings: EstimateSettings) -> Calibration:
    if settings.calibration != "none":
        return calibrate(raw, settings.calibration, settings.static_s)
    n = len(raw.segments)
    said = "not calibrated: the readings were taken as being in the segments' axes"
    return Calibration(
        raw.segments, np.tile(np.eye(3), (n, 1, 1)), np.zeros((n, 3)), np.zeros((n, 3)), None, (said,)
    )


def _asked(
    imu: Imu, settings: EstimateSettings
) -> tuple[dict[tuple[str, Side], JointEstimate], tuple[ModelRecord, ...]]:
    """What the networks say of each joint, and which they are; nothing where none is wanted."""
    if not settings.networks:
        return {}, ()
    networks = load_networks(settings.network)
    path = settings.network or shipped_path()
    found = networks.estimate(imu)
    model = ModelRecord(networks.card.name, sha256_of(path), networks.card.licence)
    return found, (model,) if found else ()


def _of_smoothed(motion: SmoothedMotion, subject: Subject, provenance: Provenance) -> Kinematics:
    """Joint angles with their sd; the segments' own inclinations follow from their orientations."""
    orientations = SegmentOrientations(motion.segments, motion.time, motion.segment_rotation)
    names, angle_deg = leg_angles(orientations)
    sd_deg = np.full_like(angle_deg, np.nan)
    for (joint, side), angles in motion.angle_deg.items():
        columns = [names.index(name) for name in angle_names(joint, side)]
        angle_deg[:, columns], sd_deg[:, columns] = angles, motion.sd_deg[joint, side]
    return Kinematics(
        names=names,
        time=motion.time,
        angle_deg=angle_deg,
        sd_deg=sd_deg,
        valid=np.isfinite(angle_deg),
        subject=subject,
        provenance=provenance,
        pelvis_rotation=_pelvis(orientations),
    )


def _pelvis(orientations: SegmentOrientations) -> Array | None:
    return orientations.of("pelvis") if "pelvis" in orientations.segments else None


def _baseline(route: Route, imu: Imu, subject: Subject, provenance: Provenance) -> Kinematics:
    orientations = vqf_orientations(imu)
    if route == "vqf":
        return as_kinematics(orientations, subject, provenance)
    way = orientation_kinematics if route == "own-ik" else opensense_kinematics
    found = way(orientations, subject=subject, provenance=provenance)
    if not found.names:
        raise InputError(
            f"{route} needs the sensors on both sides of a joint; there are {', '.join(imu.segments)}"
        )
    return found
