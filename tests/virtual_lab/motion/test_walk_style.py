from __future__ import annotations

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.virtual_lab.motion.mover import default_mover
from kinelab.virtual_lab.motion.walk_style import Deviation, WalkStyle, draw_walk_style, usual_stance_share

MOVER = default_mover(1.75)


def styles(n: int, speed_mps: float | None = None) -> list[WalkStyle]:
    rng = np.random.default_rng(8)
    return [draw_walk_style(rng, MOVER, speed_mps) for _ in range(n)]


def test_comfortable_walking_is_as_published() -> None:
    """Bohannon 1997: 1.27-1.46 m/s by sex and decade to 60; Winter 1991: 110 (SD 9) steps a minute."""
    drawn = styles(300)
    speed, cadence = (np.array([getattr(s, name) for s in drawn]) for name in ("speed_mps", "cadence_spm"))
    assert 1.25 < speed.mean() < 1.40
    assert 0.12 < speed.std() < 0.24
    assert 105 < cadence.mean() < 118
    assert 0.0058 < np.mean([s.step_length_m / s.cadence_spm for s in drawn]) < 0.0070  # Sekiya & Nagasaki


def test_speed_goes_with_both_step_length_and_cadence() -> None:
    """Grieve 1968: at a constant walk ratio both grow with the root of speed."""
    slow, fast = styles(100, 0.8), styles(100, 1.6)
    for name in ("step_length_m", "cadence_spm"):
        ratio = np.mean([getattr(s, name) for s in fast]) / np.mean([getattr(s, name) for s in slow])
        assert ratio == pytest.approx(np.sqrt(2), rel=0.03)


def test_slower_is_longer_double_support() -> None:
    """Double support over the stride: about 24 % at free speed, 40 % at 0.5 m/s."""
    double = [2 * usual_stance_share(v / 3.02) - 1 for v in (0.5, 0.9, 1.27, 1.7)]
    assert double == sorted(double, reverse=True)
    assert double[0] == pytest.approx(0.42, abs=0.05)
    assert double[2] == pytest.approx(0.24, abs=0.02)


def test_same_rng_same_style() -> None:
    assert styles(3) == styles(3)


@pytest.mark.parametrize("height_m", [1.2, 1.5, 2.0])
def test_any_size_has_a_style(height_m: float) -> None:
    style = draw_walk_style(np.random.default_rng(1), default_mover(height_m))
    assert style.step_length_m < 0.55 * height_m


def test_bad_values_are_told() -> None:
    with pytest.raises(InputError, match=r"speed_mps is 5, expected 0.1 to 2.4; cadence_spm is 20"):
        WalkStyle(speed_mps=5, cadence_spm=20)
    with pytest.raises(InputError, match=r"stance_share is 0.4, expected 0.52 to 0.82"):
        WalkStyle(stance_share=(0.6, 0.4))
    with pytest.raises(InputError, match="coordinate is 'tail'"):
        Deviation("tail", 3)
    with pytest.raises(InputError, match="pelvis_tilt has no side, found right"):
        Deviation("pelvis_tilt", 3, side="right")
