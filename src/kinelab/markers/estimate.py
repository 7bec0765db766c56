"""The door of the marker room: a marker trial in, joint angles out.

Labels are checked, the model is scaled to the subject, the pose of every frame is found, and whatever looks
wrong on the way is said.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kinelab.body.forward import Placement, forward
from kinelab.body.ik_setup import IkTasks, uniform_tasks
from kinelab.body.inverse import IkSettings, solve_stream
from kinelab.body.inverse_result import IkResult, to_kinematics
from kinelab.body.joint_estimation import EstimateSettings
from kinelab.body.model import BodyModel, Marker
from kinelab.body.scale_setup import ScaleSetup
from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.provenance import Provenance
from kinelab.core.report import Finding
from kinelab.core.subject import Subject
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.files.text_rows import even_time, uneven_at
from kinelab.markers.fit_findings import (
    fit_findings,
    label_findings,
    name_findings,
    static_findings,
    still_findings,
)
from kinelab.markers.handedness import handedness
from kinelab.markers.labels import LabelCheck, check_labels, repair
from kinelab.markers.model_markers import Matched, match
from kinelab.markers.residual_exchange import exchanged_residuals
from kinelab.markers.subject_model import SubjectModel, by_markers, by_setup, unscaled
from kinelab.markers.technical_markers import technical_markers
from kinelab.markers.trial import Trial

CHUNK = 2000  # frames solved at a time
# Prior of the scaling: how far a marker is off in one frame. Triangulated landmarks, and markers computed
# from them, are off by some 10 to 30 mm for many frames in a row (our figures, from the Pose2Sim demo).
# Trusted as 12 mm of free noise they drew the knee's point 60 mm out of the knee, and its angle 18 degrees
# away from that between hip, knee and ankle.
_NOISE_M, _CENTRE_NOISE_M = 0.005, 0.030
_HOLD = 1e-5  # m^2 per rad^2: sd some 50 deg, beside markers that are off by 15 mm
_SIZE_SD = 0.04  # of the log of a body's size about what its height says; our choice


@dataclass(frozen=True)
class MarkerSettings:
    """The defaults work; all but model_height_m are options of `kinelab ik`.

    scale: fit the model to the subject. scale_setup: as a ScaleTool set-up says; None = from the markers.
    tasks: weights; None = all common markers alike. repair: undo the certain faults of the labels. chunk:
    frames solved at a time. quick: fewer frames and starts, for a first look. model_height_m: standing height
    of the model, where known; with the subject's it is what the sizes are expected to be.
    """

    subject: Subject = field(default_factory=Subject)
    scale: bool = True
    scale_setup: ScaleSetup | None = None
    model_height_m: float | None = None
    tasks: IkTasks | None = None
    repair: bool = True
    chunk: int = CHUNK
    quick: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if self.chunk < 1:
            raise InputError(f"chunk is {self.chunk}, expected 1 frame or more")


@dataclass(frozen=True, eq=False)
class MarkerResult:
    """What a trial gave. `markers` are those that were used, repaired, under the model's names; `placed` is
    where the scaled model has everything; factors (S, 3) are relative to the model that was given.
    """

    kinematics: Kinematics
    ik: IkResult
    model: BodyModel
    factors: Array
    placed: Placement
    markers: Keypoints
    names: dict[str, str]
    check: LabelCheck
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]

    @property
    def marker_error_m(self) -> Array:
        """(T, K) m distance of the markers from the model's; NaN where not used."""
        return self.ik.marker_error_m

    @property
    def model_marker_m(self) -> Array:
        """(T, K, 3) the model's markers in the order of `markers`."""
        return _in_order(self.model, self.placed, self.markers)


def estimate(
    trial: Trial,
    model: BodyModel,
    settings: MarkerSettings | None = None,
    static: Trial | None = None,
    landmarks: Sequence[Marker] = (),
    provenance: Provenance | None = None,
    advance: Callable[[int], None] = lambda done: None,
) -> MarkerResult:
    """Angles of a marker trial.

    landmarks: markers of the model that stand for landmarks of pose networks (`own_body.keypoint_markers`).
    advance is called with the number of frames done.

    Raises:
        InputError: no common markers, a static trial that lacks what the set-up measures, times that are not
            uniform, another unit; each says what was found.
    """
    settings = settings or MarkerSettings()
    reference = None if static is None else static.markers
    check = check_labels(trial.markers, reference)
    mended = repair(trial.markers, check) if settings.repair else trial.markers
    everything = dict.fromkeys(
        (*mended.skeleton.landmarks, *(reference.skeleton.landmarks if reference is not None else ()))
    )
    matched = match(model, tuple(everything), landmarks)
    markers = matched.of(mended)
    time = _uniform(markers)
    if not markers.seen.any():
        raise InputError("none of the markers that trial and model share is seen in any frame")
    subject_model = _subject_model(matched, markers, static, settings)
    extra = _technical(subject_model.model, matched, mended, static) if settings.scale else ()
    if extra:
        scaled = subject_model.model
        subject_model = dataclasses.replace(
            subject_model, model=scaled.with_markers([*scaled.markers, *extra])
        )
        matched = matched.with_own([marker.name for marker in extra])
        markers = matched.of(mended)
    tasks = settings.tasks or (_held(subject_model.model, markers) if matched.from_video else None)
    ik = _solve(subject_model.model, markers, dataclasses.replace(settings, tasks=tasks), advance)
    placed = forward(subject_model.model, ik.coordinates)
    steps = (*trial.notes, *subject_model.notes, *ik.notes)
    provenance = provenance or Provenance()
    kinematics = to_kinematics(
        subject_model.model,
        ik,
        time,
        settings.subject,
        dataclasses.replace(provenance, steps=(*provenance.steps, *steps)),
    )
    findings = (
        *handedness(mended),
        *label_findings(check, matched, settings.repair),
        *exchanged_residuals(
            markers.position,
            _in_order(subject_model.model, placed, markers),
            markers.skeleton.landmarks,
            markers.time_s,
            time.rate_hz,
        ),
        *(() if reference is None else static_findings(matched.of(reference), markers)),
        *(still_findings(markers) if settings.scale and not settings.scale_setup and not static else ()),
        *fit_findings(ik, markers),
        *name_findings(matched),
    )
    return MarkerResult(
        kinematics, ik, subject_model.model, subject_model.factors, placed, markers, matched.names, check,
        findings, steps,
    )  # fmt: skip


def _subject_model(
    matched: Matched, markers: Keypoints, static: Trial | None, settings: MarkerSettings
) -> SubjectModel:
    if not settings.scale:
        return unscaled(matched.model)
    still = None
    if static is not None:
        if not set(static.markers.skeleton.landmarks) & set(matched.names):
            there = ", ".join(static.markers.skeleton.landmarks[:12])
            raise InputError(
                f"the static trial {static.source} has no marker of the model; it has {there} ..."
            )
        still = matched.of(static.markers)
    if settings.scale_setup is not None:
        return by_setup(matched.model, settings.scale_setup, still, settings.subject)
    height_m, known_m = settings.subject.height_m, settings.model_height_m
    size = height_m / known_m if height_m and known_m else None
    wanted = EstimateSettings(
        frames=12 if settings.quick else 40,
        measurement_sd_m=_CENTRE_NOISE_M if matched.from_video else _NOISE_M,
        seed=settings.seed,
    )
    if size is not None:
        wanted = dataclasses.replace(wanted, size=size, size_sd=_SIZE_SD)
    return by_markers(matched.model, markers, still, settings.subject, wanted)


def _technical(
    scaled: BodyModel, matched: Matched, trial: Keypoints, static: Trial | None
) -> tuple[Marker, ...]:
    """Cluster markers of the trial that the static trial places on the scaled model."""
    if static is None:
        return ()
    taken = set(scaled.marker_names)
    both = set(static.markers.skeleton.landmarks) & set(trial.skeleton.landmarks) - taken
    wanted = [name for name in matched.left_out if name in both]
    return technical_markers(scaled, static.markers, matched.of(static.markers), wanted)


def _held(model: BodyModel, markers: Keypoints) -> IkTasks:
    """All markers alike, and the turn of the forearms (OpenSim's pro_sup) near its default.

    A wrist's point lies all but on that axis: left free, the forearm turned to the end of its range, and the
    standard deviation of the elbow became 500 deg. What a hand's points say is stronger by far.
    """
    held = [name for name in model.coordinate_names if name.startswith("pro_sup")]
    alike = uniform_tasks(markers.skeleton.landmarks)
    return dataclasses.replace(alike, coordinate_weight=dict.fromkeys(held, _HOLD))


def _solve(
    model: BodyModel, markers: Keypoints, settings: MarkerSettings, advance: Callable[[int], None]
) -> IkResult:
    """Inverse kinematics in chunks, put together again; in one where a target is told frame by frame."""
    targets = settings.tasks.coordinate_target.values() if settings.tasks else ()
    size = markers.n if any(np.ndim(target) for target in targets) else settings.chunk

    def chunks() -> Iterator[Array]:
        for start in range(0, markers.n, size):
            advance(start)
            yield markers.position[start : start + size]

    wanted = IkSettings(starts=1 if settings.quick else 3, seed=settings.seed)
    parts = list(solve_stream(model, markers.skeleton.landmarks, chunks(), settings.tasks, wanted))
    advance(markers.n)

    changes: dict[str, Any] = {
        one.name: np.concatenate([getattr(part, one.name) for part in parts])
        for one in dataclasses.fields(parts[0])
        if isinstance(getattr(parts[0], one.name), np.ndarray)
    }
    changes["notes"] = tuple(dict.fromkeys(note for part in parts for note in part.notes))
    return dataclasses.replace(parts[0], **changes)


def _in_order(model: BodyModel, placed: Placement, markers: Keypoints) -> Array:
    columns = [model.marker_index(name) for name in markers.skeleton.landmarks]
    ordered: Array = placed.marker_m[:, columns]
    return ordered


def _uniform(markers: Keypoints) -> Timebase:
    """The trial's time base; angles need a constant rate."""
    if markers.n < 2:
        raise InputError(f"the trial has {markers.n} frame; at least 2 are needed to know the frame rate")
    at = uneven_at(markers.time_s)
    if at is not None:
        before, after = markers.time_s[at - 1 : at + 1]
        raise InputError(
            f"the trial's time is not uniform: a step of {after - before:g} s after {before:g} s"
        )
    return even_time(markers.time_s)
