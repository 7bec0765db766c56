"""The campaign of `benchmarks/clinic_faults.py` for two rounds: whole processes, killed with kill -9."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

CAMPAIGN = Path(__file__).parents[3] / "benchmarks" / "clinic_faults.py"


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, CAMPAIGN, "--rounds", "2", "--pause-s", "3", "--out", tmp_path, "--seed", "3"],
        capture_output=True, text=True, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "faults.json").read_text(encoding="utf-8"))
    assert sum(found["killed"].values()) == 2
    assert found["acknowledged"] > 0
    assert found["lost"] == found["done_twice"] == found["files_missing_or_altered"] == []
    assert (found["open_jobs"], found["audit_problem"]) == (0, "")
