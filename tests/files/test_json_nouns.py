"""Dataclasses as JSON files: back as they were, and every fault told at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from kinelab.core.checks import Problems
from kinelab.errors import FileFormatError
from kinelab.files.json_nouns import read_noun, write_noun


@dataclass(frozen=True)
class Shoe:
    name: str
    length_m: float
    sides: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        with Problems("Shoe") as problems:
            problems.add_if(not self.length_m > 0, f"length_m is {self.length_m}, expected positive")


def test_a_noun_comes_back_as_it_was(tmp_path: Path) -> None:
    shoe = Shoe("löper", 0.27, ("left", "right"))
    assert read_noun(Shoe, write_noun(shoe, tmp_path / "shoe.json")) == shoe


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "file: Invalid JSON"),
        (
            '{"name": 3, "length_m": "long"}',
            r"name: Input should be a valid string; length_m: Input should be",
        ),
        ('{"name": "a"}', "length_m: Field required"),
        ('{"name": "a", "length_m": -1}', "Shoe: length_m is -1.0, expected positive"),
    ],
)
def test_every_fault_is_named(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "shoe.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileFormatError, match=message):
        read_noun(Shoe, path)
