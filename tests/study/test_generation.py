"""The study of synthetic strides on planted people: its cells, its words, its figures, what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from rich.console import Console

from kinelab.core.events import SIDES
from kinelab.errors import InputError
from kinelab.patterns.augmenting import WAYS
from kinelab.patterns.curve_files import write_stride_curves
from kinelab.patterns.stride_curves import StrideCurves, joined
from kinelab.reports.figure_style import svg_text
from kinelab.study import generation
from kinelab.study.generation import (
    GROUPS,
    GenerationPlan,
    GenerationStudy,
    generation_cell,
    study_generation,
)
from kinelab.study.generation_people import (
    as_variant,
    few_known,
    interval,
    mean_right,
    right_of,
    sensitivities,
)
from kinelab.study.generation_tables import benefit_rows, benefit_words
from kinelab.study.grid import GridResult
from kinelab.study.validation_page import update_section

Drawn = list[tuple[str, Figure]]
_PHASE = 2 * np.pi * np.linspace(0, 1, 101)


def planted(people: int = 8) -> StrideCurves:
    """Groups whose curves differ in an amplitude each; both states of one disease are the same people."""
    rng, waves = np.random.default_rng(0), np.stack([np.cos(k * _PHASE + k) for k in range(6)])
    parts = []
    for g, group in enumerate(GROUPS):
        curves = rng.normal(0, 3, (2 * people, 9, 6)) @ waves
        curves[:, g] += 15 * np.cos(2 * _PHASE)
        whose = [f"{min(g, 1 if g < 3 else 3)}-{i}" for i in range(people) for _ in SIDES]
        parts.append(
            StrideCurves(
                curves, whose, [f"{one} {group}" for one in whose], SIDES * people, [group] * 2 * people,
                np.zeros(2 * people, bool),
            )
        )  # fmt: skip
    return joined(*parts)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("curves") / "curves.csv"
    write_stride_curves(planted(), path)
    return path


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("study")


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    """Names and figures that the study drew."""
    return []


@pytest.fixture(scope="module")
def study(table: Path, out: Path, drawn: Drawn) -> GenerationStudy:
    """All cells in this process, their results through JSON as on a grid; figures are not rendered."""

    def here(jobs: list[generation.Job], work: object, folder: Path, *_: object, **__: object) -> GridResult:
        done = {job.name: dict(generation_cell(job, folder, lambda _: None)) for job in jobs}
        return GridResult(json.loads(json.dumps(done, sort_keys=True)), {})

    plan = replace(GenerationPlan.quick(0), steps=3, drawn=6, permutations=60)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(generation, "run_grid", here)
        patched.setattr(
            generation, "save_figure", lambda figure, path, png: drawn.append((path.name, figure))
        )
        return study_generation(table, out, plan, Console(quiet=True))


def test_tables_have_a_row_for_every_generator_group_and_way(study: GenerationStudy) -> None:
    for generator in ("normal distribution", "GAN", "GAN, as published"):
        rows = [line for line in study.text.splitlines() if line.startswith(f"| {generator} | ")]
        assert [row.split(" | ")[1] for row in rows] == list(GROUPS)
    for rare in GROUPS[1:]:
        assert study.text.count(f"\n| {rare} | 3 |") == 4  # two kinds of curves, two outcomes
    assert "laboratory and disease cannot be told apart" in " ".join(study.text.split())
    assert "nan" not in study.text
    for way in WAYS[2:]:
        assert f"\n- {way}: " in study.text


def test_files_lie_beside_them_and_the_page_takes_them(
    study: GenerationStudy, out: Path, drawn: Drawn, tmp_path: Path
) -> None:
    assert {"generation.md", "benefit.csv"} <= {path.name for path in out.iterdir()}
    names = ("bands_gaussian", "bands_gan", "benefit", "benefit_sensitivity")
    assert [name for name, _ in drawn] == [f"{name}.svg" for name in names]
    page = tmp_path / "page.md"
    page.write_text("<!-- begin generation -->\n<!-- end generation -->\n")
    update_section(page, "generation", study.text, "kinelab study generation")
    assert "Made by `kinelab study generation`" in page.read_text()


def test_figures_have_a_panel_for_every_group_and_variable(study: GenerationStudy, drawn: Drawn) -> None:
    bands, benefit = drawn[0][1], drawn[2][1]
    assert len(bands.axes) == len(GROUPS) * 9
    assert [ax.get_title(loc="left") for ax in bands.axes[:4]] == [
        "Healthy", "Parkinson off", "Parkinson on", "Amputee",
    ]  # fmt: skip
    assert len(benefit.axes) == 6
    labels = benefit.legends[0].get_texts()
    assert [label.get_text() for label in labels] == list(WAYS)
    assert svg_text(benefit).startswith("<svg")


def test_refuses_a_table_with_synthetic_strides_or_too_few_people(tmp_path: Path) -> None:
    whole, plan = planted(), GenerationPlan.quick(0)
    mixed = replace(whole, synthetic=np.arange(whole.n) < 3)
    write_stride_curves(mixed, tmp_path / "mixed.csv")
    with pytest.raises(InputError, match="3 of 64 strides are synthetic, and the study of synthetic strides"):
        study_generation(tmp_path / "mixed.csv", tmp_path, plan, Console(quiet=True))
    write_stride_curves(planted(4), tmp_path / "few.csv")
    with pytest.raises(InputError, match="group 'healthy' has 4 people, and 6 or more are needed"):
        study_generation(tmp_path / "few.csv", tmp_path, plan, Console(quiet=True))


def test_no_synthetic_stride_is_ever_tested_on() -> None:
    whole = planted()
    made = replace(whole, synthetic=np.ones(whole.n, bool))
    with pytest.raises(InputError, match="64 of 64 strides are synthetic, and a test of a classifier"):
        right_of(whole, np.ones(whole.n), made, GROUPS, "as measured")


def test_few_are_known_of_the_rare_group_and_all_of_the_others() -> None:
    whole = planted()
    kept = few_known(whole, "amputee", 3, np.random.default_rng(0))
    people = {
        name: {who for who, of in zip(kept.person, kept.group, strict=True) if of == name} for name in GROUPS
    }
    assert {name: len(found) for name, found in people.items()} == dict.fromkeys(GROUPS[:3], 8) | {
        "amputee": 3
    }


def test_curves_free_of_offsets_keep_their_mark() -> None:
    whole = replace(planted(), synthetic=np.ones(64, bool))
    free = as_variant(whole, "free of offsets")
    assert free.synthetic.all()
    assert free.curves_deg.mean(axis=2) == pytest.approx(0, abs=1e-12)


def test_intervals_of_shares_over_people() -> None:
    right = mean_right([{"a": 1.0, "b": 0.0, "c": 1.0}, {"a": 1.0, "b": 1.0}])
    assert right == {"a": 1.0, "b": 0.5, "c": 1.0}
    shares = sensitivities(right, {"a": "x", "b": "x", "c": "y"})
    assert {name: found.tolist() for name, found in shares.items()} == {"x": [1.0, 0.5], "y": [1.0]}
    assert interval(shares)[0] == pytest.approx((0.75 + 1) / 2)
    assert interval(shares, shares) == (0, 0, 0)
    # 400 people of whom 3 in 4 are right: the interval of a share, 1.96 sqrt(p (1 - p) / n)
    many = {"x": np.repeat([1.0, 1.0, 1.0, 0.0], 100)}
    _, low, high = interval(many)
    assert (high - low) / 2 == pytest.approx(1.96 * np.sqrt(0.75 * 0.25 / 400), rel=0.1)


def test_words_count_what_is_better_for_sure() -> None:
    people = {f"h{i}": "healthy" for i in range(20)} | {f"r{i}": "amputee" for i in range(20)}
    base = dict.fromkeys(people, 0.5)
    right = dict.fromkeys(WAYS, base) | {
        "mixup": dict.fromkeys(people, 1.0),
        "gan": dict.fromkeys(people, 0.0),
    }
    cell = {
        "rare": "amputee",
        "known": 3,
        "group": people,
        "right": dict.fromkeys(("as measured", "free of offsets"), right),
    }
    words = benefit_words(benefit_rows({"one": cell}))
    assert "mixup: +50.0 points" in words[1]
    assert "better in 2 and worse in 0 of 2" in words[1]
    assert "gan: -50.0 points" in words[3]
    assert "better in 0 and worse in 2 of 2" in words[3]
    assert "better in 0 and worse in 0 of 2" in words[0]
