"""Which of the people in each view is the same person: the choice that fits together in space."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice, product

from kinelab.cameras.synchronise import contradiction
from kinelab.cameras.tracks import in_step
from kinelab.core.keypoints import Keypoints
from kinelab.errors import InputError
from kinelab.files.calibration import CameraCalibration

_MOST = 256  # combinations that are tried; candidates come best first
_HALF = 0.5  # of the longest track: shorter ones are passers-by


def same_person(
    cameras: Sequence[CameraCalibration], names: Sequence[str], candidates: Sequence[Sequence[Keypoints]]
) -> tuple[int, ...]:
    """Index of one person in each camera's candidates, best first: those with the least contradiction.

    Raises:
        InputError: a camera without candidates.
    """
    empty = [name for name, found in zip(names, candidates, strict=True) if not found]
    if empty:
        raise InputError(
            f"{', '.join(empty)}: nobody was found in view; leave the camera out, or look at its video"
        )
    lasting = [_lasting(found) for found in candidates]
    choices = list(islice(product(*lasting), _MOST))
    if len(choices) == 1:
        return choices[0]

    def cost(choice: tuple[int, ...]) -> float:
        chosen = [found[i] for found, i in zip(candidates, choice, strict=True)]
        return contradiction(cameras, in_step(names, chosen))

    return min(choices, key=cost)


def _lasting(found: Sequence[Keypoints]) -> list[int]:
    longest = max(track.n for track in found)
    return [i for i, track in enumerate(found) if track.n >= _HALF * longest]
