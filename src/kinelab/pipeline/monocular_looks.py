"""What a direct network said of a video's frames, as a file: the second long pass is done once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xarray as xr
from rich.console import Console

from kinelab.core.provenance import ModelRecord
from kinelab.core.recording import Video
from kinelab.errors import FileFormatError, ModelError
from kinelab.files.atomic import sha256_of
from kinelab.files.native import write_netcdf
from kinelab.files.video import read_frames
from kinelab.monocular.camera_sight import MonocularCamera
from kinelab.monocular.estimate import Looks, PoseNetwork, look, square_track
from kinelab.monocular.fusing import fused, weight_by_cards
from kinelab.monocular.lifting import load_lifting, shipped_lifting_path
from kinelab.monocular.poses import POSE_ARRAYS, Poses
from kinelab.monocular.sequence_running import (
    SequenceNetwork,
    load_sequence_network,
    shipped_sequence_path,
)
from kinelab.monocular.shipped import DirectNetwork
from kinelab.pipeline.monocular_frames import LOOKS_FILE, LOOKS_KIND
from kinelab.pipeline.monocular_options import MonocularOptions
from kinelab.pipeline.monocular_person import Person
from kinelab.pipeline.progress import progress
from kinelab.pipeline.run_folder import RunFolder

_DIMENSIONS = {
    "coordinates": ("frame", "coordinate"),
    "sd_rad": ("frame", "coordinate"),
    "scale": ("frame", "body", "axis"),
    "view_rotation": ("frame", "row", "axis"),
    "view_sd_rad": ("frame",),
    "landmark_px": ("frame", "landmark", "component"),
    "landmark_sd_px": ("frame", "landmark"),
}


def look_at(
    video: Video, person: Person, network: DirectNetwork, folder: RunFolder, options: MonocularOptions,
    console: Console,
) -> Looks:  # fmt: skip
    """Poses of the person in every frame with a box, refined by one another where a sequence network is.

    The pass over the video is a stage of the run.

    Raises:
        ModelError: no such sequence network, or one for another direct network.
    """
    sequence = _sequence(network, folder, options)
    teller: PoseNetwork = network if sequence is None else _Raw(network)
    squares = square_track(person.box, person.time_s, network.fill)

    def pass_over() -> list[str]:
        start, stop = int(person.frame_index[0]), int(person.frame_index[-1]) + 1
        wanted = dict(zip(person.frame_index.tolist(), squares, strict=True))
        with (
            progress("poses", stop - start, console) as advance,
            read_frames(video, start=start, stop=stop) as frames,
        ):
            found = look(frames, wanted, teller, mirror=options.mirror,
                         on_frame=lambda index: advance(index + 1 - start))  # fmt: skip
        save_looks(found, folder.file(LOOKS_FILE), synthetic=options.synthetic)
        return [LOOKS_FILE]

    choices = {"network": network.sha256, "mirror": options.mirror, "raw": sequence is not None}
    folder.stage("poses", choices, pass_over)
    looks = load_looks(folder.file(LOOKS_FILE), network)
    if sequence is None:
        return looks
    vectors = network.vector.values(looks.poses)
    return replace(looks, poses=sequence.estimate(vectors, looks.time_s, network.size_px))


def with_lifted(
    looks: Looks, person: Person, network: DirectNetwork, camera: MonocularCamera, folder: RunFolder
) -> Looks:
    """The looks with what the landmarks of another network lift to, where there are any.

    Raises:
        ModelError: the lifting network is missing or damaged.
    """
    if person.other is None:
        return looks
    lifting = load_lifting()
    both = fused(looks, person.other, camera, lifting, weight_by_cards(network.card, lifting.card))
    if both is looks:
        return looks
    sha256 = sha256_of(shipped_lifting_path())
    folder.add_models(ModelRecord(lifting.card.name, sha256, lifting.card.licence))
    return both


class _Raw:
    """A direct network whose sd are as it tells them: a sequence network has learnt from such."""

    def __init__(self, network: DirectNetwork) -> None:
        self._network = network
        self.size_px, self.fill = network.size_px, network.fill
        self.landmarks, self.model = network.landmarks, network.model

    def estimate(self, images: npt.NDArray[np.uint8], *, mirror: bool = False) -> Poses:
        vectors = self._network.vectors(images, mirror=mirror)
        return self._network.vector.poses(vectors, self.size_px)


def _sequence(network: DirectNetwork, folder: RunFolder, options: MonocularOptions) -> SequenceNetwork | None:
    """The sequence network that was asked for, or that ships with the shipped direct one."""
    path = options.sequence
    if path is None and options.network is None and shipped_sequence_path().is_file():
        path = shipped_sequence_path()
    if path is None or options.no_sequence:
        return None
    found = load_sequence_network(path)
    if (found.vector.landmarks, found.vector.numbers) != (network.landmarks, network.vector.numbers):
        raise ModelError(f"{path}: made for another direct network, whose output has another layout")
    folder.add_models(ModelRecord(found.card.name, sha256_of(path), found.card.licence))
    return found


def save_looks(looks: Looks, path: str | Path, *, synthetic: bool = False) -> None:
    """Write looks whole or not at all, in single precision."""
    arrays = {
        name: (_DIMENSIONS[name], np.asarray(getattr(looks.poses, name), np.float32)) for name in POSE_ARRAYS
    }
    dataset = xr.Dataset(
        {
            **arrays,
            "frame_index": ("frame", looks.frame_index),
            "time": ("frame", looks.time_s, {"units": "s"}),
            "square": (("frame", "edge"), looks.square, {"units": "px"}),
            "contrast": ("frame", looks.contrast),
        },
        {"coordinate": list(looks.poses.model.coordinate_names), "landmark": list(looks.poses.landmarks)},
        attrs={
            "kind": LOOKS_KIND,
            "crop_px": list(looks.poses.size_px),
            "size_px": list(looks.size_px),
            **({"synthetic": 1} if synthetic else {}),
        },
    )
    write_netcdf(dataset, path)


def load_looks(path: str | Path, network: PoseNetwork) -> Looks:
    """Read what `save_looks` wrote of the same network's poses.

    Raises:
        FileFormatError: it is not such a file, or of another model or other landmarks.
    """
    with xr.open_dataset(path, engine="h5netcdf", decode_times=False, mask_and_scale=False) as opened:
        data = opened.load()
    same = data.attrs.get("kind") == LOOKS_KIND
    same = same and tuple(map(str, data["coordinate"].values)) == network.model.coordinate_names
    if not (same and tuple(map(str, data["landmark"].values)) == network.landmarks):
        raise FileFormatError(
            path, f"is no {LOOKS_KIND!r} file of this network; delete the run folder, run again"
        )
    crop, size = (tuple(int(v) for v in data.attrs[name]) for name in ("crop_px", "size_px"))
    poses = Poses(
        model=network.model, landmarks=network.landmarks, size_px=(crop[0], crop[1]),
        **{name: data[name].values.astype(float) for name in POSE_ARRAYS},
    )  # fmt: skip
    return Looks(
        data["frame_index"].values, data["time"].values, poses, data["square"].values,
        data["contrast"].values, (size[0], size[1]),
    )  # fmt: skip
