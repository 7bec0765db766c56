from __future__ import annotations

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.virtual_lab.solid_people.bodies import Body, Looks, random_body


def test_segments_are_the_published_shares_of_height() -> None:
    """Drillis & Contini (1966): thigh 0.245, shank 0.246, ankle 0.039, foot 0.152 of the height."""
    body = Body(height_m=2.0)
    assert body.thigh_m == pytest.approx(0.490)
    assert body.shank_m == pytest.approx(0.492)
    assert body.ankle_height_m == pytest.approx(0.078)
    assert body.foot_m == pytest.approx(0.304)
    # Hip height of a straight leg: 0.530 of the height.
    assert body.thigh_m + body.shank_m + body.ankle_height_m == pytest.approx(1.060)


def test_ball_and_toes_make_the_foot() -> None:
    body = Body(height_m=1.6)
    assert body.ball_ahead_m + body.toes_m == pytest.approx(body.foot_m)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"height_m": 172.0}, "height_m is 172.0, expected 0.9 to 2.3"),
        ({"leg_scale": 2.0}, "leg_scale is 2.0"),
        ({"looks": Looks(girth=3.0)}, "girth is 3.0"),
    ],
)
def test_impossible_bodies_are_refused(body: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Body(**body)  # type: ignore[arg-type]


def test_random_bodies_cover_light_and_dark_skin() -> None:
    rng = np.random.default_rng(0)
    red = np.array([random_body(rng).looks.skin[0] for _ in range(400)])
    counts, _ = np.histogram(red, bins=4, range=(0.24, 0.95))
    assert (counts > 60).all()


def test_the_same_generator_gives_the_same_body() -> None:
    assert random_body(np.random.default_rng(3)) == random_body(np.random.default_rng(3))
