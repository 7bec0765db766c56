"""Whom the shipped networks have seen: designs of virtual pictures, for learning and for judging."""

from __future__ import annotations

from dataclasses import replace

from kinelab.virtual_lab.sample import SampleDesign
from kinelab.virtual_lab.sessions.presets import EVERYDAY

SIZE_PX = 160  # of the stored crops; networks look at a part of them that moves
_GAIT = {"walk": 0.30, "run": 0.10}
_MORE = ("march", "drop_landing", "bow", "twist", "toe_raise", "drink")
_OTHERS = tuple(name for name in (*EVERYDAY, *_MORE) if name not in _GAIT)

_ADULTS = SampleDesign(
    size_px=(SIZE_PX, SIZE_PX),
    movements=(*_GAIT.items(), *((name, 0.60 / len(_OTHERS)) for name in _OTHERS)),
    fill=(0.5, 0.85),
    loose_share=0.2,
)
# Of ten people one is a child, one old and one young; movements and pictures are the same.
LEARNING: tuple[SampleDesign, ...] = (
    *(_ADULTS,) * 7,
    *(replace(_ADULTS, population=name) for name in ("young_adults", "older_adults", "children")),
)
