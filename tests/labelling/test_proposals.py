from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.errors import InputError, ModelError
from kinelab.keypoints.projects.labels import Labels, State, no_labels
from kinelab.keypoints.transfer import trained
from kinelab.labelling.proposals import Proposer, chosen_network, from_frame_before

from .conftest import LANDMARKS, WHITE_PX


class BrightestPixel:
    """A network that knows the nose, and a knee that it puts far outside; it does not know the other knee."""

    landmarks = ("left_knee", "nose")

    def predict(self, images: Sequence[Array]) -> SimpleNamespace:
        image = images[0][..., 0]
        y, x = np.unravel_index(int(np.argmax(image)), image.shape)
        return SimpleNamespace(position_px=np.array([[[999.0, -20.0], [float(x), float(y)]]]))


@pytest.fixture
def network(folder: Path) -> Path:
    path = folder / "networks" / "first" / "network.safetensors"
    path.parent.mkdir(parents=True)
    path.touch()
    return path


def test_a_network_proposes_what_it_knows_inside_the_picture(
    folder: Path, network: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []

    def open_trained(path: Path, *, threads: int) -> BrightestPixel:
        opened.append(path)
        return BrightestPixel()

    monkeypatch.setattr(trained, "open_trained", open_trained)
    proposer = Proposer(folder, network)
    labels = no_labels("side", "anna", LANDMARKS)
    for _ in range(2):
        proposal = proposer.propose(labels, 3)
    assert proposal.source == "network first"
    np.testing.assert_array_equal(proposal.position_px, [WHITE_PX, (319.5, -0.5), (np.nan, np.nan)])
    assert opened == [network]


def test_a_network_that_cannot_be_opened_is_tried_again(
    folder: Path, network: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(path: Path, *, threads: int) -> BrightestPixel:
        raise ModelError(f"{path}: altered")

    labels = no_labels("side", "anna", LANDMARKS)
    proposer = Proposer(folder, network)
    with monkeypatch.context() as patch:
        patch.setattr(trained, "open_trained", broken)
        with pytest.raises(ModelError, match="altered"):
            proposer.propose(labels, 3)
    monkeypatch.setattr(trained, "open_trained", lambda path, threads: BrightestPixel())
    assert proposer.propose(labels, 3).position_px[0].tolist() == list(WHITE_PX)


def test_a_missing_picture_is_named(folder: Path, network: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trained, "open_trained", lambda path, threads: BrightestPixel())
    with pytest.raises(InputError, match=r"000005\.png: no picture"):
        Proposer(folder, network).propose(no_labels("side", "anna", LANDMARKS), 5)


def test_the_network_is_the_newest_or_the_named_one(folder: Path, network: Path) -> None:
    other = folder / "networks" / "second" / "network.safetensors"
    other.parent.mkdir()
    other.touch()
    os.utime(network, (10, 10))
    assert chosen_network(folder, None) == other
    assert chosen_network(folder, "first") == network
    with pytest.raises(InputError, match=r"third is no run of the project.*: first, second"):
        chosen_network(folder, "third")


@pytest.mark.parametrize(("frame", "source"), [(2, 3), (20, 3), (60, 40), (40, 3)])
def test_without_a_network_the_last_labelled_frame_before_or_the_first_after(frame: int, source: int) -> None:
    position = np.full((2, 3, 2), np.nan)
    state = np.full((2, 3), State.ABSENT, np.uint8)
    position[:, 0], state[:, 0] = [[3.0, 1.0], [40.0, 1.0]], State.OCCLUDED
    proposal = from_frame_before(Labels("side", "anna", LANDMARKS, np.array([3, 40]), position, state), frame)
    assert proposal.source == f"frame {source}"
    np.testing.assert_array_equal(proposal.position_px[:, 0], [source, np.nan, np.nan])
