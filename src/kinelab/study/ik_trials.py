"""Marker trials of public examples with OpenSim 4.6's answers: the yardstick of inverse kinematics."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kinelab.body.forward import follow_couplers, forward
from kinelab.body.ik_setup import IkTasks, read_ik_setup
from kinelab.body.model import BodyModel
from kinelab.body.motion_file import read_coordinates
from kinelab.body.osim import read_osim
from kinelab.body.time_range import in_time_range
from kinelab.core.checks import Array
from kinelab.files.opensim_files import read_trc


@dataclass(frozen=True)
class TrialFiles:
    """Files of one trial under the folder of real recordings; accuracy is that of the reference's solver."""

    name: str
    model: str
    setup: str
    markers: str
    reference: str
    accuracy: float


@dataclass(frozen=True, eq=False)
class IkTrial:
    """T frames of K markers (T, K, 3) m with the tasks of the set-up, and OpenSim's answer (T, C) rad, m."""

    files: TrialFiles
    model: BodyModel
    marker_names: tuple[str, ...]
    marker_m: Array
    rate_hz: float
    tasks: IkTasks
    reference: Array

    def first(self, frames: int) -> IkTrial:
        """The trial's first frames only."""
        return replace(self, marker_m=self.marker_m[:frames], reference=self.reference[:frames])


_CORE = "opensim/opensim_core/Applications/IK/tests/resources"
_POSE2SIM = "video/pose2sim_demo/single"
TRIALS = (
    TrialFiles(
        "gait2392 walk",
        "opensim/pipeline_gait2392/OutputReference/subject01_simbody.osim",
        "opensim/pipeline_gait2392/subject01_Setup_IK.xml",
        "opensim/pipeline_gait2392/subject01_walk1.trc",
        "opensim/reference_ik/gait2392_walk1_acc1e-07.mot",
        1e-7,
    ),
    TrialFiles(
        "gait10dof walk",
        "opensim/pipeline_gait10dof/OutputReference/subject01.osim",
        "opensim/pipeline_gait10dof/IK/walk_Setup_IK.xml",
        "opensim/pipeline_gait10dof/ExperimentalData/subject01_walk.trc",
        "opensim/reference_ik/gait10dof_walk.mot",
        1e-5,
    ),
    TrialFiles(
        "Rajagopal run",
        "opensim/reference_scaled/rajagopal_subject_scaled_run.osim",
        "opensim/pipeline_rajagopal/IK/ik_setup_run.xml",
        "opensim/pipeline_rajagopal/ExpData/motion_capture_run.trc",
        "opensim/reference_ik/rajagopal_run_acc1e-07.mot",
        1e-7,
    ),
    TrialFiles(
        "Rajagopal walk",
        "opensim/reference_scaled/rajagopal_subject_scaled_walk.osim",
        "opensim/pipeline_rajagopal/IK/ik_setup_walk.xml",
        "opensim/pipeline_rajagopal/ExpData/motion_capture_walk.trc",
        "opensim/reference_ik/rajagopal_walk_acc1e-07.mot",
        1e-7,
    ),
    TrialFiles(
        "Pose2Sim LSTM",
        f"{_POSE2SIM}/opensim/Model_Pose2Sim_LSTM_scaled.osim",
        f"{_POSE2SIM}/opensim/IK_Setup_Pose2Sim_LSTM.xml",
        f"{_POSE2SIM}/pose-3d/S00_P00_T01_BalancingTrial_0-100_filt_butterworth_LSTM.trc",
        f"{_POSE2SIM}/opensim/S00_P00_T01_BalancingTrial_filt_butterworth_0-100_LSTM.mot",
        1e-5,
    ),
    TrialFiles(
        "core synthetic walk",
        f"{_CORE}/subject01_simbody.osim",
        f"{_CORE}/subject01_Setup_InverseKinematics.xml",
        f"{_CORE}/subject01_synthetic_marker_data.trc",
        "opensim/reference_ik/core_synthetic_walk1.mot",
        1e-5,
    ),
)


def open_trial(files: TrialFiles, shared: Path) -> IkTrial:
    """Read one trial: the frames of its set-up's time range that the reference also has.

    Raises:
        FileFormatError: a file is missing or not what it should be.
        MissingExtraError: opensim is not installed.
    """
    model = read_osim(shared / files.model)
    setup = read_ik_setup(shared / files.setup)
    markers = read_trc(shared / files.markers)
    reference_s, reference = read_coordinates(model, shared / files.reference)
    frames = np.arange(markers.n)[in_time_range(markers.time_s, setup.time_range_s)]
    nearest = np.abs(reference_s[None] - markers.time_s[frames, None])
    frames = frames[nearest.min(axis=1) < 0.5 / markers.rate_hz]
    at = np.abs(reference_s[None] - markers.time_s[frames, None]).argmin(axis=1)
    return IkTrial(
        files=files,
        model=model,
        marker_names=markers.skeleton.landmarks,
        marker_m=markers.position[frames],
        rate_hz=markers.rate_hz,
        tasks=setup.tasks,
        reference=follow_couplers(
            model, np.where(np.isnan(reference[at]), model.default_coordinates, reference[at])
        ),
    )


def cost_of(trial: IkTrial, pose: Array) -> Array:
    """OpenSim's cost of poses (T, C) rad, m in each frame, (T,): evaluated apart from the solver.

    sum(w |e|^2) / sum(w) over the markers seen, plus sum(w_c (q_c - target)^2) over the coordinate tasks.
    """
    weights, model = trial.tasks.marker_weight, trial.model
    used = [name for name in weights if name in trial.marker_names and name in model.marker_names]
    placed = forward(model, pose).marker_m[:, [model.marker_index(name) for name in used]]
    seen = trial.marker_m[:, [trial.marker_names.index(name) for name in used]]
    square = ((placed - seen) ** 2).sum(axis=2)
    w = np.where(np.isnan(square), 0.0, [weights[name] for name in used])
    cost = (w * np.nan_to_num(square)).sum(axis=1) / w.sum(axis=1)
    for name, weight in trial.tasks.coordinate_weight.items():
        column = model.coordinate_index(name)
        target = trial.tasks.coordinate_target.get(name, model.coordinates[column].default)
        if not model.coordinates[column].locked and name not in model.dependent:
            cost = cost + weight * (pose[:, column] - target) ** 2
    return np.asarray(cost)
