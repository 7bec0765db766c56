from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kinelab.body.osim import read_osim
from kinelab.body.osim_markers import read_marker_set
from kinelab.errors import FileFormatError

Write = Callable[[str], Path]


def marker_set(inside: str, version: int = 40000) -> str:
    inside = f"<MarkerSet><objects>{inside}</objects></MarkerSet>"
    return f'<OpenSimDocument Version="{version}">{inside}</OpenSimDocument>'


@pytest.mark.shared
@pytest.mark.parametrize(
    ("kind", "count"), [("mocap", 49), ("augmenter", 43), ("openpose", 20), ("mmpose", 18)]
)
def test_opencaps_marker_sets_fit_their_model(kind: str, count: int, shared_data: Path) -> None:
    folder = shared_data / "opensim" / "opencap" / "opensimPipeline" / "Models"
    markers = read_marker_set(folder / f"LaiUhlrich2022_markers_{kind}.xml")
    model = read_osim(folder / "LaiUhlrich2022.osim").with_markers(markers)
    assert len(model.markers) == count


@pytest.mark.parametrize(
    ("place", "version"),
    [
        ("<socket_parent_frame>/bodyset/pelvis</socket_parent_frame>", 40000),
        ("<body>pelvis</body>", 20302),
        ("<socket_parent_frame_connectee_name>pelvis</socket_parent_frame_connectee_name>", 30508),
    ],
)
def test_files_of_all_versions(place: str, version: int, written: Write) -> None:
    text = f'<Marker name="ASIS">{place}<location>0.1 0.2 0.3</location><fixed>true</fixed></Marker>'
    (marker,) = read_marker_set(written(marker_set(text, version), "markers.xml"))
    assert (marker.name, marker.body, marker.fixed) == ("ASIS", "pelvis", True)
    np.testing.assert_allclose(marker.offset_m, [0.1, 0.2, 0.3])


def test_what_is_no_marker_set_is_said(written: Write) -> None:
    text = '<OpenSimDocument Version="40000"><Model name="m"/></OpenSimDocument>'
    with pytest.raises(FileFormatError, match="holds a Model, not a MarkerSet; this is a whole model"):
        read_marker_set(written(text))


def test_a_marker_on_a_frame_of_a_joint_is_refused(written: Write) -> None:
    text = '<Marker name="M"><socket_parent_frame>/jointset/hip/offset</socket_parent_frame></Marker>'
    with pytest.raises(FileFormatError, match=r"marker M is on /jointset/hip/offset; expected a body"):
        read_marker_set(written(marker_set(text)))
