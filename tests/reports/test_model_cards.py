"""Cards of networks are found by the hash of their file, told once a file, and never made up."""

from __future__ import annotations

from kinelab.core.provenance import ModelRecord
from kinelab.files.atomic import sha256_of
from kinelab.reports.model_cards import _WEIGHTS, learned_from_virtual_people, model_cards


def test_a_shipped_network_has_its_card_once() -> None:
    digest = sha256_of(_WEIGHTS / "gait20.safetensors")
    (card,) = model_cards(
        [ModelRecord("gait20", digest, "Apache-2.0"), ModelRecord("gait20 as detector", digest, "Apache-2.0")]
    )
    assert card.name == "gait20, gait20 as detector"
    assert "synthetic: no real person" in card.data
    assert card.figures
    assert card.limits


def test_a_network_from_elsewhere_has_name_and_licence_only() -> None:
    (card,) = model_cards([ModelRecord("theirs", "0" * 64, "MIT")])
    assert (card.name, card.licence, card.figures, card.limits) == ("theirs", "MIT", "", ())
    assert "not told" in card.data
    assert model_cards([]) == ()


def test_networks_that_learned_from_virtual_people_are_named() -> None:
    shipped = [ModelRecord(p.stem, sha256_of(p)) for p in sorted(_WEIGHTS.glob("*.safetensors"))]
    elsewhere = ModelRecord("rtmpose", "0" * 64)
    virtual = learned_from_virtual_people([*shipped, elsewhere])
    assert {"gait20", "inertial", "monocular"} <= set(virtual)
    assert not {"anomaly", "strides", "rtmpose"} & set(virtual)
