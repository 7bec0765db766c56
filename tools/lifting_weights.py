"""Train the lifting network that ships with kinelab, put it in its place and write its card.

    python tools/lifting_weights.py RUN [--minutes 40 | --steps 12000] [--people 600] [--lent 3400] [--quick]

RUN is an empty folder or that of an earlier start, with the same settings: its people are used again, and the
training goes on. --quick goes the same way in a minute and leaves the shipped file alone.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

from rich.progress import Progress

from kinelab.files.atomic import atomic_path, sha256_of, write_text
from kinelab.monocular.lifting import NEEDED, LiftingNetwork, load_lifting, shipped_lifting_path
from kinelab.monocular.lifting_clips import make_clips
from kinelab.monocular.lifting_lending import lend
from kinelab.monocular.lifting_training import NETWORK_FILE, LiftingRecipe, train_lifting

_PAGE = Path(__file__).parents[1] / "docs" / "models" / "lifting.md"


def page(network: LiftingNetwork) -> str:
    """The card of the shipped network as Markdown."""
    card, path = network.card, shipped_lifting_path()
    told = {
        "reads": f"landmarks of {len(network.skeleton)} kinds ({network.skeleton.name}), or of those a set "
        f"has; {', '.join(NEEDED)} are needed",
        "file": f"`{path.name}` {path.stat().st_size / 1e6:.1f} MB, `{sha256_of(path)}`",
        "licence": card.licence,
        "data": card.data,
        "recipe": f"`{card.recipe}`",
    }
    lines = [
        "# Model card: lifting",
        "",
        "From the landmarks that a pose network found in nine moments to the pose of the skeletal model",
        "([how](../monocular.md)). The file holds the same card; `tools/lifting_weights.py` wrote this.",
        "",
        "| | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in told.items()),
        "",
        "Limits:",
        "",
        *(f"- {limit}" for limit in card.limits),
        "",
        "On virtual people held out, with a detector's errors as `monocular/lifting_views.py` draws them",
        "(synthetic):",
        "",
        "| figure | value |",
        "|---|---|",
        *(f"| {name} | {value:g} |" for name, value in card.figures.items()),
    ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Make people, train, copy."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--people", type=int, default=600)
    parser.add_argument("--lent", type=int, default=3400)
    parser.add_argument("--width", type=int, default=448)
    parser.add_argument("--steps", type=int, default=12_000)
    parser.add_argument("--minutes", type=float, default=None)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args(arguments)
    people, lent, steps = (4, 8, 100) if given.quick else (given.people, given.lent, given.steps)
    recipe = LiftingRecipe(
        people=people, lent=lent, width=given.width, batch=given.batch, steps=steps, seed=given.seed,
        minutes=None if given.quick else given.minutes,
    )  # fmt: skip
    folder = given.run / "people"
    with Progress() as progress:
        making = progress.add_task("people", total=people + lent)
        clips = make_clips(folder, people, given.seed, lambda done: progress.update(making, completed=done))
        lend(clips, lent, given.seed, folder, lambda done: progress.update(making, completed=people + done))
        learning = progress.add_task("learning", total=1.0)
        network = train_lifting(
            recipe,
            given.run / "training",
            people_folder=folder,
            threads=given.threads,
            tell=lambda done, loss: progress.update(learning, completed=done, description=f"loss {loss:.3f}"),
        )
    print(", ".join(f"{name} {value}" for name, value in network.card.figures.items()))
    if not given.quick:
        with atomic_path(shipped_lifting_path()) as temporary:
            shutil.copyfile(given.run / "training" / NETWORK_FILE, temporary)
        write_text(_PAGE, page(load_lifting()))


if __name__ == "__main__":
    main()
