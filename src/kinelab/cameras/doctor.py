"""The doctor of multi-camera recordings: names the cause when cameras do not agree about a person.

Every suspicion is tried as a cure. The one that makes most of the contradiction go away is named, with what
it would change; a suspicion that mends nothing is not spoken of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from kinelab.cameras.scene import SceneSettings, matched, triangulate_tracks
from kinelab.cameras.stature import standing_height
from kinelab.cameras.synchronise import contradiction, find_offsets
from kinelab.cameras.tracks import ViewTracks, in_step
from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.report import Finding
from kinelab.files.calibration import WORLD_FROM_GROUND, CameraCalibration
from kinelab.geometry.projection import project_view

_CURED = 0.75  # a cure leaves at most this share of the contradiction
_CURED_LATE = 0.85  # of some frames, which blur a recording only where it moves
_WELL = 1.0  # mean squared contradiction, in the variance of a pose network, below which nothing is sought
_OFF_SHARE = 0.012  # of the picture's height: a camera that is off by more has a cause
_STEP = 3.0  # a jump of a camera's error, in the spread of its error
_LATE_FRAMES = 0.5


@dataclass(frozen=True)
class Diagnosis:
    """error_px: median reprojection error as given; findings: causes, the likeliest first, or that all is
    well.
    """

    error_px: float
    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing worse than a remark was found."""
        return all(finding.level == "info" for finding in self.findings)


def examine(
    cameras: Sequence[CameraCalibration],
    names: Sequence[str],
    tracks: Sequence[Keypoints],
    height_m: float | None = None,
) -> Diagnosis:
    """Look for what is wrong between cameras, from one person that all of them saw.

    Looked for: cameras exchanged, a mirrored picture, recordings out of step, a camera that was moved before
    or during the recording, a wrong scale (height_m: of the person, if known).

    Raises:
        InputError: fewer than two recordings, no common landmark, a recording without calibration.
    """
    chosen = matched(cameras, names)
    together = in_step(names, tracks)
    before = contradiction(chosen, together)
    findings: list[Finding] = []
    if before > _WELL:
        cures = [
            *(cure for cure in _exchanged(chosen, together) if cure[0] <= _CURED * before),
            *(cure for cure in _mirrored(chosen, together) if cure[0] <= _CURED * before),
            *(cure for cure in _late(chosen, names, tracks) if cure[0] <= _CURED_LATE * before),
        ]
        if cures:
            # Together with the best cure only what works as well by itself is worth a word.
            best = min(cures)[0]
            findings += [Finding("warning", text) for left, text in sorted(cures) if left <= 1.1 * best]
    if not findings:
        findings += _moved(chosen, together)
    scene = triangulate_tracks(chosen, together)
    if height_m is not None and not findings:
        findings += _scale(scene.keypoints, height_m)
    error = float(np.nanmedian(scene.error_px)) if np.isfinite(scene.error_px).any() else np.nan
    if not findings:
        ill = before > 2 * _WELL
        text = (
            "the cameras contradict each other, and none of the usual causes explains it"
            if ill
            else "the cameras agree"
        )
        findings.append(Finding("warning" if ill else "info", f"{text} (median error {error:.1f} px)"))
    return Diagnosis(error, tuple(findings))


def _exchanged(cameras: list[CameraCalibration], tracks: ViewTracks) -> list[tuple[float, str]]:
    """What is left of the contradiction when the files of two cameras change places."""
    found = []
    for a, b in combinations(range(len(cameras)), 2):
        order = list(range(len(cameras)))
        order[a], order[b] = b, a
        left = contradiction(cameras, replace(tracks, px=tracks.px[:, order]))
        text = (
            f"the recordings of {tracks.names[a]} and {tracks.names[b]} are exchanged: the cameras agree "
            "when they change places. Rename the files, or name them: camera=FILE"
        )
        found.append((left, text))
    return found


def _mirrored(cameras: list[CameraCalibration], tracks: ViewTracks) -> list[tuple[float, str]]:
    """The same for a picture that is turned back to front: left and right change names, too."""
    found = []
    swap = np.arange(len(tracks.skeleton))
    for left, right in tracks.skeleton.pairs:
        swap[[left, right]] = right, left
    for c, camera in enumerate(cameras):
        for names_too in (True, False):
            px = tracks.px.copy()
            px[:, c] = px[:, c][:, swap] if names_too else px[:, c]
            px[:, c, :, 0] = camera.size_px[0] - 1 - px[:, c, :, 0]
            text = (
                f"the picture of {tracks.names[c]} is mirrored (as front cameras of phones store it); save "
                "the video unmirrored and detect the landmarks again"
            )
            found.append((contradiction(cameras, replace(tracks, px=px)), text))
    return found


def _late(
    cameras: list[CameraCalibration], names: Sequence[str], tracks: Sequence[Keypoints]
) -> list[tuple[float, str]]:
    """The same with all recordings in step."""
    offsets = find_offsets(names, tracks, cameras)
    rate_hz = max(track.rate_hz for track in tracks)
    # The clock of most cameras is taken for the right one.
    shift = offsets.offset_s - np.median(offsets.offset_s)
    late = [i for i in range(len(names)) if abs(shift[i]) * rate_hz >= _LATE_FRAMES]
    if not late:
        return []
    left = contradiction(cameras, in_step(names, tracks, list(offsets.offset_s)))
    said = [
        f"{names[i]} shows each moment {abs(shift[i]) * rate_hz:.1f} frames ({1000 * abs(shift[i]):.0f} ms) "
        f"{'later' if shift[i] > 0 else 'earlier'} than the others"
        for i in late
    ]
    return [(left, f"not in step: {'; '.join(said)}. Start them together, or use --sync")]


def _moved(cameras: list[CameraCalibration], tracks: ViewTracks) -> list[Finding]:
    """A camera whose pictures are shifted against what the others expect: always, or from some moment on."""
    found = []
    for c, camera in enumerate(cameras):
        error = _against_others(cameras, tracks, c)
        per_frame = np.array([_middle(frame) for frame in error])
        known = np.isfinite(per_frame).all(axis=1)
        if known.sum() < 20:
            continue
        at, size, spread = _jump(per_frame[known])
        limit = _OFF_SHARE * max(camera.size_px)
        time_s = float(tracks.time_s[known][at])
        if size > limit and size > _STEP * spread:
            text = (
                f"{camera.name} was moved at {time_s:.2f} s: its landmarks jump by {size:.0f} px against "
                "the others. Cut the recording there and calibrate each part, or leave this camera out"
            )
            found.append((size, Finding("warning", text, f"{time_s:.2f} s")))
            continue
        off = float(np.linalg.norm(np.median(per_frame[known], axis=0)))
        if off > limit:
            text = (
                f"{camera.name} sees everything {off:.0f} px off where the others expect it; it was moved "
                "since the calibration, its picture is cropped, or its calibration is poor. Calibrate "
                "again, or leave this camera out"
            )
            found.append((off, Finding("warning", text)))
    # The others are off as well where one of them is: only the worst is named.
    return [max(found, key=lambda f: f[0])[1]] if found else []


def _against_others(cameras: list[CameraCalibration], tracks: ViewTracks, c: int) -> Array:
    """(T, K, 2) px seen by camera c minus what the others expect; NaN where they do not know."""
    others = [i for i in range(len(cameras)) if i != c]
    if len(others) < 2:
        return np.full((*tracks.px[:, c].shape,), np.nan)
    part = replace(
        tracks, names=tuple(tracks.names[i] for i in others), px=tracks.px[:, others],
        confidence=tracks.confidence[:, others], sd_px=tracks.sd_px[:, others],
    )  # fmt: skip
    settings = SceneSettings(mend_sides=False, learn_sd=False)
    scene = triangulate_tracks([cameras[i] for i in others], part, settings)
    world = scene.keypoints.position @ WORLD_FROM_GROUND.T
    error: Array = tracks.px[:, c] - project_view(cameras[c].view, world)
    return error


def _jump(error: Array) -> tuple[int, float, float]:
    """Frame at which the level of error (N, 2) changes most, by how much, and the spread beside it, px."""
    best = (0, 0.0, np.inf)
    for at in range(10, len(error) - 10):
        before, after = np.median(error[:at], axis=0), np.median(error[at:], axis=0)
        rest = np.concatenate([error[:at] - before, error[at:] - after])
        spread = 1.4826 * float(np.median(np.abs(rest)))
        size = float(np.linalg.norm(after - before))
        if size / (spread + 0.5) > best[1] / (best[2] + 0.5):
            best = (at, size, spread)
    return best


def _scale(keypoints: Keypoints, height_m: float) -> list[Finding]:
    """Whether the person is as tall as said; by the highest and lowest landmarks, so within some per cent."""
    tall = standing_height(keypoints)
    if tall is None:
        return []
    ratio = height_m / tall
    if 0.85 < ratio < 1.15:
        return []
    text = (
        f"the person measures about {tall:.2f} m in space and {height_m:.2f} m in life: the calibration's "
        f"scale is wrong by {ratio:.3g}. Was the board's square {ratio:.3g} times what was given? Measure "
        "it with a ruler"
    )
    return [Finding("warning", text)]


def _middle(points: Array) -> Array:
    seen = points[np.isfinite(points).all(axis=1)]
    return np.median(seen, axis=0) if len(seen) >= 3 else np.full(2, np.nan)
