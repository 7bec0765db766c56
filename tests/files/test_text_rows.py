from __future__ import annotations

import numpy as np
import pytest

from kinelab.files.text_rows import even_time, row_text


@pytest.mark.parametrize("rows", [2, 3, 4, 8, 40])
@pytest.mark.parametrize("rate_hz", [24, 25, 30, 50, 60, 100, 120, 200])
def test_times_printed_to_the_millisecond_give_the_devices_rate(rate_hz: int, rows: int) -> None:
    printed_s = (1.5 + np.arange(rows) / rate_hz).round(3)
    found_hz = even_time(printed_s).rate_hz
    if rows == 2 and 1000 % rate_hz:
        assert found_hz == pytest.approx(rate_hz, rel=0.06)  # one rounded interval tells no more
    else:
        assert found_hz == rate_hz


def test_a_rate_that_no_device_has_is_kept_where_the_times_tell_it() -> None:
    assert even_time((np.arange(400) / 137).round(3)).rate_hz == 137
    assert even_time(np.arange(4) / 137).rate_hz == pytest.approx(137)
    assert even_time(np.arange(300) * 1001 / 60000).rate_hz == pytest.approx(60000 / 1001)


def test_a_row_of_numbers_reads_back_as_it_was() -> None:
    values = np.array([0.1, 1 / 3, -1e-300, np.nan, 12345678.9])
    assert row_text(values).split("\t")[3] == "NaN"
    np.testing.assert_array_equal([float(cell) for cell in row_text(values, ",").split(",")], values)
