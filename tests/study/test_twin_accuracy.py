from __future__ import annotations

from pathlib import Path

import pytest

from kinelab.errors import InputError
from kinelab.study import twin_accuracy


def test_a_virtual_walker_is_compared_with_nothing_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_WALK_S", 4.0), ("_QUICK_WALKS", 1), ("_TO_MPS", (1.5,)), ("_RATE_HZ", 60.0)):
        monkeypatch.setattr(twin_accuracy, name, value)
    text = twin_accuracy.run(0, True, None)
    rows = {row.split(" | ")[0].strip("| "): row.split(" | ") for row in text.splitlines() if "|" in row}
    nothing, told, with_steps = (float(cell.split()[0]) for cell in rows["cadence_spm"][1:4])
    assert told < nothing
    assert with_steps < 1.0
    assert float(rows["step_length_m"][3].split()[0]) < 0.01
    assert "curve of knee_angle, deg" in rows
    assert "Real runners" not in text


def test_a_folder_without_runners_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twin_accuracy, "_TO_MPS", ())
    with pytest.raises(InputError, match=r"holds no runners \(RBDS\*\.npz\)"):
        twin_accuracy.run(0, True, tmp_path)
