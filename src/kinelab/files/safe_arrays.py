"""Arrays with texts beside them as the bytes of a safetensors file: the same bytes each time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy.typing as npt
from safetensors.numpy import save

_TEXTS = "__metadata__"
_WORD = 8  # bytes: of the header's length, and what the header fills up to


def safetensors_bytes(arrays: Mapping[str, npt.NDArray[Any]], texts: Mapping[str, str]) -> bytes:
    """What `safetensors.numpy.save` gives, with the texts in order of their names.

    The library writes them in an order of chance, so that the hash of a file would change with every writing.
    """
    data = save(dict(arrays), metadata=dict(texts))
    size = int.from_bytes(data[:_WORD], "little")
    header = json.loads(data[_WORD : _WORD + size])
    header[_TEXTS] = dict(sorted(header[_TEXTS].items()))
    said = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    said += b" " * (-len(said) % _WORD)
    return len(said).to_bytes(_WORD, "little") + said + data[_WORD + size :]
