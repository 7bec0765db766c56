"""Motions of a model: every coordinate comes back, and OpenSim's own files are read as OpenSim does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import opensim
import pytest

from kinelab.body.motion_file import read_coordinates, write_coordinates
from kinelab.body.osim import read_osim
from kinelab.body.own_body import own_body
from kinelab.errors import FileFormatError, InputError

opensim.Logger.setLevelString("Off")


def test_every_coordinate_comes_back_to_the_last_digit(tmp_path: Path) -> None:
    model = own_body()
    pose = np.random.default_rng(0).normal(size=(20, len(model.coordinates)))
    time_s = np.arange(20) / 100
    write_coordinates(model, time_s, pose, tmp_path / "a.mot")
    again_s, again = read_coordinates(model, tmp_path / "a.mot")
    np.testing.assert_array_equal(again_s, time_s)
    np.testing.assert_allclose(again, pose, rtol=1e-15)


@pytest.mark.shared
def test_opensim_reads_the_same_poses(shared_data: Path, tmp_path: Path) -> None:
    # Rajagopal's patella is a coupled coordinate: radians in a file in degrees.
    path = shared_data / "opensim/rajagopal_models/Rajagopal2016.osim"
    model = read_osim(path)
    pose = np.random.default_rng(1).uniform(-0.3, 0.3, (3, len(model.coordinates)))
    write_coordinates(model, np.array([0.0, 0.1, 0.2]), pose, tmp_path / "a.mot")
    theirs = opensim.Model(str(path))
    theirs.initSystem()
    motion = opensim.Storage(str(tmp_path / "a.mot"))
    theirs.getSimbodyEngine().convertDegreesToRadians(motion)
    for name in model.coordinate_names:
        column = motion.getStateIndex(name)
        values = [motion.getStateVector(t).getData().get(column) for t in range(3)]
        np.testing.assert_allclose(values, pose[:, model.coordinate_index(name)], atol=1e-12)


def test_a_motion_of_another_model_is_told(tmp_path: Path) -> None:
    text = "Coordinates\nnRows=2\nnColumns=2\ninDegrees=yes\nendheader\ntime\twing_flap\n0\t1\n0.1\t2\n"
    (tmp_path / "a.mot").write_text(text)
    with pytest.raises(FileFormatError, match=r"row 6: holds no coordinate of model .* wing_flap"):
        read_coordinates(own_body(), tmp_path / "a.mot")
    with pytest.raises(InputError, match=r"coordinates have shape \(2, 3\); 2 times of model"):
        write_coordinates(own_body(), np.array([0.0, 0.1]), np.zeros((2, 3)), tmp_path / "b.mot")
