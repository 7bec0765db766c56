from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.core.skeletons import BODY_25B, COCO_17, HALPE_26
from kinelab.detection.crops import Image
from kinelab.detection.onnx_sessions import open_session
from kinelab.detection.pose_input import PoseInput, pose_batch
from kinelab.detection.pose_models import HeatmapPose, SimccPose, landmark_set
from kinelab.detection.simcc import BETA
from kinelab.errors import InputError, ModelError

PLAIN = {"mean": (0.0, 0.0, 0.0), "std": (255.0, 255.0, 255.0)}


def spots(places: Array, sigma: float) -> Image:
    """A dark image of 640 x 480 with one bright Gaussian at each place."""
    y, x = np.mgrid[:480, :640]
    bright = sum(np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * sigma**2)) for px, py in places)
    return np.repeat(np.rint(np.minimum(bright, 1) * 250).astype(np.uint8)[..., None], 3, axis=2)


@pytest.mark.parametrize(("pool", "grid"), [("AveragePool", "half_pixel"), ("Slice", "corner")])
def test_a_bright_spot_is_found_where_it_is(bright_spot_onnx, pool: str, grid: str) -> None:
    # A real path through crop, network and decoding: half a heatmap cell would be 4 image px here.
    conventions = PoseInput(**PLAIN, grid=grid, padding=1.0)
    session = open_session(bright_spot_onnx("spot.onnx", pool), threads=1)
    model = HeatmapPose(session, name="spot", sha256="0", conventions=conventions)
    places = np.array([[210.3, 251.8], [480.6, 190.25]])
    image = spots(places, sigma=14.0)
    boxes = np.tile(places, 2) + np.array([-70.0, -110, 90, 120])
    estimate = model.estimate(image, boxes)
    assert estimate.position == pytest.approx(np.repeat(places[:, None], 17, axis=1), abs=0.15)
    assert estimate.confidence == pytest.approx(0.98, abs=0.03)
    assert (estimate.sd > 0).all()
    assert model.skeleton == COCO_17


def test_persons_one_by_one_where_the_network_takes_no_batch(bright_spot_onnx) -> None:
    image = spots(np.array([[200.0, 200.0]]), 12.0)
    boxes = np.array([[120.0, 100, 280, 300], [150, 100, 260, 310]])
    conventions = PoseInput(**PLAIN)
    both = [
        HeatmapPose(
            open_session(bright_spot_onnx(f"b{batch}.onnx", batch=batch), threads=1),
            name="b",
            sha256="0",
            conventions=conventions,
        ).estimate(image, boxes)
        for batch in ("batch", 1)
    ]
    assert both[0].position == pytest.approx(both[1].position, abs=1e-4)


def test_the_batch_is_normalised_as_the_family_wants_it() -> None:
    image = np.zeros((40, 30, 3), dtype=np.uint8)
    image[:] = (200, 100, 50)
    box = np.array([[-0.5, -0.5, 29.5, 39.5]])
    batch, _ = pose_batch(image, box, (30, 40), PoseInput(padding=1.0))
    rgb = (np.array([200, 100, 50]) - [123.675, 116.28, 103.53]) / [58.395, 57.12, 57.375]
    assert batch[0, :, 20, 15] == pytest.approx(rgb, abs=1e-5)
    turned, _ = pose_batch(image, box, (30, 40), PoseInput(padding=1.0, bgr=True))
    assert turned[0, :, 20, 15] == pytest.approx(rgb[::-1], abs=1e-5)
    assert batch.dtype == np.float32


def test_no_person_costs_nothing(bright_spot_onnx) -> None:
    model = HeatmapPose(open_session(bright_spot_onnx("n.onnx"), threads=1), name="n", sha256="0")
    assert model.estimate(spots(np.array([[9.0, 9.0]]), 3), np.zeros((0, 4))).position.shape == (0, 17, 2)


def simcc_outputs(k: int, place: tuple[float, float]) -> dict[str, Array]:
    axes = {}
    for name, bins, value in (("simcc_x", 384, place[0]), ("simcc_y", 512, place[1])):
        row = 0.8 - (np.arange(bins) - 2 * value) ** 2 / (2 * 6.0**2) / BETA
        axes[name] = np.repeat(row[None, None], k, axis=1).astype(np.float32)
    return axes


def test_simcc_network_in_image_pixels(constant_onnx) -> None:
    path = constant_onnx("rtm.onnx", [1, 3, 256, 192], **simcc_outputs(26, (48.0, 64.0)))
    model = SimccPose(open_session(path, threads=1), name="rtm", sha256="0")
    assert model.skeleton == HALPE_26
    estimate = model.estimate(np.zeros((600, 600, 3), dtype=np.uint8), np.array([[100.0, 100, 250, 300]]))
    # Height 200, padded to 250: 250 / 256 px per crop px, left top at (175 - 93.75, 200 - 125).
    expected = np.array([81.25, 75.0]) + (np.array([48.0, 64.0]) + 0.5) * 250 / 256
    assert estimate.position[0, 5] == pytest.approx(expected, abs=0.01)
    assert estimate.confidence == pytest.approx(0.8, abs=0.01)


def test_whole_body_gives_body_and_feet(constant_onnx) -> None:
    outputs = simcc_outputs(133, (48.0, 64.0))
    outputs["simcc_x"] += (np.arange(133) / 1000)[None, :, None].astype(np.float32)
    outputs["simcc_y"] += 1.0
    path = constant_onnx("whole.onnx", [1, 3, 256, 192], **outputs)
    model = SimccPose(open_session(path, threads=1), name="whole", sha256="0")
    assert model.skeleton == BODY_25B
    estimate = model.estimate(np.zeros((600, 600, 3), dtype=np.uint8), np.array([[100.0, 100, 250, 300]]))
    by_name = dict(zip(BODY_25B.landmarks, estimate.confidence[0], strict=True))
    # COCO-WholeBody: 17 left big toe, 18 left small toe, 19 left heel, 20 to 22 the right foot.
    assert by_name["left_big_toe"] == pytest.approx(0.817, abs=0.002)
    assert by_name["right_heel"] == pytest.approx(0.822, abs=0.002)
    assert by_name["right_ankle"] == pytest.approx(0.816, abs=0.002)
    assert np.isnan(estimate.position[0, BODY_25B.index("neck")]).all()
    assert by_name["head"] == 0


def test_landmark_sets_by_number() -> None:
    assert landmark_set(17)[0] == COCO_17
    with pytest.raises(InputError, match=r"unknown landmark set: the network gives 68.*17 \(coco17\)"):
        landmark_set(68)
    with pytest.raises(InputError, match="gives 17 landmarks, but halpe26 has 26"):
        landmark_set(17, HALPE_26)


def test_wrong_outputs_are_named(bright_spot_onnx, constant_onnx) -> None:
    logits = constant_onnx("c.onnx", [1, 3, 256, 192], logits=np.zeros((1, 1000), dtype=np.float32))
    with pytest.raises(ModelError, match=r"found logits \[1, 1000\]; expected heatmaps \[crops"):
        HeatmapPose(open_session(logits, threads=1), name="c", sha256="0")
    with pytest.raises(ModelError, match=r"found heatmaps.*expected simcc_x and simcc_y"):
        SimccPose(open_session(bright_spot_onnx("h.onnx"), threads=1), name="h", sha256="0")
