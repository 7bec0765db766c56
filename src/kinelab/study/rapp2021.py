"""The reproduction of Rapp et al. 2021 (J Biomech 116:110229): tables, figures, and what they rest on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import pandas as pd

from kinelab.errors import InputError
from kinelab.files.atomic import write_text
from kinelab.files.tables import write_csv
from kinelab.inertial.motions.making import make_virtual_set
from kinelab.inertial.motions.placement import PUBLISHED_SD_DEG
from kinelab.inertial.motions.virtual_people import VirtualSet
from kinelab.study import rapp2021_figures as figures
from kinelab.study.lab_truth_parts import prose
from kinelab.study.rapp2021_curve import REPEATS, learning_curve, write_curves
from kinelab.study.rapp2021_data import Cohort, Sensors, runners, virtual_people
from kinelab.study.rapp2021_networks import KINDS, Settings, claim
from kinelab.study.rapp2021_paper import ANGLES, PEOPLE
from kinelab.study.rapp2021_scoring import Study, Tell, aligned_sd_deg, all_scores
from kinelab.study.rapp2021_tables import JOINTS, cells, frame_of, markdown
from kinelab.study.validation_page import update_section

WHAT = ("table1", "table2", "table3", "figure3", "figure4", "figure5", "bias")
ALL = {
    "runners": ("table2", "table3", "figure3", "figure5", "bias"),
    "virtual": ("table1", "table3", "figure3", "figure4", "figure5", "bias"),
}
_DATA = {
    "runners": "18 real runners",
    "virtual_walking": "Virtual walkers (synthetic)",
    "virtual_running": "Virtual runners (synthetic)",
}
_TITLE = {
    "table1": "Table 1, walking: RMSE in deg, mean and SD over people (the paper's mean)",
    "table2": "Table 2, running: RMSE in deg, mean and SD over people (the paper's mean)",
    "table3": "Table 3, sensors turned at random on the test people (the paper's mean)",
    "figure3": "Figure 3, a representative stride",
    "figure4": "Figure 4, the learning curve",
    "figure5": "Figure 5, error and distance from the mean, before and after pseudo-calibration",
    "bias": "Gyroscope bias: what the optimisation rests on",
}


@dataclass(frozen=True)
class Request:
    """What is asked for.

    data: "runners" (Fukuchi et al. 2017, from the folder `shared` or the file `motions`) or "virtual" (the
    file `motions`; made in the results' folder where none is given, as many people as the paper's). joints,
    and repeats of the learning curve, as time allows; smoother: ours beside (it needs all three joints).
    """

    data: str
    shared: Path | None = None
    motions: Path | None = None
    joints: tuple[str, ...] = JOINTS
    repeats: int = REPEATS
    smoother: bool = True
    people: int | None = None
    settings: Settings = field(default_factory=Settings)


def reproduce(what: Sequence[str], request: Request, out: Path, tell: Tell = lambda *_: None) -> str:
    """Make tables and figures in OUT/runners, OUT/virtual_walking or OUT/virtual_running; their Markdown.

    Networks, scores and pieces of text stay there: a stopped run goes on, and a part that is there is
    made again from scores in seconds.

    Raises:
        InputError: an unknown part, table 1 of runners or 2 of walkers, people or files that are missing.
        RunFolderError: the folder has results with other settings.
        OutputError: it cannot be written.
    """
    unknown = [part for part in what if part not in WHAT]
    if unknown:
        raise InputError(f"no part {', '.join(unknown)} of the paper; there are {', '.join(WHAT)}")
    walking = "table1" in what
    if walking and (request.data == "runners" or "table2" in what):
        raise InputError("table 1 is of walking: --data virtual; table 2 is of running, in a run of its own")
    cohort = _cohort(request, "walking" if walking else "running", out, tell)
    if walking and cohort.activity != "walking":
        raise InputError("table 1 is of walking, and these motions are of running")
    study = Study(out / cohort.name, cohort, request.settings, tell)
    claim(study.folder, request.settings)
    parts = [_PARTS[part](study, request) for part in what]
    for part, text in zip(what, parts, strict=True):
        write_text(study.folder / f"{part}.md", f"**{_TITLE[part]}**\n\n{text}\n")
    return section(out)


def section(out: Path) -> str:
    """All parts of all data that are in a folder of results, as one piece of Markdown.

    Raises:
        InputError: there are none.
    """
    texts = [text for name in _DATA for text in _texts(out / name, f"{name}/")]
    if not texts:
        raise InputError(f"{out} holds no part of the reproduction yet")
    return "\n".join(texts)


def put_on_page(out: Path, page: Path, command: str) -> None:
    """All parts into section rapp2021 of a page, their figures into the folder `figures` beside it.

    Raises:
        InputError: there is nothing to put.
        FileFormatError: the page has no such section.
    """
    section(out)
    texts = []
    for name in _DATA:
        texts += _texts(out / name, f"figures/rapp2021_{name}_")
        for figure in sorted((out / name).glob("*.svg")):
            copy = page.parent / "figures" / f"rapp2021_{name}_{figure.name}"
            if any(copy.name in text for text in texts):
                write_text(copy, figure.read_text(encoding="utf-8"))
    update_section(page, "rapp2021", "\n".join(texts), command)


def _texts(folder: Path, figures_at: str) -> list[str]:
    """The parts in one folder, with the place of their figures as the reader sees it."""
    found = [path for part in WHAT if (path := folder / f"{part}.md").is_file()]
    told = [path.read_text(encoding="utf-8").replace("](", f"]({figures_at}") for path in found]
    return [f"#### {_DATA[folder.name]}\n", *told] if told else []


def _cohort(request: Request, activity: str, out: Path, tell: Tell) -> Cohort:
    seed = request.settings.seed
    if request.data == "runners":
        return runners(request.shared, request.motions, seed)
    if request.motions is not None:
        return virtual_people(request.motions, seed)
    chosen = VirtualSet("walking" if activity == "walking" else "running", seed=seed)
    people = request.people or PEOPLE[chosen.activity]
    if request.settings.quick:
        chosen, people = replace(chosen, duration_s=4.0), min(people, 10)
    made = make_virtual_set(chosen, people, out / "motions", lambda n: tell(f"virtual {activity}", n, people))
    return virtual_people(made, seed)


def _aligned(study: Study, request: Request) -> str:
    sensors = Sensors(study.settings.alignment)
    scores = all_scores(study, request.joints, KINDS, sensors)
    if request.smoother:
        scores += [s for s in study.smoother_scores(sensors) if s.joint in request.joints]
    found = cells(scores, study.cohort.folds, study.cohort.activity)
    name = "table1" if study.cohort.activity == "walking" else "table2"
    write_csv(frame_of(found), study.folder / f"{name}.csv", synthetic=True)
    return f"{markdown(found)}\n\n{_who(study)}"


def _misplaced(study: Study, request: Request) -> str:
    sensors = Sensors(study.settings.alignment, PUBLISHED_SD_DEG)
    scores = all_scores(study, request.joints, KINDS, sensors)
    if request.smoother:
        scores += [s for s in study.smoother_scores(sensors) if s.joint in request.joints]
    found = cells(scores, study.cohort.folds, study.cohort.activity, misplaced=True)
    write_csv(frame_of(found), study.folder / "table3.csv", synthetic=True)
    text = prose(
        f"""Each test sensor is turned about a random axis by an angle of SD {PUBLISHED_SD_DEG:g} deg: the
        true angle, while the paper's program takes the drawn number as half of it. The smoother is told how
        far sensors may be off, and finds part of it."""
    )
    return f"{markdown(found)}\n\n{text}"


def _cycles(study: Study, request: Request) -> str:
    scores = all_scores(study, request.joints, ("augmented",), Sensors(study.settings.alignment))
    figures.save(figures.cycles(study, scores, request.joints), study.folder / "figure3")
    return "![true and predicted angles](figure3.svg)"


def _learning(study: Study, request: Request) -> str:
    curves = [
        learning_curve(study.folder, study.cohort, joint, study.settings, request.repeats, study.tell)
        for joint in request.joints
    ]
    write_curves(study.folder / "figure4.csv", curves, ANGLES, synthetic=True)
    figures.save(figures.learning(curves), study.folder / "figure4")
    lines = [
        "| joint | angle | people: RMSE (deg) | power law | people for 1 deg less | F, p |",
        "|---|---|---|---|---|---|",
    ]
    for curve in curves:
        for k, angle in enumerate(ANGLES):
            power, effect, mean = curve.power(k), curve.anova(k), curve.mean(k)
            told = ", ".join(f"{n}: {e:.2f}" for n, e in zip(curve.levels, mean, strict=True))
            needed = power.people_for(float(mean[-1]) - 1) if mean[-1] > 1 else float("inf")
            wanted = f"{needed:,.0f}" if needed < 1e7 else "never"
            lines.append(
                f"| {curve.joint} | {angle} | {told} | {power.factor:.2f} n^-{power.exponent:.3f} | {wanted} "
                f"| {effect.f:.1f}, {effect.p_gg:.2g} |"
            )
    tested, steps = len(study.cohort.folds[0].test), sum(study.settings.iterations)
    text = prose(
        f"""{request.repeats} draws of people at each level, {steps:,} iterations, {tested} people to test on;
        the network alone, augmented, aligned sensors. F and p: do more people change the error (repeated
        measures)?"""
    )
    return "\n".join(lines) + f"\n\n{text}\n\n![learning curve](figure4.svg)"


def _distance(study: Study, request: Request) -> str:
    scores = all_scores(study, request.joints, ("augmented",), Sensors(study.settings.alignment))
    figures.save(figures.distance(scores, study.cohort.folds, request.joints), study.folder / "figure5")
    return "![error and distance from the mean](figure5.svg)"


def _bias(study: Study, request: Request) -> str:
    rows = figures.bias_rows(study, request.joints, smoother=request.smoother)
    write_csv(pd.DataFrame([asdict(row) for row in rows]), study.folder / "bias.csv", synthetic=True)
    figures.save(figures.bias(rows, calibrated=False), study.folder / "bias")
    figures.save(figures.bias(rows, calibrated=True), study.folder / "bias_calibrated")
    heads = ["without error"] + [f"noise, {b:g} deg/s" for b in figures.BIASES_DPS]
    lines = ["| joint | method | " + " | ".join(heads) + " |", "|---|---|" + "---|" * len(heads)]
    for joint, method in dict.fromkeys((row.joint, row.method) for row in rows):
        own = [row for row in rows if (row.joint, row.method) == (joint, method)]
        told = [f"{row.mean_deg:.2f} / {row.calibrated_deg:.2f}" for row in own]
        lines.append(f"| {joint} | {method} | " + " | ".join(told) + " |")
    text = prose(
        """Flexion, RMSE in deg over people, as it is / pseudo-calibrated. The paper's weights of network and
        optimisation are those learned without sensor errors, as published."""
    )
    return "\n".join(lines) + f"\n\n{text}\n\n![error against bias](bias.svg)"


def _who(study: Study) -> str:
    cohort, settings = study.cohort, study.settings
    tested = sum(len(fold.test) for fold in cohort.folds)
    who = "virtual people" if cohort.synthetic else "runners (Fukuchi et al. 2017)"
    level = "level at foot contacts, as published"
    how = "in the segments' axes" if settings.alignment == "segments" else level
    theirs = PEOPLE[cohort.activity]
    aligned = aligned_sd_deg(Sensors(settings.alignment))
    return prose(
        f"""{tested} {who} in {len(cohort.folds)} fold(s) of people, each tested by networks learnt from
        {len(cohort.folds[0].train)} others; {sum(settings.iterations):,} iterations with {settings.batch}
        windows (the paper: 5,000, and {round(0.8 * theirs)} people). Readings are made from movement, without
        sensor errors; sensors {how}. Optimisation: gyroscopes integrated from the network's first frame (half
        a second into the trial, where all judgement begins), weighted with the network by w learned on other
        people than those it is used for. The smoother is told that sensors are aligned to
        {aligned:g} deg and rigid on their segments, which the optimisation takes for granted; on skin neither
        holds. In the segments' own axes a network can see how a person's joints stand; in the paper's axes,
        level at foot contacts (--alignment contacts), it cannot, which may be why their baseline errs more in
        adduction and rotation."""
    )


_PARTS: dict[str, Callable[[Study, Request], str]] = {
    "table1": _aligned,
    "table2": _aligned,
    "table3": _misplaced,
    "figure3": _cycles,
    "figure4": _learning,
    "figure5": _distance,
    "bias": _bias,
}
