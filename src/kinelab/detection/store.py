"""Where networks lie on this computer, and under which name.

One folder, `KINELAB_MODELS` or the user's cache (platformdirs): NAME.onnx beside NAME.json, its
`ModelEntry` with the SHA-256 of the file as it was when it came. A file that has changed since is refused.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import platformdirs
from pydantic import ValidationError

from kinelab.detection.catalogue import ModelEntry, catalogue
from kinelab.errors import ModelError
from kinelab.files.atomic import atomic_path, sha256_of, write_text

FOLDER_VARIABLE = "KINELAB_MODELS"


def store_folder() -> Path:
    """The folder of all networks that were fetched or added."""
    folder = os.environ.get(FOLDER_VARIABLE)
    return Path(folder) if folder else Path(platformdirs.user_cache_dir("kinelab")) / "models"


def stored_path(entry: ModelEntry) -> Path:
    """Where the file of an entry lies, or will lie."""
    return store_folder() / f"{entry.name}{entry.suffix}"


def stored() -> dict[str, ModelEntry]:
    """The networks in the store by name, each with the hash of its file when it came."""
    entries = {}
    for record in sorted(store_folder().glob("*.json")):
        try:
            entry = ModelEntry.model_validate_json(record.read_text(encoding="utf-8"))
        except (ValidationError, UnicodeDecodeError) as error:
            raise ModelError(
                f"{record} is not a record of a network; remove it and get or add the network again"
            ) from error
        if stored_path(entry).is_file():
            entries[entry.name] = entry
    return entries


def keep(source: Path, entry: ModelEntry) -> ModelEntry:
    """Copy a file into the store under the entry's name, whole or not at all; the entry gets its hash.

    Raises:
        OutputError: the store cannot be written.
    """
    target = stored_path(entry)
    with atomic_path(target) as temporary:
        shutil.copyfile(source, temporary)
        digest, size = sha256_of(temporary), temporary.stat().st_size
    kept = entry.model_copy(update={"sha256": digest, "size_bytes": size})
    write_text(target.with_suffix(".json"), kept.model_dump_json(indent=2, exclude_defaults=True) + "\n")
    return kept


def find_model(name_or_path: str | Path) -> tuple[Path, ModelEntry | None]:
    """The file of a network and what is known of it (None for a file that was given by its path).

    Raises:
        ModelError: no such name or file, known but not on this computer, or altered since it came.
    """
    name = str(name_or_path)
    here = stored()
    if name in here:
        path, entry = stored_path(here[name]), here[name]
        if sha256_of(path) != entry.sha256:
            raise ModelError(
                f"{path} is not the file that was stored as {name} (its SHA-256 has changed: altered or "
                f"damaged?); get it anew: {how_to_get(catalogue().get(name, entry))}"
            )
        return path, entry
    if Path(name_or_path).is_file():
        return Path(name_or_path), None
    known = catalogue().get(name)
    if known is not None and known.head == "own":
        raise ModelError(
            f"{name} ships with kinelab and is opened by kinelab.keypoints.own_network, not from the store"
        )
    if known is not None:
        raise ModelError(f"the network {name} is not on this computer; get it: {how_to_get(known)}")
    names = ", ".join(sorted({*here, *catalogue()}))
    raise ModelError(
        f"no network or file called {name!r}; known names are {names} (for a file of your own: "
        "`kinelab models add FILE --name NAME`)"
    )


def is_installed(name: str) -> bool:
    """Whether a network of this name is in the store."""
    return name in stored()


def model_path(name_or_path: str | Path) -> Path:
    """The file behind a catalogue name, an added name or a path; raises as `find_model`."""
    return find_model(name_or_path)[0]


def how_to_get(entry: ModelEntry) -> str:
    """The command that brings a network to this computer, with and without a network connection."""
    by_hand = f"`kinelab models add FILE --name {entry.name}`"
    if entry.source is None:
        return by_hand + (f" ({entry.note})" if entry.note else "")
    online = f"`kinelab models get {entry.name}`"
    return f"{online}, or without internet fetch {entry.source} elsewhere, then {by_hand}"
