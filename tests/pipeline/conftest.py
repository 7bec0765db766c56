"""What the tests of the review share: a list of corrections in short, and a run of each kind."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from kinelab.pipeline.corrections import Stored
    from kinelab.pipeline.demo import DemoResult
    from kinelab.pipeline.monocular_run import MonocularRun

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


@dataclass(frozen=True, eq=False)
class DirectFilm:
    """A film of nobody, told as a known walk: walk.mp4 and landmarks.nc of the folder; told: the truth."""

    folder: Path
    told: Any
    tellers: ModuleType

    def network(self) -> Any:
        """A direct network that tells this walk."""
        return self.tellers.Teller(self.told)


@pytest.fixture(scope="session")
def direct_film(one_camera: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> DirectFilm:
    """A video of noise, and the landmarks of a walk as another tool would give them."""
    from kinelab.core.keypoints import Keypoints
    from kinelab.core.skeletons import GAIT_20
    from kinelab.files import native
    from kinelab.files.video_writer import VideoWriter

    told, folder = one_camera.tell("walk", 80.0, seconds=4.0), tmp_path_factory.mktemp("filmed")
    looks, rng = told.looks, np.random.default_rng(0)
    with VideoWriter(folder / "walk.mp4", looks.size_px, 30.0, quality="draft") as writer:
        for time_s in looks.time_s:
            writer.write(rng.integers(0, 255, (looks.size_px[1], looks.size_px[0], 3), np.uint8), time_s)
    rows = [looks.poses.landmarks.index(name) for name in GAIT_20.landmarks]
    px = told.landmark_px[:, rows]
    native.save(Keypoints(GAIT_20, looks.time_s, px, np.ones(px.shape[:2])), folder / "landmarks.nc")
    return DirectFilm(folder, told, one_camera)


@pytest.fixture(scope="session")
def direct_run(direct_film: DirectFilm, tmp_path_factory: pytest.TempPathFactory) -> MonocularRun:
    """A run of `kinelab estimate --method monocular`; its folder is only read."""
    from kinelab.core.subject import Subject
    from kinelab.pipeline import monocular_run
    from kinelab.pipeline.monocular_options import MonocularOptions

    options = MonocularOptions(
        keypoints=direct_film.folder / "landmarks.nc",
        no_sequence=True,
        subject=Subject("x", height_m=1.72),
        synthetic=True,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(monocular_run, "load_network", lambda path=None: direct_film.network())
        out = tmp_path_factory.mktemp("direct") / "run"
        return monocular_run.run_monocular(direct_film.folder / "walk.mp4", out, options)
