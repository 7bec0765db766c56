"""Training of the event network: what it is shown is what happened, and the path as a whole."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from kinelab.gait.event_network import read_event_network
from kinelab.gait.events_learned import detect
from kinelab.gait.walking_way import walking_way
from kinelab.pipeline.event_examples import MARKERS, examples, virtual_walks
from kinelab.pipeline.event_training import EventTraining, train_event_network
from kinelab.pipeline.gait_landmarks import gait_landmarks

PEOPLE = 2


@pytest.fixture(scope="module")
def folder(walker: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """People that are made already: the cache of a run."""
    folder = tmp_path_factory.mktemp("training")
    (folder / "people").mkdir()
    for number in range(PEOPLE):
        walk = walker.marker_walk(number)
        names = ["SACR" if name in ("LPSI", "RPSI") else name for name in MARKERS]
        np.savez(
            folder / "people" / f"person_{number:04d}.npz",
            markers0=np.stack([walk.markers.of(name) for name in names], axis=1),
            time0=walk.events.time_s,
            left0=np.array([side == "left" for side in walk.events.side], dtype=float),
            ic0=np.array([kind == "ic" for kind in walk.events.kind], dtype=float),
        )
    return folder


def test_the_target_is_one_at_each_contact_whatever_the_recording(folder: Path, walker: ModuleType) -> None:
    walks = virtual_walks(0, PEOPLE, folder / "people")
    assert [walk.person for walk in walks] == [0, 1]
    shown = examples(walks[:1], 6, np.random.default_rng(0))
    assert len(shown) == 12
    for i, one in enumerate(shown):
        side = ("left", "right")[i % 2]
        assert one.features.shape == (len(one.target), 17)
        assert np.isfinite(one.features).all()
        peaks = np.flatnonzero(one.target[:, 0] > 0.9) / 100
        known = walks[0].events.times(side, "ic")
        inside = known[known < peaks.max()]
        assert np.abs(peaks[:, None] - inside).min(axis=0).max() < 0.011


def test_the_whole_path_gives_weights_that_run_and_are_the_same_again(
    folder: Path, walker: ModuleType
) -> None:
    pytest.importorskip("torch")
    design = EventTraining(people=PEOPLE, variants=1, steps=3, channels=4)
    path = train_event_network(folder, design)
    first = path.read_bytes()
    network = read_event_network(path)
    assert "virtual people" in str(network.card["data"])
    plane = walking_way(gait_landmarks(walker.marker_walk().markers).landmarks).plane
    detect(plane, network)
    train_event_network(folder, design)
    assert path.read_bytes() == first
