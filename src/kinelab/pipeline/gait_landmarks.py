"""Markers of a laboratory as the landmarks that gait is found in: hips, knees, ankles, heels, big toes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import GAIT_20, Skeleton
from kinelab.errors import FileFormatError, GaitError
from kinelab.markers.names import same_markers
from kinelab.signals.filters import low_pass
from kinelab.signals.gaps import fill_gaps

# Hip joint centre from the pelvis' markers, roughly: this share of the breadth between the front spines to
# either side of the middle. Events and lengths need no better; angles come from elsewhere.
_HIP_SHARE = 0.35
# Of several markers on one part the first that the file has; {0} is L or R.
_PARTS = {
    "knee": ("{0}KNE",),
    "ankle": ("{0}ANK", "{0}ANM"),
    "heel": ("{0}HEE",),
    "big_toe": ("{0}TOE", "{0}MT1", "{0}MT5", "{0}TIP"),
}
_PELVIS = ("SACR", "LPSI", "RPSI", "LASI", "RASI")
_TRUNK = ("C7", "STRN", "CLAV")
_TEMPLATE = (
    '{"LHEE": "its name in the file", "LTOE": "...", "LANK": "...", "LKNE": "...", "LASI": "...",'
    ' "LPSI": "...", "RHEE": "...", ...}'
)
# Markers are cleaner than keypoints of a camera (6 Hz there): at 10 Hz events of 9 people came 1 ms nearer.
CUTOFF_HZ = 10.0
_LONGEST_GAP_S = 0.1


@dataclass(frozen=True, eq=False)
class GaitLandmarks:
    """Landmarks (T, K, 3) m in ground, filtered; source: landmark -> the file's marker; notes in words."""

    landmarks: Keypoints
    source: Mapping[str, str]
    notes: tuple[str, ...]


def gait_landmarks(
    markers: Keypoints, marker_map: Mapping[str, str] | None = None, cutoff_hz: float = CUTOFF_HZ
) -> GaitLandmarks:
    """Landmarks of gait from markers (T, K, 3) m in ground (Y up), by their names or by `marker_map`.

    marker_map: Plug-in Gait's name -> the file's. Gaps of up to 0.1 s are bridged; low-pass at
    cutoff_hz. A part without its marker is left out and named in the notes.

    Raises:
        GaitError: no marker on a foot, or none of the pelvis or the trunk.
    """
    feet = [name.format(side) for side in "LR" for names in _PARTS.values() for name in names]
    wanted = [*feet, *_PELVIS, *_TRUNK]
    have = same_markers(markers.skeleton.landmarks, wanted)
    track_of = {ours: markers.of(theirs) for theirs, ours in have.items()}
    if marker_map is not None:
        track_of |= {o: markers.of(t) for o, t in marker_map.items() if markers.skeleton.has(t)}
    named = {ours: theirs for theirs, ours in have.items()} | dict(marker_map or {})
    tracks: dict[str, Array] = {}
    source: dict[str, str] = {}
    for side in SIDES:
        for part, names in _PARTS.items():
            for name in (n.format(side[0].upper()) for n in names):
                if name in track_of and np.isfinite(track_of[name]).any():
                    tracks[f"{side}_{part}"], source[f"{side}_{part}"] = track_of[name], named[name]
                    break
        # A heel stands in for an ankle that nobody marked: what asks for the ankle asks where the foot is.
        if f"{side}_ankle" not in tracks and f"{side}_heel" in tracks:
            tracks[f"{side}_ankle"] = tracks[f"{side}_heel"]
            source[f"{side}_ankle"] = source[f"{side}_heel"]
    if not any(name.endswith(("ankle", "heel")) for name in source):
        shown = ", ".join(markers.skeleton.landmarks[:20])
        raise GaitError(
            "no marker on a foot was found (heel, ankle or toe, such as LHEE, RANK): the file has"
            f" {shown}; if these have other names there, say which with a marker map (--marker-map FILE),"
            f" such as {_TEMPLATE}"
        )
    hips, hips_from = _hips(track_of)
    missing = [f"{side}_{part}" for side in SIDES for part in _PARTS if f"{side}_{part}" not in tracks]
    notes = [f"no marker for {', '.join(m.replace('_', ' ') for m in missing)}"] if missing else []
    absent = sorted(t for t in (marker_map or {}).values() if not markers.skeleton.has(t))
    notes += [f"the marker map names what the file does not have: {', '.join(absent)}"] if absent else []
    notes += [f"the hips are taken from {hips_from}"] if hips_from != "the pelvis' markers" else []
    tracks |= hips
    return GaitLandmarks(_clean(markers, tracks, cutoff_hz), source, tuple(notes))


def read_marker_map(path: Path) -> dict[str, str]:
    """A laboratory's names: a JSON object of Plug-in Gait's name -> the file's, null where it has none.

    Raises:
        FileFormatError: no such file, no JSON, or something else than names in it.
    """
    try:
        read = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise FileFormatError(path, f"cannot be read as a marker map ({error})") from error
    if not isinstance(read, dict) or not all(v is None or isinstance(v, str) for v in read.values()):
        raise FileFormatError(path, 'is no marker map: expected {"LHEE": "name in the file", "SACR": null}')
    return {name: other for name, other in read.items() if other}


def _hips(track_of: Mapping[str, Array]) -> tuple[dict[str, Array], str]:
    """Both hips (T, 3), roughly, and what they were taken from.

    Raises:
        GaitError: no marker of the pelvis or the trunk.
    """
    back = [track_of[name] for name in ("LPSI", "RPSI") if name in track_of]
    back = [track_of["SACR"]] if "SACR" in track_of and len(back) < len(SIDES) else back
    if {"LASI", "RASI"} <= track_of.keys() and back:
        left, right = track_of["LASI"], track_of["RASI"]
        middle = (left + right) / 4 + np.mean(back, axis=0) / 2
        across = _HIP_SHARE * (right - left)
        return {"left_hip": middle - across, "right_hip": middle + across}, "the pelvis' markers"
    for name in (*_PELVIS, *_TRUNK):
        if name in track_of:
            return {"mid_hip": track_of[name]}, f"the one marker {name}"
    raise GaitError(
        f"no marker of the pelvis was found ({', '.join(_PELVIS)} or {', '.join(_TRUNK)}): nothing tells how"
        " the person moves on; if it has another name, say so with a marker map (--marker-map)"
    )


def _clean(markers: Keypoints, tracks: Mapping[str, Array], cutoff_hz: float) -> Keypoints:
    """Short gaps bridged and low-passed; a foot without markers has NaN, so that the other still counts."""
    feet = [f"{side}_{part}" for side in SIDES for part in _PARTS]
    names = tuple(name for name in GAIT_20.landmarks if name in tracks or name in feet)
    nowhere = np.full((markers.n, 3), np.nan)
    stacked = np.stack([tracks.get(name, nowhere) for name in names], axis=1)
    bridged = fill_gaps(markers.time_s, stacked, _LONGEST_GAP_S).values
    rate_hz = markers.rate_hz
    smooth = low_pass(bridged, rate_hz, min(cutoff_hz, 0.4 * rate_hz)).values if rate_hz > 0 else bridged
    links = tuple(link for link in GAIT_20.links if set(link) <= set(names))
    confidence = np.where(np.isfinite(smooth).all(axis=-1), 1.0, np.nan)
    return Keypoints(Skeleton(GAIT_20.name, names, links), markers.time_s, smooth, confidence, "m")
