"""How far a direct network is off with each person held out, and what is known of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from kinelab.monocular.calibration_judging import judge
from kinelab.monocular.evaluation import LOWER_BODY
from kinelab.monocular.examples import Examples, Shard
from kinelab.monocular.shipped import DirectNetwork
from kinelab.virtual_lab.people.looks import Looks
from kinelab.virtual_lab.people.shape import Shape
from kinelab.virtual_lab.sample import SampleDesign, who

if TYPE_CHECKING:
    import pandas as pd


def people_errors(
    network: DirectNetwork,
    examples: Examples,
    *,
    mirror: bool = False,
    advance: Callable[[int], None] = lambda done: None,
) -> pd.DataFrame:
    """One row a person: pictures, mean absolute errors of all told angles and of the legs', deg.

    Of people drawn by `make_examples` also sex, age, height, mass, skin tone (Monk's scale), clothes.
    """
    import pandas as pd

    judged = judge(network, examples, spoilt_every=0, mirror=mirror, advance=advance)
    head = network.vector.head
    names = [head.model.coordinate_names[i] for i in head.columns]
    legs = [i for i, name in enumerate(names) if name.startswith(LOWER_BODY)]
    off = np.degrees(np.abs(judged.errors[:, : len(names)]))
    known = {person: row for shard in examples.shards for person, row in _known(shard).items()}
    rows = []
    for person in np.unique(judged.person).tolist():
        own = off[judged.person == person]
        figures = {"mae_deg": float(own.mean()), "legs_mae_deg": float(own[:, legs].mean())}
        rows.append({"person": person, "pictures": len(own), **figures, **known.get(person, {})})
    return pd.DataFrame(rows)


def _known(shard: Shard) -> Mapping[int, Mapping[str, str | float]]:
    """What the file's own header tells of its people."""
    header = shard.header
    people = np.unique(shard.labels["person"]).tolist()
    if "designs" not in header:
        return {}
    designs = [SampleDesign(**one) for one in json.loads(header["designs"])]
    seed = int(header["seed"])
    return {number: _traits(*who(designs[number % len(designs)], seed, 0, number)) for number in people}


def _traits(shape: Shape, looks: Looks) -> dict[str, str | float]:
    return {
        "sex": shape.sex,
        "age_years": round(shape.age_years, 1),
        "height_m": round(shape.height_m, 3),
        "mass_kg": round(shape.mass_kg, 1),
        "skin_monk": looks.skin_monk,
        "clothing": looks.outfit,
    }
