"""The trained networks of a project."""

from __future__ import annotations

from pathlib import Path

from kinelab.errors import InputError

NETWORK_FILE = "network.safetensors"
_RUNS = "networks"


def finished_networks(folder: str | Path) -> tuple[Path, ...]:
    """Every trained network of a project, the one that was finished last at the end."""
    files = (Path(folder) / _RUNS).glob(f"*/{NETWORK_FILE}")
    return tuple(sorted(files, key=lambda path: (path.stat().st_mtime, path)))


def network_of(folder: str | Path, name: str | Path | None = None) -> Path:
    """A trained network: a run's name in the project, a run's folder, a file, or None for the newest.

    Raises:
        InputError: no such run, or it is not finished; the message lists what there is.
    """
    files = finished_networks(folder)
    if name is None:
        if not files:
            raise InputError(
                f"{folder} has no trained network yet; train one with `kinelab keypoints train {folder}`, or "
                "name another project's run folder with --network"
            )
        return files[-1]
    for place in (Path(folder) / _RUNS / name / NETWORK_FILE, Path(name) / NETWORK_FILE, Path(name)):
        if place.is_file():
            return place
    known = ", ".join(sorted(path.parent.name for path in files)) or "none yet"
    unfinished = (Path(folder) / _RUNS / name).is_dir() or Path(name).is_dir()
    why = "is a run that is not finished" if unfinished else "is no run of the project, no folder and no file"
    raise InputError(f"{name} {why}; finished networks of {folder}: {known}")
