"""Renaming, adding and removing landmarks in a project that has labels already.

project.json is written first, and in one step; by it label files of before and of after are both read
(`Project.renamed`, `Project.removed`). So a kill at any moment leaves a project that can be read, and the
label files that were not rewritten yet are brought along by the next change or the next save.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from kinelab.errors import InputError, OutputError
from kinelab.keypoints.projects.labels import Labels, labels_path, load_labels, raters, save_labels
from kinelab.keypoints.projects.project import Project, load_project, save_project

ARCHIVE = "archive"


def rename_landmark(folder: str | Path, old: str, new: str) -> Project:
    """Give a landmark another name, in the project and in everyone's labels; the place in the order stays.

    Where project.json was renamed by hand already (it has `new`, the labels have `old`), the labels follow.

    Raises:
        InputError: no such landmark, or the new name is taken or empty.
        FileFormatError: a label file is damaged; nothing was changed.
    """
    before = load_project(folder)
    if old == new or not new.strip():
        raise InputError(f"the new name of {old!r} is {new!r}; expected another name")
    if old in before.landmarks and new in before.landmarks:
        raise InputError(f"{new!r} is a landmark already; two landmarks cannot be made one")
    by_hand = old not in before.landmarks and new in before.landmarks
    if not by_hand and old not in before.landmarks:
        raise InputError(f"the project has no landmark {old!r}; it has {', '.join(before.landmarks)}")

    def now(name: str) -> str:
        return new if name == old else name

    if not by_hand:
        _rewrite(folder, before)  # so that no label file needs a name that is given up here
    # A name that is in use again is no old name any more.
    kept = [(was, now(current)) for was, current in before.renamed if was not in (old, new)]
    after = replace(
        before,
        landmarks=tuple(map(now, before.landmarks)),
        links=tuple((now(a), now(b)) for a, b in before.links),
        pairs=tuple((now(a), now(b)) for a, b in before.pairs),
        renamed=(*kept, (old, new)),
        removed=tuple(name for name in before.removed if name not in (old, new)),
    )
    if by_hand:
        _read_all(folder, after)
    save_project(after, folder)
    _rewrite(folder, after)
    return after


def add_landmarks(folder: str | Path, names: Iterable[str]) -> Project:
    """Add landmarks behind the others; frames that were complete are so no more.

    Raises:
        InputError: a name is taken or empty.
        FileFormatError: a label file is damaged; nothing was changed.
    """
    before = load_project(folder)
    new = tuple(names)
    _rewrite(folder, before)
    after = replace(
        before,
        landmarks=(*before.landmarks, *new),
        renamed=tuple((was, current) for was, current in before.renamed if was not in new),
        removed=tuple(name for name in before.removed if name not in new),
    )
    save_project(after, folder)
    return after


def remove_landmark(folder: str | Path, name: str) -> tuple[Project, Path | None]:
    """Take a landmark out of the project and of everyone's labels; the project and the archive, if any.

    All label files are copied to archive/NUMBER_NAME/ before, so that nothing is lost.

    Raises:
        InputError: no such landmark, or it is the only one.
        FileFormatError: a label file is damaged; nothing was changed.
        OutputError: the archive cannot be written; nothing was changed.
    """
    before = load_project(folder)
    if name not in before.landmarks:
        raise InputError(f"the project has no landmark {name!r}; it has {', '.join(before.landmarks)}")
    if len(before.landmarks) == 1:
        raise InputError(f"{name!r} is the only landmark; add another before it is removed")
    after = replace(
        before,
        landmarks=tuple(other for other in before.landmarks if other != name),
        links=tuple(link for link in before.links if name not in link),
        pairs=tuple(pair for pair in before.pairs if name not in pair),
        removed=(*before.removed, name),
    )
    _read_all(folder, before)
    archive = _archive(Path(folder), name)
    save_project(after, folder)
    _rewrite(folder, after)
    return after, archive


def _archive(folder: Path, name: str) -> Path | None:
    """Copy all labels aside; None where there are none."""
    if not (folder / "labels").is_dir():
        return None
    number = 1 + len(list((folder / ARCHIVE).glob("*"))) if (folder / ARCHIVE).is_dir() else 1
    safe = "".join(c if c.isalnum() else "_" for c in name)
    archive = folder / ARCHIVE / f"{number:03d}_without_{safe}"
    try:
        shutil.copytree(folder / "labels", archive)
    except (OSError, shutil.Error) as error:
        shutil.rmtree(archive, ignore_errors=True)
        raise OutputError(f"cannot copy the labels to {archive} ({error}); nothing was changed") from error
    return archive


def _read_all(folder: str | Path, project: Project) -> list[Labels]:
    """Everyone's labels; raises before anything is changed when one file is damaged."""
    return [
        load_labels(folder, project, rater, video.id)
        for rater in raters(folder)
        for video in project.videos
        if labels_path(folder, rater, video.id).is_file()
    ]


def _rewrite(folder: str | Path, project: Project) -> None:
    """Write every label file by the names of today."""
    for labels in _read_all(folder, project):
        save_labels(labels, folder)
