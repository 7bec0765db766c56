"""What the tests of the review share: a list of corrections in short, and a run of each kind."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from kinelab.pipeline.corrections import Stored
    from kinelab.pipeline.demo import DemoResult

Listed = Callable[..., "tuple[Stored, ...]"]


@pytest.fixture(scope="session")
def stored() -> Listed:
    """Corrections of two readers, one a minute, from plain data."""
    from kinelab.pipeline.corrections import parse_stored

    def listed(*corrections: dict[str, object]) -> tuple[Stored, ...]:
        return parse_stored(
            {
                "number": i,
                "by": "Dr A" if i % 2 else "Dr B",
                "at": f"2026-03-01T09:{i % 60:02d}:00+00:00",
                "correction": one,
            }
            for i, one in enumerate(corrections, start=1)
        )

    return listed


@pytest.fixture(scope="session")
def video_run(walk: DemoResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the folder of the short demo's analysis."""
    folder = tmp_path_factory.mktemp("video") / "run"
    shutil.copytree(walk.analysed.folder, folder)
    return folder


@pytest.fixture(scope="session")
def marker_run(walker: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of `kinelab gait` on a C3D of virtual markers, without events in the file."""
    from kinelab.files.c3d_writer import write_c3d
    from kinelab.pipeline.gait_run import run_gait

    folder = tmp_path_factory.mktemp("markers")
    write_c3d(walker.marker_walk().markers, folder / "walk.c3d", None)
    run_gait(folder / "walk.c3d", folder / "run")
    return folder / "run"


@pytest.fixture(scope="session")
def sensor_run(worn_walk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of `kinelab estimate` on virtual worn sensors."""
    from kinelab.files.sensors.own_tables import write_imu_npz
    from kinelab.inertial.estimate import EstimateSettings
    from kinelab.pipeline.inertial_run import InertialOptions, run_inertial

    folder = tmp_path_factory.mktemp("sensors")
    write_imu_npz(worn_walk.raw, folder / "sensors.npz")
    options = InertialOptions(EstimateSettings(route="vqf"), synthetic=True)
    run_inertial(folder / "sensors.npz", folder / "run", options)
    return folder / "run"
