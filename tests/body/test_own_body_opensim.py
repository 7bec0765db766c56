"""Our own full body in OpenSim 4.6: it opens, moves, scales and solves there as here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import opensim
import pytest

from kinelab.body.forward import forward
from kinelab.body.osim import read_osim
from kinelab.body.own_body import OWN_BODY_OSIM, own_body
from kinelab.core.checks import Array

BODY = own_body()
FREE = [i for i, c in enumerate(BODY.coordinates) if not c.locked]


@pytest.fixture(autouse=True)
def _quiet(tmp_path: Path) -> Iterator[None]:
    """No log; OpenSim's tools write beside themselves, so they run in an empty folder."""
    opensim.Logger.setLevelString("Off")
    here = Path.cwd()
    os.chdir(tmp_path)
    yield
    os.chdir(here)


def walking_poses(n: int, seed: int) -> Array:
    """Smooth poses inside the ranges: locked coordinates at rest, the others within 0.3 of their range."""
    rng = np.random.default_rng(seed)
    poses = np.tile(BODY.default_coordinates, (n, 1))
    phase = np.linspace(0, 1, n)[:, None]
    for i in FREE:
        low, high = np.clip(BODY.coordinates[i].range, -1, 1)
        middle = 0.5 * (low + high) if BODY.coordinates[i].clamped else BODY.coordinates[i].default
        poses[:, i] = (middle + 0.3 * (high - low) * np.sin(2 * np.pi * (phase + rng.random())))[:, 0] * 0.5
    poses[:, BODY.coordinate_index("pelvis_ty")] += 0.5
    return poses


def write_trc(path: Path, marker_m: Array, rate_hz: float = 100.0) -> None:
    """Markers (T, M, 3) of the body as a .trc file for OpenSim."""
    names, frames = BODY.marker_names, marker_m.shape[0]
    lines = [
        f"PathFileType\t4\t(X/Y/Z)\t{path.name}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"{rate_hz}\t{rate_hz}\t{frames}\t{len(names)}\tm\t{rate_hz}\t1\t{frames}",
        "Frame#\tTime\t" + "\t\t\t".join(names) + "\t\t",
        "\t\t" + "\t".join(f"{a}{i}" for i in range(1, len(names) + 1) for a in "XYZ"),
        "",
    ]
    for t, row in enumerate(marker_m.reshape(frames, -1)):
        lines.append("\t".join([str(t + 1), f"{t / rate_hz:.6f}", *(f"{v:.9f}" for v in row)]))
    path.write_text("\n".join(lines) + "\n")


def test_opens_and_weighs_75_kg() -> None:
    model = opensim.Model(str(OWN_BODY_OSIM))
    state = model.initSystem()
    assert model.getTotalMass(state) == pytest.approx(75, abs=1e-5)
    assert model.calcMassCenterPosition(state).get(1) == pytest.approx(0.983, abs=0.001)
    assert model.getNumCoordinates() == 51
    assert model.getMarkerSet().getSize() == 63
    assert len(list(model.getComponentsList())) > 200  # the ellipsoids are there for the viewer


def test_moves_as_in_opensim() -> None:
    model = opensim.Model(str(OWN_BODY_OSIM))
    state = model.initSystem()
    low, high = np.clip(np.array([c.range for c in BODY.coordinates]).T, -3, 3)
    poses = np.random.default_rng(5).uniform(low, high, (10, low.size))
    ours = forward(BODY, poses).marker_m
    coordinates = [model.getCoordinateSet().get(name) for name in BODY.coordinate_names]
    markers = [model.getMarkerSet().get(name) for name in BODY.marker_names]
    for coordinate in coordinates:
        coordinate.setLocked(state, False)
    for pose, expected in zip(poses, ours, strict=True):
        for coordinate, value in zip(coordinates, pose, strict=True):
            coordinate.setValue(state, float(value), False)
        model.realizePosition(state)
        theirs = np.array([[m.getLocationInGround(state).get(k) for k in range(3)] for m in markers])
        np.testing.assert_allclose(theirs, expected, atol=1e-9)


def test_inverse_kinematics_tool_finds_the_pose_again(tmp_path: Path) -> None:
    poses = walking_poses(6, seed=2)
    write_trc(tmp_path / "walk.trc", forward(BODY, poses).marker_m)
    tool = opensim.InverseKinematicsTool()
    model = opensim.Model(str(OWN_BODY_OSIM))
    tool.setModel(model)
    tool.setMarkerDataFileName(str(tmp_path / "walk.trc"))
    tool.setStartTime(0.0)
    tool.setEndTime(0.05)
    tool.set_accuracy(1e-8)
    tool.setOutputMotionFileName(str(tmp_path / "walk.mot"))
    for name in BODY.marker_names:
        task = opensim.IKMarkerTask()
        task.setName(name)
        task.setWeight(1.0)
        tool.upd_IKTaskSet().cloneAndAppend(task)
    assert tool.run()
    table = opensim.TimeSeriesTable(str(tmp_path / "walk.mot"))
    for i in FREE:
        found = table.getDependentColumn(BODY.coordinate_names[i]).to_numpy()
        unit = 1 if BODY.coordinates[i].unit == "m" else np.pi / 180
        np.testing.assert_allclose(found * unit, poses[:, i], atol=2e-4, err_msg=BODY.coordinate_names[i])


def measurement(
    name: str, pairs: tuple[tuple[str, str], ...], bodies: tuple[str, ...]
) -> opensim.Measurement:
    """A measurement of marker pairs that scales bodies in all three directions."""
    result = opensim.Measurement()
    result.setName(name)
    result.setApply(True)
    for first, second in pairs:
        result.getMarkerPairSet().cloneAndAppend(opensim.MarkerPair(first, second))
    for body in bodies:
        scale = opensim.BodyScale()
        scale.setName(body)
        axes = opensim.ArrayStr()
        for axis in "XYZ":
            axes.append(axis)
        scale.setAxisNames(axes)
        result.getBodyScaleSet().cloneAndAppend(scale)
    return result


def test_scale_tool_finds_the_size_of_a_person(tmp_path: Path) -> None:
    """Standing markers of a body with longer legs and a wider pelvis give those factors back."""
    factors = np.ones((24, 3))
    given = {"pelvis": 1.06, "femur_r": 1.08, "femur_l": 1.08, "tibia_r": 0.93, "tibia_l": 0.93}
    for body, factor in given.items():
        factors[BODY.body_index(body)] = factor
    standing = np.tile(BODY.default_coordinates, (3, 1))
    write_trc(tmp_path / "standing.trc", forward(BODY, standing, factors).marker_m)
    scaler = opensim.ModelScaler()
    scaler.setApply(True)
    order = opensim.ArrayStr()
    order.append("measurements")
    scaler.setScalingOrder(order)
    times = opensim.ArrayDouble(0.0, 2)
    times.set(1, 0.02)
    scaler.setTimeRange(times)
    scaler.setMarkerFileName("standing.trc")
    scaler.setOutputScaleFileName("factors.xml")
    scaler.setOutputModelFileName("scaled.osim")
    for part in (
        measurement("pelvis", (("RASI", "LASI"), ("RASI", "RPSI"), ("LASI", "LPSI")), ("pelvis",)),
        measurement("thigh", (("RGTR", "RKNE"), ("LGTR", "LKNE")), ("femur_r", "femur_l")),
        measurement("shank", (("RTTB", "RANK"), ("LTTB", "LANK")), ("tibia_r", "tibia_l")),
    ):
        scaler.addMeasurement(part)
    model = opensim.Model(str(OWN_BODY_OSIM))
    model.initSystem()
    assert scaler.processModel(model, str(tmp_path) + "/", 75.0)
    scales = opensim.ScaleSet("factors.xml")
    found = {}
    for i in range(scales.getSize()):  # OpenSim lists the frames inside the bodies too
        vector = scales.get(i).getScaleFactors()
        found[scales.get(i).getSegmentName()] = [vector.get(k) for k in range(3)]
    for body in BODY.body_names:
        np.testing.assert_allclose(found[body], given.get(body, 1.0), atol=1e-6, err_msg=body)
    at_rest = BODY.default_coordinates
    again = forward(read_osim(tmp_path / "scaled.osim"), at_rest)
    np.testing.assert_allclose(again.marker_m, forward(BODY, at_rest, factors).marker_m, atol=1e-6)
    scaled = opensim.Model("scaled.osim")
    assert scaled.getTotalMass(scaled.initSystem()) == pytest.approx(75, abs=1e-4)
