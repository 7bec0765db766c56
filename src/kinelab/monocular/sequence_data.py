"""What sequence networks learn from: what a direct network told of clips, and what was true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError, safe_open

from kinelab.core.checks import IntArray
from kinelab.errors import FileFormatError, InputError
from kinelab.files.atomic import atomic_path
from kinelab.files.safe_arrays import safetensors_bytes
from kinelab.learning.steps import hash_of
from kinelab.monocular.batches import look_at, viewer
from kinelab.monocular.examples import Examples
from kinelab.monocular.sequences import clips_of
from kinelab.monocular.shipped import DirectNetwork
from kinelab.monocular.views import Look

_FORMAT = "kinelab told clips 1"
_NAMES = ("vectors", "coordinates", "scale", "view_rotation", "person", "first")
_AT_ONCE = 64
_JITTER = 0.015  # of the crop's side: how far a track's box is off from frame to frame
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ToldClips:
    """N frames of clips one after another: vectors (N, numbers) that the direct network told; the truth:
    coordinates (N, C), scale (N, S, 3), view_rotation (N, 3, 3); person (N,); first (clips,) where each clip
    begins; told_by: sha256 of the network's file.
    """

    vectors: Floats
    coordinates: Floats
    scale: Floats
    view_rotation: Floats
    person: IntArray
    first: IntArray
    told_by: str = ""

    @property
    def clips(self) -> list[slice]:
        """The frames of each clip."""
        ends = [*self.first[1:].tolist(), len(self.vectors)]
        return [slice(a, b) for a, b in zip(self.first.tolist(), ends, strict=True)]


def told_clips(
    network: DirectNetwork,
    examples: Examples,
    *,
    seed: int = 0,
    advance: Callable[[int], None] = lambda done: None,
) -> ToldClips:
    """What a network tells of clips (see `sequences`), cut out as a person's track would be.

    Raises:
        InputError: the examples are single pictures.
    """
    low, high = network.fill
    fill = (low + high) / 2
    look = Look(
        size_px=network.size_px,
        fill=(0.97 * fill, 1.03 * fill),
        turn_deg=0.0,
        shift=_JITTER,
        mirror_share=0.0,
    )
    viewed = viewer(network.model, look)
    clips = clips_of(examples.labels)
    parts: list[tuple[Floats, ...]] = []
    for rows in examples.batches(_AT_ONCE):
        generator = torch.Generator().manual_seed(hash_of(seed, int(rows[0])))
        view = look_at(examples, rows, viewed, generator)
        crops = view.image.round().clamp(0, 255).byte().permute(0, 2, 3, 1).contiguous().numpy()
        truth = (view.coordinates, view.scale, view.view_rotation)
        parts.append((network.vectors(crops), *(one.numpy() for one in truth)))
        advance(int(rows[-1]) + 1)
    vectors, coordinates, scale, rotation = (np.concatenate(part) for part in zip(*parts, strict=True))
    first = np.array([clip.start for clip in clips], np.int64)
    person = np.asarray(examples.labels["person"], np.int64)
    return ToldClips(vectors, coordinates, scale, rotation, person, first, network.sha256)


def write_clips(path: Path, clips: ToldClips) -> None:
    """Write them whole or not at all; raises `OutputError`."""
    arrays = {name: np.ascontiguousarray(getattr(clips, name)) for name in _NAMES}
    with atomic_path(path) as temporary:
        temporary.write_bytes(safetensors_bytes(arrays, {"format": _FORMAT, "told_by": clips.told_by}))


def read_clips(path: Path) -> ToldClips:
    """What `write_clips` wrote.

    Raises:
        FileFormatError: no such file, or another kind of file.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            header = file.metadata() or {}
            if header.get("format") != _FORMAT:
                raise FileFormatError(
                    path, "holds no told clips; kinelab monocular train-sequence makes them"
                )
            arrays = {name: file.get_tensor(name) for name in _NAMES}
            return ToldClips(**arrays, told_by=header.get("told_by", ""))
    except (SafetensorError, OSError) as error:
        raise FileFormatError(path, f"is not a whole safetensors file ({error})") from error


def windows(clips: ToldClips, frames: int) -> IntArray:
    """(W, frames) rows of windows that cover every clip: each half a window after the one before.

    A clip that is shorter is filled up by its last frame.

    Raises:
        InputError: no clip.
    """
    found: list[IntArray] = []
    for clip in clips.clips:
        n = clip.stop - clip.start
        last = max(n - frames, 0)
        starts = sorted({*range(0, last + 1, max(frames // 2, 1)), last})
        found += [clip.start + np.minimum(np.arange(start, start + frames), n - 1) for start in starts]
    if not found:
        raise InputError("there is no clip to learn from")
    return np.array(found, np.int64)
