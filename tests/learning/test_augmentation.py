from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from kinelab.learning.augmentation import NONE, Augmentation, augmented, moved  # noqa: E402

SIZE = (64, 96)  # height, width
FAR = Augmentation(rotation_deg=40, scale=(0.6, 1.6), shift=0.2)


def dots(places: torch.Tensor) -> torch.Tensor:
    """A picture (B, 3, H, W): the k-th landmark is a soft dot in the k-th colour."""
    y, x = torch.meshgrid(torch.arange(SIZE[0]), torch.arange(SIZE[1]), indexing="ij")
    far = (x - places[..., 0, None, None]) ** 2 + (y - places[..., 1, None, None]) ** 2
    return 255 * torch.exp(-far / (2 * 3.0**2))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def dot_middles(image: torch.Tensor) -> torch.Tensor:
    """(B, 3, 2) centre of mass of each colour above 60 % of its peak, which the grey around is not."""
    weight = (image - 0.6 * image.amax(dim=(2, 3), keepdim=True)).clamp(min=0)
    weight = weight / weight.sum(dim=(2, 3), keepdim=True)
    x = (weight.sum(dim=2) * torch.arange(image.shape[3])).sum(dim=2)
    y = (weight.sum(dim=3) * torch.arange(image.shape[2])).sum(dim=2)
    return torch.stack([x, y], dim=2)


@pytest.mark.parametrize("crop", [None, (48, 48)])
def test_landmarks_stay_on_what_they_mark(crop: tuple[int, int] | None) -> None:
    places = torch.tensor([[40.0, 30.0], [52.0, 30.0], [46.0, 40.0]]).repeat(64, 1, 1)
    still = replace(FAR, mirror_share=0.0)
    image, found = moved(dots(places), places, [0, 1, 2], still, generator(1), crop)
    # a dot at the rim is cut, which moves its middle
    inner = ((found > 8) & (found < torch.tensor(image.shape[:1:-1]) - 9)).all(dim=2)
    assert inner.sum() > 60
    assert (dot_middles(image) - found)[inner].abs().max() < 0.25


def test_the_mirror_exchanges_left_and_right() -> None:
    places = torch.tensor([[[20.0, 30.0], [70.0, 30.0], [46.0, 40.0]]])
    image, found = moved(dots(places), places, [1, 0, 2], replace(NONE, mirror_share=1.0), generator())
    torch.testing.assert_close(found[0, :, 0], torch.tensor([95 - 70.0, 95 - 20.0, 95 - 46.0]))
    torch.testing.assert_close(image, dots(places).flip(3), atol=1e-3, rtol=0)
    # the first colour is still where the former first landmark went: now the right one's place
    assert dot_middles(image)[0, 0, 0] == pytest.approx(float(found[0, 1, 0]), abs=0.1)


def test_nothing_changes_without_augmentation() -> None:
    places = torch.tensor([[[20.0, 30.0], [70.0, 30.0], [46.0, 40.0]]])
    image, found = augmented(dots(places), places, [0, 1, 2], NONE, generator())
    torch.testing.assert_close(image, dots(places), atol=1e-3, rtol=0)
    torch.testing.assert_close(found, places)


def test_equal_seeds_give_equal_pictures() -> None:
    places = torch.tensor([[[20.0, 30.0], [70.0, 30.0], [46.0, 40.0]]]).repeat(6, 1, 1)
    pictures = [augmented(dots(places), places, [0, 1, 2], Augmentation(), generator(7)) for _ in range(2)]
    assert torch.equal(pictures[0][0], pictures[1][0])
    other = augmented(dots(places), places, [0, 1, 2], Augmentation(), generator(8))
    assert not torch.equal(pictures[0][0], other[0])


def test_the_subject_stays_in_view_and_what_left_is_nan() -> None:
    places = torch.tensor([[20.0, 20.0], [30.0, 25.0], [60.0, 45.0]]).repeat(50, 1, 1)
    _, found = moved(dots(places), places, [0, 1, 2], replace(FAR, scale=(1.5, 3.0)), generator(2))
    seen = ~torch.isnan(found[..., 0])
    assert 0.2 < seen.float().mean() < 0.9
    limit = torch.tensor([SIZE[1] - 0.5, SIZE[0] - 0.5])
    assert ((found[seen] >= -0.5) & (found[seen] < limit)).all()
    empty = torch.full((4, 3, 2), torch.nan)
    image, found = moved(dots(places[:4]), empty, [0, 1, 2], FAR, generator(3), (32, 32))
    assert torch.isnan(found).all()
    assert torch.isfinite(image).all()


def test_each_way_to_make_a_picture_worse_does_so() -> None:
    places = torch.tensor([[[20.0, 30.0], [70.0, 30.0], [46.0, 40.0]]]).repeat(4, 1, 1)
    clean = dots(places)
    for change in (
        {"brightness": 0.3}, {"contrast": 0.5}, {"blur_share": 1.0}, {"motion_blur_share": 1.0},
        {"noise": 20.0}, {"compression_share": 1.0}, {"cutout_share": 1.0},
    ):  # fmt: skip
        image, found = augmented(clean.clone(), places, [0, 1, 2], replace(NONE, **change), generator(4))
        assert (image - clean).abs().max() > 2, change
        assert image.min() >= 0
        assert image.max() <= 255
        torch.testing.assert_close(found, places)
    blurred, _ = augmented(clean.clone(), places, [0, 1, 2], replace(NONE, blur_share=1.0), generator(4))
    assert np.isclose(float(blurred.mean()), float(clean.mean()), rtol=0.02)  # a blur keeps the light
