"""What a training run of the keypoint network depends on, and its folder."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from kinelab.learning import run_folder

# What a run that goes on may have otherwise: its length, and what does not touch the weights.
_MAY_CHANGE = {
    "steps",
    "minutes",
    "plain_share",
    "workers",
    "threads",
    "held_out",
    "export_minutes",
    "commit",
}


@dataclass(frozen=True)
class Recipe:
    """All that a run depends on. Widths and blocks as in `keypoint_net`; the rest by its name.

    steps: length of the run; with `minutes` it is the time that counts, so that the schedule fits any
    computer. uses_per_picture: how often a drawn picture is learnt from. one_way_pictures:
    see `dataset.left_facing_share`. plain_share: see `training_sample`; a run may go on with another one, to
    end on what the network is for. bf16: train in bfloat16 where the
    processor has it (AVX-512 BF16: 1.8 times as fast as float32, without it far slower).
    """

    out: Path
    seed: int = 0
    steps: int = 20_000
    minutes: float | None = None
    batch: int = 16
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.02
    average_decay: float = 0.998
    widths: tuple[int, int, int] = (32, 64, 128)
    blocks: int = 3
    uses_per_picture: int = 3
    one_way_pictures: int = 30_000
    plain_share: float = 0.0
    workers: int = 1
    threads: int = 1
    bf16: bool = False
    held_out: int = 1500
    export_minutes: float = 8.0
    commit: str = ""

    def command(self) -> str:
        """The command that repeats this run."""
        length = f"--steps {self.steps}" if self.minutes is None else f"--minutes {self.minutes:g}"
        parts = ["python -m kinelab.keypoints.training --out DIR", f"--seed {self.seed}", length]
        parts += [f"--uses {self.uses_per_picture}", f"--one-way {self.one_way_pictures}"]
        parts += [f"--plain-share {self.plain_share:g}"]
        return " ".join([*parts, *(["--bf16"] if self.bf16 else [])])


def open_run(recipe: Recipe) -> None:
    """Make the run's folder, or make sure that it belongs to this recipe; a run may go on for longer.

    Raises:
        RunFolderError: the folder holds a run of another recipe, or something else.
    """
    run_folder.open_run(recipe.out, {**asdict(recipe), "out": ""}, _MAY_CHANGE)
