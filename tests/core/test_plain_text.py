"""Nothing hidden in what people typed."""

from __future__ import annotations

import pytest

from kinelab.core.plain_text import plain_text


def test_what_is_seen_may_be_typed() -> None:
    text = "Zügig, ohne Stock.\n\tσ = 3° – 王 👩"
    assert plain_text(text) == text


@pytest.mark.parametrize("letter", ["\0", "\x1b", "\u202e", "\u200b", "\ud800", "\u2028"])
def test_what_is_not_seen_may_not(letter: str) -> None:
    with pytest.raises(ValueError, match=rf"control character \(U\+{ord(letter):04X}\)"):
        plain_text(f"a{letter}b")
