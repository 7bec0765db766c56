"""How far a network is off on trials whose truth is known, and how its errors split into offset and rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array
from kinelab.inertial.joint_trial import JointTrial
from kinelab.inertial.networks.joint_network import Spread
from kinelab.inertial.networks.predicting import JointPredictor
from kinelab.inertial.segment_motion import angle_names


@dataclass(frozen=True, eq=False)
class TrialErrors:
    """Errors on one trial, in deg; NaN for what the network does not tell.

    angle_deg (2, 3): mean error and SD about it, of each angle; rotation_deg (2, 2): of each segment, root
    mean square over the three axes, of the mean error vector and about it.
    """

    person: str
    trial: str
    angle_deg: Array
    rotation_deg: Array

    @property
    def rmse_deg(self) -> Array:
        """(3,) of each angle."""
        return np.asarray(np.hypot(self.angle_deg[0], self.angle_deg[1]))


def judge(predictor: JointPredictor, trials: Sequence[JointTrial]) -> list[TrialErrors]:
    """Errors on each trial (at 100 Hz, of the network's joint)."""
    found = []
    for trial in trials:
        told = predictor.tell(trial.acc_mps2, trial.gyr_radps)
        angle, rotation = np.full((2, 3), np.nan), np.full((2, 2), np.nan)
        if told.angle_deg is not None:
            angle = _mean_and_sd(told.angle_deg - trial.angle_deg)
        if told.rotation is not None:
            error = np.degrees(_turn(np.swapaxes(trial.rotation, -1, -2) @ told.rotation))
            rotation = np.sqrt((_mean_and_sd(error) ** 2).mean(axis=-1))
        found.append(TrialErrors(trial.person, trial.trial, angle, rotation))
    return found


def rmse_by_person(errors: Sequence[TrialErrors]) -> dict[str, Array]:
    """(3,) deg by person: the mean of the RMSE of their trials."""
    people = dict.fromkeys(error.person for error in errors)
    return {
        person: np.mean([error.rmse_deg for error in errors if error.person == person], axis=0)
        for person in people
    }


def spread_of(errors: Sequence[TrialErrors]) -> Spread:
    """Root mean square over trials of their offsets, and of their SDs."""
    angle = np.sqrt(np.mean([error.angle_deg**2 for error in errors], axis=0))
    rotation = np.sqrt(np.mean([error.rotation_deg**2 for error in errors], axis=0))
    return Spread(tuple(angle[0]), tuple(angle[1]), tuple(rotation[0]), tuple(rotation[1]))


def figures(joint: str, errors: Sequence[TrialErrors]) -> dict[str, float]:
    """Means over persons for a model card, by name with unit."""
    people = np.array(list(rmse_by_person(errors).values()))
    names = [name.removesuffix("_r") for name in angle_names(joint, "right")]
    found = {f"{name}_rmse_deg": float(value) for name, value in zip(names, people.mean(axis=0), strict=True)}
    return {name: round(value, 2) for name, value in found.items() if np.isfinite(value)}


def _mean_and_sd(error: Array) -> Array:
    """(2, ...) over time, lost samples left out."""
    return np.stack([np.nanmean(error, axis=0), np.nanstd(error, axis=0)])


def _turn(rotation: Array) -> Array:
    """Rotation vectors (..., 3) rad of rotations (..., 3, 3); NaN where these are."""
    from scipy.spatial.transform import Rotation

    flat = rotation.reshape(-1, 3, 3)
    whole = np.isfinite(flat).all(axis=(1, 2))
    vector = np.full((len(flat), 3), np.nan)
    vector[whole] = Rotation.from_matrix(flat[whole]).as_rotvec()
    return vector.reshape(*rotation.shape[:-1])
