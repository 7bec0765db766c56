"""Names of files: shown, never a path, never a page."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kinelab.clinic.uploads.names import shown_name
from kinelab.errors import InputError


@pytest.mark.parametrize(
    "name",
    [
        "walk.mp4",
        "Gang 2 (links).mov",
        "MT_012005D6_009-001_00B42279.txt",
        "été.c3d",
        "歩行.trc",
        "a'b,c+d=e.csv",
    ],
)
def test_ordinary_names_stay(name: str) -> None:
    assert shown_name(f"  {name} ") == name


def test_letters_have_one_form() -> None:
    assert shown_name("e\u0301te\u0301.c3d") == "\u00e9t\u00e9.c3d"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "has no name"),
        ("   ", "has no name"),
        ("x" * 201, "201 letters, allowed are 200"),
        ("../../etc/passwd", "begins with a full stop"),
        (".bashrc", "begins with a full stop"),
        ("a/../../b.mp4", r"U\+002F"),
        ("C:\\windows\\x.mp4", r"U\+003A, U\+005C"),
        ("a\x00b.mp4", r"U\+0000"),
        ("a\nb.mp4", r"U\+000A"),
        ("gpj.\u202eexe.mp4", r"U\+202E"),
        ("a\u200bb.mp4", r"U\+200B"),
        ("a\ud800.mp4", r"U\+D800"),
        ("<img src=x onerror=alert(1)>.mp4", r"U\+003C, U\+003E"),
        ('"quoted".mp4', r"U\+0022"),
        ("$(reboot).mp4", r"U\+0024"),
        ("a;b.mp4", r"U\+003B"),
    ],
)
def test_what_could_do_harm_is_refused(
    name: str, why: str, record_property: Callable[[str, object], None]
) -> None:
    with pytest.raises(InputError, match=why):
        shown_name(name)
    record_property("refused: hostile uploads", 1)


def test_the_refusal_itself_is_harmless() -> None:
    with pytest.raises(InputError) as refused:
        shown_name("<script>\u202e\x1b[2J" + "x" * 100)
    said = str(refused.value)
    assert not set(said) & set("<>\u202e\x1b")
