from __future__ import annotations

import numpy as np

from kinelab.learning.steps import frames_of_step, hash_of


def test_every_row_comes_once_in_a_round_and_in_another_order_in_the_next() -> None:
    steps = [frames_of_step(10, 4, step, seed=3) for step in range(5)]
    rows = np.concatenate(steps)
    assert sorted(rows[:10]) == list(range(10))
    assert sorted(rows[10:]) == list(range(10))
    assert (rows[:10] != rows[10:]).any()


def test_a_step_draws_the_same_whoever_asks() -> None:
    np.testing.assert_array_equal(frames_of_step(50, 8, 7, 1), frames_of_step(50, 8, 7, 1))
    assert hash_of(1, 7) == hash_of(1, 7)
    assert len({hash_of(seed, step) for seed in range(3) for step in range(50)}) == 150
    assert 0 <= hash_of(2**40, 10**9) < 2**63
