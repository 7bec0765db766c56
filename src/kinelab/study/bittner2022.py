"""The reproduction of Bittner et al. 2022 (D3KE): its tables and Figure 4, on clips of virtual people.

On BML-MoVi itself where it is at hand: folders of examples made from it go the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from kinelab.errors import InputError
from kinelab.files.atomic import write_text
from kinelab.files.tables import write_csv
from kinelab.monocular.examples import Examples
from kinelab.monocular.sequences import SequenceDesign, make_sequences, people_of
from kinelab.reports.figure_bittner2022 import Group, draw_groups
from kinelab.reports.figure_style import save_figure
from kinelab.study.bittner2022_speed import table5
from kinelab.study.bittner2022_tables import GROUPS, series_of, table1, table2, table3, table4, table6
from kinelab.study.bittner2022_texts import LABELS, TEXTS
from kinelab.study.bittner2022_ways import Judged, Tell, Way, judged
from kinelab.study.lab_truth_parts import prose
from kinelab.study.validation_page import update_section

WHAT = ("table1", "table2", "table3", "table4", "table5", "table6", "figure4")
ABOUT = "about.md"
_TITLE = {
    "table1": "Table 1: bony landmarks, bodies and angles (the paper's numbers)",
    "table2": "Table 2: scale factors, RMSE and in brackets MAE of the longest axis in mm; then the paper's",
    "table3": "Table 3: angles from two views, or the mean of both (the paper's numbers)",
    "table4": "Table 4: mean speed of landmarks and angles (the paper's numbers)",
    "table5": "Table 5: frames/s by batch (the paper's numbers, on a T4)",
    "table6": "Table 6: median and interquartile range over members of groups (the paper's numbers)",
    "figure4": "Figure 4: errors by joint, movement and person",
}
_QUICK = SequenceDesign(frames=6, movements=2)
_QUICK_PEOPLE = 2


@dataclass(frozen=True)
class Request:
    """examples: a folder of clips; None draws the virtual test people into the results. benchmark: what
    benchmarks/monocular.py wrote, for Table 5."""

    examples: Path | None = None
    benchmark: Path | None = None
    quick: bool = False
    seed: int = 0
    workers: int = 1


def reproduce(
    what: Sequence[str], ways: Sequence[Way], request: Request, out: Path, tell: Tell = lambda *_: None
) -> str:
    """Make tables and figure in the folder `out` (CSV, Markdown, SVG, PNG); their Markdown.

    Estimates stay in out/estimates, clips in out/clips: a stopped run goes on.

    Raises:
        InputError: an unknown part, no way to judge, examples that are no clips, no benchmark for Table 5.
        OutputError: it cannot be written.
    """
    unknown = [part for part in what if part not in WHAT]
    if unknown:
        raise InputError(f"no part {', '.join(unknown)} of the paper; there are {', '.join(WHAT)}")
    if "table5" in what and request.benchmark is None:
        raise InputError(
            "table5 is of speed: give the file that benchmarks/monocular.py writes (--benchmark)"
        )
    found: list[Judged] = []
    synthetic = False
    if set(what) != {"table5"}:
        if not ways:
            raise InputError("there is no way to judge: name a network")
        examples = _clips(request, out, tell)
        synthetic = examples.synthetic
        found = [judged(way, examples, out / "estimates", tell) for way in ways]
        write_text(out / ABOUT, _about(found[0], synthetic=synthetic) + "\n")
    for part in what:
        if part == "table5" and request.benchmark is not None:
            frame = table5(request.benchmark)
            write_csv(frame, out / "table5.csv")
            text = TEXTS[part](frame)
        else:
            text = _part(part, found, out, synthetic=synthetic)
        write_text(out / f"{part}.md", f"**{_TITLE[part]}**\n\n{text}\n")
    return section(out)


def section(out: Path) -> str:
    """All parts that are in a folder of results, as one piece of Markdown.

    Raises:
        InputError: there are none.
    """
    files = [out / ABOUT, *(out / f"{part}.md" for part in WHAT)]
    texts = [path.read_text(encoding="utf-8") for path in files if path.is_file()]
    if not texts:
        raise InputError(f"{out} holds no part of the reproduction yet")
    return "\n".join(texts)


def put_on_page(out: Path, page: Path, command: str) -> None:
    """All parts into section d3ke of a page, the figure into the folder `figures` beside it.

    Raises:
        InputError: there is nothing to put.
        FileFormatError: the page has no such section.
    """
    text = section(out).replace("](figure4.svg", "](figures/d3ke_figure4.svg")
    if (out / "figure4.svg").is_file():
        drawn = (out / "figure4.svg").read_text(encoding="utf-8")
        write_text(page.parent / "figures" / "d3ke_figure4.svg", drawn)
    update_section(page, "d3ke", text, command)


def _clips(request: Request, out: Path, tell: Tell) -> Examples:
    if request.examples is not None:
        return Examples(request.examples, slice(_QUICK_PEOPLE) if request.quick else slice(None))
    design = _QUICK if request.quick else SequenceDesign()
    design = replace(design, lab=replace(design.lab, seed=request.seed))
    people = people_of(design.lab, "test")
    people = people[:_QUICK_PEOPLE] if request.quick else people
    done = 0

    def advance(more: int) -> None:
        nonlocal done
        done += more
        tell("clips of virtual people", done, len(people))

    folder = out / ("clips_quick" if request.quick else "clips")
    return make_sequences(folder, design, people, workers=request.workers, advance=advance)


def _part(part: str, found: Sequence[Judged], out: Path, *, synthetic: bool) -> str:
    if part == "figure4":
        _figure4(best(found), out)
        return "![errors by joint, movement and person](figure4.svg)"
    if part == "table6":
        frame = pd.concat([table6(way) for way in best(found)], ignore_index=True)
        each = pd.concat([series_of(way) for way in found], ignore_index=True)
        write_csv(each, out / "series.csv", synthetic=synthetic)
    else:
        frame = _TABLES[part](found)
    write_csv(frame, out / f"{part}.csv", synthetic=synthetic)
    return TEXTS[part](frame)


def best(found: Sequence[Judged]) -> list[Judged]:
    """The best direct way, and the best of many steps, by the mean error of angles."""
    errors = table1(found).set_index("way")["mae_angle_deg"]
    kinds = [[way for way in found if way.name.startswith(kind)] for kind in ("direct", "cms")]
    chosen = [min(kind, key=lambda way: float(errors[way.name])) for kind in kinds if kind]
    return chosen or [min(found, key=lambda way: float(errors[way.name]))]


def _figure4(ways: Sequence[Judged], out: Path) -> None:
    each = [series_of(way) for way in ways]
    groups = []
    for group in GROUPS:
        order = each[0].groupby(group)["mae_deg"].median().sort_values().index
        low, middle, high = (
            np.array([one.groupby(group)["mae_deg"].quantile(share).loc[order] for one in each])
            for share in (0.25, 0.5, 0.75)
        )
        members = tuple(str(name).replace("_", " ") for name in order)
        groups.append(Group(f"by {group}", members, low, middle, high))
    names = [LABELS.get(way.name, way.name) for way in ways]
    title = "Error of angles over time series: median and quartiles"
    save_figure(draw_groups(groups, names, title), out / "figure4.svg", png=True)


def _about(one: Judged, *, synthetic: bool) -> str:
    """Who was judged."""
    people, clips = len(np.unique(one.clips.person)), len(one.clips.parts)
    who = "virtual people of the laboratory's preset bittner2022" if synthetic else "people"
    return prose(
        f"""{people} {who}, {clips} clips of {len(np.unique(one.clips.movement))} movements by a frontal and a
        sagittal camera, {len(one.clips.person):,} frames that no network learned from. The paper: 16 people
        of BML-MoVi, whole movements, another skeletal model (69 coordinates), so numbers stand beside each
        other and are not the same thing."""
    )


_TABLES: dict[str, Callable[[Sequence[Judged]], pd.DataFrame]] = {
    "table1": table1,
    "table2": table2,
    "table3": table3,
    "table4": table4,
}
