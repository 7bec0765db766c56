from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")
pytest.importorskip("timm")

from kinelab.cli import main  # noqa: E402
from kinelab.monocular import recipe as recipes  # noqa: E402
from kinelab.monocular.examples import write_shard  # noqa: E402
from kinelab.monocular.views import Look  # noqa: E402
from kinelab.virtual_lab.sample import SampleDesign, make_samples  # noqa: E402

PEOPLE = 10
TINY = replace(
    recipes.preset("small"), backbone="test_resnet", width=8, look=Look(size_px=64), frozen_stride=0
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Examples of ten people made of simple solids."""
    out = tmp_path_factory.mktemp("examples")
    design = SampleDesign(size_px=(64, 64), body="solids", others_share=0.0, occluder_share=0.0)
    samples = [one for person in range(PEOPLE) for one in make_samples(design, 1, 0, person)]
    write_shard(out / "shard_00000.safetensors", samples, synthetic=True)
    return out


@pytest.fixture(scope="module")
def trained(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of a tiny network."""
    out = tmp_path_factory.mktemp("run") / "direct"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(recipes.PRESETS, "small", TINY)
        code = main(
            ["monocular", "train", str(folder), "--held-out", str(folder), "--out", str(out), "--quick"]
        )
    assert code == 0
    return out


def test_training_leaves_a_calibrated_network_and_its_doubts(trained: Path) -> None:
    from kinelab.monocular.network_file import read_network

    file = read_network(trained / "network.safetensors")
    assert file.use.calibration is not None
    assert file.card.figures["pictures"] == 12 * PEOPLE
    assert file.card.synthetic
    lines = (trained / "doubts.csv").read_text().splitlines()
    assert lines[0].startswith("picture,pictures,error_rms_deg,stated_sd_deg")
    assert lines[1].startswith("good,120,")
    assert (trained / "doubts.png").is_file()


def test_evaluate_writes_every_angle(trained: Path, folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "angles.csv"
    network = str(trained / "network.safetensors")
    assert main(["monocular", "evaluate", network, str(folder), "--out", str(table), "--mirror"]) == 0
    rows = [line.split(",") for line in table.read_text().splitlines()]
    assert len(rows) == 1 + 34 + 2
    assert rows[-1][0] == "all"
    assert 0 < float(rows[-1][1]) <= float(rows[-1][2])  # a mean absolute error is at most the RMS


def test_explain_draws_an_angle(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "frame.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8)).save(picture)
    network = str(trained / "network.safetensors")
    given = ["monocular", "explain", str(picture), "--network", network, "--out", str(tmp_path / "why")]
    box = ["--box", "30", "10", "80", "80"]
    assert main([*given, *box, "--angle", "knee_angle_r"]) == 0
    drawn = tmp_path / "why" / "000000_knee_angle_r.png"
    with Image.open(drawn) as image:
        assert image.size[0] > 800
    assert main([*given, *box, "--angle", "elbow"]) == 2
    assert "tells no coordinate 'elbow'" in capsys.readouterr().err


def test_transfer_measures_before_and_after(
    trained: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [
        "monocular",
        "transfer",
        str(folder),
        "--network",
        str(trained / "network.safetensors"),
        "--quick",
    ]
    assert main([*given, "--out", str(tmp_path / "adapted")]) == 0
    said = capsys.readouterr().out
    assert "before: " in said
    assert "after: " in said
    from kinelab.monocular.shipped import load_network

    assert load_network(tmp_path / "adapted" / "network.safetensors").size_px == 64


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["train", "none", "--held-out", "none", "--out", "x"], "none: no such folder"),
        (["evaluate", "none.safetensors", "none"], "there is no network file none.safetensors"),
        (["train-sequence", "none", "--recipe", "gru", "--out", "x"], "no preset 'gru'"),
        (["explain", "none.mp4", "--network", "n", "--angle", "a", "--out", "x"], "no network file n"),
    ],
)
def test_mistakes_are_said_in_one_line(
    given: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["monocular", *given]) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
