"""What a difference between the sides is called: `The left knee bends less in swing than the right`."""

from __future__ import annotations

from dataclasses import dataclass

from kinelab.core.events import Side
from kinelab.reports.printing import label


@dataclass(frozen=True)
class Phrase:
    """part: what moves (`knee`); less: what the smaller side does (`bends less in swing`).

    family: quantities that tell one story; a reader is told the clearest of them.
    """

    part: str
    less: str
    family: str


_STEP, _HIP, _KNEE, _ANKLE = "timing", "hip", "knee", "ankle"
_PHRASES = {
    "step_time_s": Phrase("step", "is quicker", _STEP),
    "stride_time_s": Phrase("stride", "is quicker", "stride"),
    "stance_pct": Phrase("foot", "stays on the ground for a smaller part of the stride", _STEP),
    "swing_pct": Phrase("foot", "is in the air for a smaller part of the stride", _STEP),
    "single_support_pct": Phrase("leg", "carries the body alone for a smaller part of the stride", _STEP),
    "step_length_m": Phrase("step", "is shorter", "length"),
    "stride_length_m": Phrase("stride", "is shorter", "length"),
    "step_width_m": Phrase("step", "is narrower", "width"),
    "foot_progression_deg": Phrase("foot", "points less outwards", "foot"),
    "contact_time_s": Phrase("foot", "stays on the ground for a shorter time", _STEP),
    "hip_rom_deg": Phrase("hip", "moves through a smaller range", _HIP),
    "hip_at_ic_deg": Phrase("hip", "is less flexed when the foot lands", _HIP),
    "hip_max_extension_deg": Phrase("hip", "extends less in stance", _HIP),
    "hip_max_flexion_swing_deg": Phrase("hip", "flexes less in swing", _HIP),
    "knee_rom_deg": Phrase("knee", "moves through a smaller range", _KNEE),
    "knee_at_ic_deg": Phrase("knee", "is less flexed when the foot lands", "knee in stance"),
    "knee_max_flexion_loading_deg": Phrase("knee", "bends less in early stance", "knee in stance"),
    "knee_min_flexion_stance_deg": Phrase("knee", "is straighter in late stance", "knee in stance"),
    "knee_max_flexion_swing_deg": Phrase("knee", "bends less in swing", _KNEE),
    "ankle_rom_deg": Phrase("ankle", "moves through a smaller range", _ANKLE),
    "ankle_at_ic_deg": Phrase("foot", "is less lifted (dorsiflexed) when it lands", _ANKLE),
    "ankle_max_dorsiflexion_stance_deg": Phrase("ankle", "dorsiflexes less in stance", _ANKLE),
    "ankle_max_plantarflexion_deg": Phrase("ankle", "pushes off with less plantarflexion", _ANKLE),
    "ankle_max_dorsiflexion_swing_deg": Phrase("foot", "is less lifted (dorsiflexed) in swing", _ANKLE),
}
_COMMON = Phrase("side", "has the smaller value", "")


def phrase_of(quantity: str) -> Phrase:
    """The phrase of a quantity; one without its own gets its label as its family."""
    return _PHRASES.get(quantity, Phrase(_COMMON.part, _COMMON.less, quantity))


def smaller_on(quantity: str, side: Side) -> str:
    """`The left knee bends less in swing than the right`, of the side with the smaller value."""
    other = "right" if side == "left" else "left"
    if quantity not in _PHRASES:
        return f"{label(quantity)} is smaller on the {side} than on the {other}"
    phrase = _PHRASES[quantity]
    return f"The {side} {phrase.part} {phrase.less} than the {other}"
