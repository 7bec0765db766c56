"""One camera from video to report, with a network that tells a known walk: files, going on, refusals."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kinelab.cli import main
from kinelab.core.events import EventKind, GaitEvents, Side
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.subject import Subject
from kinelab.errors import InputError, ModelError
from kinelab.files import native
from kinelab.files.opensim_files import read_mot, read_trc
from kinelab.files.video import open_video
from kinelab.gait.walking_way import walking_way
from kinelab.pipeline import monocular_run
from kinelab.pipeline.monocular_gait import TIMES_ALONE, agreeing, find_agreed_steps, measured
from kinelab.pipeline.monocular_options import MonocularOptions
from kinelab.pipeline.monocular_run import MonocularRun, run_monocular

if TYPE_CHECKING:
    from .conftest import DirectFilm


@pytest.fixture
def told(direct_film: DirectFilm) -> object:
    return direct_film.told


@pytest.fixture
def filmed(direct_film: DirectFilm) -> Path:
    """Where the film of nobody is, and the landmarks of the walk."""
    return direct_film.folder


@pytest.fixture
def teller(direct_film: DirectFilm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monocular_run, "load_network", lambda path=None: direct_film.network())


@pytest.fixture
def done(direct_run: MonocularRun) -> MonocularRun:
    return direct_run


def test_the_walk_is_found(done: MonocularRun, told: object) -> None:
    k = done.motion.kinematics
    truth, names = np.degrees(told.angle), told.names  # type: ignore[attr-defined]
    for stem, most in (("hip_flexion", 5.0), ("knee_angle", 5.0), ("ankle_angle", 6.0)):
        for side in "rl":
            column = names.index(f"{stem}_{side}")
            assert np.abs(k.of(f"{stem}_{side}") - truth[:, column]).mean() < most
    assert done.analysis.strides.used.sum() >= 2
    speed = next(m for m in done.analysis.measures.rows if m.quantity == "speed_mps")
    pelvis_m = told.pelvis_m  # type: ignore[attr-defined]
    true_mps = np.linalg.norm(pelvis_m[-1] - pelvis_m[0]) / (len(pelvis_m) - 1) * 30
    assert speed.value == pytest.approx(true_mps, rel=0.2)


def test_the_files_open_again(done: MonocularRun) -> None:
    folder, k = done.folder, done.motion.kinematics
    mot = read_mot(folder / "kinematics.mot")
    np.testing.assert_allclose(mot.of("knee_angle_r"), k.of("knee_angle_r"), atol=1e-4)
    assert mot.pelvis_position_m is not None
    trc = read_trc(folder / "landmarks.trc")
    assert trc.n == k.time.n
    assert abs(np.nanmedian(trc.of("left_heel")[:, 1])) < 0.2
    assert native.load_as(Kinematics, folder / "kinematics.nc").provenance.synthetic
    assert open_video(folder / "annotated.mp4").n_frames == k.time.n
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "One camera shows no depth" in text
    assert "Synthetic data" in text
    assert "phone" in text  # what the camera was taken for
    assert (folder / "viewer.html").stat().st_size > 10_000
    assert {"looks.nc", "model_scaled.json"} <= {path.name for path in folder.iterdir()}


def test_the_scaled_model_has_the_landmarks(done: MonocularRun) -> None:
    pytest.importorskip("opensim")
    from kinelab.body.forward import forward
    from kinelab.body.osim import read_osim

    model = read_osim(done.folder / "model_scaled.osim")
    pose = forward(model, done.motion.coordinates[10])
    row = model.marker_index("right_knee")
    at = done.motion.landmarks.of("right_knee")[10]
    np.testing.assert_allclose(pose.marker_m[row], at, atol=2e-4)


def test_again_nothing_is_done_twice(done: MonocularRun, filmed: Path, teller: None) -> None:
    before = json.loads((done.folder / "run.json").read_text())["stages"]
    options = MonocularOptions(
        keypoints=filmed / "landmarks.nc",
        no_sequence=True,
        subject=Subject("x", height_m=1.72),
        synthetic=True,
    )
    run_monocular(filmed / "walk.mp4", done.folder, options)
    after = json.loads((done.folder / "run.json").read_text())["stages"]
    assert after == before
    assert {"poses", "results", "view", "overlay", "report"} <= set(after)


def test_the_first_seconds_on_the_command_line(
    filmed: Path, tmp_path: Path, teller: None, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from kinelab.pipeline import monocular_person

    monkeypatch.setattr(monocular_person, "QUICK_S", 1.0)
    out = tmp_path / "out"
    video = str(filmed / "walk.mp4")
    code = main(["estimate", video, "--method", "monocular", "--quick", "--quiet", "--no-gait", "--no-video",
                 "--no-sequence", "--keypoints", str(filmed / "landmarks.nc"),
                 "--out", str(out)])  # fmt: skip
    assert code == 0
    assert native.load_as(Kinematics, out / "kinematics.nc").time.n == 30
    assert not (out / "annotated.mp4").exists()
    assert "report.html" in capsys.readouterr().out


def test_too_few_strides_are_told_after_all_is_written(
    filmed: Path, tmp_path: Path, teller: None, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    code = main(["estimate", str(filmed / "walk.mp4"), "--method", "monocular", "--quick", "--quiet",
                 "--no-sequence", "--no-video", "--min-strides", "50", "--out", str(out),
                 "--keypoints", str(filmed / "landmarks.nc")])  # fmt: skip
    assert code == 2
    told = capsys.readouterr().err
    assert "50 are wanted" in told
    assert "Traceback" not in told
    assert (out / "report.html").is_file()


def test_refusals(filmed: Path, tmp_path: Path, teller: None) -> None:
    video, out = filmed / "walk.mp4", tmp_path / "out"
    with pytest.raises(InputError, match="camera cam1 was named, but no calibration"):
        MonocularOptions(camera="cam1")
    with pytest.raises(InputError, match=r"pose gait20 knows virtual people only.*leave it out"):
        MonocularOptions(pose="gait20")
    with pytest.raises(InputError, match="named and is not to be used"):
        MonocularOptions(sequence=video, no_sequence=True)
    with pytest.raises(InputError, match="give one"):
        MonocularOptions(keypoints=video, detector="yolox-tiny")
    with pytest.raises(InputError, match=r"none\.nc"):
        run_monocular(video, out, MonocularOptions(keypoints=tmp_path / "none.nc"))
    camera = (
        '[{0}]\nname = "{0}"\nsize = [640.0, 360.0]\n'
        "matrix = [[800.0, 0.0, 320.0], [0.0, 800.0, 180.0], [0.0, 0.0, 1.0]]\n"
        "distortions = [0.0, 0.0, 0.0, 0.0]\nrotation = [0.0, 0.0, 0.0]\n"
        "translation = [0.0, 0.0, 0.0]\nfisheye = false\n"
    )
    (tmp_path / "cameras.toml").write_text(camera.format("left") + camera.format("right"))
    with pytest.raises(InputError, match=r"several cameras, none called walk; there are left, right"):
        run_monocular(video, out, MonocularOptions(calibration=tmp_path / "cameras.toml"))
    assert not out.exists()
    with pytest.raises(ModelError, match=r"walk\.mp4"):
        run_monocular(video, out, MonocularOptions(keypoints=filmed / "landmarks.nc", sequence=video))


def test_without_weights_the_message_names_the_file(filmed: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.safetensors"):
        run_monocular(
            filmed / "walk.mp4", tmp_path / "out", MonocularOptions(network=tmp_path / "none.safetensors")
        )


def test_of_a_weak_network_only_times_are_told_and_only_where_landmarks_agree(
    done: MonocularRun, filmed: Path
) -> None:
    plane = walking_way(done.motion.landmarks).plane
    seen = native.load_as(Keypoints, filmed / "landmarks.nc")
    width_px = open_video(filmed / "walk.mp4").size_px[0]
    motion = done.motion
    steps = find_agreed_steps(plane, seen, width_px)
    gait = measured(motion.kinematics, motion.landmarks, plane, steps)
    assert gait.strides.used.sum() >= 2
    assert gait.strides.names == ()
    told = {row.quantity for row in gait.measures.rows}
    assert {"stride_time_s", "cadence_spm", "stance_pct"} <= told
    assert not {row.unit for row in gait.measures.rows} & {"deg", "m", "m/s"}
    assert [one.text for one in gait.remarks].count(TIMES_ALONE) == 1
    whole = {row.quantity: row.value for row in done.analysis.measures.rows}
    now = {row.quantity: row.value for row in gait.measures.rows}
    assert now["cadence_spm"] == pytest.approx(whole["cadence_spm"], rel=0.03)

    alone = find_agreed_steps(plane, None, width_px)
    assert measured(motion.kinematics, motion.landmarks, plane, alone).strides.n == 0
    # Landmarks that take the left leg for the right one contradict the motion.
    order = [exchanged(name, seen.skeleton.landmarks) for name in seen.skeleton.landmarks]
    other = replace(seen, position=seen.position[:, order])
    disagreed = find_agreed_steps(plane, other, width_px)
    nothing = measured(motion.kinematics, motion.landmarks, plane, disagreed)
    assert nothing.strides.n == 0
    assert any("disagree on steps" in one.text for one in nothing.remarks)
    # What a person tells of is measured, and no more than its times.
    by_person = measured(motion.kinematics, motion.landmarks, plane, replace(disagreed, events=steps.events))
    assert [row.value for row in by_person.measures] == [row.value for row in gait.measures]
    assert TIMES_ALONE in {one.text for one in by_person.remarks}


def exchanged(name: str, names: tuple[str, ...]) -> int:
    sides = {"left": "right", "right": "left"}
    side, _, part = name.partition("_")
    return names.index(f"{sides[side]}_{part}" if side in sides else name)


def test_events_agree_within_80_ms_on_three_quarters() -> None:
    def events(shift_s: float, lost: int = 0) -> GaitEvents:
        times = np.arange(8 - lost) * 0.3
        kinds: list[EventKind] = ["ic", "ic"] * 4
        sides: list[Side] = ["left", "right"] * 4
        n = times.size
        return GaitEvents(tuple(sides[:n]), tuple(kinds[:n]), times + shift_s, np.zeros(n), ("m",) * n)

    whole = agreeing(events(0.0), events(0.07))
    assert whole is not None
    np.testing.assert_array_equal(whole.time_s, events(0.0).time_s)
    assert agreeing(events(0.0), events(0.09)) is None
    kept = agreeing(events(0.0), events(0.0, lost=2))
    assert kept is not None
    np.testing.assert_allclose(kept.time_s, np.arange(6) * 0.3)
    assert agreeing(events(0.0), events(0.0, lost=3)) is None
    assert (
        agreeing(events(0.0, lost=5), events(0.0, lost=5)) is None
    )  # three contacts are no stride of each foot
    assert agreeing(events(0.0, lost=8), events(0.0)) is None
