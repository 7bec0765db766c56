"""A loop compiled once is not used again after the code that it calls was edited."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.compiled import compiled_bare

CALLER = (
    "from called import inner\nfrom kinelab.core.compiled import compiled\n\n\n"
    "@compiled\ndef outer(x):\n    return inner(x)\n\n\nprint(outer(1.0))\n"
)
CALLED = "from kinelab.core.compiled import compiled\n\n\n@compiled\ndef inner(x):\n    return x + {added}\n"


def run(room: Path) -> float:
    command = [sys.executable, "-c", "import caller"]
    said = subprocess.run(command, cwd=room, capture_output=True, text=True, check=True)
    return float(said.stdout)


def test_an_edit_of_a_called_function_reaches_its_callers(tmp_path: Path) -> None:
    (tmp_path / "caller.py").write_text(CALLER)
    (tmp_path / "called.py").write_text(CALLED.format(added=1))
    assert run(tmp_path) == 2.0
    assert list((tmp_path / "__pycache__").glob("caller.outer*.nbi"))
    (tmp_path / "called.py").write_text(CALLED.format(added=5))
    later = (tmp_path / "called.py").stat().st_mtime + 2
    os.utime(tmp_path / "called.py", (later, later))
    assert run(tmp_path) == 6.0


def test_what_is_compiled_inside_is_plain_outside_and_its_edits_reach_callers(tmp_path: Path) -> None:
    called = CALLED.replace("import compiled", "import compiled_inside").replace(
        "@compiled", "@compiled_inside"
    )
    (tmp_path / "caller.py").write_text(CALLER)
    (tmp_path / "called.py").write_text(called.format(added=1))
    assert run(tmp_path) == 2.0
    assert not list((tmp_path / "__pycache__").glob("called.inner*.nbi"))
    (tmp_path / "called.py").write_text(called.format(added=5) + "\n\nassert inner(2.0) == 7.0\n")
    later = (tmp_path / "called.py").stat().st_mtime + 2
    os.utime(tmp_path / "called.py", (later, later))
    assert run(tmp_path) == 6.0


def test_whether_it_is_compiled_is_known_before_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "caller.py").write_text(
        "from kinelab.core.compiled import compiled, is_compiled\n\n\n"
        "@compiled\ndef outer(x):\n    return x\n\n\n"
        "before = is_compiled(outer)\nouter(1.0)\nprint(2 * before + is_compiled(outer))\n"
    )
    assert [run(tmp_path), run(tmp_path)] == [1, 3]


def test_a_bare_loop_fills_arrays_and_divides_as_numpy_does() -> None:
    def shares(out: Array, over: Array) -> None:
        for i in range(out.size):
            out[i] = 1.0 / over[i]

    out = np.empty(3)
    compiled_bare(shares)(out, np.array([0.0, -0.0, 4.0]))
    np.testing.assert_array_equal(out, [np.inf, -np.inf, 0.25])
