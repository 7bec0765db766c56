from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")

from kinelab.body.own_body import own_body  # noqa: E402
from kinelab.monocular.calibration_doubts import learn_doubts  # noqa: E402
from kinelab.monocular.calibration_report import DoubtReport, angle_rows  # noqa: E402
from kinelab.monocular.calibration_spoiling import SPOILERS, spoilt_pictures  # noqa: E402
from kinelab.monocular.recipe import preset  # noqa: E402
from kinelab.monocular.training import new_network  # noqa: E402
from kinelab.monocular.views import Look, View  # noqa: E402

SIDE = 64


def pictures(n: int) -> torch.Tensor:
    return 255 * torch.rand(n, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("name", SPOILERS)
def test_every_way_of_spoiling_changes_every_picture(name: str) -> None:
    image = pictures(6)
    spoilt = SPOILERS[name](image, torch.Generator().manual_seed(0))
    assert spoilt.shape == image.shape
    assert (spoilt >= 0).all()
    assert (spoilt <= 255).all()
    changed = (spoilt - image).abs().amax(1) > 1
    assert (changed.float().mean(dim=(1, 2)) > 0.3).all()


def test_a_share_is_spoilt_and_the_rest_stays() -> None:
    image = pictures(400)
    spoilt, which = spoilt_pictures(image, 0.25, torch.Generator().manual_seed(1))
    assert 0.18 < which.float().mean() < 0.32
    assert torch.equal(spoilt[~which], image[~which])
    assert ((spoilt[which] - image[which]).abs().amax(dim=(1, 2, 3)) > 1).all()


class Blind:
    """Batches of one standing person, who bends a knee by chance: nothing in a picture tells how far."""

    def at(self, step: int) -> View:
        body, n = own_body(), 16
        rng = np.random.default_rng(step)
        coordinates = np.tile(body.default_coordinates, (n, 1))
        coordinates[:, body.coordinate_index("knee_angle_r")] = rng.normal(0.5, 0.4, n)
        turn = np.diag([1.0, -1.0, -1.0])
        zeros = torch.zeros(n, 38, 2)
        return View(
            pictures(n), torch.tensor(coordinates).float(), torch.ones(n, len(body.bodies), 3),
            torch.tensor(turn).float().expand(n, 3, 3), zeros, zeros[..., 0].bool(), zeros,
        )  # fmt: skip


def test_doubts_are_learnt_and_nothing_else() -> None:
    recipe = replace(
        preset("small"), backbone="test_resnet", width=16, look=Look(size_px=SIDE), frozen_stride=0
    )
    torch.manual_seed(0)
    net = new_network(recipe).eval()
    vector = net.vector
    image = torch.zeros(1, 3, SIDE, SIDE)
    with torch.inference_mode():
        before = net(image).clone()
    learn_doubts(net, recipe, Blind(), 60)  # type: ignore[arg-type]
    with torch.inference_mode():
        after = net(image)
    assert torch.equal(after[:, : vector.sds.start], before[:, : vector.sds.start])
    names = [own_body().coordinate_names[i] for i in vector.head.columns]
    sd = torch.rad2deg(after[0, vector.coordinate_sd].exp())
    assert sd[names.index("knee_angle_r")] > 2 * sd[names.index("elbow_flex_l")]
    assert all(value.requires_grad for value in net.parameters())


def test_a_report_of_normal_errors() -> None:
    rng = np.random.default_rng(0)
    stated = np.exp(rng.normal(1, 0.5, (3000, 2)))
    kind = tuple(["good"] * 2900 + ["noise"] * 100)
    report = DoubtReport(("knee_angle_r", "elbow_flex_r"), stated, stated * rng.normal(size=(3000, 2)), kind)
    assert report.kinds == ("good", "noise")
    assert report.coverage(68) == pytest.approx(0.683, abs=0.015)
    assert report.coverage(95) == pytest.approx(0.95, abs=0.01)
    told, found = report.curve()
    assert (np.diff(told) > 0).all()
    np.testing.assert_allclose(found, told, rtol=0.15)
    rows = {name: values for name, *values in angle_rows(report)}
    assert list(rows) == ["knee_angle_r", "elbow_flex_r", "legs", "all"]
    assert rows["legs"] == rows["knee_angle_r"]
