"""config.yaml of a DeepLabCut project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any

from kinelab.errors import FileFormatError, MissingExtraError
from kinelab.files.atomic import atomic_path

CONFIG_FILE = "config.yaml"


@dataclass(frozen=True)
class DeepLabCutConfig:
    """What matters of it: task, who labelled, body parts, links between them, and the videos' paths."""

    task: str
    scorer: str
    bodyparts: tuple[str, ...]
    skeleton: tuple[tuple[str, str], ...]
    videos: tuple[str, ...]

    def video_of(self, folder: Path, name: str) -> Path | None:
        """The video whose pictures lie in labeled-data/`name`: where the config has it, or in videos/."""
        named = [Path(text) for text in self.videos if PureWindowsPath(text).stem == name]
        beside = sorted((folder / "videos").glob(f"{name}.*")) if (folder / "videos").is_dir() else []
        return next((path for path in (*named, *beside) if path.is_file()), None)


def read_config(path: Path) -> DeepLabCutConfig:
    """The config of a project of one animal or person.

    Raises:
        FileFormatError: no YAML, of several animals, or without body parts.
        MissingExtraError: the YAML reader is not installed.
    """
    try:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError
    except ImportError as error:
        raise MissingExtraError("reading DeepLabCut's config.yaml", "interop") from error
    try:
        held: Any = YAML(typ="safe", pure=True).load(path)
    except FileNotFoundError as error:
        raise FileFormatError(path, "no such file; a DeepLabCut project has one") from error
    except (YAMLError, UnicodeDecodeError) as error:
        raise FileFormatError(path, f"is no YAML ({' '.join(str(error).split())})") from error
    if not isinstance(held, dict):
        raise FileFormatError(path, "is no DeepLabCut config: expected names and values")
    if held.get("multianimalproject"):
        raise FileFormatError(path, "is a project of several animals; only one person or animal can be read")
    parts = held.get("bodyparts")
    if not isinstance(parts, list) or not parts:
        raise FileFormatError(path, f"bodyparts is {parts!r}, expected a list of names")
    names = tuple(str(part) for part in parts)
    links = [tuple(map(str, link)) for link in held.get("skeleton") or [] if isinstance(link, list)]
    videos = held.get("video_sets")
    return DeepLabCutConfig(
        task=str(held.get("Task") or path.parent.name),
        scorer=str(held.get("scorer") or ""),
        bodyparts=names,
        skeleton=tuple((link[0], link[1]) for link in links if len(link) == 2 and set(link) <= set(names)),
        videos=tuple(map(str, videos)) if isinstance(videos, dict) else (),
    )


def write_config(config: DeepLabCutConfig, crops: Mapping[str, str], date: str, path: Path) -> None:
    """Write a config.yaml that DeepLabCut opens; `crops` ("0, 640, 0, 480") and paths of the videos.

    The settings that we have no opinion on have the values that DeepLabCut 3 gives a new project.

    Raises:
        OutputError: the folder cannot be written.
        MissingExtraError: the YAML writer is not installed.
    """
    try:
        from ruamel.yaml import YAML
    except ImportError as error:
        raise MissingExtraError("writing DeepLabCut's config.yaml", "interop") from error
    held = {
        "Task": config.task,
        "scorer": config.scorer,
        "date": date,
        "multianimalproject": False,
        "identity": None,
        "project_path": str(path.parent.resolve()),
        "engine": "pytorch",
        "video_sets": {video: {"crop": crops[video]} for video in config.videos},
        "bodyparts": list(config.bodyparts),
        "start": 0,
        "stop": 1,
        "numframes2pick": 20,
        "skeleton": [list(link) for link in config.skeleton],
        "skeleton_color": "black",
        "pcutoff": 0.6,
        "dotsize": 8,
        "alphavalue": 0.7,
        "colormap": "rainbow",
        "TrainingFraction": [0.95],
        "iteration": 0,
        "default_net_type": "resnet_50",
        "default_augmenter": "default",
        "snapshotindex": -1,
        "detector_snapshotindex": -1,
        "batch_size": 8,
        "detector_batch_size": 1,
        "cropping": False,
        "x1": 0,
        "x2": 640,
        "y1": 277,
        "y2": 624,
        "corner2move2": [50, 50],
        "move2corner": True,
    }
    yaml = YAML(pure=True)
    yaml.default_flow_style = False
    yaml.width = 4096
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        yaml.dump(held, file)
