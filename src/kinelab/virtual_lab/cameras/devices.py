"""What people film with: image size, focal length and lens of phones, action cameras and others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from kinelab.core.checks import Problems
from kinelab.virtual_lab.cameras.lens import NO_LENS, Lens


@dataclass(frozen=True)
class Device:
    """size_px (width, height), focal_px and lens of a camera that films."""

    size_px: tuple[int, int]
    focal_px: float
    lens: Lens = NO_LENS

    def __post_init__(self) -> None:
        with Problems("Device") as problems:
            problems.add_if(min(self.size_px) < 1, f"size_px is {self.size_px}, expected (width, height)")
            problems.add_if(not self.focal_px > 0, f"focal_px is {self.focal_px}, expected above 0")

    @property
    def field_deg(self) -> tuple[float, float]:
        """Horizontal and vertical field of view without the lens, deg."""
        across, down = (float(np.degrees(2 * np.arctan(side / 2 / self.focal_px))) for side in self.size_px)
        return across, down


def _film(equivalent_mm: float, width_px: int) -> float:
    """Focal length in px from that of 35 mm film, whose picture is 36 mm wide."""
    return equivalent_mm / 36.0 * width_px


# Phones: 26 and 13 mm are the film-equivalent focal lengths that their makers state; the phone itself
# corrects the lens (both from memory). Action camera: GoPro's table for the HERO5 Black, 16:9 "wide": 118.2
# deg across, 69.5 deg down, 133.6 deg across the corners; a fisheye of 869 px and k1 = 0.0666 meets the first
# two exactly and the third within 4 px of 1101. "linear" is Gyroflow's calibration of a HERO11 (2547 px at
# 5312 px width). Webcam: 78 deg across the corners (Logitech C920); the barrel is typical, not measured.
# Laboratory: the calibration of Pose2Sim's demonstration (Qualisys Miqus, 1681 px at 1920 px).
DEVICES: Mapping[str, Device] = MappingProxyType(
    {
        "phone": Device((1920, 1080), _film(26, 1920)),
        "phone_upright": Device((1080, 1920), _film(26, 1920)),
        "phone_wide": Device((1920, 1080), _film(13, 1920)),
        "action": Device((1920, 1080), 869.0, Lens((0.0666, 0.0, 0.0, 0.0), fisheye=True)),
        "action_linear": Device((1920, 1080), 921.0),
        "webcam": Device((1280, 720), 907.0, Lens((-0.06, 0.02, 0.0, 0.0, 0.0))),
        "laboratory": Device((1920, 1088), 1681.0, Lens((-0.0007, 0.0022, 0.0, 0.0, 0.0))),
    }
)


def sized(device: Device, size_px: tuple[int, int]) -> Device:
    """The device filming at another resolution: the same field of view across the longer side."""
    scale = max(size_px) / max(device.size_px)
    return replace(device, size_px=size_px, focal_px=device.focal_px * scale)
