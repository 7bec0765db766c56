"""The cards of the networks behind a report, found by the hash of their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from safetensors import SafetensorError, safe_open

from kinelab.core.provenance import ModelRecord
from kinelab.files.atomic import sha256_of
from kinelab.learning.weights import ModelCard, card_from_json
from kinelab.reports.page import Card

_WEIGHTS = Path(__file__).parents[1] / "weights"
_MOST_FIGURES = 6


def model_cards(models: Sequence[ModelRecord], folder: Path = _WEIGHTS) -> tuple[Card, ...]:
    """The card of each network file; one that did not come with kinelab has its name and licence only."""
    if not models:
        return ()
    shipped = _shipped(folder)
    names: dict[str, list[ModelRecord]] = {}
    for model in models:  # one file may serve twice: as detector and for the landmarks
        names.setdefault(model.sha256, []).append(model)
    return tuple(_card(same, shipped.get(sha256)) for sha256, same in names.items())


def learned_from_virtual_people(models: Sequence[ModelRecord], folder: Path = _WEIGHTS) -> tuple[str, ...]:
    """Names of the networks whose card says that they learned from virtual people."""
    hashes = {model.sha256 for model in models}
    virtual = {sha256 for sha256, path in _shipped(folder).items() if sha256 in hashes and _is_virtual(path)}
    return tuple(dict.fromkeys(model.name for model in models if model.sha256 in virtual))


@cache
def _shipped(folder: Path) -> Mapping[str, Path]:
    """Hash -> file of the networks of a folder, which do not change while kinelab runs."""
    return {sha256_of(path): path for path in sorted(folder.glob("*.safetensors"))}


@cache
def _is_virtual(path: Path) -> bool:
    said = _read(path)
    return said is not None and said.synthetic


def _card(models: Sequence[ModelRecord], path: Path | None) -> Card:
    name, licence = ", ".join(model.name for model in models), models[0].licence
    said = None if path is None else _read(path)
    if said is None:
        return Card(name, licence, "not told: the network did not come with kinelab")
    data = said.data + (" (synthetic: no real person)" if said.synthetic else "")
    figures = list(said.figures.items())
    told = ", ".join(f"{name.replace('_', ' ')} {value:.3g}" for name, value in figures[:_MOST_FIGURES])
    return Card(name, licence, data, told, said.limits)


def _read(path: Path) -> ModelCard | None:
    try:
        with safe_open(path, framework="numpy") as file:
            text = (file.metadata() or {}).get("card")
    except SafetensorError:
        return None
    return None if text is None else card_from_json(text)
