"""The house keeps its own rules: checks, floors, pins, what loads when."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]


def load_tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["format", "lint", "types", "floors"])
def test_check(name: str) -> None:
    result = load_tool("check").run(name)
    assert result.returncode == 0, result.stdout + result.stderr


def test_pins_in_both_places_are_the_same_and_name_no_index() -> None:
    text = (ROOT / "constraints.txt").read_text()
    pinned = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]["constraint-dependencies"]
    assert pinned == load_tool("pin").pins(text)
    assert len(pinned) > 50
    assert not re.search(r"://|--(extra-)?index", text)


def test_the_page_of_measures_is_that_of_the_catalogue() -> None:
    written = (ROOT / "docs" / "measures.md").read_text(encoding="utf-8")
    assert written == load_tool("measures_page").page(), "run python tools/measures_page.py"


def loaded_by(statements: str) -> set[str]:
    code = f"{statements}\nimport sys\nprint(*sorted(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr
    return set(run.stdout.splitlines()[-1].split())


HEAVY = {"av", "lightning", "matplotlib", "numba", "onnxruntime", "pandas", "scipy", "torch", "xarray"}


def test_import_kinelab_loads_nothing_heavy() -> None:
    assert not HEAVY & loaded_by("import kinelab")


def test_help_loads_nothing_heavy() -> None:
    loaded = loaded_by("from kinelab.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass")
    assert "kinelab.cli.analyze" in loaded
    assert not HEAVY & loaded


ROOMS_WITHOUT_TORCH = [
    "core", "signals", "stats", "gait", "reports", "exchange", "files", "pipeline", "detection", "clinic",
]  # fmt: skip


def test_these_rooms_never_load_torch() -> None:
    lines = []
    for room in ROOMS_WITHOUT_TORCH:
        folder = ROOT / "src" / "kinelab" / room
        modules = sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")
        assert modules
        # One process for all of them: reading scipy and pandas anew for each room costs a minute.
        lines += [f"import kinelab.{room}.{module}" for module in modules]
        lines.append(f"import sys; assert 'torch' not in sys.modules, 'kinelab.{room} loads torch'")
    assert "torch" not in loaded_by("\n".join(lines))
