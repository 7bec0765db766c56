"""The film that leaves a clinic, against the truth of what drew it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tests.clinic.reviewed import Reviewed

from kinelab.files.video import open_video, read_frames

from .clinic_of_tests import Clinic, on_sqlite, signed


@on_sqlite
def test_in_the_film_that_leaves_no_head_can_be_told(
    clinic: Clinic, reviewed: Reviewed, walk_folder: Path, tmp_path: Path
) -> None:
    """Where the heads are is known from what drew the film."""
    session = walk_folder / "session"
    film = session / "video.mp4"
    answer = clinic.desk.post(
        "clinician", f"/visits/{reviewed.visit_id}/uploads", params={"name": "walk.mp4"},
        content=film.read_bytes(),
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    reviewed.uploads = [answer.json()["id"]]
    reviewed.publish(reviewed.run, "analyse")
    result = signed(reviewed)
    job = clinic.export(result, kind="video")
    assert "look at it before you pass it on" in job.message
    (row,) = clinic.exports()
    assert (row.kind, row.destination, row.remote_id) == ("video", "", "")
    out = tmp_path / "out.mp4"
    out.write_bytes(clinic.file(row))
    with np.load(session / "truth.npz") as truth:
        names = list(truth["landmark_name"])
        top, neck = (truth["landmark_px"][:, names.index(name)] for name in ("head", "neck"))
    kept, changed = left_of_heads(film, out, top, neck)
    assert kept.size == changed.size == len(top)
    assert kept.max() < 0.25
    assert changed.max() < 3
    assert [note["kind"] for note in clinic.noted()] == ["video"]


def left_of_heads(
    before: Path, after: Path, top: np.ndarray, neck: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Of each frame: share of the head's edges that is left; change of the rest (0-255)."""
    kept, changed = [], []
    with read_frames(open_video(before)) as old, read_frames(open_video(after)) as new:
        for i, (one, other) in enumerate(zip(old, new, strict=True)):
            middle, half = (top[i] + neck[i]) / 2, np.linalg.norm(top[i] - neck[i]) / 2
            x, y = np.round(middle).astype(int)
            r = round(half)
            box = np.s_[y - r : y + r, x - r : x + r]
            kept.append(_edges(other.image[box]) / _edges(one.image[box]))
            below = np.s_[y + 4 * r :, :]
            changed.append(np.abs(one.image[below].astype(int) - other.image[below]).mean())
    return np.array(kept), np.array(changed)


def _edges(image: np.ndarray) -> float:
    """How sharply brightness bends from pixel to pixel: what lines have, and flowing colours have not."""
    grey = image.astype(float).mean(axis=-1)
    return float(sum(np.abs(np.diff(grey, 2, axis=axis)).mean() for axis in (0, 1)))
