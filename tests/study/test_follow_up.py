"""The study of false alerts: its arithmetic on made-up people, and the command on real recordings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from kinelab.cli import main
from kinelab.errors import InputError
from kinelab.gait.follow_up.rule import Rule, follow
from kinelab.gait.follow_up.visits import Visit
from kinelab.study.follow_up import measure_sets, real_false_alerts
from kinelab.study.follow_up_blocks import Blocks, Key, stroke_blocks
from kinelab.study.follow_up_patients import PUBLISHED_SEM, Days, published_ratio, studied_mdc95, unchanged
from kinelab.study.follow_up_replay import (
    SEM_OF_MDC95,
    SINGLE,
    TWO_OF_THREE,
    Cusum,
    limit_for,
    own_mdc95,
    raised,
)

KEYS: tuple[Key, ...] = (
    ("cadence_spm", "both"), ("step_time_s", "left"), ("step_time_s", "right"),
    ("symmetry_index_step_time_pct", "both"), ("ankle_rom_deg", "left"), ("double_support_pct", "both"),
)  # fmt: skip


def made_up(scatter: tuple[float, ...] = (1, 1, 1, 1, 1, 1)) -> Blocks:
    """Six people, ten blocks, sd 1 in every measure times the person's own."""
    rng = np.random.default_rng(4)
    noise = rng.normal(size=(len(scatter), 10, len(KEYS))) * np.array(scatter)[:, None, None]
    names = tuple(f"p{i}" for i in range(len(scatter)))
    return Blocks(names, KEYS, 50 + noise, (12.0,) * len(scatter))


def test_the_replay_is_the_clinic_s_rule() -> None:
    rng = np.random.default_rng(1)
    values, start = rng.normal(size=(300, 12)), datetime(2026, 1, 1, tzinfo=UTC)
    found = raised(values, 1.2, TWO_OF_THREE)
    for row, alerts in zip(values, found, strict=True):
        visits = [Visit(str(i), start + timedelta(i), value) for i, value in enumerate(row)]
        course = follow("cadence_spm", visits, 1.2)
        assert [int(alert.visit.key) for alert in course.alerts] == np.flatnonzero(alerts).tolist()
    assert (found != 0).sum() > 50


def test_false_alerts_of_independent_visits_are_what_theory_says() -> None:
    """A visit against the mean of three: P(|N(0, 1 + 1/3)| > 1.96 sqrt 2) = 1.6 %."""
    values = np.random.default_rng(0).normal(size=(40000, 4))
    mdc95 = 1 / SEM_OF_MDC95
    settled = np.ptp(values[:, :3], axis=1) <= mdc95
    told = raised(values[settled], mdc95, SINGLE)[:, 3] != 0
    assert told.mean() == pytest.approx(0.0164, abs=0.004)


def test_nothing_is_raised_in_the_baseline_and_a_step_is() -> None:
    values = np.array([[0.0, 0, 0, 0, 3, 3, 3, 3]])
    assert raised(values, 1.0, SINGLE).tolist() == [[0, 0, 0, 0, 1, 0, 0, 0]]
    assert raised(-values, 1.0, TWO_OF_THREE).tolist() == [[0, 0, 0, 0, 0, -1, 0, 0]]
    assert raised(values, 1.0, Cusum()).tolist() == [[0, 0, 0, 0, 1, 1, 1, 1]]


def test_sidak_for_one_measure_is_no_correction() -> None:
    assert limit_for(1) == pytest.approx(1.0)
    assert limit_for(10) == pytest.approx(2.7996 / 1.95996, abs=1e-3)


def test_own_mdc95_pays_for_three_visits() -> None:
    values = np.array([[0.0, 1.0, 2.0, 9.0]])
    assert own_mdc95(values, 3) == pytest.approx(4.302653 * np.sqrt(2))
    assert own_mdc95(values, 3, naive=True) == pytest.approx(1.959964 * np.sqrt(2))


def test_simulated_days_scatter_as_they_were_told_to() -> None:
    blocks, rng = made_up(), np.random.default_rng(2)
    values = unchanged(blocks, Days(ratio=2.0, blocks=4), 4000, 2, rng)
    assert values.shape == (4000, len(KEYS), 2)
    expected = np.sqrt(blocks.sem**2 * (1 / 4 + 2.0**2))
    np.testing.assert_allclose(values.std(axis=(0, 2)), expected, rtol=0.12)
    # Half the variance of the difference of two visits is that of one: nobody changes.
    np.testing.assert_allclose(np.diff(values, axis=2).std(axis=(0, 2)) / np.sqrt(2), expected, rtol=0.12)


def test_who_scatters_more_does_so_between_days_too() -> None:
    blocks = made_up((1, 1, 1, 1, 1, 4))
    values = unchanged(blocks, Days(ratio=1.0), 3000, 6, np.random.default_rng(3))
    sds = np.sort(values.std(axis=2, ddof=1).mean(axis=1))
    assert sds[-100:].mean() > 2.5 * sds[:1000].mean()


def test_bad_days_are_rare_and_large() -> None:
    blocks = made_up()
    good, bad = (
        unchanged(blocks, Days(3.0, bad_share=share), 4000, 4, np.random.default_rng(5))
        for share in (0, 0.05)
    )
    # 1 + 0.05 (9 - 1) of the variance.
    assert bad.var() / good.var() == pytest.approx(1.4, abs=0.1)


def test_mdc95_of_the_study_is_that_of_the_days() -> None:
    blocks, days = made_up(), Days(2.0)
    found = studied_mdc95(blocks, days, 400, np.random.default_rng(6))
    expected = blocks.sem * np.sqrt(1 / 4 + 4) / SEM_OF_MDC95
    np.testing.assert_allclose(found, expected, rtol=0.15)


def test_the_published_error_between_days_is_reached() -> None:
    scale = np.array([PUBLISHED_SEM.get(name, 1.0) for name, _ in KEYS])
    base = made_up()
    blocks = Blocks(base.people, KEYS, base.values / base.sem * scale, base.seconds)
    # Blocks scatter as much as the published days do; four of them explain a quarter of the variance.
    assert published_ratio(blocks) == pytest.approx(np.sqrt(1 - 1 / 4), rel=1e-6)


def test_real_false_alerts_use_the_others_error() -> None:
    calm = real_false_alerts(made_up(), SINGLE)
    one_wild = real_false_alerts(made_up((1, 1, 1, 1, 1, 4)), SINGLE)
    assert calm.shape == (6, len(KEYS))
    assert one_wild[5].mean() > 3 * max(calm.mean(), 0.1)


def test_sets_of_measures() -> None:
    sets = measure_sets(made_up())
    assert {name: int(chosen.sum()) for name, chosen in sets.items()} == {
        "all": 6, "with a better direction": 2, "on a report's first page": 6, "both: what raises alerts": 2,
    }  # fmt: skip


def test_no_recordings_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no recordings \(pp\*\.npz\)"):
        stroke_blocks(tmp_path, tmp_path / "work", Console(quiet=True))


def test_a_wider_rule_raises_less() -> None:
    values = np.random.default_rng(7).normal(size=(2000, 10))
    wide = raised(values, 1.5, Rule(limit_mdc=1.5))
    assert 0 < (wide != 0).sum() < (raised(values, 1.5, TWO_OF_THREE) != 0).sum() / 2


@pytest.mark.shared
def test_the_command_on_three_real_people(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- begin follow-up -->\n<!-- end follow-up -->\n", encoding="utf-8")
    given = ["study", "follow-up", "--shared", str(shared_data), "--out", str(tmp_path / "out"), "--quick"]
    assert main([*given, "--page", str(page)]) == 0
    text = capsys.readouterr().out
    assert "3 people after a stroke" in text
    assert "| 2 of the last 3 visits | 2 MDC95 |" in text
    assert "kinelab study follow-up --shared DIR --seed 0 --quick" in page.read_text(encoding="utf-8")
    made = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert {"follow_up.md", "follow_up.json", "power.svg", "timeline.svg"} <= set(made)
