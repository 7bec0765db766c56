"""Make the norm set that ships with kinelab from the curves of 42 healthy adults.

    python tools/norms.py [--curves FILE] [--out FILE]

FILE of the curves: FGDI_strides_WBDS42_PD22onoff_TFA18.csv, one row a curve of 101 points. The healthy adults
are of Fukuchi, Fukuchi and Duarte 2018; people with Parkinson's disease (Shida et al. 2023) and amputees
(Hood et al. 2020) serve for the features of GDI only. Means, spreads and features are kept; no curve of a
person is.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES
from kinelab.gait.norms import NormLabel, NormSet, save_norms
from kinelab.gait.norms_making import make_norms
from kinelab.gait.norms_store import SHIPPED
from kinelab.patterns.curve_files import read_stride_curves

CURVES = Path(__file__).resolve().parents[2] / "shared/data/gait/curves_healthy_pd_amputee" / (
    "FGDI_strides_WBDS42_PD22onoff_TFA18.csv"
)  # fmt: skip
LABEL = NormLabel(
    name="adults-fukuchi2018",
    version="1",
    laboratory="Federal University of ABC, Biomechanics and Motor Control",
    model="markers and joint axes of Fukuchi 2018",
    population="24 young and 18 older adults, overground",
    people=42,
    source="Fukuchi, Fukuchi, Duarte, PeerJ 2018;6:e4640, doi:10.7717/peerj.4640",
    licence="CC BY 4.0",
    basis="these strides and those of 22 people with Parkinson's disease, off and on medication, and of 18"
    " above-knee amputees",
    attribution="Means, spreads and features computed from curves of Fukuchi et al. 2018, Shida et al. 2023"
    " (doi:10.3389/fnins.2023.992585) and Hood et al. 2020 (doi:10.1038/s41597-020-0494-7), CC BY 4.0",
)


@dataclass(frozen=True, eq=False)
class Recorded:
    """Curves of all people: person and group (n,), curves (n, 2 sides left and right, 9, 101) deg."""

    person: Array
    group: tuple[str, ...]
    curves_deg: Array


def read_curves(path: str | Path) -> Recorded:
    """Everybody's curves; groups `healthy`, `parkinson off`, `parkinson on`, `amputee`."""
    rows = read_stride_curves(path)
    keys = list(zip(map(int, rows.person), rows.session, rows.group, strict=True))
    places = {key: i for i, key in enumerate(sorted(set(keys)))}
    curves = np.full((len(places), 2, *rows.curves_deg.shape[1:]), np.nan)
    for row, key in enumerate(keys):
        curves[places[key], SIDES.index(rows.side[row])] = rows.curves_deg[row]
    return Recorded(np.array([key[0] for key in places]), tuple(key[2] for key in places), curves)


def norms_of(recorded: Recorded) -> NormSet:
    """The norm set that ships."""
    healthy = np.array([group == "healthy" for group in recorded.group])
    others = recorded.curves_deg[~healthy].reshape(-1, *recorded.curves_deg.shape[2:])
    return make_norms(LABEL, recorded.curves_deg[healthy], others)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read, make, save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--curves", type=Path, default=CURVES)
    parser.add_argument("--out", type=Path, default=SHIPPED)
    given = parser.parse_args(arguments)
    save_norms(norms_of(read_curves(given.curves)), given.out)
    print(given.out)


if __name__ == "__main__":
    main()
