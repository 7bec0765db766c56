"""Generators of strides: one contract for both kinds; what is drawn is smooth, closed and marked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.core.events import SIDES
from kinelab.errors import InputError, ModelError
from kinelab.gait.deviation_variables import NAMES
from kinelab.learning.weights import ModelCard
from kinelab.patterns.adversarial import GanRecipe
from kinelab.patterns.curve_files import read_stride_curves, write_stride_curves
from kinelab.patterns.gaussian import fit_gaussian
from kinelab.patterns.generator import KINDS, Kind, StrideGenerator, load_generator, save_generator
from kinelab.patterns.generator_training import fit_gans, train_generator
from kinelab.patterns.likeness import energy_distance_deg, find_copies, spread_ratio
from kinelab.patterns.people_folds import folds_of
from kinelab.patterns.score_space import fit_space
from kinelab.patterns.stride_curves import HEALTHY, StrideCurves, joined, leg_means, measured_only

CARD = ModelCard("test", "CC0", "planted", False)
STIFF = "stiff knee"


def planted(people: int, seed: int, group: str = HEALTHY) -> StrideCurves:
    """Two legs a person: five harmonics about a common curve, spreads that fall; stiff knees bend less."""
    rng, phase = np.random.default_rng(seed), 2 * np.pi * np.linspace(0, 1, 101)
    waves = np.stack([np.cos(k * phase + k) for k in range(6)])
    common = np.random.default_rng(1).normal(0, 8, (9, 6)) @ waves
    own = rng.normal(size=(people, 1, 9, 6)) + 0.4 * rng.normal(size=(people, 2, 9, 6))
    curves = common + (own * 3 / (1 + np.arange(6))) @ waves
    if group == STIFF:
        curves[:, :, NAMES.index("knee_flexion")] *= 0.3
    named = [f"{group} {i}" for i in range(people) for _ in SIDES]
    return StrideCurves(
        curves.reshape(-1, 9, 101), named, named, SIDES * people, [group] * 2 * people,
        np.zeros(2 * people, bool),
    )  # fmt: skip


@pytest.fixture(scope="module")
def people() -> StrideCurves:
    return joined(planted(20, 0), planted(12, 5, STIFF))


@pytest.fixture(scope="module")
def generators(people: StrideCurves) -> dict[Kind, StrideGenerator]:
    gan = fit_gans([people], GanRecipe(steps=15, hidden=16, batch=16), card=CARD)[0]
    return {"gaussian": fit_gaussian(people, card=CARD), "gan": gan}


@pytest.mark.parametrize("kind", KINDS)
class TestEveryKind:
    def test_draws_smooth_closed_strides_that_say_that_nobody_walked_them(
        self, kind: Kind, generators: dict[Kind, StrideGenerator]
    ) -> None:
        drawn = generators[kind].draw(STIFF, 7, seed=3)
        assert drawn.n == 7
        assert drawn.synthetic.all()
        assert set(drawn.group) == {STIFF}
        assert len(set(drawn.person)) == 7
        assert drawn.curves_deg[:, :, 0] == pytest.approx(drawn.curves_deg[:, :, -1], abs=1e-9)
        # no more than the twelve harmonics it was built from
        spectrum = np.abs(np.fft.rfft(drawn.curves_deg[:, :, :-1]))
        assert spectrum[:, :, 13:].max() < 1e-6 * spectrum.max()

    def test_equal_seeds_draw_equal_strides(
        self, kind: Kind, generators: dict[Kind, StrideGenerator]
    ) -> None:
        one, again, other = (generators[kind].draw(HEALTHY, 3, seed).curves_deg for seed in (1, 1, 2))
        assert (one == again).all()
        assert np.abs(one - other).max() > 1

    def test_strides_are_those_of_their_group_and_as_varied(
        self, kind: Kind, people: StrideCurves, generators: dict[Kind, StrideGenerator]
    ) -> None:
        knee = NAMES.index("knee_flexion")
        ranges = {}
        for group in (HEALTHY, STIFF):
            made = generators[kind].draw(group, 300).curves_deg
            real = people.curves_deg[people.of_group(group)]
            ranges[group] = np.ptp(made[:, knee].mean(axis=0))
            assert ranges[group] == pytest.approx(np.ptp(real[:, knee].mean(axis=0)), rel=0.15)
            assert 0.8 < spread_ratio(made, real) < 1.2
            others = people.curves_deg[~people.of_group(group)]
            assert energy_distance_deg(made, real) < 0.3 * energy_distance_deg(made, others)
        assert ranges[STIFF] < 0.5 * ranges[HEALTHY]

    def test_is_the_same_from_its_file(
        self, kind: Kind, generators: dict[Kind, StrideGenerator], tmp_path: Path
    ) -> None:
        save_generator(generators[kind], tmp_path / "one.safetensors")
        read = load_generator(tmp_path / "one.safetensors")
        assert (read.kind, read.groups, read.card) == (kind, generators[kind].groups, CARD)
        made, again = (one.draw(STIFF, 5).curves_deg for one in (generators[kind], read))
        assert again == pytest.approx(made, abs=0.15)  # arrays are kept as float16

    def test_says_which_groups_it_knows(self, kind: Kind, generators: dict[Kind, StrideGenerator]) -> None:
        with pytest.raises(
            InputError, match="no group 'amputee'; this generator learned healthy, stiff knee"
        ):
            generators[kind].draw("amputee", 1)
        with pytest.raises(InputError, match="0 strides are asked for, expected 1 or more"):
            generators[kind].draw(HEALTHY, 0)

    def test_its_card_tells_how_it_does_on_people_held_out(self, kind: Kind, people: StrideCurves) -> None:
        card = train_generator(people, CARD, kind, GanRecipe(steps=5, hidden=8, batch=8)).card
        figures = card.figures
        floor = figures["held_out_energy_distance_of_real_deg"]
        assert abs(figures["held_out_energy_distance_deg"] - floor) < 0.5
        assert 0.3 < figures["nearer_than_new_people"] < 0.75
        assert any("never for an evaluation" in limit for limit in card.limits)

    def test_refuses_to_learn_from_synthetic_strides(
        self, kind: Kind, people: StrideCurves, generators: dict[Kind, StrideGenerator]
    ) -> None:
        mixed = joined(people, generators[kind].draw(HEALTHY, 2))
        with pytest.raises(InputError, match="2 of 66 strides are synthetic, and a generator rests on"):
            train_generator(mixed, CARD, kind)


def test_the_mark_outlives_files_means_and_joining(
    people: StrideCurves, generators: dict[Kind, StrideGenerator], tmp_path: Path
) -> None:
    write_stride_curves(generators["gaussian"].draw(STIFF, 4), tmp_path / "made.csv")
    read = read_stride_curves(tmp_path / "made.csv")
    for kept in (read, leg_means(read), joined(people, read).chosen(np.arange(64, 68))):
        assert kept.synthetic.all()
        with pytest.raises(InputError, match="4 of 4 strides are synthetic, and a test rests on measured"):
            measured_only(kept, "a test")
    lines = (tmp_path / "made.csv").read_text().splitlines()
    column = lines[0].split(",").index("synthetic")
    stripped = [",".join(c for i, c in enumerate(line.split(",")) if i != column) for line in lines]
    (tmp_path / "made.csv").write_text("\n".join(stripped))
    with pytest.raises(InputError, match=r"expected the columns .*synthetic"):
        read_stride_curves(tmp_path / "made.csv")


def test_moments_of_the_normal_distribution_are_those_of_its_group(people: StrideCurves) -> None:
    fitted = fit_gaussian(people)
    scores = fitted.space.scores(fitted.draw(HEALTHY, 4000).curves_deg)
    own = fitted.space.scores(people.curves_deg[people.of_group(HEALTHY)])
    assert scores.mean(axis=0) == pytest.approx(own.mean(axis=0), abs=0.08 * own.std())
    assert np.cov(scores.T) == pytest.approx(fitted.spread[0].T @ fitted.spread[0], abs=0.25 * own.var())


class TestCopies:
    @pytest.fixture
    def parts(self, people: StrideCurves) -> tuple[StrideCurves, StrideCurves]:
        fold = folds_of(people, 4, 0)
        return people.chosen(fold != 0), people.chosen(fold == 0)

    def test_strides_of_new_people_are_no_copies(self) -> None:
        known, new, other = (planted(60, seed) for seed in (0, 100, 200))
        new = replace(new, person=[f"new {who}" for who in new.person])
        unseen = replace(other, synthetic=np.ones(other.n, bool))  # as good as a generator can be
        found = find_copies(unseen, known, new, fit_gaussian(known).space)
        assert 0.4 < found.nearer < 0.6
        assert found.copied.mean() < 0.05

    def test_planted_copies_are_caught_one_by_one(self, parts: tuple[StrideCurves, StrideCurves]) -> None:
        known, new = parts
        fitted = fit_gaussian(known)
        drawn = fitted.draw(STIFF, 6)
        noise = np.random.default_rng(0).normal(0, 0.2, (4, 9, 101))
        copies = replace(
            known.chosen(np.arange(4)), curves_deg=known.curves_deg[:4] + noise, synthetic=np.ones(4, bool)
        )
        found = find_copies(joined(drawn, copies), known, new, fitted.space)
        assert found.copied[-4:].all()
        assert not found.copied[:-4].all()
        assert find_copies(copies, known, new, fitted.space).nearer == 1

    def test_refuses_what_it_cannot_judge(self, parts: tuple[StrideCurves, StrideCurves]) -> None:
        known, new = parts
        fitted = fit_gaussian(known)
        made = fitted.draw(HEALTHY, 2)
        with pytest.raises(InputError, match="must be synthetic ones"):
            find_copies(new, known, new, fitted.space)
        with pytest.raises(InputError, match="2 of 2 strides are synthetic, and a test for copies"):
            find_copies(made, known, made, fitted.space)
        with pytest.raises(InputError, match="learned from and held out; a copy would not be seen"):
            find_copies(made, known, known, fitted.space)


def test_energy_distance_of_two_points_each() -> None:
    a, b = np.zeros((2, 9, 101)), np.zeros((2, 9, 101))
    a[1], b[0], b[1] = 2.0, 3.0, 4.0
    # means of |a - b|: (3 + 4 + 1 + 2) / 4; within a 2, within b 1
    assert energy_distance_deg(a, b) == pytest.approx(2 * 2.5 - 2 - 1)
    with pytest.raises(InputError, match="sets of 1 and 2 strides have no energy distance"):
        energy_distance_deg(a[:1], b)


def test_energy_distance_is_nought_between_halves_of_one_crowd() -> None:
    crowd: Array = planted(120, 3).curves_deg[::2]
    found = [energy_distance_deg(crowd[i::2], crowd[1 - i :: 2]) for i in (0, 1)]
    assert np.abs(found).max() < 0.15


def test_folds_keep_a_person_together_and_spread_groups(people: StrideCurves) -> None:
    fold = folds_of(people, 4, 2)
    for who in set(people.person):
        assert len(set(fold[np.array(people.person) == who])) == 1
    for group in (HEALTHY, STIFF):
        counts = np.bincount(fold[people.of_group(group)], minlength=4)
        assert counts.max() - counts.min() <= 2
    assert (fold == folds_of(people, 4, 2)).all()
    assert (fold != folds_of(people, 4, 3)).any()


class TestScoreSpace:
    def test_scores_and_back_leave_what_the_space_holds(self, people: StrideCurves) -> None:
        space = fit_space(people.curves_deg)
        made = space.curves_deg(np.random.default_rng(0).normal(size=(5, space.size)))
        assert space.curves_deg(space.scores(made)) == pytest.approx(made)
        assert space.scores(space.mean_deg[None]) == pytest.approx(0)

    def test_more_scores_leave_less(self, people: StrideCurves) -> None:
        left = [
            float(np.abs(space.curves_deg(space.scores(people.curves_deg)) - people.curves_deg).mean())
            for space in (fit_space(people.curves_deg, k) for k in (5, 20, 50))
        ]
        assert left[0] > left[1] > left[2]
        assert left[2] < 0.05  # 9 curves of 6 numbers each have 54

    def test_says_what_is_wrong(self, people: StrideCurves) -> None:
        with pytest.raises(InputError, match=r"shape \(3, 101\), expected \(n, 9, 101\)"):
            fit_space(np.zeros((3, 101)))
        gap = people.curves_deg.copy()
        gap[4, 2, 50] = np.nan
        with pytest.raises(InputError, match="row 4 has a gap"):
            fit_space(gap)
        with pytest.raises(InputError, match="8 strides allow fewer than 8 scores, 20 are asked for"):
            fit_space(people.curves_deg[:8])
        with pytest.raises(InputError, match="too alike for 20 scores; are some of them copies"):
            fit_space(np.tile(people.curves_deg[:2], (15, 1, 1)))


def test_groups_that_cannot_be_learned_are_named(people: StrideCurves) -> None:
    nobody = replace(people, group=("",) * people.n)
    with pytest.raises(InputError, match="the group of 64 strides is not known"):
        fit_gaussian(nobody)
    lonely = joined(people, planted(1, 0, "rare").chosen(np.array([0])))
    with pytest.raises(InputError, match="group 'rare' has 1 row; a spread needs 2 or more"):
        fit_gaussian(lonely)
    with pytest.raises(InputError, match="group 'rare' has 1 people; 5 or more are needed"):
        train_generator(lonely, CARD)
    with pytest.raises(InputError, match="same number of groups in every set"):
        fit_gans([people, people.chosen(people.of_group(HEALTHY))])


def test_files_that_hold_no_generator_are_refused(
    generators: dict[Kind, StrideGenerator], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"a generator is a \.safetensors file"):
        save_generator(generators["gan"], tmp_path / "one.npz")
    with pytest.raises(ModelError, match="there is no network file"):
        load_generator(tmp_path / "missing.safetensors")
    with pytest.raises(InputError, match=r"2 layers, expected 3"):
        replace(generators["gan"], layers=generators["gan"].layers[:2])
    with pytest.raises(InputError, match=r"centre has shape \(1, 20\), expected \(2, 20\)"):
        replace(generators["gan"], centre=generators["gan"].centre[:1])
