from __future__ import annotations

import numpy as np
import pytest

from kinelab.detection.boxes import Boxes, clip, expand, iou, nms, whole
from kinelab.errors import InputError


def test_iou_of_half_overlap_is_a_third() -> None:
    a = np.array([[0.0, 0, 10, 10]])
    b = np.array([[5.0, 0, 15, 10], [0, 0, 10, 10], [20, 20, 30, 30]])
    assert iou(a, b) == pytest.approx(np.array([[1 / 3, 1, 0]]))
    turned = iou(b, a).T
    assert turned == pytest.approx(iou(a, b))


def test_iou_does_not_change_when_the_image_is_scaled_and_shifted() -> None:
    rng = np.random.default_rng(0)
    low = rng.uniform(0, 50, (8, 2))
    boxes = np.concatenate([low, low + rng.uniform(5, 40, (8, 2))], axis=1)
    assert iou(boxes * 3.7 + 12, boxes * 3.7 + 12) == pytest.approx(iou(boxes, boxes))


def test_nms_keeps_the_best_of_a_cluster_and_is_idempotent() -> None:
    boxes = Boxes(
        np.array([[0.0, 0, 10, 20], [1, 0, 11, 20], [100, 0, 110, 20], [0, 1, 10, 21]]),
        np.array([0.6, 0.9, 0.5, 0.2]),
    )
    kept = nms(boxes)
    assert kept.score == pytest.approx([0.9, 0.5])
    assert kept.xyxy == pytest.approx(np.array([[1, 0, 11, 20], [100, 0, 110, 20]]))
    assert nms(kept).xyxy == pytest.approx(kept.xyxy)
    assert len(nms(Boxes.none())) == 0


def test_nms_is_greedy_a_suppressed_box_suppresses_nothing() -> None:
    chain = np.array([[0.0, 0, 10, 10], [4, 0, 14, 10], [8, 0, 18, 10]])
    kept = nms(Boxes(chain, np.array([0.9, 0.8, 0.7])), iou_max=0.3)
    assert kept.score == pytest.approx([0.9, 0.7])


def test_clip_to_the_pixel_edges_of_an_image() -> None:
    assert clip(np.array([[-50.0, 3, 999, 12]]), (100, 10)) == pytest.approx(np.array([[-0.5, 3, 99.5, 9.5]]))
    assert whole((100, 10)) == pytest.approx([-0.5, -0.5, 99.5, 9.5])


@pytest.mark.parametrize("box", [[0, 0, 10, 100], [0, 0, 200, 30]])
def test_expand_keeps_the_middle_reaches_the_aspect_and_holds_the_box(box: list[float]) -> None:
    (wide,) = expand(np.array([box], dtype=float), 0.75, padding=1.25)
    assert (wide[2] - wide[0]) / (wide[3] - wide[1]) == pytest.approx(0.75)
    assert (wide[:2] + wide[2:]) == pytest.approx(np.add(box[:2], box[2:]))
    slack = min(*(np.array(box[:2]) - wide[:2]), *(wide[2:] - np.array(box[2:])))
    long_side = max(box[3] - box[1], (box[2] - box[0]) / 0.75)
    tight = long_side * 0.125 * (0.75 if long_side != box[3] - box[1] else 1)
    assert slack == pytest.approx(tight)


def test_bad_boxes_are_told() -> None:
    with pytest.raises(InputError, match=r"no area.*score leaves 0 to 1"):
        Boxes(np.array([[5.0, 0, 4, 3]]), np.array([1.2]))
    with pytest.raises(InputError, match=r"score has shape \(2,\), expected \(1,\)"):
        Boxes(np.array([[0.0, 0, 4, 3]]), np.array([1.0, 0.2]))
    with pytest.raises(InputError, match="NaN"):
        Boxes(np.array([[np.nan, 0, 4, 3]]), np.array([1.0]))
