"""Writes marker trials as C3D, as laboratories exchange them; `c3d.read_c3d` reads them back."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinelab.core.events import EventKind, GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.errors import InputError
from kinelab.files.atomic import atomic_path
from kinelab.files.motion_table import SYNTHETIC

_MOST_POINTS = 255  # more need continued labels, which few programs write
LABEL: dict[EventKind, str] = {"ic": "Foot Strike", "to": "Foot Off"}


def write_c3d(
    markers: Keypoints, path: str | Path, events: GaitEvents | None = None, *, synthetic: bool = False
) -> None:
    """Write markers (T, K, 3) m and gait events; millimetres in the file, in single precision, ground's Y up.

    A marker that was not seen has the residual -1. Times begin at the sample nearest to the trial's start.
    synthetic: the parameter MANUFACTURER:SOFTWARE says that nobody was recorded.

    Raises:
        InputError: positions that are not in space, no uniform rate, more than 255 markers.
        OutputError: the file cannot be written.
    """
    import ezc3d

    if markers.unit != "m" or markers.position.shape[-1] != 3:
        raise InputError(
            f"a C3D holds points in space: (T, K, 3) m, not {markers.position.shape} {markers.unit}"
        )
    if len(markers.skeleton) > _MOST_POINTS or not markers.rate_hz > 0:
        found = f"{len(markers.skeleton)} markers at {markers.rate_hz:g} Hz"
        raise InputError(f"{found}; a C3D takes up to {_MOST_POINTS}, at a rate above zero")
    rate_hz = round(markers.rate_hz, 6)
    points = np.ones((4, len(markers.skeleton), markers.n))
    points[:3] = np.moveaxis(np.nan_to_num(markers.position) * 1000, 0, 2).transpose(1, 0, 2)
    file = ezc3d.c3d()
    point = file["parameters"]["POINT"]
    point["UNITS"]["value"] = ["mm"]
    point["RATE"]["value"] = [rate_hz]
    point["LABELS"]["value"] = list(markers.skeleton.landmarks)
    file.add_parameter("POINT", "X_SCREEN", ["+X"])
    file.add_parameter("POINT", "Y_SCREEN", ["+Y"])
    if synthetic:
        file.add_parameter("MANUFACTURER", "COMPANY", ["kinelab"])
        file.add_parameter("MANUFACTURER", "SOFTWARE", [SYNTHETIC])
    file["header"]["points"]["first_frame"] = round(float(markers.time_s[0]) * rate_hz)
    file["data"]["points"] = points
    residuals = np.where(markers.seen.T, 0.0, -1.0)[None]
    file["data"]["meta_points"]["residuals"] = residuals
    if events is not None and events.time_s.size:
        file.add_parameter("EVENT", "USED", [len(events.kind)])
        file.add_parameter("EVENT", "CONTEXTS", [side.capitalize() for side in events.side])
        file.add_parameter("EVENT", "LABELS", [LABEL[kind] for kind in events.kind])
        file.add_parameter("EVENT", "TIMES", np.stack([events.time_s // 60, events.time_s % 60]))
    with atomic_path(path) as temporary:
        file.write(str(temporary))
