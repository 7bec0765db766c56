from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinelab.core.timebase import Timebase, typical_rate_hz
from kinelab.errors import InputError

RATES = st.sampled_from([23.976, 25.0, 29.97, 30.0, 60.0, 100.0, 148.148, 240.0, 1000.0])


def test_time_of_each_sample():
    time = Timebase(100, 5, start_s=2)
    np.testing.assert_allclose(time.time_s, [2, 2.01, 2.02, 2.03, 2.04])
    assert time.duration_s == pytest.approx(0.05)
    assert Timebase(100, 0).time_s.size == 0


@pytest.mark.parametrize(
    ("start_s", "stop_s", "expected"),
    [
        (2.00, 2.05, range(5)),  # all: the stop is the end of the recording
        (2.01, 2.03, range(1, 3)),  # half open: 2.03 is out
        (2.011, 2.039, range(2, 4)),
        (2.01, 2.01, range(0)),
        (0.00, 9.00, range(5)),
        (0.00, 1.00, range(0)),
        (8.00, 9.00, range(0)),
        (2.03, 2.01, range(0)),  # backwards holds nothing
    ],
)
def test_span_is_half_open_and_inside(start_s, stop_s, expected):
    assert list(range(5))[Timebase(100, 5, start_s=2).span(start_s, stop_s)] == list(expected)


@given(rate=RATES, first=st.integers(0, 900), length=st.integers(0, 99), start_s=st.floats(-1e3, 1e5))
def test_span_between_two_samples_holds_exactly_those(rate, first, length, start_s):
    time = Timebase(rate, 1000, start_s)
    span = time.span(time.time_s[first], time.time_s[first + length])
    assert (span.start, span.stop) == (first, first + length)


@given(rate=RATES, cut=st.floats(0, 10), start_s=st.floats(0, 100))
def test_spans_side_by_side_share_no_sample_and_miss_none(rate, cut, start_s):
    time = Timebase(rate, 200, start_s)
    before, after = time.span(start_s - 1, start_s + cut), time.span(start_s + cut, start_s + 1e4)
    assert (before.start, before.stop, after.stop) == (0, after.start, 200)


@given(rate=RATES, index=st.integers(0, 999), share=st.floats(-0.49, 0.49))
def test_nearest_sample(rate, index, share):
    assert Timebase(rate, 1000, 3.5).nearest(3.5 + (index + share) / rate) == index


def test_nearest_stays_inside():
    time = Timebase(50, 10, start_s=1)
    assert time.nearest(-99) == 0
    assert time.nearest(99) == 9
    assert Timebase(50, 0).nearest(1) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 5), "Timebase: rate_hz is 0, expected a positive number"),
        ((float("nan"), 5), "rate_hz is nan"),
        ((float("inf"), 5), "rate_hz is inf"),
        ((100, -1), "n is -1, expected 0 or more"),
        ((100, 5, float("inf")), "start_s is inf, expected a number"),
        ((-1, -1), "rate_hz is -1, .*; n is -1"),
    ],
)
def test_bad_timebase(arguments, message):
    with pytest.raises(InputError, match=message):
        Timebase(*arguments)


@pytest.mark.parametrize("rate_hz", [24.0, 29.97, 60.0, 120.0, 240.0])
def test_typical_rate_of_times_that_a_container_rounds_to_milliseconds(rate_hz):
    time_s = np.round(np.arange(1000) / rate_hz, 3)
    assert typical_rate_hz(time_s) == pytest.approx(rate_hz, rel=1e-3)


def test_typical_rate_leaves_pauses_out():
    time_s = np.concatenate((np.arange(100), np.arange(400, 500))) / 50
    assert typical_rate_hz(time_s) == pytest.approx(50.0)
    assert typical_rate_hz(time_s[:1]) == 0.0
