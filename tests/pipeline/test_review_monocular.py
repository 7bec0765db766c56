"""A run of a direct network taken up for review: what comes back, what can be corrected, what is refused."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.errors import FileFormatError, InputError
from kinelab.files.native import load_as
from kinelab.files.video import open_video
from kinelab.learning.weights import ModelCard
from kinelab.pipeline import monocular_run
from kinelab.pipeline.corrections import Stored
from kinelab.pipeline.monocular_gait import TIMES_ALONE
from kinelab.pipeline.monocular_options import MonocularOptions
from kinelab.pipeline.monocular_run import MonocularRun, run_monocular
from kinelab.pipeline.review_prepare import prepare_review
from kinelab.pipeline.review_rebuild import rebuild
from kinelab.pipeline.review_replay import Replayed, machine_of, replay
from kinelab.pipeline.review_state import open_review
from kinelab.pipeline.run_folder import RunFolder, recorded_source
from kinelab.reports.reading import read_page

if TYPE_CHECKING:
    from .conftest import DirectFilm

Listed = Callable[..., tuple[Stored, ...]]


@pytest.fixture(scope="module")
def prepared(direct_film: DirectFilm, direct_run: MonocularRun, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("direct") / "run"
    shutil.copytree(direct_run.folder, folder)
    prepare_review(folder, direct_film.folder / "walk.mp4")
    return folder


@pytest.fixture(scope="module")
def weak(direct_film: DirectFilm, direct_run: MonocularRun, tmp_path_factory) -> Path:
    """A run of the same film by a network whose card says that it is 8 deg off; no other tells of steps."""
    network = direct_film.network()
    network.card = ModelCard("weak", "none", "none", True, figures={"angle_mae_deg": 8.2})
    folder = tmp_path_factory.mktemp("weak") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(monocular_run, "load_network", lambda path=None: network)
        patch.setattr(monocular_run, "find_agreed_steps", _told_by_nobody)
        options = MonocularOptions(
            keypoints=direct_film.folder / "landmarks.nc", no_sequence=True, annotate=False
        )
        run_monocular(direct_film.folder / "walk.mp4", folder, options)
    return folder


def _told_by_nobody(plane: Keypoints, seen: Keypoints | None, width_px: int) -> Any:
    from kinelab.pipeline.monocular_gait import find_agreed_steps

    return find_agreed_steps(plane, None, width_px)


def test_the_film_and_the_drawn_landmarks_are_those_of_the_run(
    prepared: Path, direct_film: DirectFilm
) -> None:
    review = json.loads((prepared / "review.json").read_text(encoding="utf-8"))
    source = open_video(direct_film.folder / "walk.mp4")
    assert review["kind"] == "monocular"
    assert open_video(prepared / "review.mp4").n_frames == review["n_frames"] == source.n_frames
    assert review["frame_time_s"] is None
    drawn = load_as(Keypoints, prepared / "keypoints_px.nc")
    data = json.loads((prepared / "landmarks.json").read_text(encoding="utf-8"))
    heel = data["names"].index("left_heel")
    x_px = np.array([row[heel] for row in data["x_px"]], dtype=float)
    np.testing.assert_allclose(x_px, drawn.of("left_heel")[:, 0], atol=0.051)


def test_its_landmarks_are_only_drawn(prepared: Path, stored: Listed) -> None:
    review = json.loads((prepared / "review.json").read_text(encoding="utf-8"))
    assert review["landmarks"]["fixed"].startswith("the landmarks that are shown are the model's")
    move = {"kind": "move_landmark", "frame": 3, "landmark": "left_heel", "x_px": 9.0, "y_px": 9.0}
    for refusing in (
        lambda one: open_review(prepared).preview(one),
        lambda one: replay(machine_of(review), one),
    ):
        with pytest.raises(InputError, match=r"correction 1: .* no angle rests on them.*correct events"):
            refusing(stored(move))


def test_a_rebuilt_run_has_the_files_of_the_run(
    prepared: Path, direct_film: DirectFilm, stored: Listed, tmp_path: Path
) -> None:
    state = open_review(prepared)
    untouched = RunFolder(tmp_path / "untouched", recorded_source(prepared))
    written = state.run.save(Replayed(state.machine.events), untouched)
    other = {name for name in written if _hash(untouched.file(name)) != _hash(prepared / name)}
    assert other == {"kinematics.nc"}  # whose provenance says that a person was there
    stages = json.loads((prepared / "run.json").read_text())["stages"]
    assert set(written) == set(stages["results"]["outputs"]) | {"viewer.html"}

    stride = next(one for one in state.review()["strides"] if one["used"])
    out = {"kind": "exclude_stride", "side": stride["side"], "start_event": stride["start_event"],
           "reason": "stumbled"}  # fmt: skip
    source = direct_film.folder / "walk.mp4"
    rebuild(prepared, stored(out), tmp_path / "corrected", source=source)
    assert open_video(tmp_path / "corrected" / "annotated.mp4").n_frames == open_video(source).n_frames
    assert read_page(tmp_path / "corrected").report.facts["Reviewed by"] == "Dr A"
    kept = {name for name in written if _hash(tmp_path / "corrected" / name) == _hash(prepared / name)}
    assert {"kinematics.csv", "events.nc", "landmarks.trc"} <= kept
    assert not {"strides.nc", "measures.nc"} & kept


def test_of_a_weak_network_a_persons_steps_give_times_alone(
    weak: Path, direct_run: MonocularRun, stored: Listed
) -> None:
    state = open_review(weak)
    review = state.review()
    assert (review["events"], review["strides"], review["measures"]) == ([], [], [])
    needs = {row["what"]: row for row in review["needs"]}
    assert "result direct_network" in needs
    assert not [what for what in needs if what.startswith("result angle_")]
    told = direct_run.analysis.events
    rows = zip(told.side, told.kind, told.time_s, strict=True)
    said = state.preview(
        stored(*({"kind": "add_event", "side": side, "event_kind": kind, "time_s": float(time_s)}
                 for side, kind, time_s in rows))
    )  # fmt: skip
    assert sum(one["used"] for one in said["strides"]) == direct_run.analysis.strides.used.sum()
    cadence = next(one["value"] for one in said["measures"] if one["quantity"] == "cadence_spm")
    of_strong = next(one for one in direct_run.analysis.measures if one.quantity == "cadence_spm")
    assert cadence == pytest.approx(of_strong.value)
    assert not {one["unit"] for one in said["measures"]} & {"deg", "m", "m/s"}


def test_of_a_weak_network_angles_of_strides_ask_for_no_look(
    weak: Path, direct_run: MonocularRun, stored: Listed, tmp_path: Path
) -> None:
    told = direct_run.analysis.events
    added = [
        {"kind": "add_event", "side": side, "event_kind": kind, "time_s": float(time_s)}
        for side, kind, time_s in zip(told.side, told.kind, told.time_s, strict=True)
    ]
    rebuild(weak, stored(*added), tmp_path / "out")
    assert TIMES_ALONE in {one.text for one in read_page(tmp_path / "out").report.findings}
    review = json.loads((tmp_path / "out" / "review.json").read_text(encoding="utf-8"))
    assert not [row for row in review["needs"] if row["what"].startswith(("result angle_", "stride "))]


@pytest.mark.parametrize(
    ("lost", "says"),
    [("basis.json", "made by an older kinelab; run it again"), ("looks.nc", "holds no result"),
     ("landmarks.nc", "no such file")],
)  # fmt: skip
def test_a_run_that_lacks_a_file_says_so(prepared: Path, lost: str, says: str, tmp_path: Path) -> None:
    shutil.copytree(prepared, tmp_path / "run")
    (tmp_path / "run" / lost).unlink()
    with pytest.raises((FileFormatError, InputError), match=says):
        open_review(tmp_path / "run")


def test_a_damaged_file_of_frames_says_so(prepared: Path, tmp_path: Path) -> None:
    shutil.copytree(prepared, tmp_path / "run")
    (tmp_path / "run" / "looks.nc").write_bytes(b"nothing")
    with pytest.raises(FileFormatError, match=r"looks\.nc.*is no 'kinelab looks 1' file"):
        open_review(tmp_path / "run")


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
