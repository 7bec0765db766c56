from __future__ import annotations

import builtins
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import opensim
import pytest

from kinelab.body.osim import read_osim
from kinelab.body.osim_open import said
from kinelab.errors import FileFormatError, MissingExtraError

if TYPE_CHECKING:
    from .conftest import Osim


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the file is empty"),
        ("time hip knee\n0 1 2\n", "this is no XML, or cut off near its start"),
        (
            '<?xml version="1.0"?><OpenSimDocument Version="40600">',
            "this is no XML, or cut off near its start",
        ),
        (
            '<OpenSimDocument Version="40000"><ScaleTool name="s"></ScaleTool></OpenSimDocument>',
            "holds a ScaleTool, not a Model; this is a set-up of scaling; give the .osim that it names",
        ),
        (
            '<OpenSimDocument Version="40000"><InverseKinematicsTool/></OpenSimDocument>',
            "holds a InverseKinematicsTool, not a Model; this is a set-up of inverse kinematics",
        ),
        ("<html><body></body></html>", "holds a html, not a Model"),
    ],
)
def test_files_that_are_no_model(text: str, problem: str, written: Callable[[str], Path]) -> None:
    with pytest.raises(FileFormatError, match=problem):
        read_osim(written(text))


def test_no_such_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="no such file; expected the path of an OpenSim"):
        read_osim(tmp_path / "nothing.osim")
    with pytest.raises(FileFormatError, match="a folder; expected the path of an OpenSim"):
        read_osim(tmp_path)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
def test_a_file_cut_off_is_said_to_be_so(
    share: float, osim: type[Osim], written: Callable[[str], Path]
) -> None:
    text = osim.random(3)
    with pytest.raises(FileFormatError, match=r"OpenSim makes no model of it: .*Failed to load the Xml file"):
        read_osim(written(text[: int(share * len(text))]))


def test_a_joint_on_no_body_is_said_without_source_places(
    osim: type[Osim], written: Callable[[str], Path]
) -> None:
    text = osim.model(["a"], [osim.joint("PinJoint", "knee", ("/bodyset/shank", "/bodyset/a"), ["q"])])
    with pytest.raises(FileFormatError, match="could not find '/bodyset/shank'") as caught:
        read_osim(written(text))
    assert ".cpp" not in str(caught.value)


def test_opensim_prints_nothing_and_writes_no_log(
    osim: type[Osim],
    written: Callable[[str], Path],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    mesh = (
        '<attached_geometry><Mesh name="m"><mesh_file>no_such_mesh.vtp</mesh_file></Mesh></attached_geometry>'
    )
    text = osim.random(3).replace("<mass>", f"{mesh}<mass>")
    read_osim(written(text))
    assert capfd.readouterr() == ("", "")
    assert [path.name for path in tmp_path.iterdir()] == ["made.osim"]


def test_a_stray_byte_in_the_credits_is_no_problem(osim: type[Osim], written: Callable[[str], Path]) -> None:
    path = written(osim.random(3))
    text = path.read_bytes().replace(b"<BodySet>", b"<credits>M\xfcller</credits><BodySet>")
    path.write_bytes(text)
    assert read_osim(path).name == "made"


def test_without_opensim_the_extra_is_named(
    osim: type[Osim], written: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "opensim":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"reading .osim models needs .*kinelab\[opensim\]"):
        read_osim(written(osim.random(3)))


def test_said_keeps_the_words_only() -> None:
    with pytest.raises(RuntimeError) as caught:
        opensim.Model("/no/such/file.osim")
    assert "std::exception" not in said(caught.value)
    assert "file.osim" in said(caught.value)
