"""Inverse kinematics against OpenSim 4.6 on real trials: frames a second at equal or better cost.

    python benchmarks/skeleton_ik.py ../shared/data [--out FILE.json] [--seed 0] [--quick]

OpenSim's InverseKinematicsSolver steps through the trial at the set-up's own accuracy and converged (1e-7);
kinelab solves it with default settings on all cores and on one. All take turns in one process; neither side
reads or writes a file while the clock runs, and OpenSim's solver tells no marker errors, sd or
observabilities, which favours OpenSim. Kinelab's frames count only where no frame costs more than 1.001 times
OpenSim's. Compiling (or loading the compiled code) is timed apart, in the first solve.

A last row is the whole errand from files to file: opensim.InverseKinematicsTool run from the set-up, which
reads the markers and writes the motion, against kinelab reading set-up and markers, solving and writing
the motion. Both have the model read already.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import opensim

from kinelab.body.ik_setup import read_ik_setup
from kinelab.body.inverse import IkSettings, solve
from kinelab.body.motion_file import write_coordinates
from kinelab.body.time_range import in_time_range
from kinelab.core.checks import Array
from kinelab.files.opensim_files import read_trc
from kinelab.study.ik_trials import TRIALS, IkTrial, cost_of, open_trial

CONVERGED = 1e-7
LARGEST = 1.001
TOOL_TRIAL = "gait10dof walk"


def read_trial(root: Path, name: str, frames: int | None) -> IkTrial:
    trial = open_trial(next(files for files in TRIALS if files.name == name), root)
    return trial if frames is None else trial.first(frames)


def times_s(trial: IkTrial, root: Path) -> Array:
    """Times (T,) of the trial's frames."""
    markers = read_trc(root / trial.files.markers)
    kept = in_time_range(markers.time_s, read_ik_setup(root / trial.files.setup).time_range_s)
    time_s = np.array(markers.time_s[kept][: trial.marker_m.shape[0]])
    if not np.array_equal(markers.position[kept][: time_s.size], trial.marker_m, equal_nan=True):
        raise RuntimeError(f"{trial.files.name}: the reference does not begin with the set-up's time range")
    return time_s


def opensim_solver(trial: IkTrial, root: Path, accuracy: float) -> Callable[[], Array]:
    """A function that steps through the trial and gives the coordinates (T, C)."""
    time_s = times_s(trial, root)
    model = opensim.Model(str(root / trial.files.model))
    state = model.initSystem()
    weights = opensim.SetMarkerWeights()
    for name, weight in trial.tasks.marker_weight.items():
        weights.cloneAndAppend(opensim.MarkerWeight(name, weight))
    markers = opensim.MarkersReference()
    markers.initializeFromMarkersFile(str(root / trial.files.markers), weights)
    references = opensim.SimTKArrayCoordinateReference()
    for name, weight in trial.tasks.coordinate_weight.items():
        default = trial.model.coordinates[trial.model.coordinate_index(name)].default
        target = float(np.asarray(trial.tasks.coordinate_target.get(name, default)))
        reference = opensim.CoordinateReference(name, opensim.Constant(target))
        reference.setWeight(weight)
        references.push_back(reference)
    coordinates = model.getCoordinateSet()
    columns = [coordinates.get(name) for name in trial.model.coordinate_names]

    def run() -> Array:
        solver = opensim.InverseKinematicsSolver(model, markers, references, float("inf"))
        solver.setAccuracy(accuracy)
        poses = np.empty((time_s.size, len(columns)))
        for t, now_s in enumerate(time_s):
            state.setTime(float(now_s))
            if t == 0:
                solver.assemble(state)
            else:
                solver.track(state)
            poses[t] = [column.getValue(state) for column in columns]
        return poses

    return run


def timed(run: Callable[[], Array]) -> tuple[float, Array]:
    begin = time.perf_counter()
    poses = run()
    return time.perf_counter() - begin, poses


def measure(trial: IkTrial, root: Path, repeats: int, seed: int) -> dict[str, object]:
    """Frames a second of each side, taking turns, and the largest ratio of their costs."""

    def ours(threads: int) -> Array:
        settings = IkSettings(threads=threads, seed=seed)
        result = solve(trial.model, trial.marker_names, trial.marker_m, trial.tasks, settings)
        return np.array(result.coordinates)

    accuracy = read_ik_setup(root / trial.files.setup).accuracy
    runs = {
        "opensim set-up": opensim_solver(trial, root, accuracy),
        "kinelab": lambda: ours(0),
        "opensim converged": opensim_solver(trial, root, CONVERGED),
        "kinelab 1 thread": lambda: ours(1),
    }
    first_s, _ = timed(runs["kinelab"])
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    cost: dict[str, Array] = {}
    for _ in range(repeats):
        for name, run in runs.items():
            spent, poses = timed(run)
            seconds[name].append(spent)
            cost[name] = cost_of(trial, poses)
    frames = trial.marker_m.shape[0]
    rate = {name: frames / float(np.median(spent)) for name, spent in seconds.items()}
    worst = {
        name: float((cost["kinelab"] / cost[name]).max()) for name in ("opensim set-up", "opensim converged")
    }
    return {
        "trial": trial.files.name,
        "frames": frames,
        "accuracy": accuracy,
        "first_solve_s": first_s,
        "median_frames_per_s": rate,
        "best_frames_per_s": {name: frames / min(spent) for name, spent in seconds.items()},
        "largest_cost_ratio": worst,
        "ratio_set_up": rate["kinelab"] / rate["opensim set-up"],
        "ratio_converged": rate["kinelab"] / rate["opensim converged"],
        "ratio_set_up_1_thread": rate["kinelab 1 thread"] / rate["opensim set-up"],
        "ratio_converged_1_thread": rate["kinelab 1 thread"] / rate["opensim converged"],
        "counts": max(worst.values()) <= LARGEST,
    }


def from_file_to_file(trial: IkTrial, root: Path, repeats: int) -> dict[str, object]:
    """Seconds of OpenSim's tool and of kinelab for the same errand, taking turns."""
    setup_file, trc = root / trial.files.setup, root / trial.files.markers
    seconds: dict[str, list[float]] = {"opensim tool": [], "kinelab": []}
    with tempfile.TemporaryDirectory() as folder:
        model = opensim.Model(str(root / trial.files.model))
        model.initSystem()
        tool = opensim.InverseKinematicsTool(str(setup_file), False)
        tool.setModel(model)
        tool.setMarkerDataFileName(str(trc))
        tool.setResultsDir(folder)
        tool.setOutputMotionFileName(str(Path(folder) / "opensim.mot"))

        def theirs() -> None:
            tool.run()

        def ours() -> None:
            setup, markers = read_ik_setup(setup_file), read_trc(trc)
            kept = in_time_range(markers.time_s, setup.time_range_s)
            result = solve(trial.model, markers.skeleton.landmarks, markers.position[kept], setup.tasks)
            write_coordinates(
                trial.model, markers.time_s[kept], result.coordinates, Path(folder) / "kinelab.mot"
            )

        for _ in range(repeats):
            for name, run in (("opensim tool", theirs), ("kinelab", ours)):
                begin = time.perf_counter()
                run()
                seconds[name].append(time.perf_counter() - begin)
    median_s = {name: float(np.median(spent)) for name, spent in seconds.items()}
    ratio = median_s["opensim tool"] / median_s["kinelab"]
    return {"trial": f"{trial.files.name}, files to files", "median_s": median_s, "ratio": ratio}


def told(row: dict[str, object]) -> str:
    """One row of `measure` as a line."""
    rate = row["median_frames_per_s"]
    assert isinstance(rate, dict)
    return (
        f"{row['trial']:20s} {row['frames']:4d} frames: OpenSim {rate['opensim set-up']:7.1f} (set-up) "
        f"{rate['opensim converged']:7.1f} (1e-7), kinelab {rate['kinelab']:8.0f} frames/s "
        f"({rate['kinelab 1 thread']:.0f} on one thread): {row['ratio_set_up']:6.1f} x and "
        f"{row['ratio_converged']:6.1f} x; cost ratio <= {row['largest_cost_ratio']}; "
        f"first solve {row['first_solve_s']:.1f} s{'' if row['counts'] else ' DOES NOT COUNT'}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the shared recordings")
    parser.add_argument("--out", type=Path, help="write the figures here as JSON")
    parser.add_argument("--seed", type=int, default=0, help="seed of the random starts")
    parser.add_argument("--quick", action="store_true", help="40 frames of each trial, once")
    parser.add_argument("--trial", help="this trial only")
    parser.add_argument("--repeats", type=int, default=3, help="how often each side runs; medians count")
    given = parser.parse_args(arguments)
    root = given.data.resolve()  # the tool changes the working directory
    opensim.Logger.setLevelString("Off")
    rows = []
    for name in [files.name for files in TRIALS if given.trial in (None, files.name)]:
        trial = read_trial(root, name, 40 if given.quick else None)
        rows.append(measure(trial, root, 1 if given.quick else given.repeats, given.seed))
        print(told(rows[-1]), flush=True)
    if not given.quick:
        row = from_file_to_file(read_trial(root, given.trial or TOOL_TRIAL, None), root, given.repeats)
        rows.append(row)
        print(f"{row['trial']}: {row['median_s']} s, {row['ratio']:.1f} x", flush=True)
    if given.out is not None:
        given.out.write_text(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()
