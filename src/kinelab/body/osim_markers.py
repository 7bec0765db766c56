"""Reads sets of markers that stand in a file of their own."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinelab.body.model import GROUND, Marker
from kinelab.body.osim_frames import vector
from kinelab.body.osim_open import listed, opensim_package, require_kind, said
from kinelab.errors import FileFormatError


def read_marker_set(path: str | Path) -> tuple[Marker, ...]:
    """The markers of an OpenSim MarkerSet file; `model.with_markers` puts them on a model.

    Raises:
        FileFormatError: no such file, no marker set, or a marker on a frame that is neither body nor ground.
        MissingExtraError: opensim is not installed.
    """
    path = Path(path)
    require_kind(path, "MarkerSet")
    opensim = opensim_package("reading OpenSim's marker sets")
    try:
        markers = opensim.MarkerSet(str(path))
    except RuntimeError as error:
        raise FileFormatError(path, f"OpenSim makes no marker set of it: {said(error)}") from error
    found = []
    for marker in listed(markers):
        frame = marker.getSocket("parent_frame").getConnecteePath()
        *folder, body = frame.split("/")
        on_body = folder in ([], ["", "bodyset"])  # files of version 3 have the bare name
        if not body or not (on_body or frame == f"/{GROUND}"):
            problem = f"marker {marker.getName()} is on {frame or 'nothing'}; expected a body (/bodyset/...)"
            raise FileFormatError(path, problem)
        offset = np.diag(vector(marker.get_location()))
        found.append(Marker(marker.getName(), body, offset, fixed=marker.get_fixed()))
    return tuple(found)
