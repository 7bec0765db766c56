"""Sequence networks on points: every kind learns to take noise off, and clips of any length go through."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from kinelab.errors import InputError
from kinelab.monocular.multistep_sequences import (
    PointRefiner,
    refined_points,
    train_point_sequence,
    trained_points,
)
from kinelab.monocular.sequence_data import ToldClips
from kinelab.monocular.sequence_recipe import SequenceRecipe

KINDS = ("lstm", "tcn", "transformer")


def _recipe(kind: str) -> SequenceRecipe:
    return SequenceRecipe(
        name="tiny", kind=kind, frames=9, layers=2, width=16, heads=2, wide=16, dropout=0.0, batch=16,
        epochs=40, learning_rate=1e-2, last_rate=1e-3,
    )  # type: ignore[arg-type]  # fmt: skip


def _clips(seed: int = 0) -> ToldClips:
    """32 clips of one point that goes round, told with noise of 50 mm."""
    rng = np.random.default_rng(seed)
    phase = rng.uniform(0, 2 * np.pi, (32, 1)) + 0.2 * np.arange(20)
    true = np.stack([np.cos(phase), np.sin(phase), 0 * phase], axis=-1).reshape(-1, 3).astype(np.float32)
    told = true + rng.normal(0, 0.05, true.shape).astype(np.float32)
    return ToldClips(told, true, told, told, np.zeros(640, np.int64), np.arange(0, 640, 20))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_takes_noise_off_and_is_read_again(kind: str, tmp_path: Path) -> None:
    train_point_sequence(_recipe(kind), _clips(), tmp_path)
    refiner, unseen = trained_points(tmp_path), _clips(1)
    before = after = 0.0
    for clip in unseen.clips:
        told, true = (part[clip].reshape(20, 1, 3) for part in (unseen.vectors, unseen.coordinates))
        before += np.abs(told - true).mean()
        after += np.abs(refined_points(refiner, told) - true).mean()
    assert after < 0.9 * before
    again = train_point_sequence(_recipe(kind), _clips(), tmp_path)
    torch.testing.assert_close(again.state_dict(), refiner.state_dict())


@pytest.mark.parametrize("frames", [1, 4, 9, 10, 31])
def test_an_untrained_network_of_zeros_changes_nothing(frames: int) -> None:
    refiner = PointRefiner(_recipe("tcn"), 6).eval()
    with torch.no_grad():
        refiner.net.last.weight.zero_()
    points = np.random.default_rng(0).normal(size=(frames, 2, 3))
    np.testing.assert_allclose(refined_points(refiner, points), points, atol=1e-6)


def test_a_run_that_is_not_finished_is_refused(tmp_path: Path) -> None:
    train_point_sequence(replace(_recipe("lstm"), epochs=1), _clips(), tmp_path)
    (tmp_path / "points.pt").unlink()
    with pytest.raises(InputError, match=r"holds no points.pt: the run is not finished"):
        trained_points(tmp_path)
