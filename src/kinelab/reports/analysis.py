"""Everything that one analysed recording brings to its report, in one noun."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from kinelab.core.checks import Array, BoolArray, Problems, read_only
from kinelab.core.events import GaitEvents, Side
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measures
from kinelab.core.provenance import Provenance
from kinelab.core.recording import Video
from kinelab.core.report import Finding
from kinelab.core.strides import Strides
from kinelab.inertial.calibration.calibration import Calibration
from kinelab.inertial.checking.check import SensorCheck

if TYPE_CHECKING:
    from kinelab.reports.sections import Section

Source = Literal["camera", "camera in space", "sensors", "markers", "angles"]


@dataclass(frozen=True)
class Tracking:
    """How the landmarks were seen and mended: the evidence under every angle.

    keypoints (T frames, K landmarks, px or m): what the network saw; `swapped`, `filled` (T, K): True where
    left and right were exchanged, where a gap was filled by interpolation. near_side: the side of the person
    that faced the camera, None = not known. lengths_known: the scale was measured, not assumed.
    """

    keypoints: Keypoints
    swapped: BoolArray
    filled: BoolArray
    near_side: Side | None = None
    lengths_known: bool = False
    scale_source: str = ""

    def __post_init__(self) -> None:
        shape = self.keypoints.confidence.shape
        with Problems("Tracking") as problems:
            for name in ("swapped", "filled"):
                object.__setattr__(self, name, read_only(getattr(self, name), np.bool_))
                problems.shape(name, getattr(self, name), shape)
            problems.one_of("near_side", self.near_side, (None, "left", "right"))


@dataclass(frozen=True, eq=False)
class Worn:
    """How worn sensors were read and calibrated: the evidence under every angle.

    check: their raw readings and what was found in them. calibration: how they sit on their segments.
    seen (S,) share of the samples that each sensor of the calibration gave. rate_hz of the readings. method:
    what made angles of them, in words.
    """

    check: SensorCheck
    calibration: Calibration
    seen: Array
    rate_hz: float
    method: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "seen", read_only(self.seen))
        with Problems("Worn") as problems:
            problems.shape("seen", self.seen, (len(self.calibration.segments),))


@dataclass(frozen=True)
class InSpace:
    """That one camera told a pose in space by a network that knows the body: what it rests on, in words."""

    notes: tuple[str, ...]


@dataclass(frozen=True)
class Analysis:
    """One analysed recording, of a camera (`tracking`, in space `in_space`) or of worn sensors (`worn`).

    given: what a file held that kinelab did not measure itself, markers of a laboratory or angles of another
    program; None where it did.

    events are those that the strides were cut by (the consensus); `methods` holds the events of each single
    method by its name, for the figure and table of their agreement. video_problem is what the reader said of
    a broken or truncated file. remarks are findings of the rooms below (strides not used, lengths not known).
    """

    kinematics: Kinematics
    events: GaitEvents
    strides: Strides
    measures: Measures
    provenance: Provenance
    methods: Mapping[str, GaitEvents] = field(default_factory=dict)
    tracking: Tracking | None = None
    worn: Worn | None = None
    in_space: InSpace | None = None
    video: Video | None = None
    video_problem: str | None = None
    remarks: tuple[Finding, ...] = ()
    given: Literal["markers", "angles"] | None = None
    sections: tuple[Section, ...] = ()

    @property
    def source(self) -> Source:
        """How it was measured."""
        if self.worn is not None:
            return "sensors"
        if self.in_space is not None:
            return "camera in space"
        return self.given or "camera"

    @property
    def synthetic(self) -> bool:
        """Whether any part of it came from virtual or made-up data."""
        return self.provenance.synthetic or self.kinematics.provenance.synthetic
