from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.own_body import own_body
from kinelab.cli import main
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.files.opensim_files import write_trc


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = own_body()
    q = np.tile(model.default_coordinates, (20, 1))
    q[:, model.coordinate_index("knee_angle_r")] = np.linspace(0, 1, 20)
    placed = forward(model, q).marker_m
    markers = Keypoints(
        Skeleton("m", model.marker_names), np.arange(20) / 100, placed, np.ones(placed.shape[:2]), "m"
    )
    path = tmp_path_factory.mktemp("cli") / "squat.trc"
    write_trc(markers, path)
    return path


def test_from_the_trial_to_the_folder(
    trial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["ik", str(trial), "--no-scale", "--quiet", "--subject", "S9"]) == 0
    out = capsys.readouterr().out
    assert "20 frames at 100 Hz, 63 markers" in out
    assert "Look at: squat-ik/viewer.html" in out
    assert (tmp_path / "squat-ik/kinematics.mot").is_file()


def test_a_folder_in_square_brackets_is_told_as_it_is(
    trial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["ik", str(trial), "--no-scale", "--no-view", "--quiet", "--out", "a[b]"]) == 0
    assert "Look at: a[b]/summary.txt\n" in capsys.readouterr().out
    assert (tmp_path / "a[b]/summary.txt").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.c3d"], "missing.c3d: no such file"),
        (["notes.txt"], r"a marker trial is a .c3d or .trc file, not .txt"),
        (["TRIAL", "--model", "none.osim"], "none.osim"),
        (["TRIAL", "--height-m", "172"], "height_m is 172"),
        (["TRIAL", "--chunk", "0"], "chunk is 0"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(
    trial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    arguments: list[str], message: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    given = [str(trial) if argument == "TRIAL" else argument for argument in arguments]
    assert main(["ik", *given, "--quiet"]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.startswith("kinelab: ")
    assert captured.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["ik", "--help"])
    out = capsys.readouterr().out
    assert "kinelab ik walk.c3d --static standing.c3d" in out
