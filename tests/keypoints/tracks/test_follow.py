from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.files.video import open_video
from kinelab.keypoints.tracks import follow as follow_module
from kinelab.keypoints.tracks.follow import follow
from kinelab.keypoints.tracks.parts import Found, Parts
from kinelab.keypoints.tracks.several import Several, combined
from kinelab.keypoints.transfer.pictures import Picture
from kinelab.keypoints.transfer.trained import Prediction, open_trained

N = 60


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, discs: ModuleType) -> tuple[Path, np.ndarray, np.ndarray]:
    """A film with uneven frame times, its true places, and the times."""
    time_s = np.cumsum(np.tile([0.02, 0.02, 0.05], N // 3)) - 0.02
    places = discs.leg(time_s)
    return discs.write_film(tmp_path_factory.mktemp("film") / "leg.mp4", places, time_s), places, time_s


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory, discs: ModuleType) -> Several:
    path = discs.write_finder(tmp_path_factory.mktemp("net") / "network.safetensors")
    return Several([open_trained(path, threads=1)])


def test_it_finds_what_is_there_at_the_true_times(
    film: tuple[Path, np.ndarray, np.ndarray], network: Several, tmp_path: Path
) -> None:
    path, places, time_s = film
    told: list[int] = []
    found = follow(open_video(path), network, tmp_path / "parts", batch=7, on_frame=told.append)
    np.testing.assert_allclose(found.keypoints.time_s, time_s, atol=1e-3)
    assert np.linalg.norm(found.keypoints.position - places, axis=-1).max() < 0.6
    assert found.keypoints.sd is not None
    assert np.isfinite(found.keypoints.sd).all()
    assert found.keypoints.skeleton.links == (("right_hip", "right_knee"), ("right_knee", "right_ankle"))
    assert found.problem is None
    assert told[0] == 7
    assert told[-1] == N


class Killed(Several):
    """A network that is killed after some pictures."""

    def __init__(self, inner: Several, after: int) -> None:
        self.__dict__.update(inner.__dict__)
        self.left = after
        self.looked = 0

    def predict(self, images: list[Picture]) -> Prediction:  # type: ignore[override]
        if self.left <= 0:
            raise KeyboardInterrupt
        self.left -= len(images)
        self.looked += len(images)
        return super().predict(images)


def test_a_killed_pass_goes_on_to_the_same_result(
    film: tuple[Path, np.ndarray, np.ndarray],
    network: Several,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(follow_module, "PART_FRAMES", 16)
    video = open_video(film[0])
    whole = follow(video, network, tmp_path / "whole", batch=8)
    with pytest.raises(KeyboardInterrupt):
        follow(video, Killed(network, 40), tmp_path / "parts", batch=8)
    second = Killed(network, 1000)
    again = follow(video, second, tmp_path / "parts", batch=8)
    assert again.n_before == 32
    assert second.looked == N - 32
    np.testing.assert_array_equal(again.keypoints.position, whole.keypoints.position)
    np.testing.assert_array_equal(again.keypoints.sd, whole.keypoints.sd)


def test_damaged_parts_and_those_of_another_network_are_done_again(tmp_path: Path) -> None:
    one = Found(np.arange(3), np.ones((3, 2, 2)), np.ones((3, 2)), np.ones((3, 2)))
    parts = Parts(tmp_path / "parts", "net a")
    parts.add(one)
    parts.add(Found(np.arange(3, 5), np.ones((2, 2, 2)), np.ones((2, 2)), np.ones((2, 2))))
    assert Parts(tmp_path / "parts", "net a").next_frame == 5
    last = tmp_path / "parts" / "000001.npz"
    last.write_bytes(last.read_bytes()[:100])
    taken = Parts(tmp_path / "parts", "net a")
    assert taken.next_frame == 3
    assert np.isnan(taken.whole(5, 2).position_px[3:]).all()
    assert Parts(tmp_path / "parts", "net b").next_frame == 0


def test_networks_that_differ_are_less_sure(tmp_path: Path, discs: ModuleType) -> None:
    paths = [discs.write_finder(tmp_path / f"{off}.safetensors", off_px=off) for off in (0.0, 0.0, 6.0)]
    networks = [open_trained(path, threads=1) for path in paths]
    image = discs.picture(discs.leg(np.zeros(1))[0])
    alone = Several(networks[:1]).predict([image])
    agreed = Several(networks[:2]).predict([image])
    np.testing.assert_allclose(agreed.sd_px, alone.sd_px)  # agreement of sisters is no proof
    split = Several([networks[0], networks[2]]).predict([image])
    np.testing.assert_allclose(split.position_px[..., 0] - alone.position_px[..., 0], 3.0, atol=0.05)
    # 6 px apart in x: a variance of 18 / 2 for one coordinate, beside the networks' own
    np.testing.assert_allclose(split.sd_px**2 - alone.sd_px**2, 9.0, atol=0.3)


def test_the_surer_network_counts_more() -> None:
    def one(x: float, sd: float) -> Prediction:
        return Prediction(np.full((1, 1, 2), x), np.full((1, 1), 0.9), np.full((1, 1), sd))

    both = combined([one(0.0, 1.0), one(10.0, 3.0)])
    np.testing.assert_allclose(both.position_px, 1.0)


def test_what_cannot_be_used_is_refused(film: tuple[Path, np.ndarray, np.ndarray], network: Several) -> None:
    with pytest.raises(InputError, match="no network given"):
        Several([])
    with pytest.raises(InputError, match="batch is 0, expected 1 or more"):
        follow(open_video(film[0]), network, Path("nowhere"), batch=0)
