"""What a camera makes of what is before it: from light to a file, in the order in which it happens."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Problems
from kinelab.errors import InputError
from kinelab.files.video_encoder import Quality
from kinelab.virtual_lab.drawing import exposure
from kinelab.virtual_lab.drawing.stretch import resized
from kinelab.virtual_lab.images import FloatImage, Image


@dataclass(frozen=True)
class CameraQuality:
    """How good a camera is. Lengths are in px of the picture that it is given.

    defocus_px: standard deviation of the blur. shake_px: typical way of the image while the shutter is open,
    in a direction that changes from frame to frame. exposure_ev: stops too bright. warmth: share by which red
    is too strong and blue too weak. vignette: share of the light lost in the corners. white_e: electrons of a
    white pixel (full well x 100 / ISO), which is all that shot noise depends on; read_e: read noise,
    electrons. mosaic: one colour a pixel (Bayer). sharpen: 0 to 2. contrast: 1 is as it was. scale: share of
    the resolution that is real. jpeg: quality 1 to 95, 0 for none. video: what to give the video writer.
    """

    defocus_px: float = 0.0
    shake_px: float = 0.0
    exposure_ev: float = 0.0
    warmth: float = 0.0
    vignette: float = 0.0
    white_e: float = 1e6
    read_e: float = 0.0
    mosaic: bool = False
    sharpen: float = 0.0
    contrast: float = 1.0
    scale: float = 1.0
    jpeg: int = 0
    video: Quality = "normal"

    def __post_init__(self) -> None:
        ranges = (
            ("defocus_px", 0, 20), ("shake_px", 0, 60), ("exposure_ev", -5, 5), ("warmth", -0.5, 0.5),
            ("vignette", 0, 0.9), ("white_e", 10, 1e9), ("read_e", 0, 1e4), ("sharpen", 0, 5),
            ("contrast", 0.2, 3), ("scale", 0.1, 1), ("jpeg", 0, 95),
        )  # fmt: skip
        with Problems("CameraQuality") as problems:
            for name, low, high in ranges:
                value = getattr(self, name)
                problems.add_if(not low <= value <= high, f"{name} is {value}, allowed is {low} to {high}")


# A pixel of a laboratory camera (5.5 um) holds some 10,000 electrons, one of a phone (1.4 um) some 5,000.
# Phones are read at ISO 100 to 400 in daylight, 800 or more indoors (all from memory), but take some noise
# out again, which we do not: so there are more electrons here than ISO alone would leave.
QUALITIES: Mapping[str, CameraQuality] = MappingProxyType(
    {
        "perfect": CameraQuality(video="fine"),
        "laboratory": CameraQuality(0.3, 0.0, 0.0, 0.0, 0.05, 10_000, 4, True, 0.2, 1.0, 1.0, 95, "fine"),
        "phone": CameraQuality(0.35, 0.3, 0.0, 0.02, 0.08, 3_000, 3, True, 0.7, 1.06, 1.0, 88, "normal"),
        "webcam": CameraQuality(0.6, 0.0, -0.1, -0.04, 0.15, 1_200, 5, True, 0.9, 1.0, 0.7, 70, "normal"),
        "old_phone": CameraQuality(0.8, 1.0, 0.2, 0.05, 0.25, 800, 6, True, 1.0, 1.15, 0.5, 45, "draft"),
    }
)


def draw_quality(rng: np.random.Generator) -> CameraQuality:
    """A random camera for training pictures: one of `QUALITIES` with its faults between none and double.

    Faults come and go on their own, so that a network sees blur without noise and noise without blur.
    """
    base = QUALITIES[list(QUALITIES)[int(rng.integers(1, len(QUALITIES)))]]
    soft, shake, light, tint, corner, grain, halo = rng.uniform(0, 2, 7)
    return replace(
        base,
        defocus_px=min(base.defocus_px * soft, 1.8),
        shake_px=float(rng.uniform(1, 5)) if rng.uniform() < 0.2 else base.shake_px * shake,
        exposure_ev=base.exposure_ev + float(rng.normal(0, 0.35)) * light / 2,
        warmth=float(np.clip(base.warmth + rng.normal(0, 0.07) * tint, -0.4, 0.4)),
        vignette=base.vignette * corner,
        white_e=base.white_e * float(2 ** (2 * (1 - grain))),
        mosaic=bool(rng.uniform() < 0.7),
        sharpen=base.sharpen * halo,
        contrast=float(np.clip(base.contrast * np.exp(rng.normal(0, 0.12)), 0.6, 1.6)),
        scale=base.scale if rng.uniform() < 0.6 else float(rng.uniform(0.35, 1)),
        jpeg=int(rng.integers(20, 96)) if rng.uniform() < 0.6 else 0,
    )


def as_filmed(image: FloatImage, quality: CameraQuality, rng: np.random.Generator) -> Image:
    """The picture (H, W, 3) uint8 that such a camera takes of a perfect one, sRGB 0 to 1.

    In this order: lens (defocus), shake, light that the corners lose, exposure and white balance, the
    sensor's pixels with shot and read noise, demosaicing, tone, sharpening, compression. Light adds up in
    linear values and is coded as sRGB afterwards. Nothing is shifted: landmarks stay where they are. Same
    generator state, same bytes.

    Raises:
        InputError: the image is not (H, W, 3).
    """
    if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise InputError(f"as_filmed: the image has shape {image.shape}, expected (height, width, 3)")
    seed, (way, turn) = np.uint64(rng.integers(1 << 63)), rng.uniform(size=2)
    light = np.empty(image.shape, np.float32)
    exposure.look_up(light, np.ascontiguousarray(image, dtype=np.float32), exposure.DECODING)
    _through_lens(light, quality, float(way), float(turn))
    small = _scaled(light, quality.scale)
    gain = 2.0**quality.exposure_ev
    exposure.expose(small, gain * np.array([1 + quality.warmth, 1.0, 1 - quality.warmth]), quality.vignette)
    sensor = exposure.sense_mosaic if quality.mosaic else exposure.sense
    sensor(small, quality.white_e, quality.read_e, seed)
    exposure.look_up(small, small, exposure.ENCODING)
    if quality.contrast != 1:
        exposure.add_contrast(small, quality.contrast)
    if quality.sharpen:
        exposure.sharpen(small, quality.sharpen)
    if small.shape != image.shape:
        small = resized(small, image.shape[1], image.shape[0])
    filmed: Image = exposure.quantise(small)
    return compressed(filmed, quality.jpeg) if quality.jpeg else filmed


def compressed(image: Image, jpeg: int) -> Image:
    """The image (H, W, 3) after JPEG at a quality of 1 to 95."""
    from PIL import Image as Pictures

    store = io.BytesIO()
    Pictures.fromarray(image).save(store, format="JPEG", quality=jpeg)
    store.seek(0)
    return np.asarray(Pictures.open(store, formats=("JPEG",)))


def gaussian(sd_px: float) -> NDArray[np.float32]:
    """A normalised kernel of odd length, three standard deviations to each side."""
    reach = max(int(np.ceil(3 * sd_px)), 1)
    weight = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(sd_px, 1e-3)) ** 2)
    kernel: NDArray[np.float32] = (weight / weight.sum()).astype(np.float32)
    return kernel


def _through_lens(light: FloatImage, quality: CameraQuality, way: float, turn: float) -> None:
    # What is too small for the sensor blurs as it is: before the pixels, against moire.
    soft = np.hypot(quality.defocus_px, 0.5 * np.sqrt(quality.scale**-2 - 1))
    if soft > 0.15:
        exposure.blur(light, gaussian(float(soft)))
    length = 2 * way * quality.shake_px
    if length > 0.2:
        angle = 2 * np.pi * turn
        exposure.smear(light, length * np.cos(angle), length * np.sin(angle))


def _scaled(light: FloatImage, scale: float) -> FloatImage:
    height, width = light.shape[:2]
    small = max(round(width * scale), 1), max(round(height * scale), 1)
    return light if small == (width, height) else resized(light, *small)
