"""The left/right experiment: its injections, its counts, its mark."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.study import swap_repair
from kinelab.study.swap_repair import (
    Counts,
    SwapRepairResult,
    exchange,
    markdown,
    measure,
    stretches,
    try_once,
)
from kinelab.study.swap_sources import virtual_walker


def test_stretches_have_the_length_and_share_asked_for() -> None:
    rng = np.random.default_rng(0)
    rows = stretches(2000, (4, 10), rng)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], rows.astype(int), [0]))))
    lengths = edges[1::2] - edges[::2]
    assert 4 <= lengths.min() <= lengths.max() <= 10
    assert 0.08 <= rows.mean() < 0.086


def test_exchanging_twice_gives_the_original() -> None:
    walk = virtual_walker(np.random.default_rng(1), duration_s=2.0)
    wrong = np.zeros(walk.confidence.shape, dtype=bool)
    for pair in walk.skeleton.pairs:
        wrong[20:30, pair] = True
    once = exchange(walk, wrong)
    left, right = walk.skeleton.index("left_knee"), walk.skeleton.index("right_knee")
    np.testing.assert_array_equal(once.position[20:30, left], walk.position[20:30, right])
    np.testing.assert_array_equal(exchange(once, wrong).position, walk.position)


def test_a_part_that_the_set_does_not_have_counts_nothing() -> None:
    walk = virtual_walker(np.random.default_rng(1), duration_s=2.0)
    assert try_once(walk, ("ear",), (1, 3), np.random.default_rng(0)) == Counts()


def test_counts_add_up() -> None:
    total = Counts(100, 97, 1000, 3).plus(Counts(100, 99, 1000, 1))
    assert (total.repaired_pct, total.harmed_pct) == (98.0, 0.2)
    assert np.isnan(Counts().repaired_pct)


def test_the_mark_is_met_on_virtual_walkers() -> None:
    result = measure(seed=3, rounds=1)
    assert result.total.repaired_pct >= 97
    assert result.total.harmed_pct <= 0.3
    page = markdown(result, 3)
    assert f"Repaired {result.total.repaired_pct:.2f} % of {result.total.exchanged} exchanged" in page
    assert "| virtual walkers |" in page
    assert "| knees only |" in page


@pytest.mark.parametrize(("quick", "rounds"), [(True, 2), (False, 10)])
def test_quick_is_the_same_with_fewer_rounds(
    monkeypatch: pytest.MonkeyPatch, quick: bool, rounds: int
) -> None:
    asked = []

    def remember(seed: int, number: int, shared: Path | None) -> SwapRepairResult:
        asked.append((seed, number, shared))
        counts = Counts(100, 98, 1000, 1)
        return SwapRepairResult({("walkers", "legs", "1-3 frames"): counts}, (counts,))

    monkeypatch.setattr(swap_repair, "measure", remember)
    assert "| walkers | 100 | 98.00 | 1000 | 0.100 |" in swap_repair.run(7, quick)
    assert asked == [(7, rounds, None)]


@pytest.mark.shared
def test_the_mark_is_met_on_real_tracks(shared_data: Path) -> None:
    result = measure(seed=3, rounds=1, shared=shared_data)
    by_source = result.where(0)
    assert set(by_source) == {"virtual walkers", "OpenPose, real video", "runners, measured markers"}
    for counts in by_source.values():
        assert counts.repaired_pct >= 97
        assert counts.harmed_pct <= 0.3
