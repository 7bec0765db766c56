"""What a direct network gains, and loses of what it knew, by learning something new from few pictures.

A new movement (running as in deep water), a new view (cameras 3 to 5 m up) and a new model (any
.osim) are learnt from the same number of drawn people, with as many of the kind that the network knows beside
them. Everything is measured on people who were not learnt from. All people are virtual.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from kinelab.body.model_file import open_model
from kinelab.monocular.evaluation import Errors
from kinelab.monocular.examples import Examples, make_examples
from kinelab.monocular.relabel import MODEL_FILE, relabel
from kinelab.monocular.shipped import shipped_path
from kinelab.monocular.transfer import Transferred, transfer
from kinelab.monocular.virtual_people import LEARNING
from kinelab.pipeline.progress import counted, progress
from kinelab.virtual_lab.sample import SampleDesign

_PEOPLE, _STEPS = 80, 300
_QUICK_PEOPLE, _QUICK_SIDE_PX = 5, 64
NEW_MOVEMENT = "water_run"
HIGH_M = (3.0, 5.0)
_MODEL = "opensim/gait2392_models/gait2392_thelen2003muscle.osim"
# Of whom the shipped network has not learnt.
_SEEDS = {"old": 700, "movement": 701, "view": 702}


def run(
    seed: int, quick: bool, shared: Path | None, network: str | None, work: Path, console: Console
) -> str:
    """A page of Markdown. network: a direct one, None = the shipped one. shared: with the folder opensim for
    the new model, which is left out without. work: its folder; the same call goes on there.

    Raises:
        InputError, ModelError: see `transfer`.
    """
    source = Path(network) if network else shipped_path()
    plain = LEARNING[0]
    designs = {
        "old": LEARNING,
        "movement": (replace(plain, movements=((NEW_MOVEMENT, 1.0),)),),
        "view": tuple(replace(one, eye_m=HIGH_M) for one in LEARNING),
    }
    drawn = {
        name: _drawn(work / name, design, _SEEDS[name] + 1000 * seed, quick, console)
        for name, design in designs.items()
    }
    done = {
        name: _taught(source, drawn[name], drawn["old"], None, work / f"{name}_network", quick, console)
        for name in ("movement", "view")
    }
    model = None if shared is None else shared / _MODEL
    if model is not None and model.is_file():
        theirs = _theirs(drawn["old"], model, work / "model")
        path = work / "model" / MODEL_FILE
        done["model"] = _taught(source, theirs, None, path, work / "model_network", quick, console)
    return page(done, len(drawn["old"]))


def _drawn(
    folder: Path, designs: Sequence[SampleDesign], seed: int, quick: bool, console: Console
) -> Examples:
    people = _QUICK_PEOPLE if quick else _PEOPLE
    if quick:
        small = (_QUICK_SIDE_PX, _QUICK_SIDE_PX)
        designs = [replace(one, body="solids", size_px=small) for one in designs]
    with progress(f"drawing {folder.name}", people, console) as bar:
        return make_examples(folder, designs, people, seed=seed, per_shard=people, advance=counted(bar))


def _theirs(old: Examples, model: Path, folder: Path) -> Examples:
    """The known pictures in another model's coordinates; as they are, if they are there."""
    if (folder / MODEL_FILE).is_file() and any(folder.glob("*.safetensors")):
        return Examples(folder)
    return relabel(old, open_model(model), folder).examples


def _taught(
    source: Path, new: Examples, old: Examples | None, model: Path | None, out: Path, quick: bool,
    console: Console,
) -> Transferred:  # fmt: skip
    with progress(f"learning {out.name}", 1000, console, "thousandths") as bar:
        return transfer(
            source, new, out, old=old, model=open_model(model) if model else None, steps=_STEPS, quick=quick,
            tell=lambda said: bar(round(1000 * said.share)),
        )  # fmt: skip


def page(done: dict[str, Transferred], pictures: int) -> str:
    """Markdown of what was done of "movement", "view" and "model", each learnt from so many pictures."""
    named = {
        "movement": f"a new movement ({NEW_MOVEMENT})",
        "view": f"a new view (cameras {HIGH_M[0]:g} to {HIGH_M[1]:g} m up)",
        "model": "a new model (gait2392, 17 angles)",
    }
    lines = [
        f"The shipped direct network learns on for {_STEPS} steps from four fifths of {pictures} pictures "
        "of something new, with as many of the kind that it knows beside them. Mean absolute error of all "
        "angles (in brackets of the legs), deg, on the people whom it did not learn from. Synthetic.",
        "",
        "| what is new | people, pictures | before | after | the known kind before | after |",
        "|---|---|---|---|---|---|",
    ]
    for name, one in done.items():
        cells = (_cell(part) for part in (one.before, one.after, one.old_before, one.old_after))
        n = f"{one.people}, {len(one.after.angle_deg)}"
        lines.append(f"| {named[name]} | {n} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(errors: Errors | None) -> str:
    return "" if errors is None else f"{errors.angle_mae_deg:.1f} ({errors.lower_mae_deg:.1f})"
