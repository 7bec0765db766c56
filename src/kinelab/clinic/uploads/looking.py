"""A recording opened by the reader of its kind, as far as it takes to know that an estimator can read it.

Runs in a process of its own (`probing`): decoders have faults, and headers may announce anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kinelab.clinic.uploads.limits import UploadLimits
from kinelab.clinic.uploads.sniffing import Sniffed
from kinelab.errors import FileFormatError, InputError

VIDEO, C3D, TRC, ANGLES, SENSORS, MAPPING = "video", "c3d", "trc", "angles", "sensors", "mapping"
_FORMATS = {"mp4": "mov,mp4,m4a,3gp,3g2,mj2", "matroska": "matroska,webm", "avi": "avi"}
_MEDIA = {
    ".mp4": "video/mp4", ".mov": "video/quicktime", ".mkv": "video/x-matroska", ".webm": "video/webm",
    ".avi": "video/x-msvideo", ".nc": "application/x-netcdf", ".npz": "application/zip",
    ".json": "application/json",    ".xml": "application/xml", ".c3d": "application/octet-stream",
}  # fmt: skip
_FEWEST_COLUMNS = 4  # time and one sensor's three axes


@dataclass(frozen=True)
class Looked:
    """kind: what it is used for. facts: what a person wants to know of it before anything is computed."""

    kind: str
    suffix: str
    media_type: str
    facts: Mapping[str, Any]


def look(path: Path, found: Sniffed, limits: UploadLimits) -> Looked:
    """Open the file by the reader of its kind.

    Raises:
        InputError: it cannot be read, or announces what no recording has.
    """
    if found.family in _FORMATS:
        kind, facts = VIDEO, _video(path, _FORMATS[found.family], limits)
    elif found.suffix in (".c3d", ".trc"):
        kind, facts = (C3D if found.suffix == ".c3d" else TRC), _markers(path)
    elif found.suffix == ".mot":
        kind, facts = ANGLES, _angles(path)
    elif found.suffix in (".toml", ".json", ".xml"):
        kind, facts = MAPPING, _mapping(path, found.suffix)
    else:
        kind, facts = SENSORS, _sensors(path)
    return Looked(kind, found.suffix, _MEDIA.get(found.suffix, "text/plain"), facts)


def _video(path: Path, expected: str, limits: UploadLimits) -> dict[str, Any]:
    import av

    from kinelab.files.video import open_video
    from kinelab.files.video_stream import open_stream
    from kinelab.files.video_times import lost_frames

    with open_stream(path) as opened:
        if opened.container.format.name != expected:
            raise InputError(
                f"the video calls itself one thing and is another ({opened.container.format.name})"
            )
        context = opened.stream.codec_context
        _within("wide", context.width, limits.max_side_px, "pixels")
        _within("high", context.height, limits.max_side_px, "pixels")
        _within("large", context.width * context.height, limits.max_pixels, "pixels")
        _within("made of", len(opened.container.streams), limits.max_streams, "streams")
        _within("made of", opened.stream.frames, limits.max_frames, "frames")
        announced_s = (opened.container.duration or 0) / av.time_base
        _within("long", announced_s, limits.max_duration_s, "s")
    video = open_video(path)
    duration_s = float(video.frame_time_s[-1] - video.frame_time_s[0]) if video.n_frames > 1 else 0.0
    _within("made of", video.n_frames, limits.max_frames, "frames")
    _within("long", duration_s, limits.max_duration_s, "s")
    if video.n_frames > 1:
        _within("filmed at", video.rate_hz, limits.max_rate_hz, "frames a second")
    with open_stream(path) as opened:
        lost = lost_frames(opened, video)
    if lost:
        raise InputError(
            f"the video is cut off: {lost} of its frames are missing; copy it again from the camera"
        )
    return {
        "width_px": video.size_px[0], "height_px": video.size_px[1], "n_frames": video.n_frames,
        "duration_s": round(duration_s, 3), "rate_hz": round(video.rate_hz, 3) if video.n_frames > 1 else
        None, "codec": video.codec,
    }  # fmt: skip


def _markers(path: Path) -> dict[str, Any]:
    from kinelab.markers.trial import read_trial

    trial = read_trial(path)
    markers = trial.markers
    return {
        "n_markers": markers.position.shape[1], "n_frames": markers.n, "rate_hz": _rounded(markers.rate_hz),
        "duration_s": _rounded(float(markers.time_s[-1] - markers.time_s[0]) if markers.n else 0.0),
        "n_events": len(trial.events.kind),
    }  # fmt: skip


def _angles(path: Path) -> dict[str, Any]:
    from kinelab.files.opensim_files import read_mot

    angles = read_mot(path)
    return {
        "n_angles": len(angles.names), "n_frames": angles.time.n, "rate_hz": _rounded(angles.time.rate_hz),
        "duration_s": _rounded(angles.time.duration_s),
    }  # fmt: skip


def _mapping(path: Path, suffix: str) -> dict[str, Any]:
    from kinelab.files.sensors.mapping import read_mapping
    from kinelab.files.sensors.opensense import read_sensor_names

    if suffix == ".xml":
        names = read_sensor_names(path)
        if not names:
            raise InputError("the file is XML, but no settings of OpenSense that name sensors")
        return {"n_sensors": len(names)}
    return {"n_sensors": len(read_mapping(path).sensors)}


def _sensors(path: Path) -> dict[str, Any]:
    from kinelab.files.sensors.plain_table import read_columns
    from kinelab.files.sensors.reading import read_logs

    try:
        logs = read_logs(path)
    except FileFormatError as error:
        if path.suffix not in (".csv", ".txt", ".npz"):
            raise
        # A table of somebody's own columns can be read with a mapping file that is sent beside it.
        try:
            n_columns = len(read_columns(path).values)
        except FileFormatError:
            raise error from None
        if n_columns < _FEWEST_COLUMNS:
            raise
        return {"n_columns": n_columns, "needs_mapping": True}
    return {"n_sensors": len(logs), "make": logs[0].make, "n_samples": max(log.n for log in logs)}


def _within(what: str, found: float, most: float, unit: str) -> None:
    if not found <= most:
        raise InputError(
            f"the video is {what} {found:.10g} {unit}, allowed are {most:.10g}; it is damaged or no recording"
        )


def _rounded(number: float) -> float | None:
    return round(number, 3) if number == number else None
