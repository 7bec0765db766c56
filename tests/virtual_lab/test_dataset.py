"""The dataset on the fly: the same samples by index in any order, process and number of workers."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.virtual_lab.dataset import VirtualPeople, loader, tensors
from kinelab.virtual_lab.sample import FRAMES_PER_PERSON, SampleDesign, make_samples

torch = pytest.importorskip("torch")

DESIGN = SampleDesign(size_px=(48, 64), movements=(("walk", 1.0),))
TWO_PEOPLE = 2 * FRAMES_PER_PERSON


@pytest.fixture(scope="module")
def people() -> VirtualPeople:
    return VirtualPeople(DESIGN, TWO_PEOPLE + 5, seed=4)


def test_an_index_gives_the_same_sample_in_any_order(people: VirtualPeople) -> None:
    made = make_samples(DESIGN, 4, 0, 1)
    for index in (FRAMES_PER_PERSON + 3, 2, FRAMES_PER_PERSON, FRAMES_PER_PERSON + 3):
        sample = people.sample(index)
        assert sample.person == index // FRAMES_PER_PERSON
        if sample.person == 1:
            assert sample.image.tobytes() == made[index - FRAMES_PER_PERSON].image.tobytes()


def test_tensors_hold_the_sample(people: VirtualPeople) -> None:
    sample = people.sample(3)
    batch = tensors(sample)
    assert batch["image"].shape == (3, 64, 48)
    np.testing.assert_allclose(batch["image"].permute(1, 2, 0).numpy() * 255, sample.image, atol=1e-4)
    np.testing.assert_allclose(batch["landmark_m"].numpy(), sample.landmark_m, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(batch["lens"].numpy(), [sample.focal_px, *sample.centre_px], rtol=1e-6)
    assert batch["seen"].tolist() == sample.seen.tolist()
    np.testing.assert_array_equal(batch["mask"].numpy(), sample.mask)
    assert int(batch["person"]) == 0
    assert all(torch.isfinite(value).all() for value in batch.values())


def test_batches_do_not_depend_on_the_workers(people: VirtualPeople) -> None:
    alone, helped = (list(loader(people, FRAMES_PER_PERSON, workers)) for workers in (0, 2))
    assert [len(batch["person"]) for batch in alone] == [FRAMES_PER_PERSON, FRAMES_PER_PERSON, 5]
    for one, other in zip(alone, helped, strict=True):
        assert one.keys() == other.keys()
        assert all(torch.equal(one[name], other[name]) for name in one)


_TELL_DIGEST = """
import hashlib
from kinelab.virtual_lab.sample import SampleDesign, make_samples
made = make_samples(SampleDesign(size_px=(48, 64), movements=(("walk", 1.0),)), 4, 0, 1)
print(hashlib.sha256(b"".join(one.image.tobytes() + one.landmark_m.tobytes() for one in made)).hexdigest())
"""


def test_samples_do_not_depend_on_the_threads_of_linear_algebra() -> None:
    """OpenBLAS sums in another order with another number of threads; workers and main may differ in it."""
    told = [
        subprocess.run(
            [sys.executable, "-c", _TELL_DIGEST], env=os.environ | {"OMP_NUM_THREADS": threads},
            check=True, capture_output=True, text=True, timeout=300,
        ).stdout
        for threads in ("1", "2")
    ]  # fmt: skip
    assert told[0] == told[1]


def test_another_seed_or_epoch_shows_other_people(people: VirtualPeople) -> None:
    first = people.sample(0)
    for other in (VirtualPeople(DESIGN, 12, seed=5), VirtualPeople(DESIGN, 12, seed=4, epoch=1)):
        assert not np.allclose(other.sample(0).scale, first.scale)


def test_there_is_nothing_beyond_its_length(people: VirtualPeople) -> None:
    assert len(people) == TWO_PEOPLE + 5
    for index in (-1, len(people)):
        with pytest.raises(IndexError):
            people.sample(index)
    with pytest.raises(InputError, match="length is 0, expected 1 or more samples"):
        VirtualPeople(DESIGN, 0)


def test_a_batch_of_parts_of_people_is_refused(people: VirtualPeople) -> None:
    with pytest.raises(InputError, match=f"batch is 16, expected a multiple of {FRAMES_PER_PERSON}"):
        loader(people, 16, 0)
