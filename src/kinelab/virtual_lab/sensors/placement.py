"""Where sensors are worn: sites on the skin, and how far off them a hand puts them.

A sensor's axes: x along the segment towards the trunk; z out of the skin; y completes them. Sites
are weighted means of the person's own markers, so that they lie where that person's skin is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from kinelab.body.model import BodyModel
from kinelab.core.checks import Array, Problems, read_only
from kinelab.errors import InputError

Direction = tuple[float, float, float]
_UP: Direction = (0.0, 1.0, 0.0)
_FORWARD: Direction = (1.0, 0.0, 0.0)
_BACK: Direction = (-1.0, 0.0, 0.0)
_LATERAL: Direction = (0.0, 0.0, 1.0)  # of the right side


@dataclass(frozen=True)
class Site:
    """A place for a sensor: on `body`, lift_m off the mean of its `markers` (with weights), facing `out`.

    `up` is the direction of the sensor's x axis, as far as it lies in the skin; both in the body's frame,
    which is parallel to ground in the standing body (X forward, Y up, Z right).
    """

    body: str
    markers: tuple[tuple[str, float], ...]
    out: Direction
    lift_m: float = 0.0
    up: Direction = _UP


def _mirrored(site: Site) -> Site:
    """The left side's site of a right one."""
    markers = tuple((f"L{name[1:]}", share) for name, share in site.markers)
    out = (site.out[0], site.out[1], -site.out[2])
    return Site(site.body.removesuffix("_r") + "_l", markers, out, site.lift_m, site.up)


_RIGHT: dict[str, Site] = {
    "thigh": Site("femur_r", (("RTHI", 1.0),), _LATERAL),
    "shank": Site("tibia_r", (("RTIB", 1.0),), _LATERAL),
    # On the instep, as clinics do, and on the back of the shoe, as Rapp et al. 2021 did.
    "foot": Site("calcn_r", (("RTOE", 0.7), ("RHEE", 0.3)), (0.35, 1.0, 0.0), 0.025, _BACK),
    "heel": Site("calcn_r", (("RHEE", 1.0),), _BACK),
    "upper_arm": Site("humerus_r", (("RUPA", 1.0),), _LATERAL),
    "forearm": Site("radius_r", (("RWRA", 0.5), ("RWRB", 0.5)), _BACK, 0.022),
    "hand": Site("hand_r", (("RFIN", 0.5), ("RHN5", 0.5)), _BACK),
}
SITES: Mapping[str, Site] = {
    "pelvis": Site("pelvis", (("SACR", 1.0),), _BACK),
    "sternum": Site("torso", (("CLAV", 0.5), ("STRN", 0.5)), _FORWARD),
    "head": Site("head", (("RBHD", 0.5), ("LBHD", 0.5)), _BACK, 0.015),
    **{f"{name}_r": site for name, site in _RIGHT.items()},
    **{f"{name}_l": _mirrored(site) for name, site in _RIGHT.items()},
}
LOWER_BODY_7 = ("pelvis", "thigh_r", "thigh_l", "shank_r", "shank_l", "foot_r", "foot_l")
"""Pelvis, thighs, shanks and feet, as Rapp et al. 2021 (J Biomech 116:110229); theirs sat on the heels."""
FULL_BODY_15 = (
    *LOWER_BODY_7, "sternum", "head",
    *(f"{name}_{side}" for name in ("upper_arm", "forearm", "hand") for side in "rl"),
)  # fmt: skip


@dataclass(frozen=True)
class Misplacement:
    """How far off a sensor is put: standard deviations along each direction of the skin, of the turn about
    the normal to the skin, and of the tilt about both directions in it."""

    slide_sd_m: float = 0.0
    turn_sd_deg: float = 0.0
    tilt_sd_deg: float = 0.0

    def __post_init__(self) -> None:
        with Problems("Misplacement") as problems:
            for name in ("slide_sd_m", "turn_sd_deg", "tilt_sd_deg"):
                value = getattr(self, name)
                problems.add_if(not 0 <= value < np.inf, f"{name} is {value}, expected 0 or more")
            problems.add_if(self.slide_sd_m > 0.2, f"slide_sd_m is {self.slide_sd_m} m; millimetres?")


AS_INTENDED = Misplacement()
BY_A_CLINICIAN = Misplacement(0.01, 5.0, 4.0)
BY_THE_WEARER = Misplacement(0.025, 12.0, 6.0)
# Rapp et al. 2021 turned sensors by angles of SD 13.5 deg; here spread evenly over the three axes.
AS_RAPP_2021 = Misplacement(0.0, 13.5 / np.sqrt(3), 13.5 / np.sqrt(3))


@dataclass(frozen=True, eq=False)
class Mounting:
    """One sensor as it is worn: position_m (3,) and rotation (3, 3) sensor to body, in the body's frame.

    `intended_*` is the same as the site has it; the difference is what a calibration has to find.
    """

    segment: str
    body: str
    position_m: Array
    rotation: Array
    intended_position_m: Array
    intended_rotation: Array

    def __post_init__(self) -> None:
        with Problems(f"Mounting {self.segment}") as problems:
            for name in ("position_m", "intended_position_m"):
                object.__setattr__(self, name, read_only(getattr(self, name)))
                problems.shape(name, getattr(self, name), (3,))
            for name in ("rotation", "intended_rotation"):
                matrix = read_only(getattr(self, name))
                object.__setattr__(self, name, matrix)
                turned = matrix.shape == (3, 3) and np.allclose(matrix @ matrix.T, np.eye(3), atol=1e-9)
                problems.add_if(not (turned and np.linalg.det(matrix) > 0), f"{name} is not a rotation")


def mount(
    model: BodyModel,
    names: Sequence[str] = LOWER_BODY_7,
    misplacement: Misplacement = AS_INTENDED,
    rng: np.random.Generator | None = None,
) -> tuple[Mounting, ...]:
    """Sensors on a person's model, one at each site of `SITES` that is named.

    model: the person's scaled own body with its 63 markers.

    Raises:
        InputError: no such site, a site named twice, a model without the markers, or a misplacement
            without `rng`.
    """
    unknown = [name for name in names if name not in SITES]
    if unknown or len(set(names)) < len(names) or not names:
        problem = f"no site {', '.join(unknown)}" if unknown else "each site once, and one or more"
        raise InputError(f"sensor sites {', '.join(names)}: {problem}; there are {', '.join(SITES)}")
    if rng is None and misplacement != AS_INTENDED:
        raise InputError("misplaced sensors are drawn at random: give rng")
    return tuple(_mounted(model, name, misplacement, rng) for name in names)


def _mounted(
    model: BodyModel, name: str, misplacement: Misplacement, rng: np.random.Generator | None
) -> Mounting:
    site = SITES[name]
    position = np.sum(
        [share * model.markers[model.marker_index(marker)].offset_m for marker, share in site.markers], axis=0
    )
    rotation = _facing(site)
    position = position + site.lift_m * rotation[:, 2]
    if rng is None:
        return Mounting(name, site.body, position, rotation, position, rotation)
    slide = misplacement.slide_sd_m * rng.standard_normal(2)
    sd_deg = (misplacement.tilt_sd_deg, misplacement.tilt_sd_deg, misplacement.turn_sd_deg)
    error = Rotation.from_rotvec(np.radians(sd_deg) * rng.standard_normal(3)).as_matrix()
    moved = position + rotation[:, :2] @ slide
    return Mounting(name, site.body, moved, rotation @ error, position, rotation)


def _facing(site: Site) -> Array:
    """Sensor to body: columns are the sensor's axes in the body's frame."""
    z = np.array(site.out) / np.linalg.norm(site.out)
    x = np.array(site.up) - z * (z @ np.array(site.up))
    x = x / np.linalg.norm(x)
    return np.column_stack([x, np.cross(z, x), z])
