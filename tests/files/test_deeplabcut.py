from __future__ import annotations

import os
import pickle
import shutil
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.errors import FileFormatError, InputError, PersonError
from kinelab.files.deeplabcut import is_deeplabcut_csv, read_deeplabcut, write_deeplabcut

OPENFIELD = "labelled/openfield/labeled-data/m4s1/CollectedData_Pranav"
HEADER = "scorer,N,N,N\nbodyparts,paw,paw,paw\ncoords,x,y,likelihood\n"


def keypoints() -> Keypoints:
    rng = np.random.default_rng(7)
    position = rng.uniform(0, 640, (6, 3, 2))
    position[1, 2] = np.nan
    confidence = rng.uniform(0, 1, (6, 3))
    confidence[1, 2] = np.nan
    return Keypoints(Skeleton("d", ("snout", "tail base", "é")), np.arange(6) / 25, position, confidence)


@pytest.mark.parametrize("suffix", [".csv", ".h5"])
def test_a_table_comes_back(suffix: str, tmp_path: Path) -> None:
    noun = keypoints()
    path = (tmp_path / "d").with_suffix(suffix)
    write_deeplabcut(noun, path)
    read = read_deeplabcut(path, 25.0)
    assert read.skeleton == noun.skeleton
    for name in ("time_s", "position", "confidence"):
        np.testing.assert_array_equal(getattr(read, name), getattr(noun, name))


@pytest.mark.parametrize("suffix", [".csv", ".h5"])
def test_several_individuals_are_asked_for(suffix: str, tmp_path: Path) -> None:
    levels = [("S",), ("mouse1", "mouse2"), ("nose", "tail"), ("x", "y", "likelihood")]
    columns = pd.MultiIndex.from_product(levels, names=["scorer", "individuals", "bodyparts", "coords"])
    frame = pd.DataFrame(np.arange(36.0).reshape(3, 12) / 36, columns=columns)
    path = (tmp_path / "multi").with_suffix(suffix)
    if suffix == ".csv":
        frame.to_csv(path)
    else:
        frame.to_hdf(path, key="df_with_missing", format="table")
    with pytest.raises(PersonError, match=r"holds several: 0 \(mouse1\), 1 \(mouse2\)"):
        read_deeplabcut(path, 30.0)
    read = read_deeplabcut(path, 30.0, person=1)
    assert read.skeleton.landmarks == ("nose", "tail")
    np.testing.assert_allclose(read.of("tail")[1], [21 / 36, 22 / 36])
    np.testing.assert_allclose(read.confidence[1], [20 / 36, 23 / 36])


def test_labels_in_three_columns_sort_by_the_number_of_the_image(tmp_path: Path) -> None:
    text = (
        "scorer,,,N,N\nbodyparts,,,paw,paw\ncoords,,,x,y\n"
        "labeled-data,m1,img0012.png,3,4\nlabeled-data,m1,img0003.png,1,2\nlabeled-data,m1,img0020.png,,\n"
    )
    (tmp_path / "a.csv").write_text(text)
    read = read_deeplabcut(tmp_path / "a.csv", 10.0)
    np.testing.assert_allclose(read.time_s, [0.3, 1.2, 2.0])
    np.testing.assert_array_equal(read.position[:, 0], [[1, 2], [3, 4], [np.nan, np.nan]])
    np.testing.assert_array_equal(read.confidence[:, 0], [1, 1, np.nan])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("time,a\n0,1\n", "row 1: is no DeepLabCut table"),
        (HEADER + "0,1,2\n", r"row 4: has 2 values for 3 columns"),
        (HEADER + "0,1,2,0.5\n1,1,high,0.5\n", r"row 5: column 'paw y' holds 'high'"),
        (HEADER + "0,1,2,0.5\n0,1,2,0.5\n", "frame 0 occurs more than once; give the table of one video"),
        (HEADER + "first,1,2,0.5\n", "row 1: the row's name is 'first'|row 4: the row's name is 'first'"),
        (HEADER.replace("x,y,likelihood", "x,z,likelihood") + "0,1,2,0.5\n", "column paw y is missing"),
        (HEADER.replace("likelihood", "z") + "0,1,2,0.5\n", "coordinates other than x, y, likelihood"),
        (
            HEADER.replace("paw,paw,paw", "paw,paw") + "0,1,2,0.5\n",
            "row 3: has header rows of different length",
        ),
    ],
)
def test_tables_with_a_fault(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(FileFormatError, match=message):
        read_deeplabcut(tmp_path / "a.csv", 30.0)


def test_hdf5_files_with_a_fault(tmp_path: Path) -> None:
    pd.DataFrame({"a": [1.0]}).to_hdf(tmp_path / "plain.h5", key="x", format="table")
    with pytest.raises(FileFormatError, match=r"has the column levels \[None\], expected scorer"):
        read_deeplabcut(tmp_path / "plain.h5", 30.0)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = np.arange(3)
    with pytest.raises(FileFormatError, match="is no DeepLabCut table"):
        read_deeplabcut(tmp_path / "other.h5", 30.0)
    write_deeplabcut(keypoints(), tmp_path / "a.h5")
    whole = (tmp_path / "a.h5").read_bytes()
    (tmp_path / "cut.h5").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FileFormatError, match=r"cannot be read as HDF5 .* damaged or cut off"):
        read_deeplabcut(tmp_path / "cut.h5", 30.0)
    with pytest.raises(InputError, match=r"is \.h5 or \.csv"):
        write_deeplabcut(keypoints(), tmp_path / "a.xlsx")


def test_our_own_table_holds_no_pickle(tmp_path: Path) -> None:
    write_deeplabcut(keypoints(), tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5") as file:
        group = file["df_with_missing"]
        assert group.attrs["pandas_type"] == b"frame"
        assert not [k for k, v in group.attrs.items() if isinstance(v, bytes) and v.endswith(b".")]


class _Program:
    """Unpickled, it makes a folder: what an evil file could do to a clinic's computer."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.trace),)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_program_hidden_in_a_table_is_not_run(protocol: int, tmp_path: Path) -> None:
    """pandas alone would run it (seen with pandas 3.1, PyTables 3.11)."""
    write_deeplabcut(keypoints(), tmp_path / "a.h5")
    evil = pickle.dumps(_Program(tmp_path / "ran"), protocol)
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        attributes = file["df_with_missing"].attrs
        attributes.create("encoding", evil, dtype=f"S{len(evil)}")
    with pytest.raises(
        FileFormatError, match=r"Python object in df_with_missing/encoding that could run a program"
    ):
        read_deeplabcut(tmp_path / "a.h5", 30.0)
    assert not (tmp_path / "ran").exists()


def test_deeplabcut_tables_are_told_from_ours(tmp_path: Path) -> None:
    write_deeplabcut(keypoints(), tmp_path / "a.csv")
    assert is_deeplabcut_csv(tmp_path / "a.csv")
    (tmp_path / "b.csv").write_text("time_s,a_x_px,a_y_px\n")
    assert not is_deeplabcut_csv(tmp_path / "b.csv")


@pytest.mark.shared
def test_real_labels_are_the_same_from_both_files(shared_data: Path, tmp_path: Path) -> None:
    from_csv = read_deeplabcut(shared_data / f"{OPENFIELD}.csv", 30.0)
    from_h5 = read_deeplabcut(shared_data / f"{OPENFIELD}.h5", 30.0)
    assert from_csv.skeleton == from_h5.skeleton
    assert from_csv.skeleton.landmarks == ("snout", "leftear", "rightear", "tailbase")
    assert from_csv.position.shape == (116, 4, 2)
    np.testing.assert_array_equal(from_csv.position, from_h5.position)
    np.testing.assert_array_equal(from_csv.time_s, from_h5.time_s)
    np.testing.assert_allclose(from_csv.of("snout")[0], [21.521, 265.428])
    shutil.copy(shared_data / f"{OPENFIELD}.h5", tmp_path / "a.h5")
    assert read_deeplabcut(tmp_path / "a.h5", 30.0).n == 116
