"""The table of unusual strides, made by the command on a small made-up table in the public form."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.cli import main
from kinelab.errors import InputError
from kinelab.patterns.curve_files import PUBLIC_TABLE
from kinelab.study import anomaly_accuracy, validation_page
from kinelab.study.anomaly_folds import components_left
from kinelab.study.anomaly_planted import Hits

THEIRS = (
    ("PelvisAngles", 2), ("PelvisAngles", 1), ("PelvisAngles", 3), ("HipAngles", 2), ("HipAngles", 1),
    ("HipAngles", 3), ("KneeAngles", 2), ("AnkleAngles", 2), ("FootProgressAngles", 3),
)  # fmt: skip


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """42 healthy people of one wave a curve; patients whose knee has a wave more."""
    folder = tmp_path_factory.mktemp("shared")
    rng, phase = np.random.default_rng(0), 2 * np.pi * np.linspace(0, 1, 101)
    heads = "SubjectStudyID,GLID,SessionID,SessionName,TrialName,Side,VariableName,Dim,StrideID"
    lines = [",".join([heads, *(f"GCpc_{i}" for i in range(101))])]
    sessions = [f"WBDS{i:02d}" for i in range(42)]
    sessions += [f"SUB{i:02d}_{end}" for i in range(3) for end in ("off", "on")] + ["TF1", "TF2", "TF3"]
    for session in sessions:
        size = rng.normal(10, 1, 9)
        for side in "LR":
            for k, (name, dim) in enumerate(THEIRS):
                curve = size[k] * np.sin(phase + k) + rng.normal(0, 0.5)
                if name == "KneeAngles" and not session.startswith("WBDS"):
                    curve = curve + 12 * np.sin(3 * phase)
                row = [session.split("_")[0], "1", session, "s", "t", side, name, str(dim), "1"]
                lines.append(",".join([*row, *(f"{x:.4f}" for x in curve)]))
    path = folder / PUBLIC_TABLE
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(lines))
    return folder


def test_the_command_writes_every_part_of_its_section(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    monkeypatch.setattr(validation_page, "commit", lambda: "abc")
    # Occlusion has its own tests (patterns/test_anomaly.py).
    monkeypatch.setattr(anomaly_accuracy, "planted_hits", lambda *_: (Hits("2 sd", 6, 3, 2, 1),))
    page = tmp_path / "page.md"
    page.write_text("<!-- begin patterns -->\n<!-- end patterns -->\n")
    arguments = ["validate", "patterns", "--shared", str(shared), "--quick", "--page", str(page)]
    assert main(arguments) == 0
    said = page.read_text()
    assert "42 healthy, 3 parkinson off, 3 parkinson on, 3 amputee" in said
    assert "are no figures of a diagnosis" in said
    # A wave that no healthy person has: components tell everybody.
    assert "| 15 principal components | 1.000 [1.00, 1.00]" in said
    for name in ("LSTM autoencoder", "Transformer autoencoder", "both networks", "distance from the mean"):
        assert said.count(f"| {name}") >= 2
    assert "of 42 (" in said
    assert "| 2 sd | 6 | 50 % | 33 % | 17 % |" in said
    assert "kinelab validate patterns --seed 0 --shared DIR --quick" in said


def test_components_leave_nothing_of_what_they_were_made_of() -> None:
    rng = np.random.default_rng(1)
    known = rng.normal(size=(6, 9, 101))
    np.testing.assert_allclose(components_left(known, known, 5), 0, atol=1e-10)
    left = components_left(known, known, 0)
    np.testing.assert_allclose(left, np.sqrt(np.square(known - known.mean(axis=0)).mean(axis=(1, 2))))


def test_the_folder_of_recordings_is_asked_for() -> None:
    with pytest.raises(InputError, match="give their folder with --shared"):
        anomaly_accuracy.run(0, True, None)
