"""Opens files of OpenSim through the opensim package: quietly, and with errors that say what is wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from kinelab.errors import FileFormatError, MissingExtraError

_DOCUMENT = "OpenSimDocument"
_USES = {
    "ScaleTool": "a set-up of scaling; give the .osim that it names",
    "InverseKinematicsTool": "a set-up of inverse kinematics; give the .osim that it names",
    "MarkerSet": "a set of markers without bodies; give the .osim whose bodies it names",
    "Model": "a whole model; its markers are read with it",
}


def opensim_package(what: str) -> Any:
    """The opensim package with its log off; `what` is for the error.

    The log names every mesh it does not find and writes opensim.log into the working folder. It is not put
    back on, because that itself prints and writes a line.

    Raises:
        MissingExtraError: the package is not installed.
    """
    try:
        import opensim
    except ImportError as error:
        raise MissingExtraError(what, "opensim") from error
    opensim.Logger.setLevel(opensim.Logger.Level_Off)
    return opensim


def open_model_file(path: str | Path) -> Any:
    """An `opensim.Model` with its parts connected; files of older versions are upgraded in memory.

    Raises:
        FileFormatError: no such file, no XML, another kind of XML, or OpenSim cannot make a model of it.
        MissingExtraError: opensim is not installed.
    """
    path = Path(path)
    require_kind(path, "Model")
    opensim = opensim_package("reading .osim models")
    try:
        model = opensim.Model(str(path))
        model.finalizeConnections()
    except (RuntimeError, ValueError) as error:
        raise FileFormatError(path, f"OpenSim makes no model of it: {said(error)}") from error
    return model


def require_runnable(model: Any, path: str | Path) -> None:
    """Before OpenSim builds the multibody system of an `opensim.Model`: nothing in it that kills the process.

    Raises:
        FileFormatError: a CustomJoint without coordinates, which ends OpenSim 4.6 with a segmentation fault.
    """
    for joint in list(model.getJointList()):
        if joint.getConcreteClassName() == "CustomJoint" and not joint.numCoordinates():
            problem = f"CustomJoint {joint.getName()} has no coordinate, at which OpenSim itself crashes"
            raise FileFormatError(path, f"{problem}; make it a WeldJoint")


def require_kind(path: Path, kind: str) -> None:
    """Look into the head of the file before OpenSim does, whose own messages on this help no one.

    Raises:
        FileFormatError: missing, a folder, empty, no XML, or not an OpenSim document about a `kind`.
    """
    if not path.is_file():
        lacking = "a folder" if path.is_dir() else "no such file"
        raise FileFormatError(path, f"{lacking}; expected the path of an OpenSim .osim or .xml file")
    if not path.stat().st_size:
        raise FileFormatError(path, "the file is empty; was it written whole?")
    found = _object_in(path)
    if found is None:
        raise FileFormatError(path, "this is no XML, or cut off near its start; expected an OpenSim file")
    if found != kind:
        use = f"; this is {_USES[found]}" if found in _USES else ""
        raise FileFormatError(path, f"holds a {found}, not a {kind}{use}")


def _object_in(path: Path) -> str | None:
    """Tag of the object in an OpenSim document; None where there is none."""
    parser: Any = ElementTree.XMLPullParser(["start"])
    with path.open(encoding="latin-1") as file:  # files with stray bytes in their credits are common
        while block := file.read(1 << 16):
            parser.feed(block)
            try:
                tags = [str(element.tag) for _, element in parser.read_events()]
            except ElementTree.ParseError:
                return None
            # Files of OpenSim 1 have no document around the object.
            objects = [tag for tag in tags if tag != _DOCUMENT]
            if objects:
                return objects[0]
    return None


def said(error: Exception) -> str:
    """What OpenSim's exception says, without the places in its own source code."""
    text = re.sub(r"Thrown at \S+ in [^\n]*", "", str(error))
    text = re.sub(r"std::exception in '[^']*':|SimTK Exception thrown at \S+:", "", text)
    text = re.sub(r"Error detected by Simbody method \S+ |\(Required condition [^\n]*", "", text)
    return " ".join(text.split())[:400] or type(error).__name__


def listed(found: Any) -> list[Any]:
    """What stands in one of OpenSim's sets or arrays, some of which Python cannot go through."""
    return [found.get(i) for i in range(found.getSize())]
