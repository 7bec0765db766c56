from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from kinelab.core.skeletons import SKELETONS
from kinelab.detection.catalogue import ModelEntry, catalogue


@pytest.mark.parametrize("entry", catalogue().values(), ids=lambda entry: entry.name)
def test_every_entry_can_be_used(entry: ModelEntry) -> None:
    assert (entry.skeleton in SKELETONS) is (entry.kind == "pose")
    assert entry.licence != "unknown"
    assert entry.source is None or entry.source.startswith("https://")
    assert (entry.member is not None) is (entry.source or "").endswith(".zip")
    for digest in (entry.sha256, *entry.known_sha256):
        assert digest is None or re.fullmatch("[0-9a-f]{64}", digest)
    if entry.source is None:
        assert entry.note  # says where else to get it


def test_no_two_files_share_a_hash_or_an_address() -> None:
    entries = catalogue().values()
    digests = [d for e in entries for d in (e.sha256, *e.known_sha256) if d]
    sources = [e.source for e in entries if e.source]
    assert len(set(digests)) == len(digests)
    assert len(set(sources)) == len(sources)


def test_names_the_rest_of_kinelab_relies_on() -> None:
    assert {
        "gait20",
        "yolox-nano",
        "yolox-tiny",
        "pp-tinypose",
        "rtmpose-m-halpe26",
        "mediapipe-full",
    } <= set(catalogue())


def test_a_name_cannot_leave_the_folder() -> None:
    with pytest.raises(ValidationError, match="String should match pattern"):
        ModelEntry(name="../evil", kind="pose", head="heatmap")
    with pytest.raises(ValidationError, match="String should match pattern"):
        ModelEntry(name="good", kind="pose", head="heatmap", suffix="/../x")
