"""Which frames of a video a direct network looked at."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from kinelab.core.checks import Array
from kinelab.errors import FileFormatError

LOOKS_FILE = "looks.nc"
LOOKS_KIND = "kinelab looks 1"


def frames_looked_at(path: Path) -> tuple[Array, tuple[int, int]]:
    """True times (F,) s of the frames in `LOOKS_FILE`, and the (width, height) px of the video.

    Raises:
        FileFormatError: it is missing, or no such file.
    """
    if not path.is_file():
        raise FileFormatError(path, "no such file: run it again, then it can be reviewed")
    try:
        with xr.open_dataset(path, engine="h5netcdf", decode_times=False, mask_and_scale=False) as data:
            if data.attrs.get("kind") != LOOKS_KIND:
                raise KeyError("kind")
            width, height = (int(side) for side in data.attrs["size_px"])
            time_s: Array = data["time"].values.astype(float)
    except (OSError, KeyError, ValueError) as error:
        raise FileFormatError(path, f"is no {LOOKS_KIND!r} file ({error}); run it again") from error
    return time_s, (width, height)
