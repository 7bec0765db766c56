"""Scaling and marker placement against OpenSim's ScaleTool, and joint estimation without a static trial.

    python benchmarks/skeleton_scaling.py ../shared/data/opensim [--rounds 9] [--out result.json] [--quick]

Interleaved in one process: each round runs ScaleTool and kinelab on the same files, the order turned every
other round; medians and their ratio are told. `whole` reads the model, set-up and static trial, scales,
places the markers and writes the scaled .osim (kinelab reads and writes it through the opensim package too);
`core` is what kinelab does once the model and the trial are read. Agreement: largest difference of a scale
factor (OpenSim's file has six digits) and the cost of the static pose over ScaleTool's; below 1 is better.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import opensim

from kinelab.body.forward import forward
from kinelab.body.ik_setup import uniform_tasks
from kinelab.body.inverse import solve
from kinelab.body.joint_estimation import estimate
from kinelab.body.marker_placement import MarkersPlaced, place_markers
from kinelab.body.model import BodyModel
from kinelab.body.osim import read_osim
from kinelab.body.osim_markers import read_marker_set
from kinelab.body.osim_writer import write_scaled_osim
from kinelab.body.scale_setup import ScaleSetup, read_scale_set, read_scale_setup
from kinelab.body.scaling import scale_factors
from kinelab.body.time_range import covering
from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.files.opensim_files import read_trc

RAJAGOPAL = "rajagopal_models/Rajagopal2016.osim"


@dataclass(frozen=True)
class Case:
    name: str
    setup: Path
    source: Path
    marker_set: Path | None
    moving: Path | None


def cases(folder: Path) -> list[Case]:
    rajagopal, gait = folder / "pipeline_rajagopal", folder / "pipeline_gait2392"
    thelen = folder / "gait2392_models" / "gait2392_thelen2003muscle.osim"
    pre = rajagopal / "Scale" / "markerset_walk_preScale.xml"
    data = rajagopal / "ExpData"
    walk, run = (
        rajagopal / "Scale" / "scale_setup_walk_scaleOnly.xml",
        rajagopal / "Scale" / "scale_setup_run.xml",
    )
    return [
        Case("Rajagopal walk", walk, folder / RAJAGOPAL, pre, data / "motion_capture_walk.trc"),
        Case("Rajagopal run", run, folder / RAJAGOPAL, None, data / "motion_capture_run.trc"),
        Case(
            "gait2392",
            gait / "subject01_Setup_Scale.xml",
            thelen,
            gait / "gait2392_Scale_MarkerSet.xml",
            None,
        ),
    ]


def scaletool(case: Case, setup: ScaleSetup, folder: Path) -> float:
    """Seconds of one run, written to folder as o.osim, o.mot, o.xml."""
    shutil.copy(case.source, folder / "m.osim")
    shutil.copy(setup.placing.marker_path, folder / "s.trc")
    if case.marker_set is not None:
        shutil.copy(case.marker_set, folder / "set.xml")
    start = time.perf_counter()
    tool = opensim.ScaleTool(str(case.setup))
    tool.setPathToSubject(f"{folder}/")
    tool.getGenericModelMaker().setModelFileName("m.osim")
    if case.marker_set is not None:
        tool.getGenericModelMaker().setMarkerSetFileName("set.xml")
    tool.getModelScaler().setMarkerFileName("s.trc")
    tool.getMarkerPlacer().setMarkerFileName("s.trc")
    tool.getModelScaler().setOutputModelFileName("")
    tool.getModelScaler().setOutputScaleFileName("o.xml")
    tool.getMarkerPlacer().setOutputModelFileName("o.osim")
    tool.getMarkerPlacer().setOutputMotionFileName("o.mot")
    tool.getMarkerPlacer().setOutputMarkerFileName("")
    tool.run()
    return time.perf_counter() - start


def core(model: BodyModel, setup: ScaleSetup, static: Keypoints) -> tuple[float, Array, MarkersPlaced]:
    start = time.perf_counter()
    factors = scale_factors(model, setup.scaling, static)
    placed = place_markers(model.scaled(factors), setup.placing, static)
    return time.perf_counter() - start, factors, placed


def whole(case: Case, folder: Path) -> float:
    start = time.perf_counter()
    setup = read_scale_setup(case.setup)
    model = read_model(case)
    _, factors, placed = core(model, setup, read_trc(setup.placing.marker_path))
    write_scaled_osim(
        case.source,
        dict(zip(model.body_names, factors, strict=True)),
        folder / "ours.osim",
        mass_kg=setup.mass_kg,
        markers=placed.model.markers,
    )
    return time.perf_counter() - start


def read_model(case: Case) -> BodyModel:
    model = read_osim(case.source)
    return model if case.marker_set is None else model.with_markers(read_marker_set(case.marker_set))


def agreement(
    folder: Path,
    model: BodyModel,
    factors: Array,
    placed: MarkersPlaced,
    setup: ScaleSetup,
    static: Keypoints,
) -> tuple[float, float]:
    theirs = read_scale_set(folder / "o.xml")
    off = max(np.abs(theirs[name] - factors[row]).max() for row, name in enumerate(model.body_names))
    states = opensim.TimeSeriesTable(str(folder / "o.mot"))
    values = dict(zip(states.getColumnLabels(), states.getRowAtIndex(0).to_numpy(), strict=True))
    short = {path.split("/")[-2]: value for path, value in values.items() if path.endswith("/value")}
    pose = np.array([short[name] for name in model.coordinate_names])
    scaled = model.scaled(factors)
    return float(off), cost(scaled, setup, static, placed.coordinates) / cost(scaled, setup, static, pose)


def cost(model: BodyModel, setup: ScaleSetup, static: Keypoints, pose: Array) -> float:
    """OpenSim's objective of the static pose."""
    rows, tasks = covering(static.time_s, setup.placing.time_range_s), setup.placing.tasks
    mean_m = np.nanmean(static.position[rows], axis=0)
    placed_m = forward(model, pose).marker_m
    total = weights = 0.0
    for name, weight in tasks.marker_weight.items():
        if name in model.marker_names and static.skeleton.has(name):
            gap_m = placed_m[model.marker_index(name)] - mean_m[static.skeleton.index(name)]
            total, weights = total + weight * float(gap_m @ gap_m), weights + weight
    total /= weights
    for name, weight in tasks.coordinate_weight.items():
        at = model.coordinate_index(name)
        target = float(tasks.coordinate_target.get(name, model.coordinates[at].default))
        total += weight * (pose[at] - target) ** 2
    return total


def without_static(case: Case, folder: Path) -> dict[str, float]:
    """Joint estimation from the moving trial; its fit to every third frame, and that of ScaleTool's model."""
    moving, scaled = read_trc(case.moving), read_osim(folder / "o.osim")
    model = read_model(case)
    names = [name for name in moving.skeleton.landmarks if name in scaled.marker_names]
    marker_m = moving.position[:, [moving.skeleton.index(name) for name in names]]
    start = time.perf_counter()
    found = estimate(model, names, marker_m)
    seconds = time.perf_counter() - start
    rms = [
        float(np.sqrt(np.nanmean(solve(one, names, marker_m[::3], uniform_tasks(names)).marker_error_m ** 2)))
        for one in (found.model, scaled)
    ]
    return {"estimate_s": seconds, "rms_estimate_mm": 1e3 * rms[0], "rms_scaletool_mm": 1e3 * rms[1]}


def measure(case: Case, rounds: int) -> dict[str, object]:
    setup = read_scale_setup(case.setup)
    model, static = read_model(case), read_trc(setup.placing.marker_path)
    core(model, setup, static)  # compiled before the clock runs
    times: dict[str, list[float]] = {"scaletool": [], "whole": [], "core": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for turn in range(rounds):
            for part in sorted(times, reverse=turn % 2 == 1):
                if part == "scaletool":
                    times[part].append(scaletool(case, setup, folder))
                elif part == "whole":
                    times[part].append(whole(case, folder))
                else:
                    times[part].append(core(model, setup, static)[0])
        _, factors, placed = core(model, setup, static)
        off, ratio = agreement(folder, model, factors, placed, setup, static)
        median = {part: float(np.median(found)) for part, found in times.items()}
        result: dict[str, object] = {
            "case": case.name,
            **{f"{part}_ms": 1e3 * seconds for part, seconds in median.items()},
            "ratio_whole": median["scaletool"] / median["whole"],
            "ratio_core": median["scaletool"] / median["core"],
            "factor_off": off,
            "pose_cost_ratio": ratio,
        }
        if case.moving is not None:
            result |= without_static(case, folder)
    return result


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="shared/data/opensim")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="three rounds")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    options = parser.parse_args(arguments)
    opensim.Logger.setLevelString("Off")
    results = [
        measure(case, 3 if options.quick else options.rounds) for case in cases(options.folder.resolve())
    ]
    for result in results:
        print(", ".join(f"{key} {v:.4g}" if isinstance(v, float) else str(v) for key, v in result.items()))
    if options.out is not None:
        options.out.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
