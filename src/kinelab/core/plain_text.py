"""Text that people typed: nothing hidden in it."""

from __future__ import annotations

import unicodedata


def plain_text(text: str) -> str:
    """The text, if it has no characters that are not seen: made to be called by a validator.

    Refused are control characters (Cc: NUL and the like), what turns the direction of writing or hides (Cf),
    half characters (Cs) and separators of lines (Zl, Zp); line breaks and tabulators are seen.

    Raises:
        ValueError: it has one.
    """
    for letter in text:
        if letter not in "\n\t" and unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            raise ValueError(f"has a control character (U+{ord(letter):04X}); type the text anew")
    return text
