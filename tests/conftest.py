"""Fixtures for all rooms."""

from __future__ import annotations

import importlib.util
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.live_servers import dicomweb as dicomweb
from tests.live_servers import fhir_server as fhir_server
from tests.live_servers import orthanc as orthanc

if TYPE_CHECKING:
    from kinelab.core.events import GaitEvents
    from kinelab.core.recording import Imu
    from kinelab.pipeline.demo import DemoResult

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_configure() -> None:
    """One thread of torch each in processes that share the machine: many threads slow each other down."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """The whole suite on all cores, four at most; files and folders that are named, in this process."""
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    return min(os.cpu_count() or 1, 4) if whole else 0


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


@dataclass(frozen=True)
class WornWalk:
    """A virtual person who stands and then walks, worn sensors on pelvis and legs, and the truth.

    raw: readings in the sensors' axes, as sensors of a research make give them. sensor_to_segment (7, 3, 3).
    angle_deg: true angles by name, (T,). events: true contacts. still_s, walking_s: (start, stop).
    """

    raw: Imu
    sensor_to_segment: np.ndarray
    angle_deg: dict[str, np.ndarray]
    events: GaitEvents
    still_s: tuple[float, float]
    walking_s: tuple[float, float]


@pytest.fixture(scope="session")
def worn_walk() -> WornWalk:
    """3 s of standing, 12 s of walking; sensors turned anyhow on the segments, no soft tissue."""
    from dataclasses import replace

    from scipy.spatial.transform import Rotation

    from kinelab.body.own_body import own_body
    from kinelab.core.events import GaitEvents
    from kinelab.core.recording import Imu
    from kinelab.core.timebase import Timebase
    from kinelab.virtual_lab.motion.movement import Movement
    from kinelab.virtual_lab.motion.mover import default_mover
    from kinelab.virtual_lab.motion.walk import walk
    from kinelab.virtual_lab.motion.walk_style import WalkStyle
    from kinelab.virtual_lab.sensors.imu import sensor_motion
    from kinelab.virtual_lab.sensors.imu_faults import record
    from kinelab.virtual_lab.sensors.imu_quality import RESEARCH
    from kinelab.virtual_lab.sensors.placement import mount

    rng = np.random.default_rng(8)
    stands_s, walks_s, rate = 3.0, 12.0, 100.0
    mover = default_mover(1.75)
    gait = walk(mover, WalkStyle(), rate, walks_s, rng)
    time = Timebase(rate, round((stands_s + walks_s) * rate))
    ramp = np.clip((time.time_s - stands_s) / 0.8, 0, 1)
    ramp = (ramp**2 * (3 - 2 * ramp))[:, None]
    still = np.zeros(gait.coordinates.shape[1])
    held = [mover.column(f"pelvis_t{axis}") for axis in "xyz"]
    still[held] = gait.coordinates[0, held]
    moving = np.concatenate([np.tile(gait.coordinates[:1], (round(stands_s * rate), 1)), gait.coordinates])
    movement = Movement("walk", mover, time, still + ramp * (moving - still))
    model = own_body().scaled(mover.scale)
    worn = [replace(one, rotation=Rotation.random(rng=rng).as_matrix()) for one in mount(model)]
    quality = replace(RESEARCH, mag=None, losses_per_min=0.0)
    whole = record(sensor_motion(movement, worn, rate), rate, quality, rng).imu
    there = np.flatnonzero(whole.seen.all(axis=1))  # the clocks' offsets lose samples at the ends
    kept = slice(int(there[0]), int(there[-1]) + 1)
    since = Timebase(rate, kept.stop - kept.start, float(whole.time.time_s[kept.start]))
    raw = Imu(whole.segments, since, whole.acc_mps2[kept], whole.gyr_radps[kept])
    late = gait.events.time_s >= 1.0
    events = GaitEvents(
        [side for side, there in zip(gait.events.side, late, strict=True) if there],
        [kind for kind, there in zip(gait.events.kind, late, strict=True) if there],
        gait.events.time_s[late] + stands_s, np.zeros(int(late.sum())), ["planned"] * int(late.sum()),
    )  # fmt: skip
    names = [f"{name}_{s}" for name in ("hip_flexion", "knee_angle") for s in "rl"]
    angle_deg = {name: movement.angle_deg(name)[kept] for name in names}
    turned = np.stack([one.rotation for one in worn])
    return WornWalk(raw, turned, angle_deg, events, (0.0, stands_s), (stands_s + 1.0, stands_s + walks_s))


@pytest.fixture(scope="session")
def discs() -> ModuleType:
    """`coloured_discs.py`: films of a drawn leg and a network that finds it, for all rooms that track."""
    return _beside("coloured_discs")


@pytest.fixture(scope="session")
def one_camera() -> ModuleType:
    """`one_camera.py`: clips before one camera, and what a network that errs by known amounts tells."""
    return _beside("one_camera")


def _beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def walker() -> ModuleType:
    """`marker_walker.py`: a walker with a laboratory's markers, on ways of all kinds."""
    return _beside("marker_walker")
