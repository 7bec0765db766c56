"""How far the skeletal model is from OpenSim, and its inverse kinematics from known answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.inverse import IkSettings, solve
from kinelab.body.model import BodyModel
from kinelab.body.opensim_check import compare_with_opensim
from kinelab.body.osim import read_osim
from kinelab.body.own_body import OWN_BODY_OSIM, own_body
from kinelab.core.checks import Array
from kinelab.study.ik_trials import TRIALS, IkTrial, cost_of, open_trial

MODELS = (
    "rajagopal_models/Rajagopal2016.osim",
    "rajagopal_models/RajagopalLaiUhlrich2023.osim",
    "gait2392_models/gait2392_thelen2003muscle.osim",
    "gait2392_models/subject01.osim",
    "gait10dof/gait10dof18musc.osim",
    "opencap/opensimPipeline/Models/LaiUhlrich2022.osim",
    "d3ke/full_body.osim",
)
MARKER_SD_M = 0.005
TOLD_DEG = 5.0  # stated sd up to which an angle counts as told by its markers


def run(seed: int, quick: bool, shared: Path | None) -> str:
    """Compare with OpenSim live and with its stored answers; a page of Markdown.

    Without the folder `shared` of public models and trials only the shipped body is compared.

    Raises:
        MissingExtraError: opensim or torch is not installed.
    """
    paths = [OWN_BODY_OSIM, *([shared / "opensim" / name for name in MODELS] if shared else [])]
    parts = [_forward_table(paths[: 2 if quick else None], 10 if quick else 200, seed)]
    if shared:
        trials = [open_trial(files, shared) for files in (TRIALS[:1] if quick else TRIALS)]
        parts.append(_inverse_table([trial.first(20) for trial in trials] if quick else trials))
    parts.append(_noise_table(own_body(), seed, 40 if quick else 400))
    return "\n\n".join(parts) + "\n"


def _forward_table(paths: list[Path], poses: int, seed: int) -> str:
    """Largest differences from OpenSim over random poses."""
    lines = [
        f"Forward kinematics against OpenSim, live: largest difference of any body or marker over {poses} "
        "random poses, each coordinate over its whole range (at most two turns).",
        "",
        "| model | bodies | coordinates | markers | numpy, m | deg | torch float64, m | torch float32, m |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for path in paths:
        model = read_osim(path)
        found = compare_with_opensim(path, poses=poses, seed=seed, layer=True)
        layers = [
            max(row.position_m for row in found if row.what.startswith(f"layer {kind}"))
            for kind in ("float64", "float32")
        ]
        lines.append(
            f"| {path.stem} | {len(model.bodies)} | {len(model.coordinates)} | {len(model.markers)}"
            f" | {found[0].position_m:.1e} | {found[0].angle_deg:.1e} | {layers[0]:.1e} | {layers[1]:.1e} |"
        )
    return "\n".join(lines)


def _inverse_table(trials: list[IkTrial]) -> str:
    """Our cost over OpenSim's on every frame of the public trials, from a cold start."""
    lines = [
        "Inverse kinematics against OpenSim 4.6 at the accuracy given (1e-07: converged), with its own "
        "set-ups: cost of our answer over the cost of OpenSim's, each frame; both costs evaluated apart from "
        f"either solver. The angle columns compare the angles with a stated sd up to {TOLD_DEG:g} deg.",
        "",
        "| trial | accuracy | frames | cost, mean | cost, worst | frames above 1.001 | not converged "
        "| RMS, mm | median angle apart, deg | largest, deg |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for trial in trials:
        result = solve(trial.model, trial.marker_names, trial.marker_m, trial.tasks)
        ratio = cost_of(trial, result.coordinates) / cost_of(trial, trial.reference)
        rotates = [one.motion == "rotational" and not one.locked for one in trial.model.coordinates]
        told = (result.sd <= np.radians(TOLD_DEG)) & np.array(rotates)
        apart = np.degrees(np.abs(result.coordinates - trial.reference)[told])
        lines.append(
            f"| {trial.files.name} | {trial.files.accuracy:.0e} | {ratio.size} | {ratio.mean():.5f} "
            f"| {ratio.max():.5f} | {int((ratio > 1.001).sum())} | {int((~result.converged).sum())} "
            f"| {1000 * np.sqrt(np.nanmean(result.marker_error_m**2)):.1f} "
            f"| {np.median(apart):.3f} | {apart.max():.3f} |"
        )
    return "\n".join(lines)


def _noise_table(model: BodyModel, seed: int, draws: int) -> str:
    """The standard deviation that inverse kinematics states against the spread that noise makes."""
    rng = np.random.default_rng(seed)
    pose = _bent(model)
    clean_m = forward(model, pose).marker_m
    noisy_m = clean_m + rng.normal(0, MARKER_SD_M, (draws, *clean_m.shape))
    result = solve(model, model.marker_names, noisy_m, settings=IkSettings(marker_sd_m=MARKER_SD_M, starts=0))
    free = [i for i, one in enumerate(model.coordinates) if not one.locked and one.motion == "rotational"]
    found = result.coordinates[:, free].std(axis=0, ddof=1)
    ratio = found / np.median(result.sd[:, free], axis=0)
    stated = np.degrees(np.median(result.sd[:, free], axis=0))
    worst, best = int(np.argmax(stated)), int(np.argmin(stated))
    names = [model.coordinate_names[i] for i in free]
    return (
        f"Standard deviations, synthetic: {draws} times the shipped body in one bent pose with independent "
        f"noise of {1000 * MARKER_SD_M:g} mm in each direction of each of {len(model.markers)} markers. "
        f"Spread found over sd stated, {len(free)} angles: median {np.median(ratio):.3f}, from "
        f"{ratio.min():.3f} ({names[int(np.argmin(ratio))]}) to {ratio.max():.3f} "
        f"({names[int(np.argmax(ratio))]}); the ratio of a true sd would itself spread by "
        f"{1 / np.sqrt(2 * (draws - 1)):.3f}. Stated sd from {stated[best]:.2f} deg ({names[best]}) to "
        f"{stated[worst]:.2f} deg ({names[worst]})."
    )


def _bent(model: BodyModel) -> Array:
    """A pose inside all ranges, away from their ends."""
    low, high = np.array([one.range for one in model.coordinates]).T
    middle = model.default_coordinates + 0.25 * (np.clip((low + high) / 2, -1, 1) - model.default_coordinates)
    fixed = np.array([one.locked or one.motion != "rotational" for one in model.coordinates])
    return np.where(fixed, model.default_coordinates, np.clip(middle, low + 0.1, high - 0.1))
