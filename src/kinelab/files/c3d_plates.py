"""Force plates of a laboratory's C3D file: where they lie and how they were loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.files.c3d import opened
from kinelab.files.opensim_files import METRES

_CORNERS = 4


@dataclass(frozen=True, eq=False)
class ForcePlate:
    """corners_m (4, 3) in the file's axes; time_s (n,) on the clock of the markers; force_n (n,) across the
    plate, positive when it is loaded, NaN = not known.
    """  # fmt: skip

    corners_m: Array
    time_s: Array
    force_n: Array


def read_c3d_plates(path: str | Path) -> tuple[ForcePlate, ...]:
    """The force plates of a C3D file, as ezc3d works them out of its channels; none where it holds none.

    Plates of a type that ezc3d does not know, or with faulty parameters, count as none: markers do not need
    them.

    Raises:
        FileFormatError: no C3D, damaged or cut off.
    """
    file = opened(path)
    if not file["parameters"].get("FORCE_PLATFORM", {}).get("USED", {}).get("value", [0])[0]:
        return ()
    import ezc3d

    try:
        found = ezc3d.c3d(str(path), extract_forceplat_data=True)["data"].get("platform", [])
    except Exception:  # ezc3d passes on whatever C++ exception comes; the file itself was read above
        return ()
    header = file["header"]
    rate_hz = float(header["analogs"]["frame_rate"])
    start_s = int(header["points"]["first_frame"]) / float(header["points"]["frame_rate"])
    plates = []
    for one in found:
        corners = np.asarray(one["corners"], dtype=float).T * METRES.get(str(one["unit_position"]).lower(), 1)
        force = np.asarray(one["force"], dtype=float)
        if corners.shape != (_CORNERS, 3) or not rate_hz > 0 or not force.shape[-1]:
            continue
        normal = np.cross(corners[1] - corners[0], corners[3] - corners[0])
        length = np.linalg.norm(normal)
        if not length > 0:
            continue
        across = np.abs(normal @ force) / length
        plates.append(ForcePlate(corners, start_s + np.arange(across.size) / rate_hz, across))
    return tuple(plates)
