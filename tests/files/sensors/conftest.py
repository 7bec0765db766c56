"""Small recordings of a known movement, written in every layout that is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.core.recording import Imu
from kinelab.core.timebase import Timebase

G = 9.80665
DEG = np.pi / 180
AXES = [f"{kind}_{axis}" for kind in ("Acc", "Gyr") for axis in "XYZ"]


@dataclass(frozen=True, eq=False)
class Wave:
    """Two sensors that swing: imu in SI, rotation (T, 2, 3, 3) to an earth frame with Z up."""

    imu: Imu
    rotation: np.ndarray

    def cells(self, s: int, acc: float = 1.0, gyr: float = 1.0) -> np.ndarray:
        """(T, 6) acc and gyr of a sensor, in units of so many m/s2 and rad/s."""
        return np.hstack([self.imu.acc_mps2[:, s] / acc, self.imu.gyr_radps[:, s] / gyr])

    def quaternion(self, s: int) -> np.ndarray:
        return Rotation.from_matrix(self.rotation[:, s]).as_quat(scalar_first=True)


@pytest.fixture(scope="session")
def wave() -> Wave:
    time = Timebase(100.0, 300)
    swing = 0.5 * np.sin(2 * np.pi * np.outer(time.time_s, [1.0, 1.3]))
    rotation = np.stack([Rotation.from_euler("y", swing[:, s, None]).as_matrix() for s in range(2)], axis=1)
    acc = np.swapaxes(rotation, 2, 3) @ np.array([0.0, 0.0, G])
    gyr = np.zeros((300, 2, 3))
    gyr[:, :, 1] = np.pi * np.array([1.0, 1.3]) * np.cos(2 * np.pi * np.outer(time.time_s, [1.0, 1.3]))
    return Wave(Imu(("shank_r", "shank_l"), time, acc, gyr), rotation)


def lines(header: list[str], rows: list[str]) -> str:
    return "\n".join([*header, *rows]) + "\n"


def joined(values: np.ndarray, separator: str = ",") -> str:
    return separator.join(f"{value:.9g}" for value in values)


def make_movella(wave: Wave, folder: Path, lost: range = range(0)) -> Path:
    for s, tag in enumerate(("Right Shank", "Left Shank")):
        cells = wave.cells(s, gyr=DEG)
        header = ["sep=,", f"DeviceTag:,{tag}", "SyncStatus:,Synced", "OutputRate:,100Hz", "",
                  ",".join(["PacketCounter", "SampleTimeFine", *AXES])]  # fmt: skip
        start = 2**32 - 1_000_000  # the clock begins again after a second
        rows = [
            f"{t + 1},{(start + 10_000 * t) % 2**32},{joined(cells[t])}" for t in range(300) if t not in lost
        ]
        (folder / f"d{s}.csv").write_text(lines(header, rows))
    return folder


def make_shimmer(wave: Wave, folder: Path) -> Path:
    names = ["S_RightShank", "S_LeftShank"]
    columns = ["{}_TimestampSync_Unix_CAL", *(f"{{}}_Accel_WR_{a}_CAL" for a in "XYZ"),
               *(f"{{}}_Gyro_{a}_CAL" for a in "XYZ")]  # fmt: skip
    header = ['"sep=\t"', "".join(f"{c.format(n)}\t" for n in names for c in columns),
              "".join("ms\t" + 3 * "m/(s^2)\t" + 3 * "deg/s\t" for _ in names)]  # fmt: skip
    rows = [
        "".join(f"{1.6e12 + 10 * t:.3f}\t{joined(wave.cells(s, gyr=DEG)[t], chr(9))}\t" for s in range(2))
        for t in range(300)
    ]
    (folder / "shimmer.csv").write_text(lines(header, rows))
    return folder / "shimmer.csv"


def make_ximu3(wave: Wave, folder: Path) -> Path:
    for s, name in enumerate(("Right Lower Leg 64F61B2A (UDP)", "Left Lower Leg 64F61CB3 (UDP)")):
        (folder / name).mkdir()
        cells, quaternion = wave.cells(s, G, DEG), wave.quaternion(s)
        units = [f"{k} {a} ({u})" for k, u in (("Gyroscope", "deg/s"), ("Accelerometer", "g")) for a in "XYZ"]
        rows = [f"{917_000_000 + 10_000 * t},{joined(np.roll(cells[t], 3))}" for t in range(300)]
        (folder / name / "Inertial.csv").write_text(lines([",".join(["Timestamp (us)", *units])], rows))
        rows = [f"{917_000_000 + 10_000 * t},{joined(quaternion[t])}" for t in range(300)]
        (folder / name / "Quaternion.csv").write_text(lines(["Timestamp (us),W,X,Y,Z"], rows))
    return folder


def make_opal(wave: Wave, folder: Path) -> Path:
    with h5py.File(folder / "opal.h5", "w") as file:
        for s, label in enumerate(("Right Lower Leg", "Left Lower Leg")):
            group = file.create_group(f"Sensors/{3142 + s}")
            group["Accelerometer"], group["Gyroscope"] = wave.imu.acc_mps2[:, s], wave.imu.gyr_radps[:, s]
            group["Magnetometer"] = np.full((300, 3), 30.0)
            group["Time"] = np.arange(300, dtype=np.uint64) * 10_000 + 1_600_000_000_000_000
            told = group.create_group("Configuration").attrs
            told["Label 0"], told["Sample Rate"] = np.bytes_(label.ljust(16, "\0")), np.uint32(100)
            file[f"Processed/{3142 + s}/Orientation"] = wave.quaternion(s)
    return folder / "opal.h5"


def make_opal_csv(wave: Wave, folder: Path) -> Path:
    kinds = [("Acceleration", "m/s^2"), ("Angular Velocity", "rad/s")]
    names = [f"{n}/{k}/{a}" for n in ("Right Shank", "Left Shank") for k, _ in kinds for a in "XYZ"]
    units = [u for _ in range(2) for _, u in kinds for _ in "XYZ"]
    header = [
        "Test Name:,Walk,,",
        "Sample Rate:,100,Hz,",
        ",".join(["Time", *names]),
        ",".join(["s", *units]),
    ]
    rows = [f"{t / 100:.6f},{joined(wave.cells(0)[t])},{joined(wave.cells(1)[t])}" for t in range(300)]
    (folder / "opal.csv").write_text(lines(header, rows))
    return folder / "opal.csv"


def make_opal_csv_7(wave: Wave, folder: Path) -> Path:
    parts = ["Accelerometer,,", "Gyroscope,,", "Magnetometer,,", "Barometer", "Orientation,,,"]
    header = [
        "Format=7," + ",".join(f"I{s},,,{n}" + 10 * "," for s, n in enumerate(("RS", "LS"))),
        ",".join(["Time", *parts, *parts]),
        ",".join(["", *2 * ["X,Y,Z,X,Y,Z,X,Y,Z,,S,X,Y,Z"]]),
    ]
    rows = []
    for t in range(300):
        row = [joined(wave.cells(s)[t]) + ",30,30,30,1," + joined(wave.quaternion(s)[t]) for s in range(2)]
        rows.append(",".join([f"{1_600_000_000_000_000 + 10_000 * t}", *row]))
    (folder / "opal.csv").write_text(lines(header, rows))
    return folder / "opal.csv"


def make_plain(wave: Wave, folder: Path) -> Path:
    names = [f"{n} {k}_{a} [{u}]" for n in ("right shank", "left shank")
             for k, u in (("acc", "g"), ("gyr", "deg/s")) for a in "xyz"]  # fmt: skip
    both = np.hstack([wave.cells(s, G, DEG) for s in range(2)])
    rows = [f"{10 * t};{joined(both[t], ';')}".replace(".", ",") for t in range(300)]
    (folder / "plain.csv").write_text(lines([";".join(["time (ms)", *names])], rows))
    return folder / "plain.csv"


Make = Callable[[Wave, Path], Path]
MAKERS: dict[str, Make] = {
    "Movella DOT": make_movella, "Shimmer": make_shimmer, "x-IMU3": make_ximu3, "Opal h5": make_opal,
    "Opal csv": make_opal_csv, "Opal csv 7": make_opal_csv_7, "plain csv": make_plain,
}  # fmt: skip


@pytest.fixture(params=sorted(MAKERS))
def made(request: pytest.FixtureRequest, wave: Wave, tmp_path: Path) -> Path:
    """The wave as a file or folder of each maker."""
    return MAKERS[request.param](wave, tmp_path)


@pytest.fixture
def makers() -> dict[str, Make]:
    return dict(MAKERS)
