from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kinelab.errors import FileFormatError, InputError
from kinelab.inertial.motions.files import read_motions, write_motions
from kinelab.inertial.motions.placement import draw_placements, turned_sensors

Make = Callable[..., Any]


def test_motions_come_back_as_they_were(tmp_path: Path, tumbling: Make) -> None:
    one = tumbling(seconds=1.0)
    position = one.sensor_position_m.copy()
    position[10:20, 3] = np.nan
    askew = turned_sensors(one, draw_placements(np.random.default_rng(0), 7))
    two = replace(askew, person="c", activity="running", sensor_position_m=position, synthetic=True)
    path = tmp_path / "set" / "motions.npz"
    write_motions(path, [one, two])
    back = read_motions(path)
    for given, found in zip((one, two), back, strict=True):
        assert (given.person, given.trial, given.activity, given.segments, given.time, given.synthetic) == (
            found.person, found.trial, found.activity, found.segments, found.time, found.synthetic,
        )  # fmt: skip
        np.testing.assert_allclose(found.segment_rotation, given.segment_rotation, atol=3e-7)
        np.testing.assert_allclose(found.sensor_rotation, given.sensor_rotation, atol=3e-7)
        np.testing.assert_allclose(found.sensor_position_m, given.sensor_position_m, atol=6e-8)
    assert [m.person for m in read_motions(path, {"c"})] == ["c"]


def test_refusals(tmp_path: Path, tumbling: Make) -> None:
    motion = tumbling(seconds=1.0)
    with pytest.raises(InputError, match=r"such as motions\.npz; there are none"):
        write_motions(tmp_path / "a.npz", [])
    with pytest.raises(InputError, match=r"does not end in \.npz"):
        write_motions(tmp_path / "a.csv", [motion])
    with pytest.raises(InputError, match="under 200 m"):
        write_motions(tmp_path / "a.npz", [replace(motion, sensor_position_m=motion.sensor_position_m + 300)])
    assert not list(tmp_path.iterdir())
    np.savez(tmp_path / "other.npz", a=np.ones(3))
    with pytest.raises(FileFormatError, match="no file of motions: it has no array schema"):
        read_motions(tmp_path / "other.npz")
    write_motions(tmp_path / "whole.npz", [motion])
    cut = (tmp_path / "whole.npz").read_bytes()[:3000]
    (tmp_path / "cut.npz").write_bytes(cut)
    with pytest.raises(FileFormatError, match="cut off"):
        read_motions(tmp_path / "cut.npz")
