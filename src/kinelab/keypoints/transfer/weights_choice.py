"""Which weights a training begins with: a file, a network of the store, or none. Nothing is fetched here."""

from __future__ import annotations

from kinelab.detection.catalogue import catalogue
from kinelab.detection.store import find_model, is_installed
from kinelab.errors import ModelError

NO_WEIGHTS = "none"


def chosen_weights(backbone: str, choice: str | None) -> str:
    """What a recipe's `weights` is to be: a path, or "none".

    choice: "none", a file, a name of the store (`kinelab models`), or None for the backbone's own in the
    store.

    Raises:
        ModelError: no such file or name, not on this computer, or altered since it came.
    """
    if choice == NO_WEIGHTS:
        return NO_WEIGHTS
    if choice is not None:
        return str(find_model(choice)[0])
    name = f"{backbone}-imagenet"
    if is_installed(name):
        return str(find_model(name)[0])
    known = catalogue().get(name)
    get = f"`kinelab models get {name} --trust-first-use`, " if known is not None else ""
    raise ModelError(
        f"there are no weights for {backbone} on this computer. From random numbers a few hundred "
        f"labelled frames are far too few, so say what to begin with: {get}--weights FILE (safetensors of "
        f"timm's {backbone}), or --weights none if you mean it"
    )
