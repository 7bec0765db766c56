"""One recording of worn sensors by every way, side by side, and how far each is from a reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd

from kinelab.core.kinematics import Kinematics
from kinelab.core.provenance import Provenance
from kinelab.core.subject import Subject
from kinelab.errors import InputError, MissingExtraError
from kinelab.files.opensim_files import read_mot
from kinelab.files.sensors.recording import SensorRecording
from kinelab.files.tables import write_csv
from kinelab.inertial.estimate import EstimateSettings, Route, estimate
from kinelab.pipeline.run_folder import RunFolder
from kinelab.reports.figure_routes import draw_routes
from kinelab.reports.figure_style import save_figure
from kinelab.stats.errors import bias, rmse

TABLE, FIGURE = "routes.csv", "figures/routes.svg"
_HEADING = "pelvis_rotation"  # has no zero without a magnetometer
_FEWEST = 20  # samples at which route and reference are both there
_CALLED: Mapping[Route, str] = {
    "smoother": "smoother", "vqf": "VQF", "own-ik": "VQF + kinelab IK", "opensense": "VQF + OpenSense IK",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Routes:
    """kinematics by the name of the way; left_out: ways that could not be gone, and why."""

    kinematics: Mapping[str, Kinematics]
    left_out: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Compared:
    """All ways, what they were compared with (None: the first of them), and `differences`."""

    routes: Routes
    reference: Kinematics | None
    table: pd.DataFrame


def every_route(
    recording: SensorRecording,
    settings: EstimateSettings,
    subject: Subject | None = None,
    provenance: Provenance | None = None,
) -> Routes:
    """The recording by the smoother and by each baseline, with the calibration of `settings`."""
    found: dict[str, Kinematics] = {}
    left_out: dict[str, str] = {}
    for route in get_args(Route):
        own = (
            settings if route == "smoother" else replace(settings, route=route, networks=False, network=None)
        )
        try:
            found[_CALLED[route]] = estimate(
                recording, replace(own, route=route), subject, provenance
            ).kinematics
        except MissingExtraError as error:
            left_out[_CALLED[route]] = str(error)
    return Routes(found, left_out)


def read_reference(path: Path) -> Kinematics:
    """Angles to compare with, from a .mot of OpenSim (of markers, say), on the recording's own clock.

    Raises:
        FileFormatError, InputError: no such file, or none of angles.
    """
    return read_mot(path)


def differences(routes: Routes, reference: Kinematics | None) -> pd.DataFrame:
    """One row an angle and way: RMSE, mean and SD (deg) of the difference, n samples.

    Against the reference's angles of the same name, or, without one, against the first way's.
    """
    first = next(iter(routes.kinematics))
    against = reference or routes.kinematics[first]
    rows = []
    for route, found in routes.kinematics.items():
        if reference is None and route == first:
            continue
        for name in found.names:
            if name not in against.names or name == _HEADING:
                continue
            expected = _at(against, name, found)
            told = np.where(found.valid[:, found.column(name)], found.of(name), np.nan)
            n = int(np.isfinite(told - expected).sum())
            if n < _FEWEST:
                continue
            off, error = bias(told, expected), rmse(told, expected)
            sd = float(np.sqrt(max(error**2 - off**2, 0.0)))
            rows.append((name, route, error, off, sd, n))
    if not rows:
        raise InputError(
            f"the reference has no angle of these at these times: {', '.join(against.names[:8])}, "
            f"{against.time.start_s:.2f} to {against.time.start_s + against.time.duration_s:.2f} s"
        )
    columns = ["angle", "way", "rmse_deg", "mean_deg", "sd_deg", "n"]
    return pd.DataFrame(sorted(rows), columns=columns)


def save_routes(compared: Compared, folder: RunFolder, *, synthetic: bool) -> list[str]:
    """Write table and figure; their names."""
    write_csv(compared.table, folder.file(TABLE), synthetic=synthetic)
    figure = draw_routes(compared.routes.kinematics, compared.reference)
    save_figure(figure, folder.file(FIGURE), png=True)
    return [TABLE, FIGURE, FIGURE.replace(".svg", ".png")]


def _at(
    against: Kinematics, name: str, found: Kinematics
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """An angle at the times of `found`, NaN outside and where it is not valid."""
    column = against.column(name)
    values = np.where(against.valid[:, column], against.angle_deg[:, column], np.nan)
    return np.interp(found.time.time_s, against.time.time_s, values, left=np.nan, right=np.nan)
