"""What its owner called a file: shown to people, never used as a path."""

from __future__ import annotations

import unicodedata

from kinelab.errors import InputError

_LONGEST = 200
_SHOWN = 60
# Slashes lead elsewhere, the others are HTML or have a meaning in shells and on other systems.
_FORBIDDEN = frozenset('/\\<>"|*?:`$;&')


def shown_name(name: str) -> str:
    """The name as it is kept, in one normal form of letters.

    Raises:
        InputError: it is empty, too long, a path, or has control characters, marks that turn the direction of
            writing, or signs of HTML and shells in it.
    """
    name = unicodedata.normalize("NFC", name).strip()
    if not name:
        raise InputError("the file has no name; give it one, such as walk.mp4")
    if len(name) > _LONGEST:
        raise InputError(f"the file's name has {len(name)} letters, allowed are {_LONGEST}; shorten it")
    if name.startswith("."):
        raise InputError(f"the file's name {_harmless(name)} begins with a full stop; give it another one")
    odd = sorted(
        {letter for letter in name if letter in _FORBIDDEN or unicodedata.category(letter)[0] == "C"}
    )
    if odd:
        each = ", ".join(f"U+{ord(letter):04X}" for letter in odd[:5])
        raise InputError(
            f"the file's name {_harmless(name)} holds what no file's name may hold here ({each}); rename it:"
            " letters, digits, spaces and . _ - ( ) are fine"
        )
    return name


def _harmless(name: str) -> str:
    """The name with everything replaced that could do harm where a message is shown."""
    kept = "".join(
        "_" if letter in _FORBIDDEN or unicodedata.category(letter)[0] == "C" else letter for letter in name
    )
    return repr(kept[:_SHOWN])
