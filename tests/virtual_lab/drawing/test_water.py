from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.virtual_lab.cameras.pinhole import look_at
from kinelab.virtual_lab.drawing.caustics import Caustics, caustics_at
from kinelab.virtual_lab.drawing.water import Water, draw_water, under_water

CAMERA = look_at((0, 1, 4), (0, 1, 0), 3000.0, (64, 64))  # so narrow that all rays are one
CLEAR = Water((0.3, 0.1, 0.05), 0.0, (0.0, 0.0, 0.0))


def linear(srgb: Array) -> Array:
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def seen(water: Water, depth_m: float, value: float = 1.0) -> Array:
    """Linear light of an even picture at a depth."""
    image = np.full((64, 64, 3), value, np.float32)
    depth = np.full((64, 64), depth_m, np.float32)
    light: Array = linear(under_water(image, depth, CAMERA, water).astype(float)).mean(axis=(0, 1))
    return light


@pytest.mark.parametrize("depth", [0.5, 2.0, 7.0])
def test_light_is_lost_as_beer_and_lambert_say(depth: float) -> None:
    np.testing.assert_allclose(seen(CLEAR, depth), np.exp(-np.array([0.3, 0.1, 0.05]) * depth), rtol=2e-3)


def test_the_way_counts_not_the_depth() -> None:
    """45 deg off the axis light goes sqrt(2) times as far."""
    wide = look_at((0, 1, 4), (0, 1, 0), 32.0, (65, 65))
    white = np.ones((65, 65, 3), np.float32)
    light = linear(under_water(white, np.full((65, 65), 3.0, np.float32), wide, CLEAR).astype(float))
    np.testing.assert_allclose(light[32, 0], np.exp(-np.array([0.3, 0.1, 0.05]) * 3 * np.sqrt(2)), rtol=3e-3)


def test_small_scattering_blurs_but_loses_only_what_turns_back() -> None:
    """An even white picture keeps exp(-loss d); the veil is added to it: 1 - exp(-beam d)."""
    water = Water((0.3, 0.1, 0.05), 0.5, (0.2, 0.2, 0.2))
    veil = 0.2 * (1 - np.exp(-water.beam_per_m * 2))
    np.testing.assert_allclose(seen(water, 2.0, 0.0), veil, atol=2e-3)
    np.testing.assert_allclose(
        seen(water, 2.0), np.minimum(np.exp(-np.array([0.3, 0.1, 0.05]) * 2) + veil, 1), rtol=3e-3
    )
    edge = np.zeros((64, 64, 3), np.float32)
    edge[:, 32:] = 1.0
    near, far = (
        np.diff(
            linear(under_water(edge, np.full((64, 64), d, np.float32), CAMERA, water).astype(float))[32, :, 1]
        ).max()
        / np.exp(-0.1 * d)
        for d in (0.5, 6.0)
    )
    assert far < 0.2 * near  # softer with distance, beyond the loss of light


def test_far_away_there_is_only_veil() -> None:
    water = draw_water(np.random.default_rng(0))
    for depth in (200.0, np.inf):
        np.testing.assert_allclose(seen(water, depth), water.veil, atol=2e-3)


def test_pools_are_blue_and_the_murkier_the_shorter_the_sight() -> None:
    """Clear water is seen through for over 30 m, a murky pool for less than 10: 4 / beam loss in green."""
    waters = [draw_water(np.random.default_rng(seed)) for seed in range(60)]
    assert all(water.loss_per_m[0] > water.loss_per_m[2] for water in waters)
    sight_m = np.array([4 / water.beam_per_m[1] for water in waters])
    murky = np.array([water.scattering_per_m for water in waters])
    assert np.corrcoef(np.log(sight_m), np.log(murky))[0, 1] < -0.95
    assert sight_m.max() > 30
    assert sight_m.min() < 10
    assert draw_water(np.random.default_rng(1)) == waters[1]


def test_caustics_move_light_and_make_none() -> None:
    for time in (0.0, 0.4):
        pattern = caustics_at(time, seed=3).pattern
        assert pattern.mean() == pytest.approx(1, abs=1e-4)
        assert pattern.min() >= 0
        assert pattern.max() > 2.5  # a net of bright lines
    still = caustics_at(0.0, seed=3, slope=0.0).pattern
    np.testing.assert_allclose(still, 1, atol=1e-4)


def test_caustics_are_repeatable_and_move_smoothly() -> None:
    first, again = caustics_at(1.0, 5).pattern, caustics_at(1.0, 5).pattern
    assert first.tobytes() == again.tobytes()

    def like(time: float) -> float:
        return float(np.corrcoef(first.ravel(), caustics_at(time, 5).pattern.ravel())[0, 1])

    assert like(1.004) > 0.9 > 0.5 > like(3.0)


def test_a_gentle_swell_focuses_as_a_lens_does() -> None:
    """Linear in the slope, light gathers where the surface curves down: dI = depth (1 - 1/n) x curvature."""
    from kinelab.virtual_lab.drawing.caustics import land

    wave = 2 * np.pi * 3 * (np.arange(192) + 0.5) / 192
    slope = np.repeat(0.004 * np.cos(wave)[:, None], 192, axis=1)
    pattern = np.zeros((96, 96), np.float32)
    reach = -1.5 * 0.25 / 2.0
    land(pattern, slope, np.zeros_like(slope), reach)
    cells = 2 * np.pi * 3 * (np.arange(96) + 0.0) / 96
    # Landing at x + reach s(x) makes the density 1 - reach s'(x).
    expected = 1 - reach * 0.004 * -np.sin(cells) * 2 * np.pi * 3
    profile = pattern.mean(axis=1)
    correlation = np.corrcoef(profile, expected)[0, 1]
    assert correlation > 0.99
    assert np.ptp(profile) == pytest.approx(np.ptp(expected), rel=0.1)


def test_caustics_fall_on_what_looks_up() -> None:
    """A floor takes the pattern, a wall does not."""
    strong = Caustics(np.full((96, 96), 2.0, np.float32), strength=1.0)
    above = look_at((0.001, 3, 0), (0, 0, 0), 200.0, (32, 32))
    image, depth = np.full((32, 32, 3), 0.3, np.float32), np.full((32, 32), 3.0, np.float32)
    floor = linear(under_water(image, depth, above, Water((0, 0, 0), 0, (0, 0, 0)), strong).astype(float))
    wall = linear(
        under_water(
            image,
            depth,
            look_at((0, 1, 4), (0, 1, 0), 200.0, (32, 32)),
            Water((0, 0, 0), 0, (0, 0, 0)),
            strong,
        ).astype(float)
    )
    plain = linear(image.astype(float))
    np.testing.assert_allclose(floor, 2 * plain, rtol=0.02)
    np.testing.assert_allclose(wall, plain, rtol=0.02)


def test_what_is_no_water_is_told() -> None:
    with pytest.raises(InputError, match=r"loss_per_m is .*-0.1.*scattering_per_m is 50"):
        Water((0.1, -0.1, 0.1), 50.0, (0, 0, 0))
    with pytest.raises(InputError, match="do not fit the camera's 64 x 64 px"):
        under_water(np.zeros((10, 10, 3), np.float32), np.zeros((10, 10), np.float32), CAMERA, CLEAR)
    with pytest.raises(InputError, match=r"depth_m is 0.*strength is 2"):
        caustics_at(0.0, 1, depth_m=0.0, strength=2)
