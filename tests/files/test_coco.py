from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import COCO_17
from kinelab.errors import FileFormatError, InputError, PersonError
from kinelab.files.coco import read_coco, write_coco


def content() -> dict[str, Any]:
    """Two images, the second named before the first; a hidden point (v=1) and one not labelled (v=0)."""
    return {
        "images": [{"id": 7, "file_name": "b/frame_0012.jpg"}, {"id": 9, "file_name": "b/frame_0010.jpg"}],
        "annotations": [
            {"image_id": 7, "category_id": 1, "keypoints": [5, 6, 2, 50, 60, 1]},
            {"image_id": 9, "category_id": 1, "keypoints": [4, 6, 2, 0, 0, 0]},
        ],
        "categories": [{"id": 1, "name": "horse", "keypoints": ["hoof", "knee"], "skeleton": [[1, 2]]}],
    }


def test_visibility_and_the_order_of_images(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(content()))
    read = read_coco(tmp_path / "a.json", 10.0)
    np.testing.assert_allclose(read.time_s, [1.0, 1.2])
    np.testing.assert_array_equal(read.of("hoof"), [[4, 6], [5, 6]])
    np.testing.assert_array_equal(read.of("knee"), [[np.nan, np.nan], [50, 60]])
    np.testing.assert_array_equal(read.confidence, [[1, np.nan], [1, 1]])
    assert read.skeleton.links == (("hoof", "knee"),)


def test_keypoints_come_back(tmp_path: Path) -> None:
    position = np.random.default_rng(5).uniform(100, 500, (17, 2)) + np.arange(8)[:, None, None]
    position[2, 3] = np.nan
    position[4] = np.nan
    confidence = np.where(np.isfinite(position[..., 0]), 0.625, np.nan)
    noun = Keypoints(COCO_17, np.arange(8) / 50, position, confidence)
    write_coco(noun, tmp_path / "a.json")
    read = read_coco(tmp_path / "a.json", 50.0)
    assert read.skeleton == COCO_17
    for name in ("time_s", "position", "confidence"):
        np.testing.assert_array_equal(getattr(read, name), getattr(noun, name))
    first = json.loads((tmp_path / "a.json").read_text())["annotations"][0]
    assert first["num_keypoints"] == 17
    x, y, width, height = first["bbox"]
    assert x == position[0, :, 0].min() + 0.5  # boxes count from the pixel's corner
    assert x + width == pytest.approx(position[0, :, 0].max() + 0.5)
    assert y + height == pytest.approx(position[0, :, 1].max() + 0.5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": 3}, r"is no COCO file of keypoints: images: Input should be a valid array"),
        ({"annotations": [{"image_id": 7}]}, r"annotations\.0\.category_id: Field required"),
        (
            {"annotations": [{"image_id": 7, "category_id": 1, "keypoints": [1, 2]}]},
            "has 2 numbers for 2 keypoints",
        ),
        (
            {"annotations": [{"image_id": 8, "category_id": 1, "keypoints": [1, 2, 2, 0, 0, 0]}]},
            r"annotations\.0 is of image 8, which is not listed",
        ),
        ({"images": []}, "holds 0 images and 1 categories"),
        ({"categories": []}, "holds 2 images and 0 categories"),
        ({"categories": [{"id": 1, "keypoints": ["a"], "skeleton": [[1, 2]]}]}, "outside 1 to 1"),
        ({"images": [{"id": i, "file_name": "v/1.png"} for i in (7, 9)]}, "two images have the same number"),
        ({"images": [{"id": 7, "file_name": "v/a.png"}]}, "'v/a.png' has no frame number"),
    ],
)
def test_files_with_a_fault(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({**content(), **change}))
    with pytest.raises(FileFormatError, match=message):
        read_coco(tmp_path / "a.json", 10.0)


def test_no_json_nobody_and_no_rate(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"images": [')
    with pytest.raises(FileFormatError, match="Invalid JSON"):
        read_coco(tmp_path / "a.json", 10.0)
    (tmp_path / "a.json").write_text(json.dumps({**content(), "annotations": []}))
    with pytest.raises(PersonError, match="nobody in any frame"):
        read_coco(tmp_path / "a.json", 10.0)
    (tmp_path / "a.json").write_text(json.dumps(content()))
    with pytest.raises(InputError, match="give the video's frame rate with rate_hz"):
        read_coco(tmp_path / "a.json", None)
