from __future__ import annotations

import numpy as np
import pytest

from kinelab.virtual_lab.drawing.tones import linear, pressed, srgb, to_light, to_stored


def test_the_curve_is_the_standard_s() -> None:
    # IEC 61966-2-1: middle grey of 18 % is stored as 118 of 255; 0.5 holds 21.4 % of the light.
    assert srgb([0.18])[0] * 255 == pytest.approx(117.6, abs=0.1)
    assert linear([0.5])[0] == pytest.approx(0.2140, abs=1e-4)
    assert linear([0.0, 1.0]).tolist() == [0.0, 1.0]


def test_tables_follow_the_curve_and_undo_each_other() -> None:
    for value in np.linspace(0, 1, 1501).tolist():
        assert to_light(value) == pytest.approx(linear([value])[0], abs=1e-6)
        assert to_stored(value) == pytest.approx(srgb([value])[0], abs=1e-4)
        assert to_stored(to_light(value)) == pytest.approx(value, abs=1e-4)
    assert to_light(1.7) == pytest.approx(1.0)
    assert to_stored(3.0) == pytest.approx(1.0)
    assert to_light(-0.1) == to_stored(-0.1) == 0.0


def test_bright_light_is_pressed_smoothly_below_one() -> None:
    light = np.linspace(0, 4, 400)
    out = np.array([pressed(value) for value in light.tolist()])
    assert np.array_equal(out[light <= 0.75], light[light <= 0.75])
    assert (np.diff(out) > 0).all()
    assert out.max() < 1
    step = np.diff(out) / np.diff(light)
    assert np.abs(np.diff(step)).max() < 0.05
