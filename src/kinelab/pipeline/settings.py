"""What a user can decide about one analysis."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from kinelab.core.checks import Problems
from kinelab.core.subject import Subject


@dataclass(frozen=True)
class AnalyzeSettings:
    """The defaults work; each field is an option of `kinelab analyze`.

    pose, detector: a name of the model catalogue or a file; None takes the best that is installed.
    keypoints: a file of landmarks, in place of the two; network: a network of one's own labels (file or run
    folder), which looks at the whole picture, in place of the two. landmark_set: name of what the landmarks
    are, where neither the file nor the catalogue says. detect_every: the detector runs on every n-th frame;
    in between a person's box follows the landmarks. Scale, the first given counts: px_per_m, known_length
    (landmark, landmark, metres), the subject's height. min_strides: whole strides, both feet together, below
    which a recording is not measured. synthetic: the video shows a virtual person, which every result then
    says.
    """

    pose: str | None = None
    detector: str | None = None
    keypoints: Path | None = None
    network: Path | None = None
    landmark_set: str | None = None
    person: int | None = None
    detect_every: int = 2
    slow_motion: float = 1.0
    subject: Subject = field(default_factory=Subject)
    known_length: tuple[str, str, float] | None = None
    px_per_m: float | None = None
    cutoff_hz: float = 6.0
    min_strides: int = 2
    gait: bool = True
    annotate: bool = True
    synthetic: bool = False

    def __post_init__(self) -> None:
        with Problems("settings") as problems:
            problems.add_if(self.detect_every < 1, f"detect_every is {self.detect_every}, expected 1 or more")
            problems.add_if(not self.slow_motion > 0, f"slow_motion is {self.slow_motion}, expected above 0")
            problems.add_if(not self.cutoff_hz > 0, f"cutoff_hz is {self.cutoff_hz}, expected above 0")
            problems.add_if(self.min_strides < 1, f"min_strides is {self.min_strides}, expected 1 or more")
            problems.add_if(
                self.px_per_m is not None and not self.px_per_m > 0, f"px_per_m is {self.px_per_m}"
            )
            problems.add_if(
                self.known_length is not None and not self.known_length[2] > 0,
                f"known_length is {self.known_length}, expected two landmarks and metres above 0",
            )
            models = self.pose is not None or self.detector is not None
            problems.add_if(
                self.keypoints is not None and models,
                "keypoints of a file and a pose model or detector were both asked for; give one of them",
            )
            problems.add_if(
                self.network is not None and (models or self.keypoints is not None),
                "a network of your own and a pose model, detector or keypoints of a file were both asked "
                "for; give one of them",
            )
