"""How body segments lie over time, and the angles of joints and segments that follow."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d

from kinelab.body.joint_axes import joint_angles
from kinelab.core.checks import Array, Problems, read_only
from kinelab.core.kinematics import Kinematics
from kinelab.core.provenance import Provenance
from kinelab.core.subject import Subject
from kinelab.core.timebase import Timebase
from kinelab.geometry.rotations import about_axis
from kinelab.inertial.segment_motion import LEG_JOINTS, SIDES, angle_names, joint_segments

ComplexArray = npt.NDArray[np.complex128]
LIMBS = ("thigh", "shank", "foot")


@dataclass(frozen=True, eq=False)
class SegmentOrientations:
    """rotation (T, S, 3, 3): axes of S segments (X forward, Y up, Z right) to ground; NaN = lost."""

    segments: tuple[str, ...]
    time: Timebase
    rotation: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "segments", tuple(self.segments))
        object.__setattr__(self, "rotation", read_only(self.rotation))
        with Problems("SegmentOrientations") as problems:
            problems.unique("segments", self.segments)
            problems.shape("rotation", self.rotation, (self.time.n, len(self.segments), 3, 3))

    def of(self, segment: str) -> Array:
        """Rotation of a segment that is there, (T, 3, 3)."""
        return np.asarray(self.rotation[:, self.segments.index(segment)])


def leg_angles(orientations: SegmentOrientations) -> tuple[tuple[str, ...], Array]:
    """Names and angles (T, J) deg of all joints and segments of the legs that have their sensors.

    The three angles of each joint (`body.joint_axes`), then `thigh_angle_*`, `shank_angle_*` and
    `foot_angle_*` against the vertical and the horizontal (docs/conventions.md), in the plane that the
    segment itself calls sagittal: its heading does not matter.
    """
    names: list[str] = []
    columns: list[Array] = []
    there = set(orientations.segments)
    for side in SIDES:
        for joint in LEG_JOINTS:
            segments = joint_segments(joint, side)
            if set(segments) <= there:
                proximal, distal = (orientations.of(segment) for segment in segments)
                names += angle_names(joint, side)
                columns += list(np.degrees(joint_angles(proximal, distal, joint, side)).T)
    for side in SIDES:
        for limb in LIMBS:
            segment = f"{limb}_{side[0]}"
            if segment in there:
                names.append(f"{limb}_angle_{side[0]}")
                columns.append(inclination_deg(orientations.of(segment), limb))
    table = np.stack(columns, axis=1) if columns else np.empty((orientations.time.n, 0))
    return tuple(names), table


def inclination_deg(rotation: Array, limb: str) -> Array:
    """Angle of a segment's long axis in its own sagittal plane, (T,) deg, signs of docs/conventions.md.

    Thigh and shank: against the downward vertical, distal end in front positive. Foot: against the
    horizontal, toes up positive. Unwrapped in time. NaN where the rotation (T, 3, 3) is NaN.
    """
    right = rotation[:, :, 2] * [1.0, 0.0, 1.0]
    forward = np.cross([0.0, 1.0, 0.0], right)
    along = rotation[:, :, 0] if limb == "foot" else -rotation[:, :, 1]
    ahead, up = np.einsum("ti,ti->t", along, forward), along[:, 1] * np.linalg.norm(right, axis=1)
    angle = np.arctan2(up, ahead) if limb == "foot" else np.arctan2(ahead, -up)
    seen = np.isfinite(angle)
    angle[seen] = np.unwrap(angle[seen])
    return np.asarray(np.degrees(angle))


def as_kinematics(
    orientations: SegmentOrientations,
    subject: Subject | None = None,
    provenance: Provenance | None = None,
) -> Kinematics:
    """All leg angles as `Kinematics`, valid where finite, their standard deviation not known."""
    names, angle_deg = leg_angles(orientations)
    return Kinematics(
        names=names,
        time=orientations.time,
        angle_deg=angle_deg,
        sd_deg=np.full_like(angle_deg, np.nan),
        valid=np.isfinite(angle_deg),
        subject=subject or Subject(),
        provenance=provenance or Provenance(),
        pelvis_rotation=orientations.of("pelvis") if "pelvis" in orientations.segments else None,
    )


def with_common_heading(orientations: SegmentOrientations, window_s: float = 10.0) -> SegmentOrientations:
    """The same segments, each turned about the vertical so that in the long mean all point to the same right.

    Without a magnetometer every sensor has a heading of its own, which drifts. Over `window_s` around each
    time, the mean heading of each segment's Z axis against that of the first one (the pelvis, if there) is
    turned to zero: legs turn in and out, but on the mean they go with the body, also round corners. This
    takes any lasting turn of a joint about the vertical (toe-out) as zero. A drift at constant rate is taken
    off without a rest. The first segment keeps its own course; ground's X is where it points on the mean.
    """
    first = orientations.segments.index("pelvis") if "pelvis" in orientations.segments else 0
    right = orientations.rotation[:, :, 0, 2] + 1j * orientations.rotation[:, :, 2, 2]
    against = right * np.conj(right[:, [first]])
    size = max(round(min(window_s * orientations.time.rate_hz, orientations.time.n)), 1)
    turn = np.angle(_moving_mean(against, size))
    # Z of ground is where "right" is: (x, z) = (0, 1). A turn about Y takes the angle of x + i z down.
    course = np.angle(np.nansum(right[:, first])) - np.pi / 2
    return replace(orientations, rotation=about_axis(1, turn + course) @ orientations.rotation)


def _moving_mean(values: ComplexArray, size: int) -> ComplexArray:
    """Sum over a moving window of (T, S) complex numbers, what is NaN left out."""
    known = np.where(np.isfinite(values), values, 0.0)
    real, imaginary = (
        uniform_filter1d(part, size, axis=0, mode="constant") for part in (known.real, known.imag)
    )
    return np.asarray(real + 1j * imaginary)
