"""Networks, optimisation and smoother on people whom they have not seen; scores are kept, trial by trial."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from kinelab.body.joint_axes import Side
from kinelab.core.checks import Array
from kinelab.core.recording import Imu
from kinelab.core.timebase import Timebase
from kinelab.inertial.joint_estimate import JointEstimate
from kinelab.inertial.networks.evaluation import judge, spread_of
from kinelab.inertial.networks.joint_network import JointNetwork
from kinelab.inertial.networks.predicting import JointPredictor
from kinelab.inertial.networks.shipped import JointNetworks
from kinelab.inertial.refinement.closed_form import optimised_angles_deg
from kinelab.inertial.refinement.fusion_quality import AS_TRAINED
from kinelab.inertial.refinement.smoother import smooth
from kinelab.inertial.segment_motion import LEG_JOINTS, SegmentMotion, joint_segments
from kinelab.learning.weights import ModelCard
from kinelab.study.rapp2021_data import Cohort, Fold, Sensors, trials, worn
from kinelab.study.rapp2021_networks import Kind, Settings, network
from kinelab.study.rapp2021_scores import Score, moments, read_scores, write_scores

Tell = Callable[[str, int, int], None]
CARD = ModelCard(name="rapp2021", licence="", data="", synthetic=True)
SMOOTHER = "smoother"
LEAD_S = 0.5
"""The first seconds of a recording, which no method is judged on."""
_INCREMENTS = replace(AS_TRAINED, increments=True)
# How well the smoother is told that sensors are aligned: as the optimisation takes it for granted, or not.
_ALIGNED_SD_DEG = {"segments": 0.5, "contacts": 8.0}


@dataclass(frozen=True, eq=False)
class Study:
    """A folder of results on a cohort: networks and scores are made when they are first asked for."""

    folder: Path
    cohort: Cohort
    settings: Settings
    tell: Tell = lambda *_: None

    def scores(self, joint: str, kind: Kind, sensors: Sensors) -> list[Score]:
        """Of one joint by networks of one kind, in all folds."""
        found: list[Score] = []
        for fold in self.cohort.folds:
            path = self._path(f"{joint}_{kind}_{fold.number}", sensors)
            if not path.is_file():
                opened = JointNetworks([self.network(fold, joint, kind)], CARD, threads=1)
                self._write(path, fold, kind, sensors, partial(_network_scores, opened))
            found += read_scores(path)
        return found

    def smoother_scores(self, sensors: Sensors) -> list[Score]:
        """Of our smoother with the augmented networks of all joints, in all folds."""
        found: list[Score] = []
        for fold in self.cohort.folds:
            path = self._path(f"{SMOOTHER}_{fold.number}", sensors)
            if not path.is_file():
                known = [self._with_spread(fold, joint) for joint in LEG_JOINTS]
                opened = JointNetworks(known, CARD, threads=1)
                smoothed = partial(_smoother_scores, opened, aligned_sd_deg(sensors))
                self._write(path, fold, SMOOTHER, sensors, smoothed)
            found += read_scores(path)
        return found

    def network(self, fold: Fold, joint: str, kind: Kind) -> JointNetwork:
        """One network, trained now or before."""
        return network(self.folder, self.cohort, fold, joint, kind, self.settings, self.tell)

    def _with_spread(self, fold: Fold, joint: str) -> JointNetwork:
        """An augmented network that knows how far such are off on people whom neither they nor this fold's
        test know, from one trial of each."""
        others = [(other, other.test) for other in self.cohort.folds if other.number != fold.number]
        errors = []
        for other, people in others or [(fold, fold.validate)]:
            predictor = JointPredictor(self.network(other, joint, "augmented"), 1)
            one_each = {motion.person: motion for motion in self.cohort.of(people)}
            known = trials(list(one_each.values()), joint, self.settings.sensors, self.settings.seed)
            errors += judge(predictor, list(known))
        return replace(self.network(fold, joint, "augmented"), spread=spread_of(errors))

    def _write(
        self,
        path: Path,
        fold: Fold,
        kind: str,
        sensors: Sensors,
        score: Callable[[SegmentMotion, Imu], list[Score]],
    ) -> None:
        tested = self.cohort.of(fold.test)
        made: list[Score] = []
        for n, motion in enumerate(tested):
            made += score(*worn(motion, sensors, self.settings.seed))
            self.tell(path.stem, n + 1, len(tested))
        said = [
            replace(
                one, kind=kind, placement_sd_deg=sensors.placement_sd_deg, bias_dps=sensors.bias_dps,
                noise=sensors.noise,
            )
            for one in made
        ]  # fmt: skip
        write_scores(path, said, synthetic=True)

    def _path(self, name: str, sensors: Sensors) -> Path:
        how = f"{sensors.alignment}_{sensors.placement_sd_deg:g}deg_{sensors.bias_dps:g}dps"
        return self.folder / "scores" / f"{name}_{how}{'_noise' if sensors.noise else ''}.csv"


def after_start(estimate: JointEstimate, imu: Imu) -> tuple[JointEstimate, Array]:
    """What a network says from `LEAD_S` on, and the gyroscopes (T, 2, 3) of the joint's sensors there.

    In a recording's first frames a network sees half of its window only, and the optimisation rests on one
    frame. (The paper's trials are pieces of longer ones, too.)
    """
    lead = round(LEAD_S * imu.time.rate_hz)
    rows = [imu.segments.index(name) for name in joint_segments(estimate.joint, estimate.side)]
    time = Timebase(imu.time.rate_hz, imu.time.n - lead, float(imu.time.time_s[lead]))
    later = replace(
        estimate, time=time, angle_deg=estimate.angle_deg[lead:], rotation=estimate.rotation[lead:]
    )
    return later, imu.gyr_radps[lead:, rows]


def _network_scores(opened: JointNetworks, motion: SegmentMotion, imu: Imu) -> list[Score]:
    found: list[Score] = []
    for (joint, side), estimate in opened.estimate(imu).items():
        later, gyr_radps = after_start(estimate, imu)
        optimised = optimised_angles_deg(later, gyr_radps)
        found += _scores(motion, joint, side, later.angle_deg, optimised)
    return found


def _smoother_scores(
    opened: JointNetworks, aligned_sd_deg: float, motion: SegmentMotion, imu: Imu
) -> list[Score]:
    aligned = np.full((len(imu.segments), 3), aligned_sd_deg)
    smoothed = smooth(imu, opened.estimate(imu), _INCREMENTS, alignment_sd_deg=aligned)
    lead = round(LEAD_S * imu.time.rate_hz)
    found: list[Score] = []
    for (joint, side), angle_deg in smoothed.angle_deg.items():
        found += _scores(motion, joint, side, angle_deg[lead:], None)
    return found


def aligned_sd_deg(sensors: Sensors) -> float:
    """How far sensors are off their segments, about each axis, as the smoother is told."""
    return float(np.hypot(_ALIGNED_SD_DEG[sensors.alignment], sensors.placement_sd_deg / np.sqrt(3)))


def _scores(
    motion: SegmentMotion, joint: str, side: Side, told: Array, optimised: Array | None
) -> list[Score]:
    """Of angles (T, 3) deg that end with the motion."""
    truth = motion.angles_deg(joint, side)[-len(told) :]
    found = []
    for angle in range(3):
        error = told[:, angle] - truth[:, angle]
        other = np.zeros_like(error) if optimised is None else optimised[:, angle] - truth[:, angle]
        found.append(
            Score(motion.person, motion.trial, side, joint, angle, "", 0.0, 0.0, False,
                  float(np.nanmean(truth[:, angle])), *moments(error, other))
        )  # fmt: skip
    return found


def all_scores(study: Study, joints: Sequence[str], kinds: Sequence[Kind], sensors: Sensors) -> list[Score]:
    """Of several joints and kinds; the smoother's are asked for apart."""
    return [score for joint in joints for kind in kinds for score in study.scores(joint, kind, sensors)]
