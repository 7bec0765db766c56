"""The shared mesh: small, whole, its own mirror image, held by the own body's bodies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.body.own_body import own_body
from kinelab.errors import ModelError
from kinelab.virtual_lab.people import asset as asset_module
from kinelab.virtual_lab.people.asset import PEOPLE_FILE, body_asset

ASSET = body_asset()
VERTICES = len(ASSET.area)


def test_it_is_small_enough_to_ship() -> None:
    assert PEOPLE_FILE.stat().st_size < 6e6
    assert 5000 <= len(ASSET.area) <= 8000
    assert 2 * ASSET.half - ASSET.midline == VERTICES


def test_with_its_hidden_triangles_it_is_closed() -> None:
    """Each edge is run through once in either direction, so the enclosed volume is one number."""
    face = np.vstack([ASSET.face, ASSET.hidden])
    edges = np.vstack([face[:, [0, 1]], face[:, [1, 2]], face[:, [2, 0]]])
    assert len(np.unique(edges, axis=0)) == len(edges)
    forth = {tuple(edge) for edge in edges.tolist()}
    assert all((b, a) in forth for a, b in forth)


def test_left_is_the_mirror_image_of_right() -> None:
    np.testing.assert_array_equal(ASSET.mirror[ASSET.mirror], np.arange(VERTICES))
    mirrored = ASSET.template_m[ASSET.mirror] * np.array([1, 1, -1], np.float32)
    np.testing.assert_allclose(mirrored, ASSET.template_m, atol=1e-6)
    assert (ASSET.template_m[ASSET.midline : ASSET.half, 2] > 0).all()
    names = own_body().body_names
    for v in (ASSET.midline, 1000, ASSET.half - 1):
        for body, twin in zip(ASSET.weight_body[v], ASSET.weight_body[ASSET.mirror[v]], strict=True):
            assert names[body].replace("_r", "_x").replace("_l", "_r").replace("_x", "_l") == names[twin]


def test_every_vertex_is_held_and_what_holds_it_is_near() -> None:
    np.testing.assert_allclose(ASSET.weight.sum(1), 1, atol=1e-6)
    assert (ASSET.weight >= 0).all()
    held = {own_body().body_names[k] for k in np.unique(ASSET.weight_body[ASSET.weight > 0.4])}
    # The talus has no skin of its own; the girdle shares all of its with trunk and arm.
    assert held == set(own_body().body_names) - {"talus_r", "talus_l"}


def test_areas_are_where_their_names_say() -> None:
    middle = {name: ASSET.template_m[field > 0].mean(0) for name, field in ASSET.region.items()}
    levels = [
        middle[name][1] for name in ("toes", "shank", "thigh", "trunk", "neck", "lips", "eyes", "brows")
    ]
    assert levels == sorted(levels)
    assert middle["lips"][0] > middle["head"][0]
    assert sum(field for field in ASSET.region.values()).tolist() == [1.0] * VERTICES


def test_a_missing_or_cut_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asset_module, "PEOPLE_FILE", tmp_path / "people.safetensors")
    with pytest.raises(ModelError, match=r"people\.safetensors, is missing; reinstall"):
        body_asset.__wrapped__()
    (tmp_path / "people.safetensors").write_bytes(PEOPLE_FILE.read_bytes()[:100_000])
    with pytest.raises(ModelError, match="cut short or altered"):
        body_asset.__wrapped__()
