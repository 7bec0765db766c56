from __future__ import annotations

import pandas as pd

from kinelab.exchange.small_cells import small_cells


def test_who_shares_what_is_told_with_too_few() -> None:
    people = pd.DataFrame({"sex": ["f", "f", "m", "f", None, None], "side": ["l", "l", "l", "r", "l", "l"]})
    assert small_cells(people, ["sex", "side"], 2).tolist() == [False, False, True, True, False, False]
    assert small_cells(people, ["sex", "side"], 1).tolist() == [False] * 6
    assert small_cells(people, ["sex", "side"], 3).tolist() == [True] * 6
    assert small_cells(people, ["side"], 5).tolist() == [False, False, False, True, False, False]
