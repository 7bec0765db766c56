"""Where norm sets lie on this computer: those that ship, and the user's own.

The user's are in one folder, `KINELAB_NORMS` or the user's data folder (platformdirs): NAME.safetensors.
"""

from __future__ import annotations

import os
import shutil
from functools import lru_cache
from pathlib import Path

import platformdirs

from kinelab.errors import InputError
from kinelab.files.atomic import atomic_path
from kinelab.gait.norms import SUFFIX, NormSet, load_norms

FOLDER_VARIABLE = "KINELAB_NORMS"
DEFAULT = "adults-fukuchi2018"
SHIPPED = Path(__file__).parent / "norm_sets" / f"{DEFAULT}{SUFFIX}"


def norms_folder() -> Path:
    """The folder of the user's own norm sets."""
    folder = os.environ.get(FOLDER_VARIABLE)
    return Path(folder) if folder else Path(platformdirs.user_data_dir("kinelab")) / "norms"


def norm_files() -> dict[str, Path]:
    """Name -> file of every norm set here; a name of the user's own wins over one that ships."""
    files = [*sorted(SHIPPED.parent.glob(f"*{SUFFIX}")), *sorted(norms_folder().glob(f"*{SUFFIX}"))]
    return {file.stem: file for file in files}


def find_norms(name_or_path: str | Path = DEFAULT) -> NormSet:
    """A norm set by its name, or the one in a file.

    Raises:
        InputError: no such name or file.
        FileFormatError: the file is no norm set.
    """
    files = norm_files()
    path = files.get(str(name_or_path), Path(name_or_path))
    if not path.is_file():
        raise InputError(f"no norm set {str(name_or_path)!r}; there are {', '.join(files)}, or give a file")
    status = path.stat()
    return _loaded(path, (status.st_ino, status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=8)
def _loaded(path: Path, _state: tuple[int, int, int]) -> NormSet:
    """The file in the state that it has now; a review asks for the same one after every correction."""
    return load_norms(path)


def add_norms(path: str | Path, *, replace: bool = False) -> NormSet:
    """Copy a norm set into the user's folder under its own name.

    Raises:
        FileFormatError: the file is no norm set.
        InputError: the name is taken by another set, and `replace` was not asked for.
        OutputError: the folder cannot be written.
    """
    norms = load_norms(path)
    target = norms_folder() / f"{norms.label.name}{SUFFIX}"
    taken = norm_files().get(norms.label.name)
    if taken is not None and not replace:
        raise InputError(
            f"there is a norm set {norms.label.name} already ({load_norms(taken).label.title}); make yours"
            " with another name, or ask for --replace"
        )
    with atomic_path(target) as temporary:
        shutil.copyfile(path, temporary)
    return norms
