"""The catalogue of everything that is measured: what a number means, where its definition comes from.

A new clinical parameter is one function in `gait` and one row here. A row has no reference range: ranges
depend on age, speed, shoes and laboratory, and none is given without a source for all of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kinelab.core.checks import Problems
from kinelab.errors import InputError

Group = Literal["spatiotemporal", "angles", "symmetry", "variability", "landing", "scores"]

PERRY = "Perry & Burnfield, Gait Analysis, 2nd ed., 2010"
WHITTLE = "Levine, Richards, Whittle, Whittle's Gait Analysis, 5th ed., 2012"
ROBINSON = "Robinson, Herzog, Nigg, J Manipulative Physiol Ther 10:172-176, 1987"
PATTERSON = "Patterson, Gage, Brooks, Black, McIlroy, Gait & Posture 31:241-246, 2010"
HAUSDORFF = "Hausdorff, J NeuroEng Rehabil 2:19, 2005"
WINTER = "Winter, Biomechanics and Motor Control of Human Movement, 4th ed., 2009"
HUXHAM = "Huxham, Gong, Baker, Morris, Iansek, Gait & Posture 23:159-163, 2006"
NOVACHECK = "Novacheck, Gait & Posture 7:77-95, 1998"
MENZ = "Menz, Lord, Fitzpatrick, Gait & Posture 18:35-46, 2003"
MUNRO = "Munro, Herrington, Carolan, J Sport Rehabil 21:7-11, 2012"
BAKER = "Baker et al., Gait & Posture 30:265-269, 2009"
SCHWARTZ = "Schwartz & Rozumalski, Gait & Posture 28:351-357, 2008"
PLANAR = "docs/conventions.md, angles"
# HL7's guide to personal health records. In LOINC none was found for these: its walking speed, 83172-7, is
# the score of a test over four metres.
HL7_PERSONAL = "http://hl7.org/fhir/uv/phr/CodeSystem/observation-pghd-codes|"


@dataclass(frozen=True)
class Quantity:
    """One measured quantity.

    name: as in `Measure.quantity`; label: for people, without the unit; meaning: what a larger value says;
    definition: how it is computed; source: where the definition comes from; code: the same quantity in a
    public vocabulary, as FHIR writes it (`system|code`), None where there is none; key: belongs on the first
    page of a report.
    """

    name: str
    label: str
    unit: str
    group: Group
    meaning: str
    definition: str
    source: str
    code: str | None = None
    key: bool = False

    def __post_init__(self) -> None:
        with Problems(f"Quantity {self.name}") as problems:
            for field in ("name", "label", "unit", "meaning", "definition", "source"):
                problems.add_if(not getattr(self, field).strip(), f"{field} is empty")
            system, _, code = (self.code or "system|code").rpartition("|")
            problems.add_if(not (system and code), f"code is {self.code!r}, expected system|code")


_SPATIOTEMPORAL = (
    Quantity("speed_mps", "Walking speed", "m/s", "spatiotemporal", "larger: faster",
             "stride length / stride time of each stride, on a treadmill with the belt's travel added",
             WHITTLE, f"{HL7_PERSONAL}walkingSpeed", key=True),
    Quantity("cadence_spm", "Cadence", "steps/min", "spatiotemporal", "larger: more steps a minute",
             "120 / stride time of each stride of either foot", WHITTLE, key=True),
    Quantity("stride_time_s", "Stride time", "s", "spatiotemporal", "larger: slower rhythm",
             "initial contact to the next of the same foot", WHITTLE, key=True),
    Quantity("step_time_s", "Step time", "s", "spatiotemporal", "larger: slower step",
             "initial contact of the other foot to that of this foot", WHITTLE, key=True),
    Quantity("stance_pct", "Stance", "% of stride", "spatiotemporal", "larger: foot longer on the ground",
             "initial contact to toe-off of the same foot / stride time", PERRY, key=True),
    Quantity("swing_pct", "Swing", "% of stride", "spatiotemporal", "larger: foot longer in the air",
             "toe-off to the next initial contact of the same foot / stride time", PERRY),
    Quantity("double_support_pct", "Double support", "% of stride", "spatiotemporal",
             "larger: both feet longer on the ground",
             "both periods of a stride in which both feet are on the ground / stride time", PERRY,
             f"{HL7_PERSONAL}walkingDoubleSupportPercentage", key=True),
    Quantity("single_support_pct", "Single support", "% of stride", "spatiotemporal",
             "larger: stands longer on this foot alone",
             "toe-off to initial contact of the other foot within this foot's stride / stride time", PERRY),
    Quantity("stride_length_m", "Stride length", "m", "spatiotemporal", "larger: longer strides",
             "forward distance between the heel (ankle, where no heel is seen) at initial contact and at the "
             "next of the same foot, on a treadmill with the belt's travel added", WHITTLE),
    Quantity("step_length_m", "Step length", "m", "spatiotemporal", "larger: this foot lands farther ahead",
             "forward distance of this heel ahead of the other at this foot's initial contact", WHITTLE,
             f"{HL7_PERSONAL}walkingStepLength", key=True),
    Quantity("step_width_m", "Step width", "m", "spatiotemporal",
             "larger: feet further apart; negative: they cross",
             "from the line between this heel at two contacts to the other heel at its own, across", HUXHAM),
    Quantity("foot_progression_deg", "Foot progression angle", "deg", "spatiotemporal",
             "positive: toes point outwards",
             "heel to toes against the line of the stride, seen from above, while the foot is flat", PERRY),
    Quantity("contact_time_s", "Contact time", "s", "spatiotemporal", "larger: foot longer on the ground",
             "initial contact to toe-off of strides that are run", NOVACHECK),
    Quantity("flight_time_s", "Flight time", "s", "spatiotemporal", "larger: longer in the air",
             "toe-off of this foot to initial contact of the other, in running", NOVACHECK),
    Quantity("duty_factor_pct", "Duty factor", "% of stride", "spatiotemporal",
             "larger: foot longer on the ground; below 50 with a flight",
             "contact time / stride time of strides that are run", NOVACHECK),
)  # fmt: skip


def _rom(joint: str, what: str, *, key: bool = True) -> Quantity:
    return Quantity(
        f"{joint}_rom_deg", f"{what} range of motion", "deg", "angles", "larger: moves more",
        "largest minus smallest angle of each stride", PLANAR, key=key,
    )  # fmt: skip


def _at_ic(joint: str, what: str, positive: str) -> Quantity:
    return Quantity(
        f"{joint}_at_ic_deg", f"{what} at initial contact", "deg", "angles", f"positive: {positive}",
        "angle at 0 % of each stride", PLANAR,
    )  # fmt: skip


def _peak(name: str, label: str, positive: str, phase: str, *, key: bool = False) -> tuple[Quantity, ...]:
    """A peak and its time; the value is positive in the direction that its name says."""
    return (
        Quantity(f"{name}_deg", label, "deg", "angles", f"positive: {positive}",
                 f"peak of each stride in {phase}, then the mean over strides", f"{PLANAR}; phases: {PERRY}",
                 key=key),
        Quantity(f"{name}_time_pct", f"{label}, when", "% of stride", "angles", "larger: later in the stride",
                 f"time of the peak in {phase}", f"{PLANAR}; phases: {PERRY}"),
    )  # fmt: skip


_ANGLES = (
    _rom("hip", "Hip"),
    _at_ic("hip", "Hip flexion", "thigh in front of the trunk's axis"),
    *_peak("hip_max_extension", "Peak hip extension", "thigh behind the trunk's axis", "stance", key=True),
    *_peak("hip_max_flexion_swing", "Peak hip flexion in swing", "thigh in front of the trunk's axis",
           "swing"),
    _rom("knee", "Knee"),
    _at_ic("knee", "Knee flexion", "flexed"),
    *_peak("knee_max_flexion_loading", "Peak knee flexion in early stance", "flexed",
           "the first half of stance", key=True),
    *_peak("knee_min_flexion_stance", "Least knee flexion in late stance", "flexed; negative: hyperextended",
           "the second half of stance"),
    *_peak("knee_max_flexion_swing", "Peak knee flexion in swing", "flexed", "swing", key=True),
    _rom("ankle", "Ankle"),
    _at_ic("ankle", "Ankle dorsiflexion", "dorsiflexed"),
    *_peak("ankle_max_dorsiflexion_stance", "Peak ankle dorsiflexion in stance", "dorsiflexed", "stance",
           key=True),
    *_peak("ankle_max_plantarflexion", "Peak ankle plantarflexion at push-off", "plantarflexed",
           "the second half of stance and the first half of swing", key=True),
    *_peak("ankle_max_dorsiflexion_swing", "Peak ankle dorsiflexion in swing", "dorsiflexed", "swing"),
    _rom("shank", "Shank against the vertical", key=False),
    _rom("foot", "Foot against the floor", key=False),
    _at_ic("foot", "Foot against the floor", "toes up: lands on the heel"),
    Quantity("trunk_lean_deg", "Trunk lean", "deg", "angles", "positive: leaning forward",
             "mean over each stride of either foot", PLANAR),
    _rom("trunk_lean", "Trunk lean", key=False),
)  # fmt: skip

# Compared between the sides: name of the quantity without its unit, its label.
_COMPARED = {
    "step_time": "step time",
    "stance": "stance",
    "swing": "swing",
    "step_length": "step length",
    "hip_rom": "hip range of motion",
    "knee_rom": "knee range of motion",
    "ankle_rom": "ankle range of motion",
    "knee_max_flexion_swing": "peak knee flexion in swing",
}


def _symmetry(compared: str, label: str) -> tuple[Quantity, Quantity]:
    return (
        Quantity(f"symmetry_index_{compared}_pct", f"Symmetry index, {label}", "%", "symmetry",
                 "0: equal; positive: right larger", "(right - left) / (half of right + left) x 100",
                 ROBINSON, key=compared in ("step_time", "stance", "knee_rom")),
        Quantity(f"symmetry_ratio_{compared}", f"Symmetry ratio, {label}", "1", "symmetry",
                 "1: equal; larger: less alike", "larger side / smaller side", PATTERSON),
    )  # fmt: skip


_VARIABILITY = (
    Quantity("stride_time_cv_pct", "Variability of stride time", "%", "variability", "larger: less regular",
             "standard deviation / mean of the stride times of one foot; few strides estimate it poorly",
             HAUSDORFF),
    *(Quantity(f"{joint}_curve_sd_deg", f"Variability of the {joint} angle", "deg", "variability",
               "larger: strides less alike",
               "standard deviation between strides at each percent of the stride, mean over the stride",
               WINTER)
      for joint in ("hip", "knee", "ankle")),
    *(Quantity(f"harmonic_ratio_{axis}", f"Harmonic ratio, {axis}", "1", "variability",
               "larger: steps more alike", "amplitudes of the pelvis's acceleration that repeat with each "
               f"{beat} over those that do not, 20 harmonics of a stride", MENZ)
      for axis, beat in (("forward", "step"), ("upward", "step"), ("sideways", "stride"))),
)  # fmt: skip

_LANDING = (
    Quantity("landing_knee_flexion_at_ic_deg", "Knee flexion at landing", "deg", "landing",
             "positive: flexed", "angle when the foot touches the floor", MUNRO),
    Quantity("landing_knee_max_flexion_deg", "Peak knee flexion of the landing", "deg", "landing",
             "larger: softer landing", "largest angle within 0.4 s of contact", MUNRO),
    Quantity("landing_knee_max_flexion_after_s", "Peak knee flexion of the landing, when", "s", "landing",
             "larger: later", "time from contact to the largest angle", MUNRO),
    Quantity("landing_knee_valgus_at_ic_deg", "Knee valgus at landing", "deg", "landing",
             "positive: knee inwards", "projection angle in the frontal plane at the floor's touch", MUNRO),
    Quantity("landing_knee_max_valgus_deg", "Peak knee valgus of the landing", "deg", "landing",
             "positive: knee inwards", "largest projection angle in the frontal plane within 0.4 s", MUNRO),
)  # fmt: skip

_VARIABLES = {
    "pelvic_tilt": "pelvic tilt",
    "pelvic_obliquity": "pelvic obliquity",
    "pelvic_rotation": "pelvic rotation",
    "hip_flexion": "hip flexion",
    "hip_adduction": "hip adduction",
    "hip_rotation": "hip rotation",
    "knee_flexion": "knee flexion",
    "ankle_dorsiflexion": "ankle dorsiflexion",
    "foot_progression": "foot progression",
}
_SCORES = (
    Quantity("gps_deg", "Gait profile score", "deg", "scores", "larger: further from the healthy",
             "root mean square of the nine variable scores of each stride; both legs: of the 15 means",
             BAKER, key=True),
    Quantity("gdi", "Gait deviation index", "1", "scores", "100: healthy mean; each 10 less: one sd further",
             "100 - 10 z of ln distance in 15 features of nine curves of 51 points", SCHWARTZ),
    Quantity("gps_offset_free_deg", "Gait profile score, offset-free", "deg", "scores",
             "larger: shape further from the healthy", "as gps_deg, each curve less its own mean", BAKER),
    Quantity("gdi_offset_free", "Gait deviation index, offset-free", "1", "scores",
             "100: healthy mean; smaller: further", "as gdi, each curve less its own mean", SCHWARTZ),
    Quantity("anomaly_deg", "Unusual movement score", "deg", "scores",
             "larger: less like healthy strides",
             "root mean square of what two autoencoders of healthy strides do not give back of a leg's mean"
             " curves, each less its own mean; both legs: the higher", "docs/patterns.md"),
    *(Quantity(f"gvs_{name}_deg", f"Variable score, {label}", "deg", "scores",
               "larger: further from the healthy",
               "root mean square difference of the stride's curve from the healthy mean, 101 points", BAKER)
      for name, label in _VARIABLES.items()),
)  # fmt: skip

_ROWS = (
    *_SPATIOTEMPORAL,
    *_ANGLES,
    *(row for compared, label in _COMPARED.items() for row in _symmetry(compared, label)),
    *_VARIABILITY,
    *_LANDING,
    *_SCORES,
)
QUANTITIES: Mapping[str, Quantity] = {row.name: row for row in _ROWS}


def quantity(name: str) -> Quantity:
    """One row of the catalogue; raises `InputError` that lists what exists."""
    if name not in QUANTITIES:
        raise InputError(f"no quantity {name!r} in the catalogue; there are {', '.join(QUANTITIES)}")
    return QUANTITIES[name]
