"""The folder of a training run, which belongs to one recipe."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from kinelab.errors import RunFolderError
from kinelab.files.atomic import write_text

RECIPE_FILE = "recipe.json"


def open_run(out: Path, recipe: Mapping[str, Any], may_change: Collection[str]) -> None:
    """Make the folder, or make sure that it belongs to this recipe, which is written into it.

    may_change: settings that a run which goes on may have otherwise, such as its length.

    Raises:
        RunFolderError: the folder holds a run of another recipe, or something else.
    """
    path = out / RECIPE_FILE
    described = json.loads(json.dumps(recipe))  # tuples become lists, as they come back from the file
    if path.is_file():
        before = read_recipe(out)
        changed = [key for key in described if key not in may_change and before.get(key) != described[key]]
        if changed:
            raise RunFolderError(
                f"{out} holds a run with another {', '.join(changed)}; go on with that recipe or "
                "choose an empty folder with --out"
            )
    elif out.is_dir() and any(out.iterdir()):
        raise RunFolderError(f"{out} is not empty and holds no run; choose an empty folder with --out")
    write_text(path, json.dumps(described, indent=1) + "\n")


def read_recipe(out: Path) -> dict[str, Any]:
    """What the run in a folder was made with.

    Raises:
        RunFolderError: the folder holds no run, or its recipe cannot be read.
    """
    path = out / RECIPE_FILE
    try:
        recipe = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RunFolderError(f"{out} holds no training run (no {RECIPE_FILE})") from error
    except ValueError as error:
        raise RunFolderError(f"{path} cannot be read ({error}); was it edited by hand?") from error
    if not isinstance(recipe, dict):
        raise RunFolderError(f"{path} does not hold a recipe; was it edited by hand?")
    return recipe
