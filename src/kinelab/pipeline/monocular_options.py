"""What a user can decide about angles from one camera."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path

from kinelab.core.checks import Problems
from kinelab.core.subject import Subject
from kinelab.errors import InputError
from kinelab.files.atomic import sha256_of

QUICK_S = 5.0
_OWN = "gait20"
_KNOWS_NO_MORE = (
    "knows virtual people only, as the direct network does; leave it out, or name one of real people"
)


@dataclass(frozen=True)
class MonocularOptions:
    """Each field is an option of `kinelab estimate --method monocular`.

    network: a direct network of one's own (None: the shipped one). sequence: a sequence network that follows
    it (None: the shipped one after the shipped direct one, if there is one); no_sequence: none. pose,
    detector: as `kinelab analyze` has them; landmarks of a pose model that knows real people are taken in
    beside the direct network's. keypoints: landmarks of another tool in place of both. calibration: cameras
    (TOML), of which `camera` is this one's name. contact: feet stand still on a floor. mirror: look at the
    mirrored crop too. quick: the first seconds only.
    """

    network: Path | None = None
    sequence: Path | None = None
    no_sequence: bool = False
    pose: str | None = None
    detector: str | None = None
    keypoints: Path | None = None
    landmark_set: str | None = None
    person: int | None = None
    detect_every: int = 4
    slow_motion: float = 1.0
    calibration: Path | None = None
    camera: str | None = None
    subject: Subject = field(default_factory=Subject)
    contact: bool = True
    mirror: bool = True
    gait: bool = True
    min_strides: int = 2
    annotate: bool = True
    quick: bool = False
    synthetic: bool = False

    def __post_init__(self) -> None:
        with Problems("options") as problems:
            problems.add_if(self.detect_every < 1, f"detect_every is {self.detect_every}, expected 1 or more")
            problems.add_if(self.min_strides < 1, f"min_strides is {self.min_strides}, expected 1 or more")
            problems.add_if(not self.slow_motion > 0, f"slow_motion is {self.slow_motion}, expected above 0")
            both = self.keypoints is not None and (self.pose is not None or self.detector is not None)
            problems.add_if(
                both, "keypoints of a file and a pose model or detector were both asked for; give one"
            )
            problems.add_if(self.pose == _OWN, f"pose {_OWN} {_KNOWS_NO_MORE}")
            several = self.sequence is not None and self.no_sequence
            problems.add_if(several, "a sequence network was named and is not to be used")
            alone = self.camera is not None and self.calibration is None
            problems.add_if(alone, f"camera {self.camera} was named, but no calibration file was given")

    def said(self) -> dict[str, object]:
        """What decides the result; files by name and content.

        Raises:
            InputError: a file is not there.
        """
        said = asdict(self)
        for name in ("network", "sequence", "calibration", "keypoints"):
            said[name] = _named(getattr(self, name))
        return said


def _named(path: Path | None) -> list[str] | None:
    if path is None:
        return None
    if not path.is_file():
        raise InputError(f"{path}: no such file; check the spelling")
    return [path.name, sha256_of(path)]
