from __future__ import annotations

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.virtual_lab.drawing.light import WHERES, Light, Where, draw_light


@pytest.mark.parametrize("where", WHERES)
def test_drawn_lights_light_the_floor_alike_and_differ(where: Where) -> None:
    lights = [draw_light(np.random.default_rng(seed), where) for seed in range(300)]
    on_floor = np.array([np.array(x.key) * x.direction[1] + x.sky for x in lights])
    assert 0.85 < np.median(on_floor) < 1.15
    assert on_floor.max() < 1.35
    assert np.std([x.direction[0] for x in lights]) > 0.15
    assert lights[3] == draw_light(np.random.default_rng(3), where)
    assert all(x.direction @ x.direction == pytest.approx(1) for x in lights)


def test_the_key_light_s_share_is_largest_in_the_sun() -> None:
    def share(where: Where) -> float:
        lights = [draw_light(np.random.default_rng(seed), where) for seed in range(200)]
        return float(np.ptp([x.key[1] * x.direction[1] for x in lights]))

    assert share("outdoor") > share("indoor")


def test_bad_lights_are_told() -> None:
    with pytest.raises(InputError, match=r"towards is .* expected above the floor"):
        Light(towards=(1.0, -0.1, 0.0))
    with pytest.raises(InputError, match=r"sky is \(1, -1, 0\), expected three numbers"):
        Light(sky=(1, -1, 0))
    with pytest.raises(InputError, match="softness_deg is 0, expected above 0, at most 30"):
        Light(softness_deg=0)
    with pytest.raises(InputError, match="where is 'moon', allowed are 'indoor'"):
        draw_light(np.random.default_rng(0), "moon")  # type: ignore[arg-type]
