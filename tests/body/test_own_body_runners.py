"""Our own body's legs against the standing markers of 18 runners (Fukuchi et al. 2017, PeerJ 5:e3298)."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.own_body import anthropometry as a
from kinelab.body.own_body import own_body
from kinelab.core.checks import Array

BODY = own_body()


def unit(vector: Array) -> Array:
    return np.asarray(vector / np.linalg.norm(vector))


def upright_frame(up: Array, right: Array) -> Array:
    """Rotation (3, 3) of a frame with Y along `up` and Z as near to `right` as can be."""
    y = unit(up)
    z = unit(right - right @ y * y)
    return np.stack([np.cross(y, z), y, z], axis=1)


def one_leg(at: dict[str, Array], side: str, scale: float) -> dict[str, Array]:
    """Lengths and marker places of one leg in the frames of its segments, right-hand sense, m at 1.75 m."""
    sign = 1.0 if side == "R" else -1.0
    front, back = ((at[f"R.{n}"] + at[f"L.{n}"]) / 2 for n in ("ASIS", "PSIS"))
    width, depth = np.linalg.norm(at["R.ASIS"] - at["L.ASIS"]), np.linalg.norm(front - back)
    right = at["R.ASIS"] - at["L.ASIS"]
    pelvis = upright_frame(np.cross(right, front - back), right)
    hip = front + pelvis @ [-0.24 * depth - 0.0099, -0.30 * width - 0.0109, sign * (0.33 * width + 0.0073)]
    knee, ankle = ((at[f"{side}.{n}"] + at[f"{side}.{n}.Medial"]) / 2 for n in ("Knee", "Ankle"))
    across = sign * (at[f"{side}.Knee"] - at[f"{side}.Knee.Medial"])
    thigh, shank = upright_frame(hip - knee, across), upright_frame(knee - ankle, across)
    heel = (at[f"{side}.Heel.Top"] + at[f"{side}.Heel.Bottom"]) / 2
    ahead = (at[f"{side}.MT2"] - heel) * [1, 0, 1]
    foot = upright_frame(np.array([0.0, 1.0, 0.0]), np.cross(unit(ahead), [0.0, 1.0, 0.0]))
    mirror = scale * np.array([1.0, 1.0, sign])

    def seen(rotation: Array, marker: str, origin: Array) -> Array:
        return np.asarray(mirror * (rotation.T @ (at[f"{side}.{marker}"] - origin)))

    found = {
        "asis": scale * width,
        "depth": scale * depth,
        "psis": scale * np.linalg.norm(at["R.PSIS"] - at["L.PSIS"]),
        "half knee": scale * np.linalg.norm(across) / 2,
        "trochanter": seen(thigh, "GTR", hip),
        "tuberosity": seen(shank, "TT", knee),
        "fibula": seen(shank, "HF", knee),
        "malleolus": seen(shank, "Ankle", ankle),
        "thigh": scale * np.linalg.norm(hip - knee),
        "shank": scale * np.linalg.norm(knee - ankle),
    } | {name: seen(foot, name, ankle) for name in ("MT1", "MT2", "MT5")}
    return {name: np.asarray(value, dtype=np.float64) for name, value in found.items()}


@pytest.fixture(scope="module")
def runners(shared_data: Path) -> dict[str, Array]:
    """Means over the runners and both legs."""
    folder = shared_data / "mocap" / "running_26"
    with (folder / "participants.csv").open() as file:
        height_m = {int(row["Subject"]): float(row["Height"]) / 100 for row in csv.DictReader(file)}
    found = defaultdict(list)
    for path in sorted(folder.glob("RBDS*.npz")):
        data = np.load(path)
        names = [str(name) for name in data["static_labels"]]
        at = dict(zip(names, data["static_mm"].reshape(-1, 3).astype(float) / 1000, strict=True))
        for side in "RL":
            for name, value in one_leg(at, side, a.HEIGHT_M / height_m[int(path.stem[4:])]).items():
                found[name].append(value)
    assert len(found["asis"]) == 36
    return {name: np.mean(values, axis=0) for name, values in found.items()}


@pytest.mark.shared
def test_constants_are_the_runners_means(runners: dict[str, Array]) -> None:
    ours = {
        "asis": a.ASIS_DISTANCE_M,
        "depth": a.PELVIC_DEPTH_M,
        "psis": a.PSIS_DISTANCE_M,
        "half knee": a.HALF_KNEE_M,
        "trochanter": a.TROCHANTER_FROM_HIP_M,
        "tuberosity": a.TUBEROSITY_FROM_KNEE_M,
        "fibula": a.FIBULA_FROM_KNEE_M,
        "malleolus": a.MALLEOLUS_FROM_ANKLE_M,
    }
    for name, value in ours.items():
        np.testing.assert_allclose(runners[name], np.asarray(value), atol=0.001, err_msg=name)


@pytest.mark.shared
def test_what_comes_from_elsewhere_agrees_with_the_runners(runners: dict[str, Array]) -> None:
    """Lengths of Drillis & Contini within 2 cm; the forefoot within 2 cm, though the runners wore shoes."""
    placed = forward(BODY, BODY.default_coordinates)
    hip, knee, ankle = (
        placed.joint_centre_m[BODY.joint_names.index(f"{n}_r")] for n in ("hip", "knee", "ankle")
    )
    assert np.linalg.norm(hip - knee) == pytest.approx(runners["thigh"], abs=0.02)
    assert np.linalg.norm(knee - ankle) == pytest.approx(runners["shank"], abs=0.02)
    for theirs, ours in (("MT1", "RMT1"), ("MT2", "RTOE"), ("MT5", "RMT5")):
        level = (placed.marker_m[BODY.marker_index(ours)] - ankle)[[0, 2]]
        np.testing.assert_allclose(level, runners[theirs][[0, 2]], atol=0.02, err_msg=ours)
