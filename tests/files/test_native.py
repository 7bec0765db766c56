from __future__ import annotations

import dataclasses
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from kinelab.core.events import GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measure, Measures, Reference
from kinelab.core.provenance import FileRecord, ModelRecord, Provenance
from kinelab.core.skeletons import GAIT_20, Skeleton
from kinelab.core.strides import Strides
from kinelab.core.subject import Subject
from kinelab.core.timebase import Timebase
from kinelab.errors import FileFormatError, InputError, OutputError
from kinelab.files.native import SCHEMA, Noun, load, load_as, save

NAN = float("nan")
RNG = np.random.default_rng(4)


def kinematics(n: int = 7, names: tuple[str, ...] = ("knee_angle_r", "knee_angle_l")) -> Kinematics:
    angle = RNG.normal(20, 30, (n, len(names)))
    angle[n // 3 :: 3] = np.nan
    return Kinematics(
        names,
        Timebase(59.94005994005994, n, 1 / 3),
        angle,
        np.full(angle.shape, np.nan),
        np.isfinite(angle),
        Subject("Ž-ø7 '日本'", height_m=1.72, sex="female"),
        Provenance(
            command='kinelab analyse "a b.mp4"',
            inputs=(FileRecord("ü.mp4", "ab" * 32, 12),),
            models=(ModelRecord("pose", "cd" * 32),),
            settings={"cutoff_hz": 6.0, "skip": None, "list": [1, 2], "nested": {"on": True}},
            versions={"numpy": "2"},
            steps=("read", "filtered"),
            synthetic=True,
        ),
        pelvis_rotation=np.broadcast_to(np.eye(3), (n, 3, 3)),
        pelvis_position_m=RNG.normal(size=(n, 3)),
    )


def keypoints(sd: bool = True) -> Keypoints:
    skeleton = Skeleton("mouse ß", ("snout", "tail base", "é"), (("snout", "tail base"),))
    position = RNG.normal(300, 90, (5, 3, 2))
    position[2, 1] = np.nan
    return Keypoints(
        skeleton,
        np.array([0, 1, 2.5, 3, 7]) / 30,
        position,
        RNG.uniform(0, 1, (5, 3)),
        sd=RNG.uniform(0, 1, (5, 3)) if sd else None,
    )


def events() -> GaitEvents:
    return GaitEvents(
        ("left", "right", "left"),
        ("ic", "to", "ic"),
        np.array([0.1, 0.1, 0.9]),
        np.array([0.01, NAN, 0.0]),
        ("zeni2008", "review", ""),
        ("", "Dr. Ä", ""),
    )


def strides() -> Strides:
    curves = RNG.normal(size=(2, 101, 2))
    curves[0, 50, 1] = np.nan
    return Strides(
        ("left", "right"),
        [0.1, 0.6],
        [0.7, NAN],
        [1.1, 1.7],
        [True, False],
        ("", "foot not seen"),
        ("hip_flexion_l", "knee_angle_l"),
        curves,
    )


def measures() -> Measures:
    return Measures(
        (
            Measure(
                "cadence",
                110.5,
                "1/min",
                12,
                sd=3.0,
                ci95=(108.0, 113.0),
                mdc95=4.0,
                reference=Reference(100.0, 120.0, "Müller 2001, table 3"),
            ),
            Measure("stride_time_s", 1.1, "s", 1, side="left"),
            Measure("stride_time_s", 1.2, "s", 3, side="right", ci95=(NAN, NAN), mdc95=NAN),
        )
    )


def empties() -> list[Noun]:
    return [
        GaitEvents((), (), np.empty(0), np.empty(0), ()),
        Strides((), [], [], [], [], (), ("knee_angle_r",), np.empty((0, 101, 1))),
        Measures(()),
        Keypoints(GAIT_20, np.empty(0), np.empty((0, 20, 2)), np.empty((0, 20))),
        Kinematics((), Timebase(50.0, 0), np.empty((0, 0)), np.empty((0, 0)), np.empty((0, 0), bool)),
    ]


ALL = [
    kinematics(),
    kinematics(4000),
    keypoints(),
    keypoints(sd=False),
    events(),
    strides(),
    measures(),
    *empties(),
]


def assert_same(a: object, b: object) -> None:
    """Equal to the last bit and of the same type; NaN equals NaN."""
    assert type(a) is type(b)
    if dataclasses.is_dataclass(a):
        for field in dataclasses.fields(a):
            assert_same(getattr(a, field.name), getattr(b, field.name))
    elif isinstance(a, np.ndarray):
        assert isinstance(b, np.ndarray)
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)
    elif isinstance(a, tuple):
        assert isinstance(b, tuple)
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            assert_same(x, y)
    elif isinstance(a, float) and np.isnan(a):
        assert np.isnan(b)
    else:
        assert a == b


@pytest.mark.parametrize("noun", ALL, ids=lambda noun: type(noun).__name__)
def test_a_noun_comes_back_to_the_last_bit(noun: Noun, tmp_path: Path) -> None:
    save(noun, tmp_path / "a.nc")
    assert_same(load(tmp_path / "a.nc"), noun)
    assert [p.name for p in tmp_path.iterdir()] == ["a.nc"]


def test_the_file_is_plain_to_xarray_with_units_and_texts(tmp_path: Path) -> None:
    save(kinematics(), tmp_path / "a.nc")
    with xr.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as data:
        assert data["angle"].attrs["units"] == "degree"
        assert data["time"].attrs["units"] == "s"
        assert data["time"].dtype == float
        assert data.attrs["kind"] == "Kinematics"
        assert data.attrs["schema"] == SCHEMA
        assert list(data["coordinate"].values) == ["knee_angle_r", "knee_angle_l"]
        first = data["angle"].sel(coordinate="knee_angle_l").values
    np.testing.assert_array_equal(first, load_as(Kinematics, tmp_path / "a.nc").of("knee_angle_l"))


@pytest.mark.parametrize("noun", ALL, ids=lambda noun: type(noun).__name__)
def test_only_types_of_the_classic_netcdf_model(noun: Noun, tmp_path: Path) -> None:
    save(noun, tmp_path / "a.nc")
    with h5py.File(tmp_path / "a.nc") as file:
        for name, dataset in file.items():
            assert dataset.dtype.kind in "fiS", name  # no bool (an HDF5 enum), no strings of varying length
            assert dataset.dtype.kind != "S" or dataset.dtype.itemsize == 1, name


def test_a_very_long_provenance_is_kept(tmp_path: Path) -> None:
    many = tuple(FileRecord(f"frame_{i:06d}.json", "ab" * 32, i) for i in range(2000))
    noun = dataclasses.replace(kinematics(), provenance=Provenance(inputs=many))
    save(noun, tmp_path / "a.nc")
    assert load_as(Kinematics, tmp_path / "a.nc").provenance.inputs == many


def test_settings_of_other_types_become_what_json_has(tmp_path: Path) -> None:
    settings = {"path": Path("a/b"), "pair": (1, 2), "numpy": np.float64(1.5), "array": np.arange(2)}
    noun = dataclasses.replace(kinematics(), provenance=Provenance(settings=settings))
    save(noun, tmp_path / "a.nc")
    read = load_as(Kinematics, tmp_path / "a.nc").provenance.settings
    assert read == {"path": "a/b", "pair": [1, 2], "numpy": 1.5, "array": [0, 1]}


def test_errors_say_what_the_file_is(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="no such file; check the spelling"):
        load(tmp_path / "none.nc")
    with pytest.raises(FileFormatError, match="is a folder"):
        load(tmp_path)
    (tmp_path / "text.nc").write_text("time,knee\n0,1\n")
    with pytest.raises(FileFormatError, match="cannot be read as NetCDF-4"):
        load(tmp_path / "text.nc")
    xr.Dataset({"temperature": ("x", [1.0])}).to_netcdf(tmp_path / "sea.nc", engine="h5netcdf")
    with pytest.raises(FileFormatError, match=r"of another program.*temperature"):
        load(tmp_path / "sea.nc")


def test_a_newer_schema_is_refused_by_name(tmp_path: Path) -> None:
    save(events(), tmp_path / "a.nc")
    with h5py.File(tmp_path / "a.nc", "r+") as file:
        file.attrs["schema"] = SCHEMA + 1
        file.attrs["kinelab_version"] = "9.1"
    with pytest.raises(FileFormatError, match=r"by kinelab 9\.1 with schema 2.*update kinelab"):
        load(tmp_path / "a.nc")


def test_an_altered_file_is_refused(tmp_path: Path) -> None:
    save(events(), tmp_path / "a.nc")
    with h5py.File(tmp_path / "a.nc", "r+") as file:
        file["time_s"][0] = 5.0
    with pytest.raises(FileFormatError, match=r"is no valid GaitEvents: .*time_s is not sorted"):
        load(tmp_path / "a.nc")
    with h5py.File(tmp_path / "a.nc", "r+") as file:
        del file["sd_s"]
    with pytest.raises(FileFormatError, match=r"GaitEvents without .*sd_s"):
        load(tmp_path / "a.nc")


def test_every_cut_is_told(tmp_path: Path) -> None:
    save(kinematics(), tmp_path / "a.nc")
    whole = (tmp_path / "a.nc").read_bytes()
    for part in np.linspace(0, len(whole) - 1, 23).astype(int):
        (tmp_path / "cut.nc").write_bytes(whole[:part])
        with pytest.raises(FileFormatError, match="cut off or another format"):
            load(tmp_path / "cut.nc")


def test_another_noun_than_asked_for(tmp_path: Path) -> None:
    save(events(), tmp_path / "a.nc")
    with pytest.raises(FileFormatError, match="holds GaitEvents, expected Kinematics"):
        load_as(Kinematics, tmp_path / "a.nc")


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    save(events(), tmp_path / "a.nc")
    before = (tmp_path / "a.nc").read_bytes()
    with pytest.raises(InputError, match=r"ends in \.nc"):
        save(events(), tmp_path / "a.h5")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        save(events(), tmp_path / "file" / "a.nc")
    assert not list(tmp_path.glob(".*"))
    assert (tmp_path / "a.nc").read_bytes() == before
