"""Our body's angles beside a hospital's: the same movement, up to an offset of definitions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.study.marker_angles import VISITS, Agreement, agreement, run


def test_offset_and_spread_are_told_apart() -> None:
    theirs = np.linspace(0, 60, 50)
    found = Agreement(theirs + 3 + np.where(np.arange(50) % 2, 1.0, -1.0), theirs)
    assert found.offset_deg == pytest.approx(3.0)
    assert found.spread_deg == pytest.approx(1.0)
    assert 0.99 < found.r < 1.0


@pytest.mark.shared
def test_a_hospitals_walk_is_the_same_movement(shared_data: Path) -> None:
    rms_mm, found = agreement(VISITS[2], shared_data / "gait/c3d_hospitals", seed=0, quick=True)
    assert rms_mm < 6
    for name, spread_deg in (("hip flexion", 2.0), ("knee flexion", 2.5)):
        for side in found[name]:
            assert side.spread_deg < spread_deg
            assert side.r > 0.99


def test_without_recordings_it_says_what_is_needed() -> None:
    with pytest.raises(InputError, match="give their folder with --shared"):
        run(seed=0, quick=True, shared=None)
