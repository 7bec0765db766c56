"""A made-up walk with known events: harmonic joint curves, two methods of events, a few faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from kinelab.core.events import SIDES, GaitEvents, Side
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measure, Measures, Reference
from kinelab.core.provenance import FileRecord, ModelRecord, Provenance
from kinelab.core.skeletons import GAIT_20
from kinelab.core.strides import Strides
from kinelab.core.subject import Subject
from kinelab.core.timebase import Timebase
from kinelab.reports.analysis import Analysis, Tracking

RATE_HZ, DURATION_S, STRIDE_S, TOE_OFF = 50.0, 7.0, 1.1, 0.62
NAMES = tuple(f"{stem}_{s}" for stem in ("hip_flexion", "knee_angle", "ankle_angle") for s in "rl")
# (mean, cos1, sin1, cos2, sin2) deg: the rough shape of normal walking over the phase of the stride
HARMONICS = {
    "hip_flexion": (10.0, 19.0, -5.0, -1.5, 1.5),
    "knee_angle": (25.0, -3.0, -22.0, -13.0, 10.0),
    "ankle_angle": (1.0, 2.0, 4.0, -6.0, 6.0),
}
START = {"right": 0.35, "left": 0.35 + STRIDE_S / 2}


def angle(stem: str, side: Side, time_s: np.ndarray, weak_left: float) -> np.ndarray:
    phase = 2 * np.pi * (time_s - START[side]) / STRIDE_S
    mean, c1, s1, c2, s2 = HARMONICS[stem]
    swing = c1 * np.cos(phase) + s1 * np.sin(phase) + c2 * np.cos(2 * phase) + s2 * np.sin(2 * phase)
    return mean + swing * (weak_left if side == "left" else 1.0)


def walk_kinematics(rng: np.random.Generator, subject: Subject, weak_left: float) -> Kinematics:
    time = Timebase(RATE_HZ, int(RATE_HZ * DURATION_S))
    slow = 1 + 0.03 * np.sin(2 * np.pi * time.time_s / 3.7)
    columns = []
    for name in NAMES:
        side: Side = "right" if name.endswith("_r") else "left"
        wander = 1.5 * np.sin(2 * np.pi * time.time_s / 2.3 + rng.uniform(0, 6)) + rng.normal(0, 0.3, time.n)
        columns.append(angle(name[:-2], side, time.time_s, weak_left) * slow + wander)
    valid = np.ones((time.n, len(NAMES)), dtype=bool)
    valid[-40:, [1, 3, 5]] = False
    sd = np.full((time.n, len(NAMES)), 1.8) + 0.8 * np.array([0, 1, 0, 1, 0, 1])
    return Kinematics(NAMES, time, np.stack(columns, axis=1), sd, valid, subject)


def walk_events(shift_s: float, spread_s: float, rng: np.random.Generator, method: str) -> GaitEvents:
    rows = []
    for side in SIDES:
        for k in range(7):
            contact = START[side] + k * STRIDE_S
            for kind, time_s in (("ic", contact), ("to", contact + TOE_OFF * STRIDE_S)):
                time_s += shift_s + rng.normal(0, spread_s)
                if time_s < DURATION_S - 0.1:
                    rows.append((time_s, side, kind))
    rows.sort()
    times = np.array([row[0] for row in rows])
    return GaitEvents([r[1] for r in rows], [r[2] for r in rows], times, np.full(times.size, 0.012),
                      [method] * times.size)  # fmt: skip


def cut_strides(kinematics: Kinematics, events: GaitEvents) -> Strides:
    rows = []
    for side in SIDES:
        contacts = events.times(side, "ic")
        for start, stop in pairwise(contacts):
            toe_off = events.times(side, "to")
            toe_off = toe_off[(toe_off > start) & (toe_off < stop)][0]
            at = np.linspace(start, stop, 101)
            curves = [np.interp(at, kinematics.time.time_s, kinematics.of(name)) for name in NAMES]
            rows.append((start, toe_off, stop, side, np.stack(curves, axis=1)))
    rows.sort(key=lambda row: row[0])
    used = np.ones(len(rows), dtype=bool)
    used[-1] = False
    why = [""] * (len(rows) - 1) + ["the ankle was not seen for 0.42 s of the stride"]
    return Strides([r[3] for r in rows], [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows],
                   used, why, NAMES, np.stack([r[4] for r in rows]))  # fmt: skip


def walk_measures(strides: Strides) -> Measures:
    duration = strides.stop_s - strides.start_s
    per_side: dict[str, tuple[str, np.ndarray]] = {
        "stride_time_s": ("s", duration),
        "stance_pct": ("% of stride", 100 * (strides.toe_off_s - strides.start_s) / duration),
    }
    for joint, stem in (("hip", "hip_flexion"), ("knee", "knee_angle"), ("ankle", "ankle_angle")):
        both = [strides.curves_deg[:, :, NAMES.index(f"{stem}_{s}")] for s in "lr"]
        own = np.where((np.array(strides.side) == "left")[:, None], both[0], both[1])
        per_side[f"{joint}_rom_deg"] = ("deg", np.ptp(own, axis=1))
    rows = [Measure("cadence_spm", 109.1, "steps/min", 9, sd=2.1, ci95=(107.5, 110.7),
                    reference=Reference(112.0, 132.0, "Example 2011, table 1")),
            Measure("symmetry_index_knee_rom_pct", 17.2, "%", 4)]  # fmt: skip
    for quantity, (unit, values) in per_side.items():
        for side in SIDES:
            chosen = values[strides.chosen(side)]
            half = 2.6 * chosen.std(ddof=1) / np.sqrt(chosen.size)
            rows.append(Measure(quantity, chosen.mean(), unit, chosen.size, side, chosen.std(ddof=1),
                                (chosen.mean() - half, chosen.mean() + half)))  # fmt: skip
    return Measures(rows)


def walk_tracking(rng: np.random.Generator) -> Tracking:
    frames, landmarks = int(RATE_HZ * DURATION_S), len(GAIT_20)
    time_s = np.arange(frames) / RATE_HZ
    confidence = np.clip(rng.normal(0.86, 0.04, (frames, landmarks)), 0, 1)
    far = [i for i, name in enumerate(GAIT_20.landmarks) if name.startswith("left_")]
    confidence[:, far] -= 0.2 + 0.15 * np.sin(2 * np.pi * time_s / STRIDE_S)[:, None]
    confidence = np.clip(confidence, 0, 1)
    position = walker_px(time_s)
    ankle = GAIT_20.index("left_ankle")
    position[-40:, ankle] = np.nan
    confidence[-40:, ankle] = np.nan
    swapped, filled = np.zeros((2, frames, landmarks), dtype=bool)
    swapped[120:131, [i for pair in GAIT_20.pairs for i in pair if i >= 10]] = True
    filled[60:66, GAIT_20.index("left_heel")] = True
    keypoints = Keypoints(GAIT_20, time_s, position, confidence)
    return Tracking(
        keypoints, swapped, filled, near_side="right", lengths_known=False, scale_source="assumed"
    )


def walker_px(time_s: np.ndarray) -> np.ndarray:
    """Landmarks (T, 20, 2) px of a stick figure that walks to the right in a 960 x 540 picture."""
    position = np.zeros((time_s.size, len(GAIT_20), 2))
    hip = np.stack([160 + 90 * time_s, 270 + 3 * np.sin(4 * np.pi * time_s / STRIDE_S)], axis=1)

    def put(name: str, xy: np.ndarray) -> np.ndarray:
        position[:, GAIT_20.index(name)] = xy
        return xy

    def along(angle_deg: np.ndarray, length: float) -> np.ndarray:
        a = np.deg2rad(angle_deg)
        return length * np.stack([np.sin(a), np.cos(a)], axis=1)

    put("mid_hip", hip)
    neck = put("neck", hip + np.array([4, -95]))
    put("nose", neck + np.array([16, -28]))
    put("head", neck + np.array([4, -50]))
    for side in SIDES:
        shoulder = put(f"{side}_shoulder", neck + np.array([0, 6]))
        arm = -0.8 * (angle("hip_flexion", side, time_s, 1.0) - 10)
        elbow = put(f"{side}_elbow", shoulder + along(arm, 52))
        put(f"{side}_wrist", elbow + along(arm + 20, 45))
        own_hip = put(f"{side}_hip", hip + np.array([0, 2]))
        thigh = angle("hip_flexion", side, time_s, 1.0)
        knee = put(f"{side}_knee", own_hip + along(thigh, 75))
        shank = thigh - angle("knee_angle", side, time_s, 1.0)
        ankle = put(f"{side}_ankle", knee + along(shank, 72))
        foot = shank + angle("ankle_angle", side, time_s, 1.0)
        put(f"{side}_heel", ankle + along(foot, 14) - along(foot + 90, 12))
        put(f"{side}_big_toe", ankle + along(foot, 14) + along(foot + 90, 32))
    return position


@pytest.fixture(scope="session")
def make_analysis() -> Callable[..., Analysis]:
    def make(subject_id: str = "P-017", weak_left: float = 0.78, *, synthetic: bool = False) -> Analysis:
        rng = np.random.default_rng(3)
        subject = Subject(subject_id, height_m=1.72, affected_side="left", birth_year=1958)
        kinematics = walk_kinematics(rng, subject, weak_left)
        events = walk_events(0.0, 0.004, rng, "consensus(3 of 3)")
        strides = cut_strides(kinematics, events)
        methods = {
            "Zeni 2008": walk_events(-0.018, 0.006, rng, "Zeni 2008"),
            "O'Connor 2007": walk_events(0.012, 0.010, rng, "O'Connor 2007"),
            "Hreljac & Marshall 2000": walk_events(0.004, 0.016, rng, "Hreljac & Marshall 2000"),
        }
        provenance = Provenance(
            kinelab_version="0.1.0",
            command="kinelab analyze walk.mp4 --height-m 1.72",
            created="2026-03-14T10:22:05+01:00",
            inputs=(FileRecord("walk.mp4", "ab" * 32, 12_345_678),),
            models=(ModelRecord("rtmpose-m-halpe26", "cd" * 32, "Apache-2.0"),),
            settings={"cutoff_hz": 6.0, "min_strides": 2},
            versions={"python": "3.11.9", "numpy": "2.4.0"},
            steps=("detect", "clean", "angles", "events", "cut", "measure"),
            synthetic=synthetic,
        )
        return Analysis(
            kinematics, events, strides, walk_measures(strides), provenance, methods, walk_tracking(rng)
        )

    return make


@pytest.fixture(scope="session")
def analysis(make_analysis: Callable[..., Analysis]) -> Analysis:
    return make_analysis()


@pytest.fixture(scope="session")
def empty_analysis(analysis: Analysis) -> Analysis:
    """Angles only: no event, no stride, no measure, as with another movement than walking."""
    none = np.empty(0)
    events = GaitEvents((), (), none, none, ())
    strides = Strides((), none, none, none, none, (), NAMES, np.empty((0, 101, len(NAMES))))
    return replace(analysis, events=events, strides=strides, measures=Measures(()), methods={}, tracking=None)
