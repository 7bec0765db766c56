"""`kinelab inertial motions`: sets of virtual people, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinelab.cli import main
from kinelab.inertial.motions.files import read_motions


def test_two_walkers_are_made_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["inertial", "motions", "--walkers", "5", "--quick", "--quiet", "--out", str(tmp_path)]
    assert main(command) == 0
    path = tmp_path / "walkers.npz"
    assert str(path) in capsys.readouterr().out
    motions = read_motions(path)
    assert [(m.person, m.time.n, m.synthetic) for m in motions] == [
        ("W0-0001", 400, True),
        ("W0-0002", 400, True),
    ]
    written = path.stat().st_mtime_ns
    assert main(command) == 0
    assert path.stat().st_mtime_ns == written
    assert main([*command, "--seed", "1"]) == 2
    assert "other settings" in capsys.readouterr().err


def test_nobody_and_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inertial", "motions", "--out", str(tmp_path)]) == 2
    assert "nobody to make" in capsys.readouterr().err
    assert (
        main(["inertial", "motions", "--runners-of", str(tmp_path), "--quiet", "--out", str(tmp_path)]) == 2
    )
    assert "no runners (RBDS*.npz)" in capsys.readouterr().err
    assert main(["inertial", "motions", "--walkers", "-1", "--out", str(tmp_path)]) == 2
