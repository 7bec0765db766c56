"""Events go into a copy of a C3D; whatever else stands in it stays."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import ezc3d
import numpy as np
import pytest

from kinelab.core.events import GaitEvents
from kinelab.errors import InputError
from kinelab.files.c3d import read_c3d
from kinelab.files.c3d_analysis import read_c3d_measures
from kinelab.files.c3d_events import write_c3d_events
from kinelab.files.c3d_writer import write_c3d


def events(*times: float) -> GaitEvents:
    n = len(times)
    return GaitEvents(("left",) * n, ("ic",) * n, np.array(times), np.full(n, np.nan), ("lab",) * n)


@pytest.fixture
def source(walker: ModuleType, tmp_path: Path) -> Path:
    """A walk with two foot strikes and a general event."""
    path = tmp_path / "walk.c3d"
    write_c3d(walker.marker_walk().markers, path, events(0.5, 1.5))
    file = ezc3d.c3d(str(path))
    file["parameters"]["EVENT"]["CONTEXTS"]["value"] += ["General"]
    file["parameters"]["EVENT"]["LABELS"]["value"] += ["Event"]
    times = file["parameters"]["EVENT"]["TIMES"]["value"]
    file["parameters"]["EVENT"]["TIMES"]["value"] = np.hstack([times, [[0], [2.25]]])
    file["parameters"]["EVENT"]["USED"]["value"] = [3]
    file.write(str(path))
    return path


def test_gait_events_are_replaced_and_others_stay(source: Path, tmp_path: Path) -> None:
    before = source.read_bytes()
    write_c3d_events(source, events(1.0, 2.0, 61.25), tmp_path / "copy.c3d")
    old, new = read_c3d(source), read_c3d(tmp_path / "copy.c3d")
    np.testing.assert_allclose(new.events.times("left", "ic"), [1.0, 2.0, 61.25], atol=1e-5)
    np.testing.assert_array_equal(new.markers.position, old.markers.position)
    assert new.notes == old.notes == ("events that are no gait events: General Event at 2.25 s",)
    assert source.read_bytes() == before


def test_a_copy_without_events_has_none(walker: ModuleType, source: Path, tmp_path: Path) -> None:
    write_c3d(walker.marker_walk().markers, source, events(0.5))
    write_c3d_events(source, events(), tmp_path / "copy.c3d")
    assert not read_c3d(tmp_path / "copy.c3d").events.kind


def test_the_source_and_too_many_events_are_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="write them into a copy"):
        write_c3d_events(source, events(1.0), source)
    with pytest.raises(InputError, match="257 events; a C3D takes up to 255"):
        write_c3d_events(source, events(*np.linspace(0, 4, 256)), tmp_path / "copy.c3d")
    assert not (tmp_path / "copy.c3d").exists()


@pytest.mark.shared
def test_markers_analog_channels_and_measures_of_a_hospital_stay(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "gait/c3d_hospitals/Sydney/S4-AMGait05.c3d"
    write_c3d_events(path, events(1.5), tmp_path / "copy.c3d")
    old, new = ezc3d.c3d(str(path)), ezc3d.c3d(str(tmp_path / "copy.c3d"))
    for what in ("points", "analogs"):
        np.testing.assert_array_equal(old["data"][what], new["data"][what])
    found = read_c3d_measures(tmp_path / "copy.c3d")
    assert found == read_c3d_measures(path)
    cadence = next(m for m in found if (m.side, m.name) == ("left", "Cadence"))
    assert (round(cadence.value, 2), cadence.unit) == (111.94, "steps/min")
