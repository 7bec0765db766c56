"""C3D files of marker laboratories: markers as `Keypoints`, events as `GaitEvents`, model outputs apart.

A C3D stores everything that has three numbers a frame as a "point": markers, but also the angles, forces and
bone axes that the laboratory's own software computed. Only what was measured comes out of `read_c3d`.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import EventKind, GaitEvents, Side
from kinelab.core.keypoints import Keypoints
from kinelab.errors import FileFormatError
from kinelab.files.landmark_names import skeleton_from
from kinelab.files.opensim_files import METRES
from kinelab.files.text_rows import check_is_file

# Groups of POINT that hold computed quantities, as Vicon names them.
_COMPUTED = ("ANGLES", "FORCES", "MOMENTS", "POWERS", "SCALARS", "REACTIONS", "MODELED_MARKERS")
_COMPUTED_NAME = re.compile(
    r"(angles?|forces?|moments?|powers?|grf|cent(re|er)ofmass(floor)?)$", re.IGNORECASE
)
_UNLABELLED = re.compile(r"^(|\*.*|[Uu]_?\d+|C_\d+|uname\d+|unlabel.*)$")  # C7 is a vertebra
_FARTHEST_M = 1e6  # farther than any wrong unit puts a marker: damaged numbers
_BONE = "OALP"  # Plug-in Gait's segment axes: origin and three points, e.g. RFEO, RFEA, RFEL, RFEP
# Letters only, of labels as Vicon, Qualisys, Visual3D and OptiTrack write them.
_KIND: dict[str, EventKind] = {
    **dict.fromkeys(("footstrike", "heelstrike", "initialcontact", "footcontact", "heelcontact", "footon",
                     "fs", "hs", "ic", "fc", "strike"), "ic"),
    **dict.fromkeys(("footoff", "toeoff", "fo", "to"), "to"),
}  # fmt: skip
_SIDE: dict[str, Side] = {"left": "left", "right": "right", "l": "left", "r": "right"}
_SIDED = re.compile(r"(left|right|l|r)(.+)")


@dataclass(frozen=True, eq=False)
class C3dTrial:
    """A marker recording. `markers` are in m in the laboratory's own axes, NaN = not seen.

    time_s counts from the start of the laboratory's recording, as its events do: a trial that was cut does
    not begin at 0. left_out maps a reason to the points that are no markers; notes say what was changed.
    up is the axis that the file shows upward on its screen (POINT:Y_SCREEN), `+z` where it does not say.
    """

    markers: Keypoints
    events: GaitEvents
    subject_names: tuple[str, ...]
    left_out: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...]
    up: str = "+z"


@dataclass(frozen=True, eq=False)
class C3dAngles:
    """Angles that the laboratory's software computed: angle_deg (T, K, 3), three components a joint.

    For Plug-in Gait these are sagittal, frontal, transverse with its own signs (Vicon's documentation).
    """

    names: tuple[str, ...]
    time_s: Array
    angle_deg: Array


def read_c3d(path: str | Path, subject: str | None = None) -> C3dTrial:
    """Markers and events of a C3D file; unit from POINT:UNITS.

    A point with residual -1, NaN or at exactly (0, 0, 0) is not seen. Labels lose their subject's name
    ("Anna:LASI"). Left out and named in `left_out`: points of the groups that the file itself calls angles,
    forces, moments, powers, scalars or modelled markers, names that end so, segment axes of Plug-in Gait, and
    trajectories without a label. Events that are neither foot strike nor foot off are named in the notes.

    Raises:
        FileFormatError: no C3D, damaged, cut off, no markers, an unknown unit, several subjects in the file
            and `subject` does not say which.
    """
    file = opened(path)
    labels, points = _points(file)
    if not points.shape[1]:
        raise FileFormatError(
            path, "holds no points, so no markers; is it a recording of forces or EMG only?"
        )
    point = file["parameters"]["POINT"]
    unit = _first(point, "UNITS", "")
    # Old programs leave the unit out and write millimetres; whoever reads a trial checks the span.
    scale = METRES.get(unit.lower() or "mm")
    if scale is None:
        raise FileFormatError(path, f"POINT:UNITS is {unit!r}, allowed are {', '.join(METRES)}")
    names, subjects, notes = _without_subject(labels, subject, path)
    if not unit:
        notes.append("POINT:UNITS is empty: taken for mm")
    left_out = _no_markers(names, point)
    dropped = {name for group in left_out.values() for name in group}
    keep: list[int] = []
    for i, name in enumerate(names):
        if name is not None and name not in dropped and name not in {names[k] for k in keep}:
            keep.append(i)
    doubled = sorted({n for i, n in enumerate(names) if n and n not in dropped and i not in keep})
    if doubled:
        notes.append(f"labelled twice, the first one was taken: {', '.join(doubled)}")
    if not keep or points.shape[2] == 0:
        what = "no markers" if points.shape[2] else "no frames"
        raise FileFormatError(path, f"holds {what} ({len(labels)} points in all, {points.shape[2]} frames)")
    position = np.moveaxis(points[:3, keep], 2, 0).transpose(0, 2, 1) * scale
    far = np.logical_or.reduce(np.abs(position) > _FARTHEST_M, axis=-1)
    if far.any():
        notes.append(f"{int(far.sum())} places are damaged (more than 1000 km away): taken as not seen")
    lost = ~np.isfinite(position).all(axis=-1) | (position == 0).all(axis=-1) | far
    position[lost] = np.nan
    events, event_notes = _events(file["parameters"])
    return C3dTrial(
        markers=Keypoints(
            skeleton=skeleton_from(Path(path).stem, [str(names[i]) for i in keep]),
            time_s=_time_s(file, path, points.shape[2]),
            position=position,
            confidence=np.where(lost, np.nan, 1.0),
            unit="m",
        ),
        events=events,
        subject_names=subjects,
        left_out=left_out,
        notes=(*notes, *event_notes),
        up=_first(point, "Y_SCREEN", "+Z").lower(),
    )


def read_c3d_angles(path: str | Path, subject: str | None = None) -> C3dAngles:
    """The joint angles that stand in a C3D file, in degrees, NaN = not computed.

    Raises:
        FileFormatError: as `read_c3d`, or there are no angles in the file.
    """
    file = opened(path)
    labels, points = _points(file)
    point = file["parameters"]["POINT"]
    names, _, _ = _without_subject(labels, subject, path)
    listed = _listed(point, "ANGLES")
    keep = [i for i, name in enumerate(names) if name and (name in listed or name.endswith("Angles"))]
    if not keep:
        raise FileFormatError(path, f"holds no joint angles ({len(labels)} points in all)")
    angle = points[:3, keep].transpose(2, 1, 0).copy()
    angle[(angle == 0).all(axis=-1)] = np.nan
    if _first(point, "ANGLE_UNITS", "deg").lower().startswith("rad"):
        angle = np.rad2deg(angle)
    return C3dAngles(tuple(str(names[i]) for i in keep), _time_s(file, path, points.shape[2]), angle)


def opened(path: str | Path) -> Any:
    """The file through ezc3d.

    Raises:
        FileFormatError: no C3D, damaged or cut off.
    """
    import ezc3d

    check_is_file(Path(path))
    announced = _announced_frames(Path(path))
    try:
        read = ezc3d.c3d(str(path))
    except Exception as error:  # ezc3d passes on whatever C++ exception comes
        first = (str(error).splitlines() or ["no reason given"])[0]
        raise FileFormatError(path, f"is damaged or cut off; it cannot be read as C3D ({first})") from error
    frames = np.shape(read["data"]["points"])[2]
    if frames < announced:  # ezc3d corrects its own copy of the header
        problem = f"holds {frames} frames, its header announces {announced}; the file is cut off"
        raise FileFormatError(path, problem)
    return read


def _announced_frames(path: Path) -> int:
    """Number of frames by the file's first block (words 4 and 5); 0 where 16 bits did not hold it."""
    with path.open("rb") as file:
        head = file.read(512)
        # The second byte of every C3D is 0x50; without this check ezc3d may try to read gigabytes.
        if len(head) < 512 or head[1] != 0x50:
            raise FileFormatError(path, "is no C3D file (its second byte is not 0x50), or it is empty")
        file.seek(512 * (max(head[0], 1) - 1) + 3)
        order = ">" if file.read(1) == b"\x56" else "<"  # 86: written by a MIPS workstation
    first, last = struct.unpack_from(f"{order}2H", head, 6)
    return 0 if last == 0xFFFF else max(last - first + 1, 0)


def as_gait_event(label: str, context: str) -> tuple[Side, EventKind] | None:
    """Foot and kind of an event by its label and context; None where it is no foot strike or foot off.

    Where the context names no side the label may: "Left Foot Strike", "LHS", "R_TO" of context "General".
    """
    plain, side = re.sub(r"[^a-z]", "", label.lower()), _SIDE.get(context.strip().lower())
    kind = _KIND.get(plain)
    named = _SIDED.fullmatch(plain)
    if named is not None and kind is None:
        kind = _KIND.get(named[2])
        if side is not None and side != _SIDE[named[1]]:
            return None
        side = _SIDE[named[1]]
    return None if kind is None or side is None else (side, kind)


def _points(file: Any) -> tuple[list[str], Array]:
    """Labels of all points and their values (4, K, T)."""
    point = file["parameters"]["POINT"]
    points = np.asarray(file["data"]["points"], dtype=np.float64)
    labels = [str(label).strip() for label in parameter_list(point, "LABELS")]
    labels = (labels + [""] * points.shape[1])[: points.shape[1]]
    return labels, points


def parameter_list(group: Any, name: str) -> list[Any]:
    """A list parameter with its continuations: LABELS, LABELS2, LABELS3 (255 entries fit in one)."""
    values: list[Any] = []
    for part in (name, *(f"{name}{i}" for i in range(2, 10))):
        if part in group:
            values += list(group[part]["value"])
    return values


def _first(group: Any, name: str, default: str) -> str:
    values = group[name]["value"] if name in group else []
    return str(values[0]).strip() if len(values) else default


def _time_s(file: Any, path: str | Path, n: int) -> Array:
    rate_hz = float(file["header"]["points"]["frame_rate"])
    if not rate_hz > 0:
        raise FileFormatError(path, f"frame rate is {rate_hz:g} Hz, expected a positive number")
    time: Array = (int(file["header"]["points"]["first_frame"]) + np.arange(n)) / rate_hz
    return time


def _without_subject(
    labels: list[str], subject: str | None, path: str | Path
) -> tuple[list[str | None], tuple[str, ...], list[str]]:
    """Names without "Subject:", None for other people's markers; the subjects; what was changed."""
    parted = [_parted(label) for label in labels]
    prefixes = tuple(dict.fromkeys(prefix for prefix, _ in parted if prefix))
    if subject is None and len(prefixes) > 1:
        raise FileFormatError(
            path, f"holds several subjects ({', '.join(prefixes)}); give one of them (--c3d-subject)"
        )
    if subject is not None and subject not in prefixes:
        raise FileFormatError(path, f"holds no subject {subject!r}; there is {', '.join(prefixes) or 'none'}")
    if not prefixes:
        return [name for _, name in parted], (), []
    wanted = subject or prefixes[0]
    names = [name if prefix in ("", wanted) else None for prefix, name in parted]
    return names, prefixes, [f"the subject's name {wanted!r} was taken off the labels"]


def _parted(label: str) -> tuple[str, str]:
    """A label's subject, "" without one, and its name: what stands behind the last of several colons."""
    subject, _, name = label.rpartition(":")
    return subject.strip(), name.strip()


def _listed(point: Any, group: str) -> set[str]:
    """Names that POINT lists in a group, without their subjects."""
    return {_parted(str(name))[1] for name in parameter_list(point, group)}


def _no_markers(names: list[str | None], point: Any) -> dict[str, tuple[str, ...]]:
    """Reason -> points that are no markers."""
    present = [name for name in names if name is not None]
    left_out: dict[str, tuple[str, ...]] = {}
    groups = [str(group).strip() for group in parameter_list(point, "TYPE_GROUPS")[::2]] or list(_COMPUTED)
    for group in dict.fromkeys([*groups, *_COMPUTED]):
        listed = _listed(point, group)
        found = tuple(name for name in present if name in listed and _new(name, left_out))
        if found:
            left_out[group.lower().replace("_", " ")] = found
    computed = tuple(n for n in present if _COMPUTED_NAME.search(n) and _new(n, left_out))
    stems = {n[:-1] for n in present if all(f"{n[:-1]}{axis}" in present for axis in _BONE)}
    bones = tuple(n for n in present if n[:-1] in stems and n[-1:] in _BONE and _new(n, left_out))
    nameless = tuple(n for n in present if _UNLABELLED.match(n) and _new(n, left_out))
    found_more = {"computed, by their name": computed, "segment axes": bones, "without a label": nameless}
    return left_out | {reason: found for reason, found in found_more.items() if found}


def _new(name: str, left_out: Mapping[str, tuple[str, ...]]) -> bool:
    return all(name not in group for group in left_out.values())


def _events(parameters: Any) -> tuple[GaitEvents, list[str]]:
    """Foot strikes and foot offs in order of time, and what else stood there."""
    group = parameters.get("EVENT", {})
    labels = [str(label).strip() for label in parameter_list(group, "LABELS")]
    contexts = [str(context).strip() for context in parameter_list(group, "CONTEXTS")]
    times = event_times(group)
    rows: list[tuple[float, Side, EventKind]] = []
    others = []
    contexts += [""] * (len(labels) - len(contexts))  # some programs write labels only
    for label, context, time_s in zip(labels, contexts, times, strict=False):
        meant = as_gait_event(label, context)
        if meant is None or not np.isfinite(time_s):
            others.append(f"{context} {label} at {time_s:.2f} s".strip())
        else:
            rows.append((float(time_s), *meant))
    rows.sort(key=lambda row: row[0])
    events = GaitEvents(
        side=tuple(row[1] for row in rows),
        kind=tuple(row[2] for row in rows),
        time_s=np.array([row[0] for row in rows]),
        sd_s=np.full(len(rows), np.nan),
        method=("file",) * len(rows),
    )
    return events, [f"events that are no gait events: {'; '.join(others)}"] if others else []


def event_times(group: Any) -> Array:
    """Times of the events of group EVENT, (n,) s: rows of minutes and seconds, or one of seconds."""
    times = np.asarray(group["TIMES"]["value"] if "TIMES" in group else [], dtype=np.float64)
    if times.ndim == 2 and times.shape[0] == 2:
        times = 60 * times[0] + times[1]
    return times.ravel()
