from __future__ import annotations

import numpy as np
import pytest

from kinelab.files.video_times import _times_of

NAN = float("nan")


@pytest.mark.parametrize(
    ("in_file_order", "shown"),
    [
        ([0.0, 0.3, 0.1, 0.2], [0.0, 0.1, 0.2, 0.3]),  # B-frames
        ([1.4, 1.5, NAN, 1.7], [1.4, 1.5, 1.6, 1.7]),  # one stamp missing
        ([1.4, 1.4, 1.5], [1.4, 1.5]),  # two pictures at once: one is shown
        ([NAN, NAN, NAN], [0.0, 0.1, 0.2]),  # no stamp at all
        ([0.0, 0.0, 0.0], [0.0, 0.1, 0.2]),  # a clock that stands still
        ([2.0], [2.0]),
        ([], []),
    ],
)
def test_times_in_the_order_of_showing(in_file_order, shown):
    times = _times_of(np.array(in_file_order), 10.0, stamped=True)
    np.testing.assert_allclose(times, shown, atol=1e-12)


def test_stamps_of_the_wrong_pictures_are_not_used():
    np.testing.assert_allclose(_times_of(np.array([0.1, 0.2]), 10.0, stamped=False), [0.0, 0.1])
