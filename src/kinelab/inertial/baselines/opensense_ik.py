"""Inverse kinematics on orientations by OpenSim itself: its OpenSense tools, through the opensim package."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kinelab.body.osim_open import open_model_file, opensim_package, said
from kinelab.body.own_body.osim_text import osim_text
from kinelab.core.checks import BoolArray
from kinelab.core.kinematics import Kinematics
from kinelab.core.provenance import Provenance
from kinelab.core.subject import Subject
from kinelab.errors import InputError
from kinelab.files.opensim_files import read_mot
from kinelab.files.sensors.opensense import write_orientations_sto
from kinelab.inertial.baselines.worn_coordinates import BODY_OF, of_the_worn, worn_on_legs
from kinelab.inertial.orientations import SegmentOrientations

NAME = "opensense"
_WHAT = "OpenSense's inverse kinematics"


@dataclass(frozen=True)
class Placing:
    """How OpenSim's IMUPlacer finds what sensor sits how on which body: the first frame is the model's pose.

    base: the sensor whose `axis` ("z", "-x", ...) points where the model faces; "" leaves headings alone.
    """

    base: str = "pelvis_imu"
    axis: str = "z"


def opensense_kinematics(
    orientations: SegmentOrientations, subject: Subject | None = None, provenance: Provenance | None = None
) -> Kinematics:
    """Coordinates of kinelab's body by OpenSim's IMUInverseKinematicsTool, frame after frame.

    The model carries an IMU frame on each body that lies as the body does, so that the orientations of the
    segments need no further placing. Where any segment is lost nothing is valid. OpenSim
    gives no sd.

    Raises:
        MissingExtraError: opensim is not installed.
        InputError: no segment of legs or pelvis, no time at which all of them are known, or OpenSim fails.
    """
    worn = worn_on_legs(orientations)
    rotation = np.array([orientations.of(segment) for segment in worn]).reshape(-1, orientations.time.n, 3, 3)
    whole: BoolArray = np.isfinite(rotation).reshape(len(worn), -1, 9).all(axis=(0, 2))
    if not whole.any():
        raise InputError(f"{_WHAT} needs times at which all of {', '.join(worn)} are known; found none")
    bodies = [BODY_OF[segment] for segment in worn]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model, sto = folder / "body.osim", folder / "orientations.sto"
        _write_model(model, bodies)
        held = rotation.swapaxes(0, 1)
        held = np.where(whole[:, None, None, None], held, held[np.flatnonzero(whole)[0]])
        write_orientations_sto(orientations.time, bodies, held, sto)
        time_s = orientations.time.time_s
        found = _run(model, sto, folder, (float(time_s[0]), float(time_s[-1])))
    if found.time.n != orientations.time.n:
        raise InputError(f"{_WHAT} gave {found.time.n} of {orientations.time.n} frames")
    angle_deg = np.where(whole[:, None], found.angle_deg, np.nan)
    found = Kinematics(
        found.names, orientations.time, angle_deg, np.full_like(angle_deg, np.nan), np.isfinite(angle_deg),
        subject or Subject(), provenance or Provenance(),
    )  # fmt: skip
    return of_the_worn(found, orientations)


def run_opensense(
    model: str | Path,
    sto: str | Path,
    placing: Placing | None = None,
    time_range_s: tuple[float, float] | None = None,
) -> Kinematics:
    """OpenSense's own way from an .osim and orientations (.sto, to ground): IMUPlacer, then the IK tool.

    Names, signs and zeros are the model's.

    Raises:
        MissingExtraError: opensim is not installed.
        FileFormatError: no such model.
        InputError: OpenSim fails, in its own words.
    """
    opensim = opensim_package(_WHAT)
    open_model_file(model)
    placing = placing or Placing()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        placer = opensim.IMUPlacer()
        placer.set_model_file(str(Path(model).resolve()))
        placer.set_orientation_file_for_calibration(str(Path(sto).resolve()))
        placer.set_base_imu_label(placing.base)
        placer.set_base_heading_axis(placing.axis)
        placed = folder / "placed.osim"
        placer.set_output_model_file(str(placed))
        _try(placer.run)
        return _run(placed, Path(sto).resolve(), folder, time_range_s)


def _run(model: Path, sto: Path, folder: Path, time_range_s: tuple[float, float] | None) -> Kinematics:
    opensim = opensim_package(_WHAT)
    tool = opensim.IMUInverseKinematicsTool()
    tool.set_model_file(str(model))
    tool.set_orientations_file(str(sto))
    tool.set_results_directory(str(folder))
    tool.set_report_errors(False)
    if time_range_s is not None:
        for i, end_s in enumerate(time_range_s):
            tool.set_time_range(i, end_s)
    _try(tool.run)
    return read_mot(next(iter(folder.glob("ik_*.mot"))))


def _try(run: Any) -> None:
    try:
        done = run()
    except RuntimeError as error:
        raise InputError(f"{_WHAT} failed: {said(error)}") from error
    if done is False:
        raise InputError(f"{_WHAT} failed without a reason; look at the orientations")


def _write_model(path: Path, bodies: list[str]) -> None:
    """kinelab's body with a frame `<body>_imu` on each of these bodies, as the body lies."""
    opensim = opensim_package(_WHAT)
    bare = path.with_name("bare.osim")
    bare.write_text(osim_text(), encoding="utf-8")
    model = open_model_file(bare)
    for name in bodies:
        body = model.getBodySet().get(name)
        frame = opensim.PhysicalOffsetFrame(f"{name}_imu", body, opensim.Transform())
        body.addComponent(frame)
    model.finalizeConnections()
    model.printToXML(str(path))
