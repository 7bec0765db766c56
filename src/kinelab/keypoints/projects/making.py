"""Beginning a labelling project."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kinelab.errors import InputError
from kinelab.keypoints.projects.pairs import find_pairs
from kinelab.keypoints.projects.project import PROJECT_FILE, Project, save_project

Couples = Sequence[tuple[str, str]]


def new_project(
    folder: str | Path,
    landmarks: Sequence[str],
    *,
    links: Couples = (),
    pairs: Couples | None = None,
    name: str = "",
) -> Project:
    """Write the project.json of a new project; `pairs` None finds left and right by their names.

    The folder may hold other files already, such as the videos. The name is the folder's unless given.

    Raises:
        InputError: there is a project already, or landmarks, links and pairs do not fit together.
        OutputError: the folder cannot be written.
    """
    folder = Path(folder)
    if (folder / PROJECT_FILE).exists():
        raise InputError(
            f"{folder} holds a project already; choose another folder, or add videos to this one with "
            f"`kinelab keypoints add {folder} VIDEO`"
        )
    names = tuple(landmark.strip() for landmark in landmarks)
    project = Project(
        name=name or folder.resolve().name,
        landmarks=names,
        links=tuple((a, b) for a, b in links),
        pairs=find_pairs(names) if pairs is None else tuple((a, b) for a, b in pairs),
    )
    save_project(project, folder)
    return project
