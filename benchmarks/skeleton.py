"""All benchmarks of the skeletal model in one process: kinematics, gradients, inverse kinematics, scaling.

    python benchmarks/skeleton.py ../shared/data [--out FOLDER] [--seed 0] [--quick]

Each part takes turns with OpenSim 4.6 on the same input and prints the ratios; run on a quiet machine. The
parts also run alone: skeleton_fk (compiled kinematics and Jacobian), skeleton_layer (torch, with gradients),
skeleton_ik (public trials), skeleton_scaling (ScaleTool); skeleton_gpu wants a GPU.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import skeleton_fk
import skeleton_ik
import skeleton_layer
import skeleton_scaling


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder of the shared recordings")
    parser.add_argument("--out", type=Path, help="folder for the figures as JSON")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    model = str(given.data / "opensim/rajagopal_models/Rajagopal2016.osim")
    parts = {
        "forward kinematics": (skeleton_fk.main, "fk.json", [model, "--seed", str(given.seed)]),
        "layer": (skeleton_layer.main, "layer.json", [model, "--seed", str(given.seed)]),
        "inverse kinematics": (skeleton_ik.main, "ik.json", [str(given.data), "--seed", str(given.seed)]),
        "scaling": (skeleton_scaling.main, "scaling.json", [str(given.data / "opensim")]),
    }
    if given.out:
        given.out.mkdir(parents=True, exist_ok=True)
    for name, (run, file, arguments) in parts.items():
        print(f"\n{name}", flush=True)
        arguments += ["--quick"] if given.quick else []
        run([*arguments, "--out", str(given.out / file)] if given.out else arguments)


if __name__ == "__main__":
    main()
