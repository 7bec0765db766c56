"""The files of angles from one camera: for OpenSim, for Python, to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from kinelab.body.forward import Placement, forward
from kinelab.body.model import BodyModel
from kinelab.body.model_file import save_model
from kinelab.body.osim_writer import write_scaled_osim
from kinelab.body.own_body import OWN_BODY_OSIM, own_body
from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.files import native
from kinelab.files.atomic import write_text
from kinelab.files.opensim_files import write_trc
from kinelab.monocular.motion import MonocularMotion
from kinelab.pipeline.results import save_gait
from kinelab.pipeline.run_folder import RunFolder
from kinelab.reports.analysis import Analysis
from kinelab.reports.viewer3d import viewer_html

VIEW, MODEL, OSIM, TRC = "viewer.html", "model_scaled.json", "model_scaled.osim", "landmarks.trc"
_DRAWN, _LANDMARKS = "keypoints_px.nc", "landmarks.nc"


@dataclass(frozen=True, eq=False)
class _Moving:
    """The motion as the 3D view wants it; nothing was measured in space."""

    model: BodyModel
    placed: Placement
    markers: Keypoints
    model_marker_m: Array

    @property
    def marker_error_m(self) -> Array:
        return np.zeros(self.markers.position.shape[:2])


def save_motion(motion: MonocularMotion, analysis: Analysis, folder: RunFolder) -> list[str]:
    """Write everything that was found; the names of the files.

    What every way to angles writes (`results.save_gait`), landmarks.nc and .trc (the model's, m in ground),
    keypoints_px.nc (the same in the picture), model_scaled.json, and .osim where the package opensim is
    installed and the model is the own body.
    """
    synthetic = analysis.synthetic
    written = save_gait(analysis.kinematics, analysis.events, analysis.strides, analysis.measures, folder)
    native.save(motion.landmarks, folder.file(_LANDMARKS), synthetic=synthetic)
    native.save(motion.drawn, folder.file(_DRAWN), synthetic=synthetic)
    write_trc(motion.landmarks, folder.file(TRC), synthetic=synthetic)
    save_model(motion.model, folder.file(MODEL))
    written += [_LANDMARKS, _DRAWN, TRC, MODEL]
    own = own_body()
    if motion.model.coordinate_names == own.coordinate_names and find_spec("opensim") is not None:
        factors = dict(zip(own.body_names, motion.factors, strict=True))
        mass_kg = analysis.kinematics.subject.mass_kg
        write_scaled_osim(
            OWN_BODY_OSIM, factors, folder.file(OSIM), mass_kg=mass_kg, markers=motion.model.markers
        )
        written.append(OSIM)
    return written


def save_view(motion: MonocularMotion, title: str, facts: Sequence[str], folder: RunFolder) -> list[str]:
    """Write the 3D view; the name of the file."""
    placed = forward(motion.model, motion.coordinates)
    none = np.full(motion.landmarks.position.shape, np.nan)
    times, skeleton = motion.landmarks.time_s, motion.landmarks.skeleton
    nobody = Keypoints(skeleton, times, none, np.zeros(none.shape[:2]), "m")
    moving = _Moving(motion.model, placed, nobody, placed.marker_m)
    write_text(folder.file(VIEW), viewer_html(moving, title, facts))
    return [VIEW]
