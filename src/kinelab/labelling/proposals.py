"""Places proposed for a frame, for the rater to accept or correct: by a network, else by the frame before."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kinelab.core.checks import Array
from kinelab.errors import InputError, KinelabError
from kinelab.keypoints.projects.labels import Labels
from kinelab.keypoints.projects.project import frame_picture
from kinelab.keypoints.projects.runs import finished_networks, network_of
from kinelab.labelling.session import marks_at

if TYPE_CHECKING:
    from kinelab.keypoints.transfer.trained import TrainedNetwork


@dataclass(frozen=True, eq=False)
class Proposal:
    """Proposed places of K landmarks: position_px (K, 2) with NaN for none, and who proposes them."""

    source: str
    position_px: Array


def from_frame_before(labels: Labels, frame: int) -> Proposal:
    """The placed landmarks of the last labelled frame before this one (the first after, failing that)."""
    rows = np.flatnonzero(labels.placed.any(axis=1) & (labels.frame != frame))
    if not rows.size:
        raise InputError("no network is trained yet and no other frame is labelled; nothing to propose")
    earlier = rows[labels.frame[rows] < frame]
    nearest = int(labels.frame[earlier[-1] if earlier.size else rows[0]])
    return Proposal(f"frame {nearest}", marks_at(labels, nearest).position_px)


def chosen_network(folder: str | Path, name: str | None) -> Path | None:
    """The network of the run `name`, or the newest, or None while there is none.

    Raises:
        InputError: there is no finished run of this name.
    """
    return network_of(folder, name) if name is not None or finished_networks(folder) else None


class Proposer:
    """Runs a network on single frames in one thread of its own, so that the page never waits for loading."""

    def __init__(self, folder: str | Path, network: Path) -> None:
        self._folder = Path(folder)
        self._path = network
        self._worker = ThreadPoolExecutor(1, "proposals")
        self._network: TrainedNetwork | None = None
        self._asked: dict[tuple[str, int], Future[Array]] = {}
        self._lock = threading.Lock()

    def propose(self, labels: Labels, frame: int) -> Proposal:
        """The network's places in one frame; waits for them.

        Raises:
            InputError: the picture is missing or unreadable.
            KinelabError: the network cannot be opened.
        """
        key = labels.video, frame
        with self._lock:
            if key not in self._asked:
                self._asked[key] = self._worker.submit(self._predict, labels, frame)
            asked = self._asked[key]
        try:
            return Proposal(f"network {self._path.parent.name}", asked.result())
        except KinelabError:
            with self._lock:  # mended meanwhile? ask again next time
                self._asked.pop(key, None)
            raise

    def _predict(self, labels: Labels, frame: int) -> Array:
        if self._network is None:
            from kinelab.keypoints.transfer.trained import open_trained

            self._network = open_trained(self._path, threads=1)
        picture = read_picture(frame_picture(self._folder, labels.video, frame))
        found = self._network.predict([picture]).position_px[0]
        height, width = picture.shape[:2]
        position = np.full((len(labels.landmarks), 2), np.nan)
        for column, name in enumerate(labels.landmarks):
            if name in self._network.landmarks:
                position[column] = found[self._network.landmarks.index(name)]
        inside: Array = np.clip(position, -0.5, (width - 0.5, height - 0.5))
        return inside


def read_picture(path: Path) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    """(H, W, 3) RGB of a picture file; `InputError` where there is none."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"), dtype=np.uint8)
    except OSError as error:
        raise InputError(f"{path}: no picture that can be read; was the file moved?") from error
