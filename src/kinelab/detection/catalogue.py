"""The networks that kinelab knows by name: where they come from, their licence and their SHA-256.

No network but kinelab's own ships with the package. `catalogue.json` holds addresses of the publishers. A
hash is there only where the publisher, or several independent users of the same file, have published it;
the others are recorded when a user first trusts a download.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from kinelab.detection.pose_input import PoseInput

Kind = Literal["pose", "detector", "backbone"]
Head = Literal["heatmap", "simcc", "yolox", "rtmdet", "mediapipe", "own", "timm"]


NAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,63}$"


class ModelEntry(BaseModel):
    """One network.

    kind and head: what it does (a backbone is where a training begins) and how its outputs are read;
    skeleton: its landmark set. licence of code and weights as the publisher states it, note: what a user
    should know (data behind the weights). source: the publisher's address, None = nothing to fetch; member:
    the file inside a zip archive. size_bytes and sha256 of the file that is used, known_sha256: other files
    known to be good, for instance a re-export. conventions: how a pose network wants its crop, where the
    family's default does not hold.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=NAME_PATTERN)
    kind: Kind
    head: Head
    skeleton: str | None = None
    licence: str = "unknown"
    note: str = ""
    source: str | None = None
    member: str | None = None
    suffix: str = Field(default=".onnx", pattern=r"^\.[a-z]+$")
    size_bytes: int | None = None
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    known_sha256: tuple[str, ...] = ()
    conventions: PoseInput | None = None

    def allows(self, sha256: str) -> bool:
        """Whether a file of this hash is this network."""
        return sha256 == self.sha256 or sha256 in self.known_sha256


@cache
def catalogue() -> dict[str, ModelEntry]:
    """All networks known to this version of kinelab, by name, in the order of the file."""
    text = files("kinelab.detection").joinpath("catalogue.json").read_text(encoding="utf-8")
    entries = [ModelEntry.model_validate(row) for row in json.loads(text)]
    return {entry.name: entry for entry in entries}
