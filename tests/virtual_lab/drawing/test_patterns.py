from __future__ import annotations

import numpy as np
import pytest

from kinelab.virtual_lab.drawing.patterns import fold_slope, hem_gain, noise, pattern_at, strands
from kinelab.virtual_lab.drawing.surface import PATTERNS


def test_the_gradient_of_noise_is_its_slope() -> None:
    rng = np.random.default_rng(0)
    step = 1e-5
    for x, y, z in rng.uniform(-20, 20, (300, 3)).tolist():
        value, *slope = noise(x, y, z)
        ahead = [noise(x + step, y, z)[0], noise(x, y + step, z)[0], noise(x, y, z + step)[0]]
        assert -1 <= value <= 1
        assert np.allclose((np.array(ahead) - value) / step, slope, atol=1e-3)


def test_noise_varies_and_has_no_seams() -> None:
    x = np.linspace(-3, 3, 6001)
    values = np.array([noise(value, 0.3, -7.9)[0] for value in x.tolist()])
    assert np.abs(np.diff(values)).max() < 0.005
    far = np.array([noise(*place)[0] for place in np.random.default_rng(1).uniform(-99, 99, (4000, 3))])
    assert abs(far.mean()) < 0.05
    assert 0.2 < far.std() < 0.5


@pytest.mark.parametrize("name", PATTERNS)
def test_patterns_keep_their_mean_when_seen_from_afar(name: str) -> None:
    kind = PATTERNS.index(name)
    places = np.random.default_rng(2).uniform(0, 0.6, (6000, 3)).tolist()
    near = np.array([pattern_at(kind, 0.05, *place, 1.0, 0.0005) for place in places])
    far = np.array([pattern_at(kind, 0.05, *place, 1.0, 0.2) for place in places])
    # Seen coarsely the share of the second colour is nearly even, and the same on the average.
    assert far[:, 0].std() < 0.02
    assert far[:, 0].mean() == pytest.approx(near[:, 0].mean(), abs=0.03)
    assert (near[:, 0] >= 0).all()
    assert (near[:, 0] <= 1).all()


def test_stripes_are_as_wide_as_asked() -> None:
    down = np.linspace(0, 1, 20001)
    share = [pattern_at(PATTERNS.index("stripes"), 0.1, 0.3, y, 0.7, 1.0, 1e-4)[0] for y in down.tolist()]
    assert np.sum(np.abs(np.diff(np.array(share) > 0.5))) == 20
    assert np.mean(share) == pytest.approx(0.5, abs=0.01)


def test_folds_of_one_metre_are_about_as_steep_as_cloth_scaled_down() -> None:
    places = np.random.default_rng(3).uniform(0, 1, (3000, 3)).tolist()
    slopes = np.array([fold_slope(*place, 0.0) for place in places])
    # Cloth with folds of 3 mm leans by 2 to 15 degrees.
    lean = np.degrees(np.arctan(0.003 * np.linalg.norm(slopes, axis=1)))
    assert 2 < np.median(lean) < 15


def test_creases_lie_across_and_folds_run_down() -> None:
    places = np.random.default_rng(5).uniform(0, 1, (3000, 3)).tolist()
    plain = np.array([fold_slope(*place, 0.0) for place in places])
    creased = np.array([fold_slope(*place, 2.0) for place in places])
    assert plain[:, 1].std() < 0.7 * plain[:, 0].std()
    added = creased - plain
    assert added[:, 1].std() > 2 * added[:, 0].std()


def test_a_hem_has_a_dark_edge_and_a_seam_that_fade_from_afar() -> None:
    inside_m = np.linspace(0, 0.06, 601).tolist()
    near = np.array([hem_gain(place, 1e-4) for place in inside_m])
    assert near[0] < 0.7
    assert inside_m[int(near[50:].argmin()) + 50] == pytest.approx(0.020, abs=1e-3)
    assert (near[(np.array(inside_m) > 0.008) & (np.array(inside_m) < 0.016)] == 1).all()
    far = np.array([hem_gain(place, 0.03) for place in inside_m])
    assert far.min() > 0.9


def test_strands_vary_across_more_than_along() -> None:
    rng = np.random.default_rng(4)
    step = 0.002
    across, along = [], []
    for x, y, z in rng.uniform(0, 0.3, (2000, 3)).tolist():
        here = strands(x, y, z, 1e-4)
        across.append(strands(x + step, y, z, 1e-4) - here)
        along.append(strands(x, y + step, z, 1e-4) - here)
    assert np.std(across) > 5 * np.std(along)
