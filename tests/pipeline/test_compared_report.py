"""`kinelab report RUN --before EARLIER`: what changed stands in the same report, judged; the numbers stay."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.cli import main
from kinelab.core.events import GaitEvents
from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measure, Measures
from kinelab.core.provenance import Provenance
from kinelab.core.strides import Strides
from kinelab.core.subject import Subject
from kinelab.core.timebase import Timebase
from kinelab.errors import FileFormatError, InputError
from kinelab.files import native
from kinelab.pipeline.compared_report import add_earlier_visit
from kinelab.reports import report_files
from kinelab.reports.analysis import Analysis
from kinelab.reports.page import CHANGE_TITLE
from kinelab.reports.reading import read_page
from kinelab.reports.report_files import write_report
from kinelab.reports.sections import Section

NAMES = ("knee_angle_r", "knee_angle_l")


def visit(
    folder: Path, speed_mps: float, knee_deg: float, subject: str = "P1", day: str = "2026-03-01"
) -> Path:
    """A run folder with four strides whose knees bend by `knee_deg`."""
    time = Timebase(50.0, 250)
    percent = np.linspace(0, 2 * np.pi, 101)
    curve = knee_deg * np.sin(percent / 2) ** 2
    start = np.array([0.5, 1.0, 1.5, 2.0])
    strides = Strides(
        ("right", "left") * 2, start, start + 0.6, start + 1.0, [True] * 4, ("",) * 4, NAMES,
        np.tile(curve[None, :, None], (4, 1, 2)),
    )  # fmt: skip
    angle = np.zeros((time.n, 2))
    provenance = Provenance(created=f"{day}T10:00:00", settings={"model": "m"})
    kinematics = Kinematics(NAMES, time, angle, angle, angle == 0, Subject(subject), provenance)
    rows = [Measure("speed_mps", speed_mps, "m/s", 4, sd=0.02, ci95=(speed_mps - 0.03, speed_mps + 0.03))]
    rows += [Measure("knee_rom_deg", knee_deg, "deg", 2, side, 0.0) for side in ("left", "right")]
    none = np.empty(0)
    analysis = Analysis(
        kinematics, GaitEvents((), (), none, none, ()), strides, Measures(rows), provenance, given="angles"
    )
    folder.mkdir()
    write_report(analysis, folder)
    native.save(analysis.measures, folder / "measures.nc")
    native.save(strides, folder / "strides.nc")
    return folder


@pytest.fixture(scope="module", autouse=True)
def few_figures() -> Iterator[None]:
    """Only the figures of the change: the others have their own tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report_files, "write_figures", lambda *args, **kwargs: {})
        patch.setattr(report_files, "evidence_of", lambda *args: ())
        patch.setattr(report_files, "map_section", lambda healthy: Section("Map"))
        yield


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """The earlier and the later run, and what a study of reliability found."""
    folder = tmp_path_factory.mktemp("visits")
    rows = [("speed_mps", "both", 0.1), ("knee_rom_deg", "left", 4.0), ("knee_rom_deg", "right", 40.0)]
    measures = [{"quantity": q, "side": s, "sem_within": {"mdc95": mdc95}} for q, s, mdc95 in rows]
    mdc = folder / "reliability.json"
    mdc.write_text(json.dumps({"format": "kinelab reliability 1", "measures": measures}))
    return visit(folder / "march", 0.8, 40.0), visit(folder / "june", 1.2, 52.0, day="2026-06-01"), mdc


@pytest.fixture
def fresh(visits: tuple[Path, Path, Path], tmp_path: Path) -> tuple[Path, Path, Path]:
    """The same with a later run that a test may write to."""
    shutil.copytree(visits[1], tmp_path / "june")
    return visits[0], tmp_path / "june", visits[2]


def test_what_changed_is_told_judged_and_drawn(fresh: tuple[Path, Path, Path]) -> None:
    march, june, mdc = fresh
    page = add_earlier_visit(june, march, mdc)
    assert page.since == "the visit analysed on 2026-03-01 (march)"
    told = [finding.text for finding in page.changed]
    assert told[0] == "Walking speed: improved, larger by 0.40 m/s."
    assert told[1].startswith("Knee range of motion, left: larger by 12.0 deg, more than the error")
    assert told[2] == "1 of 3 measures changed by no more than the error of measurement."
    assert page.parts[0].title == CHANGE_TITLE
    assert [m.mdc95 for m in page.report.measures] == [0.1, 4.0, 40.0]
    text = (june / "report.html").read_text(encoding="utf-8")
    assert "What changed since the visit analysed on 2026-03-01 (march)" in text
    assert (june / "figures" / "visits.svg").is_file()
    assert read_page(june) == page


def test_another_earlier_visit_replaces_the_first(fresh: tuple[Path, Path, Path], tmp_path: Path) -> None:
    march, june, mdc = fresh
    add_earlier_visit(june, march, mdc)
    page = add_earlier_visit(june, visit(tmp_path / "may", 1.19, 52.0, day="2026-05-01"), mdc)
    assert "may" in page.since
    assert [part.title for part in page.parts].count(CHANGE_TITLE) == 1
    assert page.changed[0].text == "3 of 3 measures changed by no more than the error of measurement."


def test_without_a_study_nothing_is_judged(fresh: tuple[Path, Path, Path]) -> None:
    page = add_earlier_visit(fresh[1], fresh[0])
    (only,) = page.changed
    assert only.text.startswith("Not judged: 3 of 3 measures")
    assert "no change is judged" in " ".join(page.parts[0].text)


@pytest.mark.parametrize(
    ("break_it", "error", "words"),
    [
        (lambda march, june: (june, june), InputError, "is both visits"),
        (lambda march, june: (june.parent / "nobody", june), FileFormatError, "there is no such report"),
        (lambda march, june: (visit(june.parent / "other", 1.0, 40.0, "P2"), june), InputError,
         "is of P1, .* of P2"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared(
    fresh: tuple[Path, Path, Path],
    break_it: Callable[[Path, Path], tuple[Path, Path]],
    error: type[Exception],
    words: str,
) -> None:
    before, run = break_it(fresh[0], fresh[1])
    text = (run / "report.html").read_text(encoding="utf-8")
    with pytest.raises(error, match=words):
        add_earlier_visit(run, before)
    assert (run / "report.html").read_text(encoding="utf-8") == text


def test_results_that_are_missing(fresh: tuple[Path, Path, Path]) -> None:
    (fresh[1] / "strides.nc").unlink()
    with pytest.raises(FileFormatError, match=r"strides\.nc: is not there; analyse the recording"):
        add_earlier_visit(fresh[1], fresh[0])


def test_two_ways_of_measuring_are_warned_of(fresh: tuple[Path, Path, Path]) -> None:
    data = json.loads((fresh[1] / "report.json").read_text(encoding="utf-8"))
    data["facts"]["Measured with"] = "worn sensors"
    (fresh[1] / "report.json").write_text(json.dumps(data), encoding="utf-8")
    page = add_earlier_visit(fresh[1], fresh[0])
    assert page.changed[-1].level == "warning"
    assert "angles worked out before, and now worn sensors" in page.changed[-1].text


def test_on_the_command_line(fresh: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    march, june, mdc = fresh
    assert main(["report", str(june), "--mdc", str(mdc)]) == 2
    assert "give the earlier one with --before" in capsys.readouterr().err
    assert main(["report", str(june), str(march), "--before", str(march)]) == 2
    assert "--before is one earlier visit, given for 2 runs" in capsys.readouterr().err
    assert main(["report", str(june), "--before", str(june.parent / "gone")]) == 2
    assert "there is no such report" in capsys.readouterr().err


def test_the_same_numbers_stay(visits: tuple[Path, Path, Path], fresh: tuple[Path, Path, Path]) -> None:
    before = read_page(visits[1]).report
    after = add_earlier_visit(fresh[1], visits[0], visits[2]).report
    assert [replace(m, mdc95=None) for m in after.measures] == list(before.measures)
    assert after.findings == before.findings
