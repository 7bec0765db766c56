"""COCO keypoint annotations (JSON): one category's people in numbered images."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from pydantic import BaseModel, Field, ValidationError

from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.errors import FileFormatError
from kinelab.files.atomic import write_text
from kinelab.files.following import one_person
from kinelab.files.frame_numbers import image_plane_only, number_in, times
from kinelab.files.landmark_names import skeleton_from
from kinelab.files.text_rows import read_text


class _Image(BaseModel):
    id: int
    file_name: str


class _Category(BaseModel):
    id: int
    name: str = "person"
    keypoints: list[str] = Field(min_length=1)
    skeleton: list[tuple[int, int]] = []


class _Annotation(BaseModel):
    image_id: int
    category_id: int
    keypoints: list[float] = []
    keypoint_scores: list[float] | None = None  # as MMPose writes them, and we


class CocoFile(BaseModel):
    """What of a COCO file is read."""

    images: list[_Image]
    annotations: list[_Annotation]
    categories: list[_Category]


def read_coco(path: str | Path, rate_hz: float | None, person: int | None = None) -> Keypoints:
    """Landmarks of one person, (T, K, 2) px, T the images in the order of the number in their names.

    A landmark with visibility 0 (not labelled) is NaN; 1 (labelled, hidden) and 2 (visible) have a position.
    Confidence is `keypoint_scores` where the file has them, else 1. Several people in an image are followed
    by position; `person` numbers them by how much of them is seen.

    COCO's keypoints are 0-indexed pixels (cocodataset.org, data format): (0, 0) is the middle of the top left
    pixel, as in kinelab; boxes, which are not read, count from its corner.

    Raises:
        FileFormatError: no COCO file of keypoints, with the place in it; images of several videos.
        PersonError: nobody, or no such person.
        InputError: `rate_hz` is missing.
    """
    path = Path(path)
    data = parse_coco(path)
    category = data.categories[0]
    K = len(category.keypoints)
    numbers = {image.id: number_in(image.file_name, path) for image in data.images}
    if len(set(numbers.values())) < len(numbers):
        raise FileFormatError(
            path, "two images have the same number in their names; give the images of one video"
        )
    poses: dict[int, list[Array]] = {number: [] for number in numbers.values()}
    for i, annotation in enumerate(data.annotations):
        if annotation.category_id != category.id or not annotation.keypoints:
            continue
        if len(annotation.keypoints) != 3 * K or annotation.image_id not in numbers:
            problem = (
                f"annotations.{i} has {len(annotation.keypoints)} numbers for {K} keypoints, expected {3 * K}"
            )
            if annotation.image_id not in numbers:
                problem = f"annotations.{i} is of image {annotation.image_id}, which is not listed"
            raise FileFormatError(path, problem)
        poses[numbers[annotation.image_id]].append(_pose(annotation))
    frames = sorted(poses)
    pose = one_person([np.array(poses[f]).reshape(-1, K, 3) for f in frames], person, str(path))
    links = [(category.keypoints[a - 1], category.keypoints[b - 1]) for a, b in category.skeleton]
    return Keypoints(
        skeleton=skeleton_from(category.name, category.keypoints, links),
        time_s=times(frames, rate_hz, path),
        position=pose[..., :2],
        confidence=pose[..., 2],
    )


def write_coco(keypoints: Keypoints, path: str | Path) -> None:
    """Write one person as COCO keypoints; frame i is the image `<i>.png`, whatever its time.

    The confidences are kept beside the visibility flags, as `keypoint_scores`.

    Raises:
        InputError: positions that are not pixels in an image.
        OutputError: the file cannot be written.
    """
    image_plane_only(keypoints, "COCO")
    landmarks = keypoints.skeleton.landmarks
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    for i in range(keypoints.n):
        images.append({"id": i, "file_name": f"{i:06d}.png"})
        seen = keypoints.seen[i]
        if not seen.any():
            continue
        position = np.where(seen[:, None], keypoints.position[i], 0.0)
        low, high = (
            position[seen].min(axis=0) + 0.5,
            position[seen].max(axis=0) + 0.5,
        )  # boxes count from corners
        annotations.append(
            {
                "id": len(annotations),
                "image_id": i,
                "category_id": 1,
                "keypoints": np.column_stack([position, 2 * seen]).ravel().tolist(),
                "keypoint_scores": np.where(seen, np.nan_to_num(keypoints.confidence[i]), 0.0).tolist(),
                "num_keypoints": int(seen.sum()),
                "bbox": [*low.tolist(), *(high - low).tolist()],
                "area": float(np.prod(high - low)),
                "iscrowd": 0,
            }
        )
    links = [[landmarks.index(a) + 1, landmarks.index(b) + 1] for a, b in keypoints.skeleton.links]
    category = {"id": 1, "name": keypoints.skeleton.name, "keypoints": list(landmarks), "skeleton": links}
    content = {"images": images, "annotations": annotations, "categories": [category]}
    write_text(path, json.dumps(content, ensure_ascii=False))


def parse_coco(path: Path) -> CocoFile:
    """A COCO file of one category with keypoints.

    Raises:
        FileFormatError: no such file, or no COCO file of keypoints, with the place in it.
    """
    try:
        data = CocoFile.model_validate_json(read_text(path))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        problem = f"is no COCO file of keypoints: {place}: {first['msg']}"
        raise FileFormatError(path, f"{problem} (expected images, annotations, categories)") from error
    if not data.images or len(data.categories) != 1:
        found = f"{len(data.images)} images and {len(data.categories)} categories with keypoints"
        raise FileFormatError(path, f"holds {found}; expected images and one category")
    K = len(data.categories[0].keypoints)
    if any(not 1 <= end <= K for link in data.categories[0].skeleton for end in link):
        raise FileFormatError(path, f"categories.0.skeleton names a keypoint outside 1 to {K}")
    return data


def _pose(annotation: _Annotation) -> Array:
    """(K, 3) x, y and confidence; NaN = not labelled."""
    pose = np.array(annotation.keypoints).reshape(-1, 3)
    unseen = pose[:, 2] <= 0
    pose[:, 2] = 1.0
    if annotation.keypoint_scores is not None and len(annotation.keypoint_scores) == len(pose):
        pose[:, 2] = np.clip(annotation.keypoint_scores, 0, 1)
    pose[unseen] = np.nan
    return pose
