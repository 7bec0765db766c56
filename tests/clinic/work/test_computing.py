"""The work of a child, without a worker: which estimator a video goes to, and what a new version keeps."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from kinelab.clinic.visits import VisitOptions
from kinelab.clinic.work import computing
from kinelab.clinic.work.outcome import Assignment, Input
from kinelab.core.subject import Subject
from kinelab.errors import InputError
from kinelab.pipeline.monocular_options import MonocularOptions
from kinelab.pipeline.progress import Told


def _quiet() -> Told:
    return Told(lambda label, share: None)


@pytest.mark.parametrize(
    ("options", "estimator"), [({}, "analyze"), ({"method": "monocular"}, "run_monocular")]
)
def test_a_video_goes_to_the_estimator_that_was_asked_for(
    options: dict[str, Any], estimator: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def stop(video: Path, out: Path, settings: Any, console: Told) -> None:
        asked.append((video, settings))
        raise InputError("far enough")

    monkeypatch.setattr(computing, estimator, stop)
    film = tmp_path / "recording.mp4"
    said = VisitOptions(pose="pp-tinypose", slow_motion=8.0, movement="other", **options)
    subject = {"id": "P-1", "height_m": 1.7}
    work = Assignment(
        "analyse",
        tmp_path,
        said.model_dump(mode="json"),
        subject,
        synthetic=True,
        inputs=(Input(film, "video", "a.mp4"),),
    )
    with pytest.raises(InputError, match="far enough"):
        computing.compute(work, _quiet())
    ((video, settings),) = asked
    assert video == film
    assert isinstance(settings, MonocularOptions) == (estimator == "run_monocular")
    assert (settings.pose, settings.slow_motion, settings.gait) == ("pp-tinypose", 8.0, False)
    assert settings.subject == Subject("P-1", height_m=1.7)
    assert settings.synthetic


def test_a_new_version_keeps_the_film_and_everybody_who_is_in_it(
    machine_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A film that is exported of a corrected result hides the faces of bystanders too."""
    carried = ("people.nc", "landmarks.json", "review.mp4", "poster.jpg")
    run = tmp_path / "machine_run"
    shutil.copytree(machine_run, run)
    for name in ("review.mp4", "poster.jpg"):
        (run / name).write_bytes(name.encode())

    def rebuilt(machine: Path, corrections: object, out: Path, **_: object) -> None:
        shutil.copytree(machine, out, ignore=shutil.ignore_patterns(*carried))

    monkeypatch.setattr(computing, "rebuild", rebuilt)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    files = {path.relative_to(run).as_posix(): path for path in run.rglob("*") if path.is_file()}
    outcome = computing.compute(Assignment("rebuild", scratch, run_files=files), _quiet())
    assert outcome.message == "made anew from 0 corrections"
    assert {
        name for name in carried if (scratch / "run" / name).read_bytes() != files[name].read_bytes()
    } == set()
