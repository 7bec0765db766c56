"""What a virtual study asks for: who, doing what, seen and sensed by what, split how."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from kinelab.core.checks import Problems

# Sensors of Rapp et al. 2021 (J Biomech 116:110229): pelvis and both thighs, shanks and feet.
SEVEN_SENSORS = ("pelvis", "thigh_r", "shank_r", "foot_r", "thigh_l", "shank_l", "foot_l")
SENSOR_FORMS = ("csv", "npz", "xsens", "opensense")
MARKER_FORMS = ("trc", "c3d")


@dataclass(frozen=True)
class Task:
    """One thing that everyone does `trials` times on each day.

    movement: a name of the catalogue; duration_s None takes the movement's own. pattern with dose (lowest,
    highest; 0 to 1, drawn for each person) alters walking; share of the people have it, on a side drawn for
    each. motion_file replaces the catalogue by a recorded motion, retargeted on each person. treadmill: on a
    belt as fast as the person, who stays in place.
    """

    movement: str
    trials: int = 1
    duration_s: float | None = None
    pattern: str | None = None
    dose: tuple[float, float] = (1.0, 1.0)
    share: float = 1.0
    motion_file: Path | None = None
    treadmill: bool = False

    def __post_init__(self) -> None:
        with Problems(f"Task {self.movement}") as problems:
            problems.add_if(self.trials < 1, f"trials is {self.trials}, expected 1 or more")
            bad = self.duration_s is not None and not 0.1 <= self.duration_s <= 3600
            problems.add_if(bad, f"duration_s is {self.duration_s}, expected 0.1 to 3600 (seconds)")
            low, high = self.dose
            problems.add_if(not 0 <= low <= high <= 1, f"dose is {self.dose}, expected 0 to 1, low first")
            problems.add_if(not 0 <= self.share <= 1, f"share is {self.share}, expected 0 to 1")


@dataclass(frozen=True)
class Filming:
    """Cameras by the names of their views (ring4: four around), all alike; place None draws one a trial.

    device: focal length and lens; quality: blur, noise and the like. exposure_s: how long the shutter is open
    (None draws 1 to 10 ms, as light allows). height_m: of each lens over the floor (None draws 0.9 to 1.3 m);
    it is kept, however far the camera has to stand back.
    backgrounds: a folder of pictures to stand in for the place. others: strangers in the picture at most.
    masks: segmentation and depth of every frame as PNG beside the truth.
    """

    cameras: tuple[str, ...] = ("sagittal",)
    size_px: tuple[int, int] = (960, 540)
    rate_hz: float = 50.0
    device: str = "phone"
    quality: str = "phone"
    exposure_s: float | None = None
    height_m: float | None = None
    place: str | None = None
    backgrounds: Path | None = None
    occluders: bool = False
    others: int = 0
    masks: bool = False

    def __post_init__(self) -> None:
        with Problems("Filming") as problems:
            problems.add_if(not self.cameras, "no camera is named")
            problems.unique("cameras", self.cameras)
            small, large = min(self.size_px), max(self.size_px)
            problems.add_if(
                not 64 <= small <= large <= 4096, f"size_px is {self.size_px}, expected 64 to 4096 each"
            )
            good_rate = 1 <= self.rate_hz <= 1000
            problems.add_if(not good_rate, f"rate_hz is {self.rate_hz}, expected 1 to 1000")
            slow = good_rate and self.exposure_s is not None and not 0 <= self.exposure_s <= 1 / self.rate_hz
            problems.add_if(slow, f"exposure_s is {self.exposure_s}, expected 0 to 1/{self.rate_hz:g}")
            low = self.height_m is not None and not 0.05 <= self.height_m <= 5
            problems.add_if(low, f"height_m is {self.height_m}, expected 0.05 to 5 (metres)")
            problems.add_if(not 0 <= self.others <= 8, f"others is {self.others}, expected 0 to 8")


@dataclass(frozen=True)
class Sensing:
    """Inertial sensors by segment. form: of their files, csv (SI units), npz (all in one), xsens (the text of
    Xsens' MT Manager) or opensense (orientations for OpenSim)."""

    segments: tuple[str, ...] = SEVEN_SENSORS
    rate_hz: float = 100.0
    quality: str = "research"
    form: str = "csv"

    def __post_init__(self) -> None:
        with Problems("Sensing") as problems:
            problems.add_if(not self.segments, "no segment is named")
            problems.unique("segments", self.segments)
            problems.add_if(not 25 <= self.rate_hz <= 1000, f"rate_hz is {self.rate_hz}, expected 25 to 1000")
            problems.one_of("form", self.form, SENSOR_FORMS)


@dataclass(frozen=True)
class Marking:
    """Markers on skin that moves, on "rigid" bones, or "none"; and people who label frames of each video.

    plates: rigid plates of four markers on thighs and shanks besides. form: of the files, trc or c3d.
    """

    rate_hz: float = 100.0
    skin: str = "skin"
    plates: bool = False
    form: str = "trc"
    raters: int = 0
    labelled_frames: int = 20

    def __post_init__(self) -> None:
        with Problems("Marking") as problems:
            problems.one_of("skin", self.skin, ("skin", "rigid", "none"))
            problems.one_of("form", self.form, MARKER_FORMS)
            problems.add_if(not 10 <= self.rate_hz <= 2000, f"rate_hz is {self.rate_hz}, expected 10 to 2000")
            problems.add_if(not 0 <= self.raters <= 5, f"raters is {self.raters}, expected 0 to 5")
            problems.add_if(self.labelled_frames < 1, f"labelled_frames is {self.labelled_frames}")


@dataclass(frozen=True)
class LabDesign:
    """A whole study. None leaves out cameras, sensors or markers.

    split: people for training, validation and testing, in this order; more people than these belong to
    training, fewer have the groups that they would have among all of them. outfit
    None draws what people wear. body: "mesh", or "solids" for people of simple solids.
    """

    name: str = "lab"
    people: int = 1
    population: str = "adults"
    tasks: tuple[Task, ...] = (Task("walk"),)
    days: int = 1
    filming: Filming | None = field(default_factory=Filming)
    sensing: Sensing | None = None
    marking: Marking | None = field(default_factory=Marking)
    split: tuple[int, int, int] | None = None
    outfit: str | None = None
    body: Literal["mesh", "solids"] = "mesh"
    seed: int = 0
    source: str = ""

    def __post_init__(self) -> None:
        with Problems("LabDesign") as problems:
            problems.add_if(not 1 <= self.people <= 100_000, f"people is {self.people}, expected 1 to 100000")
            problems.add_if(not 1 <= self.days <= 365, f"days is {self.days}, expected 1 to 365")
            problems.add_if(not self.tasks, "no task is named")
            problems.one_of("outfit", self.outfit, (None, "lab", "street", "swim"))
            problems.one_of("body", self.body, ("mesh", "solids"))
            problems.add_if(self.seed < 0, f"seed is {self.seed}, expected 0 or more")
            if self.split is not None:
                bad = min(self.split) < 0 or sum(self.split) < 1
                problems.add_if(bad, f"split is {self.split}, expected numbers of people for each group")

    def as_data(self) -> dict[str, object]:
        """Plain values for JSON; files by name, for the folder they lie in is nobody's business."""

        def plain(value: object) -> object:
            if isinstance(value, Path):
                return value.name
            if isinstance(value, dict):
                return {key: plain(one) for key, one in value.items()}
            if isinstance(value, list | tuple):
                return [plain(one) for one in value]
            return value

        data = plain(asdict(self))
        assert isinstance(data, dict)
        return data

    def group_of(self, person: int) -> str:
        """The group of a person by the split: "train", "validation" or "test"; "all" without a split.

        The people of the split are dealt in an order that the seed shuffles, so that no group has the first
        ones. Who comes after them trains: how many people are made changes nobody's group.
        """
        if self.split is None:
            return "all"
        dealt = sum(self.split)
        train, validation, _ = self.split
        if person >= dealt:
            return "train"
        place = int(np.flatnonzero(rng_of(self.seed, _SPLIT).permutation(dealt) == person)[0])
        if place < train:
            return "train"
        return "validation" if place < train + validation else "test"


_SPLIT = 3


def rng_of(seed: int, *place: int) -> np.random.Generator:
    """The random numbers of one thing in a study: the same whatever else the study holds."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=place))
