"""Fixtures for all rooms."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from kinelab.pipeline.demo import DemoResult

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real recordings that stand beside the checkout; skips where they are missing."""
    if not SHARED.is_dir():
        pytest.skip("the real recordings (../shared/data) are not beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def standing_m() -> np.ndarray:
    """(17, 3) m: where COCO's landmarks of a person who stands are (forward, up, right)."""
    from kinelab.core.skeletons import COCO_17

    right = {
        "nose": (0.1, 1.62, 0), "eye": (0.08, 1.65, 0.03), "ear": (0, 1.63, 0.07),
        "shoulder": (0, 1.43, 0.18), "elbow": (0.02, 1.13, 0.22), "wrist": (0.1, 0.88, 0.24),
        "hip": (0, 0.93, 0.12), "knee": (0.03, 0.5, 0.12), "ankle": (0, 0.08, 0.12),
    }  # fmt: skip
    sides = [[1, 1, -1 if name.startswith("left_") else 1] for name in COCO_17.landmarks]
    return np.array([right[name.split("_")[-1]] for name in COCO_17.landmarks]) * sides


@pytest.fixture(scope="session")
def walk_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the short demo; `walk` fills it."""
    return tmp_path_factory.mktemp("demo") / "out"


@pytest.fixture(scope="session")
def walk(walk_folder: Path) -> DemoResult:
    """One short virtual walk, filmed and analysed once for all tests."""
    # Here, because most rooms need nothing of it.
    from rich.console import Console

    from kinelab.pipeline.demo import demo

    return demo(walk_folder, 0, quick=True, console=Console(quiet=True))


@pytest.fixture(scope="session")
def discs() -> ModuleType:
    """`coloured_discs.py`: films of a drawn leg and a network that finds it, for all rooms that track."""
    spec = importlib.util.spec_from_file_location(
        "coloured_discs", Path(__file__).with_name("coloured_discs.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
