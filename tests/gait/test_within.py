from __future__ import annotations

import numpy as np

from kinelab.gait.within import the_one_within


def test_the_one_inside_and_nothing_else() -> None:
    times = np.array([1.0, 2.0, 2.5])
    start, stop = np.array([0.5, 1.5, 1.0, 2.5, np.nan, 0.0]), np.array([1.5, 3.0, 2.0, 9.0, 1.5, np.nan])
    np.testing.assert_array_equal(
        the_one_within(times, start, stop), [1.0, np.nan, np.nan, np.nan, np.nan, np.nan]
    )
    np.testing.assert_array_equal(the_one_within(np.array([]), start[:1], stop[:1]), [np.nan])
