"""Labelled crops of people on disk: what the networks of this room learn from and are judged by.

A folder of shards, each a safetensors file written whole or not at all. Virtual people are drawn once and
looked at many times: a picture costs as much to draw as to learn from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from kinelab.errors import FileFormatError, InputError
from kinelab.files.atomic import atomic_path
from kinelab.files.safe_arrays import safetensors_bytes
from kinelab.virtual_lab.sample import Sample, SampleDesign, make_samples

FORMAT = "kinelab examples 1"
PEOPLE_PER_SHARD = 40
IMAGE = "image"
# Of `virtual_lab.sample.Sample`, beside the picture; lens is (focal length, centre x, centre y) in px.
LABELS = (
    "coordinates", "scale", "pelvis_rotation", "pelvis_m", "landmark_px", "landmark_m", "seen", "marker_m",
    "lens", "person", "movement",
)  # fmt: skip
Arrays = dict[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Shard:
    """One file; labels are read when first asked for, pictures one by one."""

    path: Path

    @cached_property
    def header(self) -> Mapping[str, str]:
        """What the file says of itself.

        Raises:
            FileFormatError: not a whole safetensors file, or not one of examples.
        """
        try:
            with safe_open(self.path, framework="numpy") as file:
                header: Mapping[str, str] = file.metadata() or {}
                missing = sorted({IMAGE, *LABELS} - set(file.keys()))
        except (SafetensorError, OSError) as error:
            raise FileFormatError(self.path, f"not a whole safetensors file ({error})") from error
        if header.get("format") != FORMAT or missing:
            lacks = f"; it lacks {', '.join(missing)}" if missing else ""
            raise FileFormatError(self.path, f"holds no {FORMAT!r}{lacks}")
        return header

    @property
    def movements(self) -> list[str]:
        """Names that this file's label `movement` counts."""
        names: list[str] = json.loads(self.header["movements"])
        return names

    @cached_property
    def labels(self) -> Arrays:
        """All arrays but the pictures: `LABELS`, and what else this file has of each example."""
        _ = self.header
        with safe_open(self.path, framework="numpy") as file:
            return {name: file.get_tensor(name) for name in sorted(file.keys()) if name != IMAGE}

    def images(self, rows: Sequence[int]) -> NDArray[np.uint8]:
        """Pictures (N, H, W, 3) of these rows."""
        with safe_open(self.path, framework="numpy") as file:
            held = file.get_slice(IMAGE)
            return np.concatenate([held[int(row) : int(row) + 1] for row in rows])


class Examples:
    """All shards of a folder as one list of examples, in the order of the files' names."""

    def __init__(self, folder: str | Path, shards: slice = slice(None)) -> None:
        """shards: only these files of the folder.

        Raises:
            InputError: no folder, or no shard in it. FileFormatError: see `Shard.header`.
        """
        self.folder = Path(folder)
        if not self.folder.is_dir():
            raise InputError(f"{folder}: no such folder; kinelab monocular examples makes one")
        self._hold([Shard(path) for path in sorted(self.folder.glob("*.safetensors"))][shards])

    def _hold(self, shards: list[Shard], own: int | None = None) -> None:
        """own: how many of the files are of this folder; those after them show other people."""
        if not shards:
            raise InputError(f"{self.folder} holds no examples (*.safetensors)")
        self.shards, self._own = shards, len(shards) if own is None else own
        lengths = [len(shard.labels["person"]) for shard in shards]
        self._first = np.concatenate([[0], np.cumsum(lengths)])
        names = {name for shard in shards for name in shard.movements}
        self.movements: tuple[str, ...] = tuple(sorted(names))

    def beside(self, other: Examples) -> Examples:
        """These examples, then those of another folder, whose people are counted on from the last here."""
        both = Examples.__new__(Examples)
        both.folder = self.folder
        both._hold([*self.shards, *other.shards], len(self.shards))
        return both

    def __len__(self) -> int:
        return int(self._first[-1])

    @cached_property
    def labels(self) -> Arrays:
        """Every label that all shards have; movement is an index into `movements`."""
        names = [name for name in self.shards[0].labels if all(name in one.labels for one in self.shards)]
        found = {name: np.concatenate([shard.labels[name] for shard in self.shards]) for name in names}
        others = slice(int(self._first[self._own]), None)
        found["person"][others] += found["person"][: others.start].max() + 1
        row = {name: i for i, name in enumerate(self.movements)}
        movement = [[row[name] for name in shard.movements] for shard in self.shards]
        found["movement"] = np.concatenate(
            [
                np.array(rows)[shard.labels["movement"]]
                for rows, shard in zip(movement, self.shards, strict=True)
            ]
        )
        return found

    @property
    def synthetic(self) -> bool:
        """Whether a computer drew them."""
        return any(shard.header["synthetic"] == "1" for shard in self.shards)

    def images(self, indices: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Pictures (N, H, W, 3) of these examples, in the order of the indices."""
        file = np.searchsorted(self._first, indices, side="right") - 1
        first = self.shards[0].images([0])
        found = np.empty((len(indices), *first.shape[1:]), np.uint8)
        for one in np.unique(file):
            here = np.flatnonzero(file == one)
            found[here] = self.shards[one].images(indices[here] - self._first[one])
        return found

    def batches(self, size: int) -> Iterator[NDArray[np.int64]]:
        """Indices of all examples in order, `size` at a time."""
        for start in range(0, len(self), size):
            yield np.arange(start, min(start + size, len(self)))


def make_examples(
    folder: str | Path,
    designs: Sequence[SampleDesign],
    people: int,
    *,
    seed: int,
    workers: int = 1,
    per_shard: int = PEOPLE_PER_SHARD,
    advance: Callable[[int], None] = lambda done: None,
) -> Examples:
    """Draw the pictures of so many virtual people; shards that are there already stay as they are.

    designs: person i is of designs[i % len(designs)]; all of one size. people is rounded up to whole shards
    of per_shard. advance: called with the number of people that came about. Several workers are processes
    of their own, so a script needs its `if __name__ == "__main__"`.

    Raises:
        InputError: no person, no design or designs of several sizes.
        OutputError: the disk is full.
    """
    if people < 1:
        raise InputError(f"people is {people}, expected 1 or more")
    if len({design.size_px for design in designs}) != 1:
        raise InputError("the designs of examples must be of one size, and there must be one at least")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [folder / f"shard_{i:05d}.safetensors" for i in range(-(-people // per_shard))]
    missing = [i for i, path in enumerate(wanted) if not path.is_file()]
    advance(per_shard * (len(wanted) - len(missing)))
    tasks = [(wanted[i], tuple(designs), seed, range(per_shard * i, per_shard * (i + 1))) for i in missing]
    if workers == 1:
        for task in tasks:
            _make_shard(*task)
            advance(per_shard)
        return Examples(folder)
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        running = [pool.submit(_make_shard, *task) for task in tasks]
        try:
            for done in as_completed(running):
                done.result()
                advance(per_shard)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)  # else all the rest is drawn before anybody hears
            raise
    return Examples(folder)


def _make_shard(path: Path, designs: Sequence[SampleDesign], seed: int, people: range) -> None:
    samples = [
        one for person in people for one in make_samples(designs[person % len(designs)], seed, 0, person)
    ]
    header = {"seed": str(seed), "designs": json.dumps([asdict(design) for design in designs])}
    write_shard(path, samples, synthetic=True, more=header)


def write_shard(
    path: Path,
    samples: Sequence[Sample],
    *,
    synthetic: bool,
    more: Mapping[str, str] | None = None,
) -> None:
    """Write samples as one shard; more: what else its header is to say."""
    arrays, movements = arrays_of(samples)
    write_arrays(path, arrays, movements, synthetic=synthetic, more=more)


def arrays_of(samples: Sequence[Sample]) -> tuple[dict[str, NDArray[np.generic]], list[str]]:
    """Pictures and `LABELS` of samples, each (N, ...), and the names that the label `movement` counts."""
    movements = sorted({one.movement for one in samples})
    arrays: dict[str, NDArray[np.generic]] = {IMAGE: np.stack([one.image for one in samples])}
    for name in LABELS[:8]:
        kind = np.bool_ if name == "seen" else np.float32
        arrays[name] = np.stack([np.asarray(getattr(one, name), kind) for one in samples])
    arrays["lens"] = np.array([(one.focal_px, *one.centre_px) for one in samples], np.float32)
    arrays["person"] = np.array([one.person for one in samples], np.int64)
    arrays["movement"] = np.array([movements.index(one.movement) for one in samples], np.int64)
    return arrays, movements


def write_arrays(
    path: Path,
    arrays: Mapping[str, NDArray[np.generic]],
    movements: Sequence[str],
    *,
    synthetic: bool,
    more: Mapping[str, str] | None = None,
) -> None:
    """Write one shard from image, all of `LABELS` and any other label, each (N, ...); floats become float32.

    movements: the names that the label `movement` counts.
    """
    kept = {
        name: np.ascontiguousarray(array, np.float32 if array.dtype.kind == "f" else None)
        for name, array in arrays.items()
    }
    header = {
        "format": FORMAT,
        "synthetic": str(int(synthetic)),
        "movements": json.dumps(list(movements)),
        **(more or {}),
    }
    with atomic_path(path) as temporary:
        temporary.write_bytes(safetensors_bytes(kept, header))
