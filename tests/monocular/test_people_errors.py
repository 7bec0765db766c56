from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

from kinelab.cli import main
from kinelab.monocular.examples import Examples, make_examples
from kinelab.monocular.people_errors import people_errors
from kinelab.monocular.shipped import load_network, shipped_path
from kinelab.virtual_lab.sample import FRAMES_PER_PERSON, SampleDesign, who

DESIGN = SampleDesign(size_px=(64, 64), movements=(("walk", 1.0),), body="solids")


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Examples:
    return make_examples(tmp_path_factory.mktemp("people"), (DESIGN,), 2, seed=5, per_shard=2)


def test_one_row_a_person_with_what_is_known(examples: Examples) -> None:
    table = people_errors(load_network(), examples)
    assert table.person.tolist() == [0, 1]
    assert (table.pictures == FRAMES_PER_PERSON).all()
    assert (table.mae_deg > 0).all()
    for row in table.itertuples():
        shape, looks = who(DESIGN, 5, 0, int(row.person))
        assert row.sex == shape.sex
        assert row.height_m == pytest.approx(shape.height_m, abs=1e-3)
        assert row.skin_monk == looks.skin_monk


def test_on_the_command_line(examples: Examples, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "people.csv"
    given = ["monocular", "people", str(shipped_path()), str(examples.folder), "--out", str(out)]
    assert main(given) == 0
    assert "2 people" in capsys.readouterr().out
    assert out.read_text(encoding="utf-8").splitlines()[0].endswith("clothing,synthetic")
