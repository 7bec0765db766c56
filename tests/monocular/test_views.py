"""What a network looks at: the truth must follow every turn, shift, zoom and mirror of the picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from kinelab.body.own_body import own_body  # noqa: E402
from kinelab.learning.augmentation import NONE  # noqa: E402
from kinelab.monocular.batches import tensors, viewer  # noqa: E402
from kinelab.monocular.examples import IMAGE, arrays_of  # noqa: E402
from kinelab.monocular.views import Look, View, straight, view_turns  # noqa: E402
from kinelab.virtual_lab.sample import Sample, SampleDesign, make_samples  # noqa: E402
from kinelab.virtual_lab.sessions.filming import LANDMARKS  # noqa: E402

PLAIN = SampleDesign(
    size_px=(96, 96), movements=(("walk", 1.0),), cut_share=0.0, others_share=0.0, occluder_share=0.0
)
WILD = Look(size_px=96, turn_deg=15.0, shift=0.08, mirror_share=0.5, colours=NONE)


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return make_samples(replace(PLAIN, body="solids"), 3, 0, 0)


def look(samples: list[Sample], how: Look, seed: int = 0) -> View:
    arrays, _ = arrays_of(samples)
    generator = torch.Generator().manual_seed(seed)
    return viewer(own_body(), how)(torch.from_numpy(arrays[IMAGE]), tensors(arrays), generator)


def test_what_lies_on_a_landmark_stays_on_it(samples: list[Sample]) -> None:
    """A white spot is drawn on each person's head; it must be found where the view says the head is."""
    head, marked = LANDMARKS.index("head"), []
    for sample in samples:
        image = np.zeros_like(sample.image)
        x, y = np.rint(sample.landmark_px[head]).astype(int)
        image[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3] = 255
        marked.append(replace(sample, image=image))
    view = look(marked, WILD, seed=1)
    for image, place, inside in zip(view.image, view.landmark_px, view.in_view[:, head], strict=True):
        bright = (image.mean(dim=0) > 200).nonzero().float()
        if not inside or not len(bright):
            continue
        np.testing.assert_allclose(bright.mean(dim=0).flip(0), place[head], atol=1.0)
    assert view.in_view[:, head].float().mean() > 0.8


def test_points_of_the_view_lie_on_the_lines_of_sight(samples: list[Sample]) -> None:
    """With the pelvis at its true distance the points project to the landmarks, whatever was done to them."""
    view = look(samples, WILD, seed=2)
    model = own_body()
    distance = torch.tensor([np.linalg.norm(one.pelvis_m) for one in samples])
    for i, sample in enumerate(samples):
        x, y, z = view.point_m[i, : len(LANDMARKS)].double().T
        px = view.landmark_px[i].double()
        # unknown of the view: where in it the pelvis is, and px per m at its distance
        design = torch.zeros(2 * len(x), 3, dtype=torch.float64)
        scale = distance[i] / (distance[i] + z)
        design[: len(x), 0], design[len(x) :, 0] = x * scale, y * scale
        design[: len(x), 1], design[len(x) :, 2] = scale, scale
        middle = (view.image.shape[-1] - 1) / 2
        told = torch.cat([px[:, 0], px[:, 1]]) - middle
        found = torch.linalg.lstsq(design, told[:, None]).solution
        assert (design @ found - told[:, None]).abs().max() < 0.6, sample.movement
    assert len(model.markers) + len(LANDMARKS) == view.point_m.shape[1]


def test_mirrored_twice_is_the_same_person(samples: list[Sample]) -> None:
    still = Look(size_px=96, fill=(0.8, 0.8), turn_deg=0.0, shift=0.0, mirror_share=0.0, colours=NONE)
    plain, other = look(samples, still), look(samples, replace(still, mirror_share=1.0))
    torch.testing.assert_close(other.image.flip(3), plain.image, atol=1e-2, rtol=0)
    pairs = [LANDMARKS.index(name) for name in ("left_knee", "right_knee")]
    torch.testing.assert_close(95 - other.landmark_px[:, pairs[0], 0], plain.landmark_px[:, pairs[1], 0])
    knee = [own_body().coordinate_index(f"knee_angle_{side}") for side in "rl"]
    torch.testing.assert_close(other.coordinates[:, knee[0]], plain.coordinates[:, knee[1]])
    lost = len(LANDMARKS) + own_body().marker_names.index("RBAK")
    assert other.point_m[:, lost].isnan().all()  # no marker lies on the other shoulder blade
    assert plain.point_m.isfinite().all()


def test_the_view_looks_through_the_middle_of_its_square() -> None:
    """The turn carries the line of sight through the square's middle onto z, and nothing rolls."""
    lens = torch.tensor([[100.0, 50.0, 40.0], [300.0, 10.0, 90.0]])
    middle = torch.tensor([[80.0, 10.0], [60.0, 95.0]])
    turn = view_turns(middle, lens, torch.zeros(2))
    sight = torch.cat([(middle - lens[:, 1:]) / lens[:, :1], torch.ones(2, 1)], dim=1)
    onto = torch.einsum("bij,bj->bi", turn, sight / sight.norm(dim=1, keepdim=True))
    torch.testing.assert_close(onto, torch.tensor([[0.0, 0.0, 1.0]]).expand(2, 3))
    axis = torch.linalg.cross(sight, torch.tensor([[0.0, 0.0, 1.0]]).expand(2, 3))
    torch.testing.assert_close(torch.einsum("bij,bj->bi", turn, axis), axis)
    rolled = view_turns(middle, lens, torch.full((2,), 0.3))
    torch.testing.assert_close(rolled[:, 2], turn[:, 2])


def test_the_straight_look_is_the_same_every_time(samples: list[Sample]) -> None:
    first, second = look(samples, straight(64), seed=1), look(samples, straight(64), seed=2)
    for one, other in zip(first, second, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)
    width = first.landmark_px[..., 0].amax(1) - first.landmark_px[..., 0].amin(1)
    height = first.landmark_px[..., 1].amax(1) - first.landmark_px[..., 1].amin(1)
    np.testing.assert_allclose(torch.maximum(width, height), 0.78 * 64, rtol=0.02)
