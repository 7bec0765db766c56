"""Opening a detector or a pose network by name or path: the outputs say which family it is."""

from __future__ import annotations

import re
from pathlib import Path

from safetensors import SafetensorError, safe_open

from kinelab.core.skeletons import Skeleton
from kinelab.core.skeletons import skeleton as skeleton_by_name
from kinelab.detection.catalogue import NAME_PATTERN, Kind, ModelEntry, catalogue
from kinelab.detection.detectors import MIN_SCORE, Detector, RtmdetDetector, YoloxDetector
from kinelab.detection.mediapipe_pose import open_mediapipe_pose
from kinelab.detection.onnx_sessions import open_session
from kinelab.detection.pose_models import HeatmapPose, PoseModel, SimccPose, wrong_outputs
from kinelab.detection.store import find_model, keep
from kinelab.errors import InputError, ModelError
from kinelab.files.atomic import sha256_of


def open_detector(
    name_or_path: str | Path, *, threads: int | None = None, min_score: float = MIN_SCORE
) -> Detector:
    """A person detector: `yolox-nano`, another name of the store, or an ONNX file.

    Raises:
        ModelError: not on this computer, altered, not ONNX, or with outputs of another task.
    """
    path, entry = find_model(name_or_path)
    entry, name, sha256, licence = _identity(path, entry)
    session = open_session(path, threads=threads, name=name)
    families: dict[int, type[YoloxDetector | RtmdetDetector]] = {1: YoloxDetector, 2: RtmdetDetector}
    if len(session.output_names) not in families:
        raise wrong_outputs(session, "YOLOX predictions, or dets and labels")
    family = families[len(session.output_names)]
    return family(session, name=name, sha256=sha256, licence=licence, min_score=min_score)


def open_pose_model(
    name_or_path: str | Path, *, threads: int | None = None, skeleton: Skeleton | None = None
) -> PoseModel:
    """A pose network: a name of the store such as `rtmpose-m-halpe26`, or an ONNX or MediaPipe .task file.

    The landmark set is that of `skeleton`, else of the catalogue's entry, else follows from the number of
    outputs (17 coco17, 26 halpe26, 133 whole body of which body and feet are taken as body25b).

    Raises:
        ModelError: not on this computer, altered, not ONNX, or with outputs of another task.
        InputError: a number of landmarks that is no known set.
        MissingExtraError: a .task file without the package mediapipe.
    """
    path, entry = find_model(name_or_path)
    entry, name, sha256, licence = _identity(path, entry)
    if path.suffix == ".task":
        return open_mediapipe_pose(path, name=name, sha256=sha256, licence=licence)
    if skeleton is None and entry is not None and entry.skeleton is not None:
        skeleton = skeleton_by_name(entry.skeleton)
    session = open_session(path, threads=threads, name=name)
    families: dict[int, type[HeatmapPose | SimccPose]] = {1: HeatmapPose, 2: SimccPose}
    if len(session.output_names) not in families:
        raise wrong_outputs(session, "heatmaps, or simcc_x and simcc_y")
    family = families[len(session.output_names)]
    conventions = entry.conventions if entry is not None else None
    return family(session, skeleton, name=name, sha256=sha256, licence=licence, conventions=conventions)


def add_model(
    file: str | Path,
    *,
    name: str,
    kind: Kind | None = None,
    skeleton: str | None = None,
    licence: str = "unknown",
) -> ModelEntry:
    """Check that a file opens with the right outputs, and copy it into the store under a name.

    With a name of the catalogue the file must be that network (by its hash, where one is known); any other
    name needs `kind`.

    Raises:
        ModelError: not the network of that name, not a network, or of another task.
        InputError: no kind for a new name, a name with other characters, or an unknown landmark set.
    """
    path = Path(file)
    if not path.is_file():
        raise ModelError(f"no such model file: {file}")
    entry = catalogue().get(name) or _new_entry(path, name, kind, skeleton, licence)
    sha256 = sha256_of(path)
    if entry.sha256 is not None and not entry.allows(sha256):
        raise ModelError(
            f"{path.name} is not the published {name}: SHA-256 {sha256}, expected {entry.sha256}; if it is a "
            "network of your own, add it under another --name"
        )
    if entry.kind == "backbone":
        _check_safetensors(path)
    elif entry.kind == "detector":
        open_detector(path, threads=1)
    else:
        chosen = skeleton_by_name(entry.skeleton) if entry.skeleton else None
        found = open_pose_model(path, threads=1, skeleton=chosen).skeleton.name
        entry = entry.model_copy(update={"skeleton": found})
    return keep(path, entry)


def _new_entry(path: Path, name: str, kind: Kind | None, skeleton: str | None, licence: str) -> ModelEntry:
    """The entry of a network that the catalogue does not know; its head is told by the outputs."""
    if kind is None:
        names = ", ".join(catalogue())
        raise InputError(
            f"{name} is not in the catalogue ({names}); a network of your own needs --kind pose or detector"
        )
    if not re.fullmatch(NAME_PATTERN, name):
        raise InputError(
            f"name {name!r} holds more than lower-case letters, digits and . _ - (such as my-net)"
        )
    if skeleton is not None:
        skeleton_by_name(skeleton)
    if path.suffix == ".task":
        head = "mediapipe"
    else:
        several = len(open_session(path, threads=1).output_names) > 1
        head = (
            ("rtmdet" if several else "yolox") if kind == "detector" else ("simcc" if several else "heatmap")
        )
    rows = {"name": name, "kind": kind, "head": head, "skeleton": skeleton, "licence": licence}
    return ModelEntry.model_validate({**rows, "suffix": path.suffix or ".onnx"})


def _check_safetensors(path: Path) -> None:
    """Weights to begin a training with; whether they are those of a backbone is seen when it is built."""
    try:
        with safe_open(path, framework="numpy") as file:
            file.keys()
    except SafetensorError as error:
        raise ModelError(f"{path} is no whole safetensors file ({error}); copy it again") from error


def _identity(path: Path, entry: ModelEntry | None) -> tuple[ModelEntry | None, str, str, str]:
    """Entry, name, SHA-256 and licence; a file given by its path is known by its hash."""
    sha256 = entry.sha256 if entry is not None and entry.sha256 is not None else sha256_of(path)
    if entry is None:
        entry = next((known for known in catalogue().values() if known.allows(sha256)), None)
    return entry, *((entry.name, sha256, entry.licence) if entry else (path.name, sha256, "unknown"))
