"""Skin that moves over bone: what keeps markers and sensors from telling where the bone is.

The artefact of a point of the skin has three parts (split as by Dumas et al. 2014, J Biomech 47:476):

- the flesh of a segment shifts and turns as a whole, and
- each patch of skin moves in its own way besides, by sliding over the bone and by muscles that swell,
  both a linear function of the joint angles next to the segment, as Camomilla et al. 2013 (J Biomech 46:625)
  and Bonci et al. 2014 (J Biomech 47:2354) found it to be, different from one person to the next;
- the flesh wobbles after impacts: a damped mass on a spring in each direction, driven by the bone's own
  specific force less that of standing still.

Sizes: total knee arthroplasties before fluoroscopy (PMC8631460, 2021, abstract): the thigh's cluster reaches
10 deg and 18 mm off the bone in walking, the shank's 7 deg and 17 mm, single markers 4 to 16 mm besides;
reviews put the thigh at 10 to 30 mm, the shank at 5 to 15 (Leardini et al. 2005, Gait Posture 21:212; Peters
et al. 2010, Gait Posture 31:1; from memory). Pelvis, trunk, arms and feet are own estimates by analogy. The
wobble of a sensor on the shank: 9.8 +- 2.7 Hz on the calf, 18 +- 12 Hz on the tibia, dying away within 326
and 151 ms, amplified 2.2 and 1.6 times (Rong & Kuo 2023, abstract), which is a damping of 0.15.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.signal import bilinear, lfilter, lfilter_zi
from scipy.spatial.transform import Rotation

from kinelab.body.model import BodyModel
from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.virtual_lab.gravity import UPWARDS_MPS2
from kinelab.virtual_lab.sensors.body_paths import REACH, BodyPaths, second_derivative
from kinelab.virtual_lab.sensors.placement import SITES

_WOBBLE_TILT_RAD_PER_M = 4.0  # own choice: 5 mm of wobble tilt the skin by 1 degree
_DAMPING = 0.15
_MOST_DRIVE = 2.0  # own choice: skin stretches only so far


@dataclass(frozen=True)
class Flesh:
    """How much a segment's flesh moves when one joint angle is as far from standing as `drive` says, in deg.

    Standard deviations over people of its shift, of its turn about the segment's axis and about the two
    across, and of each patch's own way. frequency_hz of its wobble; a steady pull moves it by half the shift
    at most.
    """

    drive: tuple[tuple[str, float], ...]
    shift_mm: float
    axial_deg: float
    tilt_deg: float
    patch_mm: float
    frequency_hz: float


def _both(flesh: Flesh, body: str) -> dict[str, Flesh]:
    """For the right and the left segment; coordinates that have sides are named without theirs."""
    return {
        f"{body}_{side}": Flesh(
            tuple((f"{name}_{side}", deg) for name, deg in flesh.drive),
            flesh.shift_mm, flesh.axial_deg, flesh.tilt_deg, flesh.patch_mm, flesh.frequency_hz,
        )
        for side in "rl"
    }  # fmt: skip


_ARM = (("arm_flex", 60.0), ("arm_add", 60.0), ("arm_rot", 60.0))
_ARMS = tuple((f"{name}_{side}", deg) for name, deg in _ARM for side in "rl")
FLESH: Mapping[str, Flesh] = {
    "pelvis": Flesh((("hip_flexion_r", 40.0), ("hip_flexion_l", 40.0)), 3.0, 1.0, 1.0, 2.0, 12.0),
    **_both(
        Flesh(
            (("hip_flexion", 40.0), ("hip_adduction", 15.0), ("hip_rotation", 20.0), ("knee_angle", 60.0)),
            12.0, 7.0, 2.0, 5.0, 9.5,
        ), "femur",
    ),
    **_both(Flesh((("knee_angle", 60.0), ("ankle_angle", 25.0)), 9.0, 6.0, 2.0, 4.0, 13.0), "tibia"),
    **_both(Flesh((("ankle_angle", 25.0), ("mtp_angle", 30.0)), 2.5, 1.0, 1.0, 1.5, 25.0), "calcn"),
    **_both(Flesh((("mtp_angle", 30.0),), 1.5, 1.0, 1.0, 1.0, 25.0), "toes"),
    "lumbar": Flesh((("lumbar_extension", 30.0), ("lumbar_bending", 20.0)), 4.0, 1.5, 1.5, 2.0, 12.0),
    "torso": Flesh((("lumbar_extension", 30.0), *_ARMS), 5.0, 1.5, 1.5, 4.0, 12.0),
    "head": Flesh((("neck_extension", 40.0), ("neck_rotation", 60.0)), 1.0, 0.5, 0.5, 0.7, 25.0),
    **_both(Flesh(_ARM, 8.0, 2.0, 2.0, 3.0, 12.0), "clavicle"),
    **_both(Flesh((*_ARM, ("elbow_flex", 80.0)), 8.0, 8.0, 2.5, 5.0, 10.0), "humerus"),
    **_both(Flesh((("elbow_flex", 80.0), ("pro_sup", 80.0)), 4.0, 6.0, 1.5, 3.0, 14.0), "ulna"),
    **_both(Flesh((("pro_sup", 80.0), ("wrist_flex", 50.0)), 3.0, 5.0, 1.5, 2.0, 14.0), "radius"),
    **_both(Flesh((("wrist_flex", 50.0),), 2.0, 1.5, 1.5, 1.5, 20.0), "hand"),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class SegmentTissue:
    """One person's flesh on one body.

    At drives d (J,), one for each of `coordinates` and 1 at `full_rad`, the flesh is shift_m (3, J) @ d off
    its place and turned by turn_rad (3, J) @ d about centre_m (3,), in the body's frame.
    """

    coordinates: tuple[str, ...]
    full_rad: Array
    centre_m: Array
    shift_m: Array
    turn_rad: Array
    frequency_hz: float
    most_wobble_m: float
    dose: float


@dataclass(frozen=True, eq=False)
class SoftTissue:
    """One person's flesh: by body, and the own way (3, J) m of each patch of skin, by marker or site."""

    segments: Mapping[str, SegmentTissue]
    patch_m: Mapping[str, Array]


@dataclass(frozen=True, eq=False)
class Sway:
    """How a segment's flesh moves over a grid with its reach, in the body's frame, wobble included.

    shift_m (T + 2 REACH, 3) of centre_m (3,), about which it is `turned`; drive (T + 2 REACH, J).
    """

    centre_m: Array
    shift_m: Array
    turned: Rotation
    drive: Array


def draw_soft_tissue(rng: np.random.Generator, model: BodyModel, dose: float = 1.0) -> SoftTissue:
    """A person's flesh; `dose` multiplies all of it (2: an obese person, 0: skin nailed to the bone).

    model: the person's own body with its markers.

    Raises:
        InputError: a negative dose.
    """
    if not 0 <= dose < np.inf:
        raise InputError(f"soft tissue of dose {dose}; expected 0 or more, 1 being an average person")
    places = {marker.name: (marker.body, marker.offset_m) for marker in model.markers}
    segments = {}
    for body, flesh in FLESH.items():
        own = [offset_m for on, offset_m in places.values() if on == body]
        centre_m = np.mean(own, axis=0) if own else np.zeros(3)
        segments[body] = _drawn_segment(rng, flesh, centre_m, dose)
    patches = {name: body for name, (body, _) in places.items()}
    patches |= {name: site.body for name, site in SITES.items()}
    patch_m = {
        name: _drawn(rng, np.full(3, FLESH[body].patch_mm / 1000 / np.sqrt(3)), len(FLESH[body].drive)) * dose
        for name, body in patches.items()
        if body in FLESH
    }
    return SoftTissue(segments, patch_m)


def sway(tissue: SoftTissue, paths: BodyPaths, model: BodyModel, body: str) -> Sway:
    """How the flesh of one body moves along its path. model: the moving one, standing in its default pose."""
    flesh = tissue.segments[body]
    columns = [model.coordinate_index(name) for name in flesh.coordinates]
    drive = (paths.coordinates[:, columns] - model.default_coordinates[columns]) / flesh.full_rad
    drive = _MOST_DRIVE * np.tanh(drive / _MOST_DRIVE)
    wobble = flesh.dose * _wobble(paths, body, flesh)
    tilt = _WOBBLE_TILT_RAD_PER_M * np.cross([0.0, 1.0, 0.0], wobble)
    turned = Rotation.from_rotvec(drive @ flesh.turn_rad.T + tilt)
    return Sway(flesh.centre_m, drive @ flesh.shift_m.T + wobble, turned, drive)


def patch_shift_m(tissue: SoftTissue, moving: Sway, patch: str, place_m: Array) -> Array:
    """How far a patch of skin at place_m (3,) of its body is off, (T + 2 REACH, 3) in the body's frame."""
    arm_m = place_m - moving.centre_m
    turned_m = moving.turned.as_matrix() @ arm_m - arm_m
    return np.asarray(moving.shift_m + turned_m + moving.drive @ tissue.patch_m[patch].T)


def _drawn_segment(rng: np.random.Generator, flesh: Flesh, centre_m: Array, dose: float) -> SegmentTissue:
    angles = len(flesh.drive)
    shift_m = _drawn(rng, np.full(3, flesh.shift_mm / 1000 / np.sqrt(3)), angles)
    turn_sd = np.radians([flesh.tilt_deg, flesh.axial_deg, flesh.tilt_deg])
    turn_rad = _drawn(rng, turn_sd, angles)
    frequency = flesh.frequency_hz * float(np.exp(0.25 * rng.standard_normal()))
    return SegmentTissue(
        coordinates=tuple(name for name, _ in flesh.drive),
        full_rad=np.radians([deg for _, deg in flesh.drive]),
        centre_m=centre_m,
        shift_m=shift_m * dose,
        turn_rad=turn_rad * dose,
        frequency_hz=frequency,
        most_wobble_m=flesh.shift_mm / 2000,
        dose=dose,
    )


def _drawn(rng: np.random.Generator, sd: Array, angles: int) -> Array:
    """(3, J) with the standard deviations (3,) at one drive of 1."""
    return np.asarray(sd[:, None] * rng.standard_normal((3, angles)))


def _wobble(paths: BodyPaths, body: str, flesh: SegmentTissue) -> Array:
    """Displacement u (T + 2 REACH, 3) m of a mass on the bone: u'' + 2 z w u' + w^2 u = -(f - f at rest)."""
    rotation, position_m = paths.of(body)
    rate_hz = paths.time.rate_hz
    point_m = position_m + rotation @ flesh.centre_m
    force = second_derivative(point_m, rate_hz) + UPWARDS_MPS2
    force = np.pad(force, ((REACH, REACH), (0, 0)), mode="edge")
    pull = UPWARDS_MPS2 - np.einsum("tji,tj->ti", rotation, force)
    w = 2 * np.pi * flesh.frequency_hz
    # Flesh stiffens: a pull has no more effect than one that holds it out by `most_wobble_m`. (Cutting the
    # displacement itself would make corners in it, which a sensor feels as blows.)
    most = w**2 * flesh.most_wobble_m
    size = np.maximum(np.linalg.norm(pull, axis=1, keepdims=True), 1e-12)
    pull = pull * most * np.tanh(size / most) / size
    b, a = bilinear([1.0], [1.0, 2 * _DAMPING * w, w**2], fs=rate_hz)
    settled = lfilter_zi(b, a)[:, None] * pull[:1]
    moved, _ = lfilter(b, a, pull, axis=0, zi=settled)
    return np.asarray(moved)


def known_patches(names: Iterable[str], tissue: SoftTissue) -> None:
    """Raises `InputError` for skin that the tissue was not drawn for."""
    unknown = [name for name in names if name not in tissue.patch_m]
    if unknown:
        raise InputError(
            f"soft tissue knows no patch {', '.join(unknown)}; draw it with the model whose markers are worn"
        )
