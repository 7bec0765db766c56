"""What a training run on labelled frames depends on, and the two ready recipes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from kinelab.core.checks import Problems
from kinelab.errors import InputError, RunFolderError
from kinelab.learning.run_folder import read_recipe
from kinelab.learning.splits import By

Preset = Literal["fast", "papers"]
Optimizer = Literal["adamw", "sgd"]
Schedule = Literal["cosine", "constant", "papers"]

# What a run that goes on may have otherwise: its length where that changes no schedule, and what touches no
# weights. (The length of a cosine does: its steps are part of every step's rate.)
MAY_CHANGE = frozenset({"threads", "workers", "save_minutes", "evaluate_every", "project", "commit"})


@dataclass(frozen=True)
class Unlabelled:
    """Unlabelled video that a run learns from as well, see `unlabelled` and `plausible`.

    videos: files; none means the project's own. windows: how many times three frames in a row are drawn from
    all of them together; every: one of these each so many steps. weight: of what they teach, against the
    labelled frames. begin: share of the run before it, for the first positions mean nothing.
    """

    videos: tuple[str, ...] = ()
    windows: int = 128
    every: int = 2
    weight: float = 0.03
    begin: float = 0.3

    def __post_init__(self) -> None:
        object.__setattr__(self, "videos", tuple(str(video) for video in self.videos))
        with Problems("unlabelled video") as problems:
            for name in ("windows", "every"):
                problems.add_if(
                    getattr(self, name) < 1, f"{name} is {getattr(self, name)}, expected 1 or more"
                )
            problems.add_if(not self.weight > 0, f"weight is {self.weight}, expected positive")
            problems.add_if(not 0 <= self.begin < 1, f"begin is {self.begin}, expected 0 to below 1")


@dataclass(frozen=True)
class TransferRecipe:
    """All that a run depends on.

    project, out: folders. weights: "none", or a safetensors file of the backbone; the command line resolves
    the other choices. start: the network file of an earlier run, whose weights are where this one begins and
    whose division of the frames it keeps (see `run_files.continued_split`). frames: learn from so many frames
    only, a nested subset. split_by, test_share, split_seed: see `learning.splits`; `seed` is of everything
    else. train_rows, test_rows: rows of the training set, given together, instead of all these.

    head, from_stride, output_stride, width: see `network`. long_side_px: of the network's input. score,
    radius_px, offset_radius_px, offset_weight: see `targets`. backbone_share: of the learning rate, for the
    backbone. votes: cells to each side that vote for a place, see `decoding`.

    steps: length of the run; with `minutes` it is the time that counts. benchmarks: steps at which the
    network is kept. mirror: pictures are mirrored too, with left and right landmarks exchanged. spread: of
    all augmentation, 1 as it stands in `learning.augmentation`. crops: learn from crops, see
    `batches.crop_size`. frozen_stride: the backbone up to its map of this stride keeps its weights (0: all
    learn; without weights all do); these layers know edges and textures already, and cost most. unlabelled:
    video to learn from without labels.
    """

    project: Path
    out: Path
    preset: Preset = "fast"
    backbone: str = "mobilenetv2_100"
    weights: str = "none"
    start: str | None = None
    seed: int = 0
    steps: int = 4000
    minutes: float | None = None
    benchmarks: tuple[int, ...] = ()
    frames: int | None = None
    rater: str | None = None
    split_by: By | None = None
    test_share: float = 0.1
    split_seed: int = 0
    train_rows: tuple[int, ...] | None = None
    test_rows: tuple[int, ...] | None = None
    head: Literal["pyramid", "deconvolution"] = "pyramid"
    from_stride: int = 4
    output_stride: int = 32
    width: int = 64
    long_side_px: int = 448
    score: Literal["gaussian", "disc"] = "gaussian"
    radius_px: float = 5.0
    offset_radius_px: float = 8.0
    offset_weight: float = 0.2
    votes: int = 1
    batch: int = 4
    optimizer: Optimizer = "adamw"
    schedule: Schedule = "cosine"
    learning_rate: float = 2e-3
    backbone_share: float = 0.3
    weight_decay: float = 0.02
    average_decay: float = 0.99
    spread: float = 1.0
    mirror: bool = True
    crops: bool = True
    frozen_stride: int = 4
    unlabelled: Unlabelled | None = None
    bf16: bool = False
    threads: int | None = None
    workers: int = 0
    save_minutes: float = 2.0
    evaluate_every: int = 100
    commit: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "project", Path(self.project))
        object.__setattr__(self, "out", Path(self.out))
        object.__setattr__(self, "benchmarks", tuple(sorted(set(self.benchmarks))))
        with Problems("recipe") as problems:
            for name in ("steps", "batch", "long_side_px", "width", "evaluate_every"):
                problems.add_if(
                    getattr(self, name) < 1, f"{name} is {getattr(self, name)}, expected 1 or more"
                )
            for name in ("learning_rate", "radius_px", "offset_radius_px", "save_minutes"):
                problems.add_if(
                    not getattr(self, name) > 0, f"{name} is {getattr(self, name)}, expected positive"
                )
            problems.add_if(self.minutes is not None and not self.minutes > 0, "minutes are not positive")
            problems.add_if(self.frames is not None and self.frames < 1, f"frames is {self.frames}")
            problems.add_if(
                (self.train_rows is None) != (self.test_rows is None),
                "train_rows and test_rows belong together",
            )
            problems.add_if(
                self.start is not None and (self.train_rows is not None or self.frames is not None),
                "start keeps the frames of its own run, so frames and train_rows cannot be given with it",
            )
            beyond = [step for step in self.benchmarks if not 1 <= step <= self.steps]
            problems.add_if(
                bool(beyond) and self.minutes is None,
                f"benchmarks at {beyond} lie outside the run's {self.steps} steps",
            )

    def described(self) -> dict[str, Any]:
        """As recipe.json holds it."""
        return {**asdict(self), "project": str(self.project), "out": "", "commit": self.commit}


def preset(name: Preset, project: str | Path, out: str | Path) -> TransferRecipe:
    """A ready recipe; change it with `dataclasses.replace`.

    fast: MobileNetV2 with a pyramid to stride 4 on pictures of 448 px, AdamW with a cosine; made for two
    cores.

    papers: what Cronin et al. (2019) and Johnson et al. (2022) trained with DeepLabCut: ResNet-50 at stride
    16, one deconvolution to stride 8, discs of 17 px as scores and location refinement with weight 0.05,
    batch 1, stochastic gradient descent with momentum 0.9 in DeepLabCut's steps (0.005 up to 10,000, 0.02 up
    to 430,000, 0.002 up to 730,000, 0.001 after). Johnson ran 250,000 steps with a benchmark every 25,000.
    """
    base = TransferRecipe(Path(project), Path(out))
    if name == "fast":
        return base
    return replace(
        base,
        preset="papers",
        backbone="resnet50",
        steps=250_000,
        benchmarks=tuple(range(25_000, 250_001, 25_000)),
        head="deconvolution",
        from_stride=16,
        output_stride=16,
        long_side_px=640,
        score="disc",
        radius_px=17.0,
        offset_radius_px=17.0,
        offset_weight=0.05,
        votes=0,
        batch=1,
        optimizer="sgd",
        schedule="papers",
        learning_rate=0.02,
        backbone_share=1.0,
        weight_decay=1e-4,
        average_decay=0.0,
        crops=False,
        frozen_stride=0,
        evaluate_every=5000,
    )


def retraining(start: str | Path, project: str | Path, out: str | Path) -> TransferRecipe:
    """The recipe of the run of a network file, to begin with that network: after corrections, or new frames.

    It learns from labelled frames alone, whatever that run did.

    Raises:
        RunFolderError: the file lies in no run folder, or its recipe is of another kinelab.
    """
    before = recipe_of(Path(start).parent)
    return replace(
        before,
        project=Path(project),
        out=Path(out),
        start=str(start),
        frames=None,
        train_rows=None,
        test_rows=None,
        unlabelled=None,
    )


def quick(recipe: TransferRecipe) -> TransferRecipe:
    """The same path in some seconds: does it run at all?"""
    return replace(
        recipe, steps=20, minutes=None, benchmarks=(10, 20), long_side_px=128, batch=2, evaluate_every=10
    )


def recipe_of(out: str | Path) -> TransferRecipe:
    """The recipe of the run in a folder.

    Raises:
        RunFolderError: no run there, or its recipe is of another kinelab.
    """
    held = read_recipe(Path(out))
    for name in ("benchmarks", "train_rows", "test_rows"):
        held[name] = None if held.get(name) is None else tuple(held[name])
    try:
        if held.get("unlabelled") is not None:
            held["unlabelled"] = Unlabelled(**held["unlabelled"])
        return TransferRecipe(**{**held, "out": Path(out), "project": Path(held["project"])})
    except (TypeError, KeyError, InputError) as error:
        raise RunFolderError(f"the recipe in {out} cannot be used ({error})") from error
