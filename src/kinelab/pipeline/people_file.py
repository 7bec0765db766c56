"""Everyone who was tracked in a video, in one NetCDF-4 file: so that another person can be chosen later."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.detection.people import PersonTrack
from kinelab.errors import FileFormatError
from kinelab.files.native import write_netcdf

_KIND = "kinelab people 1"


def save_people(tracks: list[PersonTrack], path: str | Path, *, synthetic: bool = False) -> None:
    """Write tracks whole or not at all; the rows of all persons stand below each other. synthetic: the
    attribute of that name is 1, for nobody was recorded."""
    if not tracks:
        raise ValueError("no track to save")
    skeleton = tracks[0].keypoints.skeleton
    height = max(t.thumbnail.shape[0] for t in tracks)
    width = max(t.thumbnail.shape[1] for t in tracks)
    thumbnails = np.zeros((len(tracks), height, width, 3), np.uint8)
    for row, track in zip(thumbnails, tracks, strict=True):
        row[: track.thumbnail.shape[0], : track.thumbnail.shape[1]] = track.thumbnail
    rows = ("row",)
    dataset = xr.Dataset(
        {
            "frame_index": (rows, np.concatenate([t.frame_index for t in tracks])),
            "time": (rows, np.concatenate([t.time_s for t in tracks]), {"units": "s"}),
            "box": ((*rows, "edge"), np.concatenate([t.box for t in tracks]), {"units": "px"}),
            "score": (rows, np.concatenate([t.score for t in tracks])),
            "position": (
                (*rows, "landmark", "component"),
                np.concatenate([t.keypoints.position for t in tracks]),
                {"units": "px"},
            ),
            "confidence": ((*rows, "landmark"), np.concatenate([t.keypoints.confidence for t in tracks])),
            "sd": ((*rows, "landmark"), np.concatenate([_sd(t.keypoints) for t in tracks]), {"units": "px"}),
            "rows": ("person", [t.frame_index.size for t in tracks]),
            "thumbnail": (("person", "y", "x", "colour"), thumbnails),
            "thumbnail_size": (("person", "side"), [t.thumbnail.shape[1::-1] for t in tracks]),
        },
        {"person": [t.id for t in tracks], "landmark": list(skeleton.landmarks)},
        attrs={
            "kind": _KIND,
            "skeleton": skeleton.name,
            "links": [f"{a} {b}" for a, b in skeleton.links],
            "size_px": list(tracks[0].size_px),
            **({"synthetic": 1} if synthetic else {}),
        },
    )
    write_netcdf(dataset, path)


def load_people(path: str | Path) -> list[PersonTrack]:
    """Read what `save_people` wrote.

    Raises:
        FileFormatError: it is not such a file.
    """
    with xr.open_dataset(path, engine="h5netcdf", decode_times=False, mask_and_scale=False) as opened:
        data = opened.load()
    if data.attrs.get("kind") != _KIND:
        raise FileFormatError(path, f"is not a {_KIND!r} file; delete the run folder and run again")
    links = tuple((a, b) for a, b in (link.split() for link in np.atleast_1d(data.attrs["links"])))
    skeleton = Skeleton(str(data.attrs["skeleton"]), tuple(map(str, data["landmark"].values)), links)
    size_px = (int(data.attrs["size_px"][0]), int(data.attrs["size_px"][1]))
    tracks, start = [], 0
    for person, count in enumerate(data["rows"].values):
        rows = slice(start, start := start + int(count))
        width, height = data["thumbnail_size"].values[person]
        tracks.append(
            PersonTrack(
                id=int(data["person"].values[person]),
                frame_index=data["frame_index"].values[rows],
                box=data["box"].values[rows],
                score=data["score"].values[rows],
                keypoints=Keypoints(
                    skeleton,
                    data["time"].values[rows],
                    data["position"].values[rows],
                    data["confidence"].values[rows],
                    "px",
                    data["sd"].values[rows],
                ),
                thumbnail=data["thumbnail"].values[person, :height, :width],
                size_px=size_px,
            )
        )
    return tracks


def _sd(keypoints: Keypoints) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.full(keypoints.confidence.shape, np.nan) if keypoints.sd is None else keypoints.sd
