from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.virtual_lab.drawing.camera_faults import (
    QUALITIES,
    CameraQuality,
    as_filmed,
    compressed,
    draw_quality,
    gaussian,
)
from kinelab.virtual_lab.drawing.exposure import quantise
from kinelab.virtual_lab.images import FloatImage

PERFECT = CameraQuality()


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def linear(srgb: Array) -> Array:
    """The sRGB curve of IEC 61966-2-1, written once more."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def grey(light: float, size: tuple[int, int] = (200, 200)) -> FloatImage:
    """An image of one brightness in linear light."""
    coded = 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return np.full((*size, 3), coded, np.float32)


def light_of(image: FloatImage, quality: CameraQuality, seed: int = 0) -> Array:
    return linear(as_filmed(image, quality, rng(seed)).astype(float) / 255)


def test_bytes_are_rounded_and_clipped() -> None:
    image = np.array([[[-0.2, 0.5, 1.7]]], np.float32)
    assert quantise(image).tolist() == [[[0, 128, 255]]]


def test_a_perfect_camera_changes_nothing() -> None:
    ramp = np.linspace(0, 1, 256, dtype=np.float32)
    image = np.stack([np.tile(ramp, (4, 1))] * 3, axis=-1)
    np.testing.assert_array_equal(as_filmed(image, PERFECT, rng()), np.rint(image * 255).astype(np.uint8))


@pytest.mark.parametrize("level", [0.05, 0.2, 0.6])
def test_the_variance_of_noise_is_that_of_counted_light(level: float) -> None:
    """Photons are counted: variance = signal (electrons) + read noise squared."""
    quality = CameraQuality(white_e=500, read_e=5)
    seen = light_of(grey(level, (400, 400)), quality) * 500
    rounding = (500 / 255) ** 2 / 12 * (2.4 * level ** (1 - 1 / 2.4) / 1.055) ** 2  # of 8 bits, in electrons
    assert seen.mean() == pytest.approx(level * 500, rel=0.01)
    assert seen.var() == pytest.approx(level * 500 + 25 + rounding, rel=0.03)


def test_noise_is_new_in_every_frame_and_between_pixels() -> None:
    quality, generator = CameraQuality(white_e=300), rng(4)
    first, second = (as_filmed(grey(0.3), quality, generator).astype(float)[..., 1] for _ in range(2))
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.02
    assert abs(np.corrcoef(first[:, :-1].ravel(), first[:, 1:].ravel())[0, 1]) < 0.02


def test_a_mosaic_keeps_colours_and_shares_noise_among_neighbours() -> None:
    image = grey(0.3)
    image[..., 0] *= 0.6
    clean = as_filmed(image, CameraQuality(mosaic=True, white_e=1e9), rng())
    np.testing.assert_array_equal(clean, np.rint(image * 255).astype(np.uint8))
    noisy = as_filmed(image, CameraQuality(mosaic=True, white_e=200), rng()).astype(float)[..., 2]
    assert np.corrcoef(noisy[:, :-1].ravel(), noisy[:, 1:].ravel())[0, 1] > 0.3


def point_of_light() -> FloatImage:
    image = np.zeros((61, 61, 3), np.float32)
    image[30, 30] = 1.0
    return image


def spread_of(light: Array) -> tuple[Array, Array]:
    """Centroid and covariance (x, y) of a picture's light."""
    weight = light[..., 1] / light[..., 1].sum()
    v, u = np.indices(weight.shape)
    centre = np.array([(weight * u).sum(), (weight * v).sum()])
    du, dv = u - centre[0], v - centre[1]
    return centre, np.array(
        [[(weight * du * du).sum(), (weight * du * dv).sum()], [0, (weight * dv * dv).sum()]]
    )


@pytest.mark.parametrize("sd", [0.8, 1.5, 2.5])
def test_defocus_keeps_the_light_and_has_the_stated_width(sd: float) -> None:
    from kinelab.virtual_lab.drawing.exposure import blur

    light = point_of_light()
    blur(light, gaussian(sd))
    assert light[..., 1].sum() == pytest.approx(1, abs=1e-5)
    centre, spread = spread_of(light)
    np.testing.assert_allclose(centre, 30, atol=1e-4)
    np.testing.assert_allclose([spread[0, 0], spread[1, 1]], sd**2, rtol=0.04)
    assert gaussian(sd).sum() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(("across", "down"), [(6.0, 0.0), (0.0, -4.0), (5.0, 3.0), (0.7, 0.2)])
def test_motion_blur_is_a_line_of_the_stated_length(across: float, down: float) -> None:
    """Variance along a uniform line is length^2 / 12; nothing moves and no light is lost."""
    from kinelab.virtual_lab.drawing.exposure import smear

    light = point_of_light()
    smear(light, across, down)
    assert light[..., 1].sum() == pytest.approx(1, abs=1e-5)
    centre, spread = spread_of(light)
    np.testing.assert_allclose(centre, 30, atol=1e-4)
    # A sampled line of n points has variance length^2 (1 - 1/n^2) / 12, and pixels add up to 1/4 each way.
    assert across**2 / 12 * 0.7 - 1e-3 <= spread[0, 0] <= across**2 / 12 + 0.26
    assert down**2 / 12 * 0.7 - 1e-3 <= spread[1, 1] <= down**2 / 12 + 0.26


def test_blur_of_an_even_image_changes_nothing_up_to_the_edges() -> None:
    from kinelab.virtual_lab.drawing.exposure import blur, smear

    for fault in (lambda x: blur(x, gaussian(2.0)), lambda x: smear(x, 9.0, -90.0)):
        image = np.full((40, 30, 3), 0.4, np.float32)
        fault(image)
        np.testing.assert_allclose(image, 0.4, atol=1e-5)


def test_a_stop_doubles_the_light_and_white_clips() -> None:
    up = light_of(grey(0.1), CameraQuality(exposure_ev=1.0))
    np.testing.assert_allclose(up, 0.2, atol=0.005)
    assert light_of(grey(0.7), CameraQuality(exposure_ev=1.0)).min() == 1.0


def test_warm_light_is_red() -> None:
    red, green, blue = light_of(grey(0.3), CameraQuality(warmth=0.2)).mean(axis=(0, 1))
    np.testing.assert_allclose([red, green, blue], [0.36, 0.3, 0.24], atol=0.005)


def test_corners_lose_the_stated_share_of_the_light() -> None:
    light = light_of(grey(0.5, (101, 151)), CameraQuality(vignette=0.4))
    assert light[50, 75, 1] == pytest.approx(0.5, abs=0.004)
    assert light[0, 0, 1] == pytest.approx(0.3, abs=0.004)
    assert light[50, 0, 1] > light[0, 0, 1]


def test_sharpening_makes_halos_of_both_kinds_and_low_resolution_loses_detail() -> None:
    edge = np.full((40, 40, 3), 0.3, np.float32)
    edge[:, 20:] = 0.6
    sharp = as_filmed(edge, CameraQuality(sharpen=1.0), rng())
    assert sharp.min() < round(0.3 * 255) < round(0.6 * 255) < sharp.max()
    fine = np.zeros((64, 64, 3), np.float32)
    fine[:, ::2] = 1.0
    seen = light_of(fine, CameraQuality(scale=0.4))
    assert seen[8:-8, 8:-8].std() < 0.1 < light_of(fine, PERFECT).std()
    assert seen[8:-8, 8:-8].mean() == pytest.approx(0.5, abs=0.03)  # it is the light that is averaged


def test_faults_do_not_move_the_picture() -> None:
    """A bright square stays where it is, whatever the camera."""
    image = np.full((256, 192, 3), 0.1, np.float32)
    image[100:140, 60:120] = 0.9
    generator, found = rng(3), []
    for _ in range(60):
        filmed = as_filmed(image, draw_quality(generator), generator).astype(float).mean(axis=2)
        rows, columns = np.nonzero(filmed > (filmed.min() + filmed.max()) / 2)
        found.append((np.median(columns), np.median(rows)))
    np.testing.assert_allclose(np.mean(found, axis=0), [89.5, 119.5], atol=0.3)


@pytest.mark.parametrize("name", QUALITIES)
def test_same_seed_same_bytes(name: str) -> None:
    image = rng(1).uniform(0, 1, (90, 120, 3)).astype(np.float32)
    before = image.copy()
    first, second = (as_filmed(image, QUALITIES[name], rng(5)) for _ in range(2))
    assert first.shape == image.shape
    assert first.tobytes() == second.tobytes()
    np.testing.assert_array_equal(image, before)


def test_worse_cameras_are_worse() -> None:
    """Mean error against the truth grows from the laboratory to the old phone."""
    v, u = np.indices((128, 128))
    image = np.repeat((0.5 + 0.3 * np.sin(u / 5) * np.cos(v / 7))[..., None], 3, axis=2).astype(np.float32)
    error = [
        np.abs(
            as_filmed(image, replace(QUALITIES[name], exposure_ev=0, warmth=0), rng()) / 255.0 - image
        ).mean()
        for name in ("perfect", "laboratory", "phone", "webcam", "old_phone")
    ]
    assert error == sorted(error)


def test_stronger_compression_loses_more() -> None:
    image = rng(2).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    loss = [np.abs(compressed(image, q).astype(float) - image).mean() for q in (95, 60, 20)]
    assert loss == sorted(loss)


def test_impossible_cameras_are_told() -> None:
    with pytest.raises(InputError, match=r"vignette is 1.0, allowed is 0 to 0.9; scale is 0"):
        CameraQuality(vignette=1.0, scale=0)
    with pytest.raises(InputError, match=r"shape \(4, 4\), expected \(height, width, 3\)"):
        as_filmed(np.zeros((4, 4), np.float32), PERFECT, rng())
