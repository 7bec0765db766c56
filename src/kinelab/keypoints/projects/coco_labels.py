"""Labels as COCO keypoints, one file for a project: images/VIDEO/000123.png beside annotations.json."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.errors import FileFormatError, InputError
from kinelab.files.atomic import write_text
from kinelab.files.coco import CocoFile, parse_coco
from kinelab.files.frame_numbers import number_in
from kinelab.keypoints.projects.adding import plain
from kinelab.keypoints.projects.incoming import Incoming
from kinelab.keypoints.projects.labels import Labels, State
from kinelab.keypoints.projects.pictures import copy_picture, picture_size
from kinelab.keypoints.projects.project import Project, frame_picture
from kinelab.keypoints.projects.truth import truth

ANNOTATIONS = "annotations.json"
_VISIBILITY = {State.VISIBLE: 2, State.OCCLUDED: 1}  # COCO: 0 not labelled, 1 labelled but hidden, 2 visible


def write_coco_labels(
    folder: str | Path, project: Project, out: str | Path, rater: str | None = None
) -> Path:
    """Write OUT/annotations.json and OUT/images/; one rater, or the mean of all (`truth.truth`).

    COCO's coordinates are ours (files.coco); "absent" and "nothing yet" both become its "not labelled".

    Raises:
        InputError: nothing is labelled, or `out` holds something already.
        OutputError: the folder cannot be written.
    """
    out = Path(out)
    if out.exists() and any(out.iterdir()):
        raise InputError(f"{out} is not empty; choose a new folder for the COCO files")
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    for video in project.videos:
        labels = truth(folder, project, video.id, rater)
        for row, frame in enumerate(labels.frame.tolist()):
            source = frame_picture(folder, video.id, frame)
            name = f"images/{video.id}/{source.name}"
            copy_picture(source, out / name)
            width, height = picture_size(source)
            images.append({"id": len(images), "file_name": name, "width": width, "height": height})
            if labels.placed[row].any():
                annotations.append(_annotation(labels, row, len(annotations), len(images) - 1))
    if not annotations:
        raise InputError(f"{folder}: nothing is labelled yet; there is nothing to export")
    names = project.landmarks
    links = [[names.index(a) + 1, names.index(b) + 1] for a, b in project.links]
    category = {"id": 1, "name": project.name, "keypoints": list(names), "skeleton": links}
    people = "virtual people, nobody was filmed" if project.synthetic else "labelled by hand"
    info = {"description": f"{project.name}: {people}"}
    content = {"info": info, "images": images, "annotations": annotations, "categories": [category]}
    path = out / ANNOTATIONS
    write_text(path, json.dumps(content, ensure_ascii=False))
    return path


def read_coco_labels(
    path: Path, rater: str = "coco"
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...], list[Incoming]]:
    """Landmarks, links, and the labels of each folder of images that a COCO file names.

    The images lie by their `file_name` beside the file, or in a folder `images` there; the number in a name
    is the frame's. One person an image. Annotated landmarks that COCO calls not labelled are absent.

    Raises:
        FileFormatError: no COCO file of keypoints, an image is missing, or holds several people.
    """
    data = parse_coco(path)
    category = data.categories[0]
    by_folder: dict[Path, dict[int, tuple[Path, int]]] = defaultdict(dict)
    for image in data.images:
        file = _file_of(path, image.file_name)
        number = number_in(file.name, path)
        if number in by_folder[file.parent]:
            raise FileFormatError(path, f"two images in {file.parent} have the number {number}")
        by_folder[file.parent][number] = (file, image.id)
    points = _points_by_image(data, path)
    found = []
    for place, images in sorted(by_folder.items()):
        name = plain(place.name if place.name != "images" else path.resolve().parent.name) or "pictures"
        labels = _labels(
            name, rater, tuple(category.keypoints), {n: points.get(i) for n, (_, i) in images.items()}
        )
        found.append(Incoming(labels, {number: file for number, (file, _) in images.items()}))
    links = tuple((category.keypoints[a - 1], category.keypoints[b - 1]) for a, b in category.skeleton)
    return tuple(category.keypoints), links, found


def _annotation(labels: Labels, row: int, number: int, image: int) -> dict[str, object]:
    placed = labels.placed[row]
    position = np.where(placed[:, None], labels.position_px[row], 0.0).round(3)
    seen = [_VISIBILITY.get(State(s), 0) for s in labels.state[row]]
    low = position[placed].min(axis=0) + 0.5  # boxes count from the pixel's corner
    high = position[placed].max(axis=0) + 0.5
    return {
        "id": number,
        "image_id": image,
        "category_id": 1,
        "keypoints": [
            value for (x, y), v in zip(position.tolist(), seen, strict=True) for value in (x, y, v)
        ],
        "num_keypoints": int(placed.sum()),
        "bbox": [*low.tolist(), *(high - low).tolist()],
        "area": float(np.prod(high - low)),
        "iscrowd": 0,
    }


def _file_of(path: Path, name: str) -> Path:
    for place in (path.parent, path.parent / "images"):
        if (place / name).is_file():
            return place / name
    raise FileFormatError(
        path, f"names the image {name!r}, which is not beside it; was the folder copied whole?"
    )


def _points_by_image(data: CocoFile, path: Path) -> dict[int, Array]:
    """(K, 3) x, y, visibility of the one person of each annotated image."""
    k = len(data.categories[0].keypoints)
    points: dict[int, Array] = {}
    for i, annotation in enumerate(data.annotations):
        if (n := len(annotation.keypoints)) != 3 * k:
            raise FileFormatError(
                path, f"annotations.{i} has {n} numbers for {k} keypoints, expected {3 * k}"
            )
        if annotation.image_id in points:
            raise FileFormatError(path, f"annotations.{i} is a second person in image {annotation.image_id}")
        points[annotation.image_id] = np.array(annotation.keypoints).reshape(k, 3)
    return points


def _labels(video: str, rater: str, names: tuple[str, ...], found: dict[int, Array | None]) -> Labels:
    frames = sorted(number for number, points in found.items() if points is not None)
    points = np.array([found[frame] for frame in frames], dtype=float).reshape(-1, len(names), 3)
    state = np.select(
        [points[..., 2] >= 2, points[..., 2] >= 1], [State.VISIBLE, State.OCCLUDED], State.ABSENT
    )
    position = np.where(points[..., 2:] >= 1, points[..., :2], np.nan)
    return Labels(video, rater, names, np.array(frames, np.int64), position, state.astype(np.uint8))
