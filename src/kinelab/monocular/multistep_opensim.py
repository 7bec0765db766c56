"""Poses by OpenSim's own inverse kinematics, through the opensim package, as the published multi-step way has
them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from kinelab.body.model import BodyModel
from kinelab.body.osim_open import opensim_package, said
from kinelab.body.osim_writer import write_scaled_osim
from kinelab.body.own_body import OWN_BODY_OSIM
from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.errors import InputError
from kinelab.files.opensim_files import write_trc

ACCURACY = 1e-5  # the tool's own
_RATE_HZ = 100.0  # of the file that carries the points: frames stand alone


class OpensimInverse:
    """What OpenSim's InverseKinematicsTool runs inside, on one person's scaled own body.

    model: its markers are taken; scale (S, 3): its lengths over the own body's. Works through files in a
    folder that is thrown away.

    Raises:
        MissingExtraError: no opensim. InputError: OpenSim cannot make the model.
    """

    def __init__(self, model: BodyModel, scale: Array, accuracy: float = ACCURACY) -> None:
        self._opensim = opensim_package("OpenSim's inverse kinematics")
        self._accuracy = accuracy
        self._names = model.coordinate_names
        factors = dict(zip(model.body_names, scale, strict=True))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "body.osim"
            write_scaled_osim(OWN_BODY_OSIM, factors, path, markers=model.markers)
            self._model: Any = self._opensim.Model(str(path))
        self._state: Any = self._model.initSystem()

    def __call__(self, names: tuple[str, ...], point_m: Array) -> Array:
        """Coordinates (T, C) rad and m that fit points (T, K, 3) m best, all alike, frame after frame.

        Raises:
            InputError: OpenSim fails, in its own words.
        """
        points = self._reference(names, point_m)
        nothing = self._opensim.SimTKArrayCoordinateReference()
        solver = self._opensim.InverseKinematicsSolver(self._model, points, nothing, float("inf"))
        solver.setAccuracy(self._accuracy)
        columns = [self._model.getCoordinateSet().get(name) for name in self._names]
        found = np.empty((len(point_m), len(columns)))
        try:
            for t in range(len(point_m)):
                self._state.setTime(t / _RATE_HZ)
                (solver.track if t else solver.assemble)(self._state)
                found[t] = [coordinate.getValue(self._state) for coordinate in columns]
        except RuntimeError as error:
            raise InputError(f"OpenSim's inverse kinematics failed: {said(error)}") from error
        return found

    def _reference(self, names: tuple[str, ...], point_m: Array) -> Any:
        """The points as OpenSim takes them, from a .trc."""
        # One frame more, so that a rate can be told.
        position = np.concatenate([point_m, point_m[-1:]])
        trial = Keypoints(
            position=position, confidence=np.isfinite(position).all(axis=2).astype(float),
            time_s=np.arange(len(position)) / _RATE_HZ, skeleton=Skeleton("points", names), unit="m",
        )  # fmt: skip
        weights = self._opensim.SetMarkerWeights()
        for name in names:
            weights.cloneAndAppend(self._opensim.MarkerWeight(name, 1.0))
        reference = self._opensim.MarkersReference()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "points.trc"
            write_trc(trial, path)
            reference.initializeFromMarkersFile(str(path), weights)
        return reference


def opensim_poses_of(model: BodyModel, scale: Array, names: tuple[str, ...], point_m: Array) -> Array:
    """Coordinates (T, C) of a scaled own body: `OpensimInverse` once."""
    return OpensimInverse(model, scale)(names, point_m)
