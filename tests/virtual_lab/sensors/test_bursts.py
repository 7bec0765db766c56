from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.timebase import Timebase
from kinelab.virtual_lab.sensors.bursts import bursts


def test_as_many_and_as_long_as_asked() -> None:
    parts = bursts(np.random.default_rng(0), Timebase(100.0, 360_000), 12.0, 0.3)
    assert len(parts) == pytest.approx(720, rel=0.1)
    assert np.mean([part.stop - part.start for part in parts]) == pytest.approx(30, rel=0.1)
    assert min(part.stop - part.start for part in parts) >= 1


def test_none_asked_none_come() -> None:
    assert bursts(np.random.default_rng(0), Timebase(100.0, 1000), 0.0, 0.3) == []
