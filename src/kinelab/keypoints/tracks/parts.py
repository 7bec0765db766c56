"""What a long pass over a video has found so far, in files: memory stays flat, and a kill loses little."""

from __future__ import annotations

import json
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinelab.core.checks import Array, IntArray
from kinelab.files.atomic import atomic_path, write_text

PART_FRAMES = 256
_KEY_FILE = "parts.json"


@dataclass(frozen=True, eq=False)
class Found:
    """Landmarks in n frames: frame (n,), position_px (n, K, 2), confidence and sd_px (n, K)."""

    frame: IntArray
    position_px: Array
    confidence: Array
    sd_px: Array


class Parts:
    """A folder of parts, each written whole or not at all.

    `key` names all that decides the result; parts of another key are thrown away.
    """

    def __init__(self, folder: str | Path, key: str) -> None:
        self._folder = Path(folder)
        self._paths: list[Path] = []
        self.next_frame = 0
        key_file = self._folder / _KEY_FILE
        if key_file.is_file() and key_file.read_text(encoding="utf-8") == json.dumps(key):
            self._take_up()
        else:
            self.remove()
            write_text(key_file, json.dumps(key))

    def add(self, found: Found) -> None:
        """One more part, on disk when this returns.

        Raises:
            OutputError: the disk is full; the parts before it stay.
        """
        path = self._folder / f"{len(self._paths):06d}.npz"
        with atomic_path(path) as temporary, temporary.open("wb") as file:
            np.savez(
                file,
                frame=found.frame,
                position_px=found.position_px.astype(np.float32),
                confidence=found.confidence.astype(np.float32),
                sd_px=found.sd_px.astype(np.float32),
            )
        self._paths.append(path)
        self.next_frame = int(found.frame[-1]) + 1

    def whole(self, n_frames: int, k: int) -> Found:
        """All parts together: row i is frame i of the video, NaN where it was not decoded."""
        position = np.full((n_frames, k, 2), np.nan)
        confidence, sd = np.full((n_frames, k), np.nan), np.full((n_frames, k), np.nan)
        for path in self._paths:
            part = _read(path)
            position[part["frame"]] = part["position_px"]
            confidence[part["frame"]] = part["confidence"]
            sd[part["frame"]] = part["sd_px"]
        return Found(np.arange(n_frames), position, confidence, sd)

    def remove(self) -> None:
        """Take the folder away."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._paths = []

    def _take_up(self) -> None:
        """Count on what an earlier run left, as far as it can be read."""
        while (path := self._folder / f"{len(self._paths):06d}.npz").is_file():
            try:
                frames = _read(path)["frame"]
            except (OSError, ValueError, KeyError, zipfile.BadZipFile):
                return
            self._paths.append(path)
            self.next_frame = int(frames[-1]) + 1


def _read(path: Path) -> dict[str, npt.NDArray[np.generic]]:
    # Opened here: np.load leaves a damaged file open.
    with path.open("rb") as content, np.load(content, allow_pickle=False) as file:
        return {name: file[name] for name in ("frame", "position_px", "confidence", "sd_px")}
