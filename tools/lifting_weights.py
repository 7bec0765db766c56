"""Train the lifting network that ships with kinelab and put it in its place.

    python tools/lifting_weights.py RUN [--people 600] [--steps 12000] [--batch 256] [--seed 1] [--quick]

RUN is an empty folder or that of an earlier start, with the same settings: its people and a finished network
are used again. --quick goes the same way in a minute and leaves the shipped file alone.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

from rich.progress import Progress

from kinelab.monocular.lifting import shipped_lifting_path
from kinelab.monocular.lifting_clips import make_clips
from kinelab.monocular.lifting_training import NETWORK_FILE, LiftingRecipe, train_lifting


def main(arguments: Sequence[str] | None = None) -> None:
    """Make people, train, copy."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--people", type=int, default=600)
    parser.add_argument("--steps", type=int, default=12_000)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args(arguments)
    people, steps = (4, 100) if given.quick else (given.people, given.steps)
    recipe = LiftingRecipe(people=people, batch=given.batch, steps=steps, seed=given.seed)
    folder = given.run / "people"
    with Progress() as progress:
        making = progress.add_task("people", total=people)
        make_clips(folder, people, given.seed, lambda done: progress.update(making, completed=done))
        learning = progress.add_task("steps", total=steps)
        network = train_lifting(
            recipe,
            given.run / "training",
            people_folder=folder,
            threads=given.threads,
            tell=lambda step, loss: progress.update(learning, completed=step, description=f"loss {loss:.3f}"),
        )
    print(", ".join(f"{name} {value}" for name, value in network.card.figures.items()))
    if not given.quick:
        shutil.copyfile(given.run / "training" / NETWORK_FILE, shipped_lifting_path())


if __name__ == "__main__":
    main()
