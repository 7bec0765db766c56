"""Gives a .osim that OpenSim has written back the digits that it dropped.

OpenSim writes the number lists of its older classes (knots of splines, coefficients of linear functions)
with six digits: up to 1e-6 m in a knee or a patella.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from kinelab.body.osim_functions import inner_function, numbers
from kinelab.body.osim_open import listed

_LISTS = ("x", "y", "coefficients")
_AXES = [f"{kind}{k}" for kind in ("rotation", "translation") for k in (1, 2, 3)]


def restore_digits(opensim: Any, model: Any, path: Path) -> None:
    """Write the functions of joints and couplers of `model` in full into the file that it was printed to."""
    builder = ElementTree.TreeBuilder(insert_comments=True)
    parser = ElementTree.XMLParser(target=builder)  # noqa: S314  # OpenSim wrote this file a moment ago
    # Byte for byte: names and credits come back as they were, whatever their encoding.
    parser.feed(path.read_text(encoding="latin-1"))
    root = parser.close()
    for place, function in _functions(opensim, model):
        _restore(_element(root, place), inner_function(function))
    text = ElementTree.tostring(root, encoding="unicode")
    path.write_text(f'<?xml version="1.0" encoding="UTF-8" ?>\n{text}\n', "latin-1", "xmlcharrefreplace")


def _functions(opensim: Any, model: Any) -> Iterator[tuple[tuple[tuple[str, str], ...], Any]]:
    """Where in the document a function stands (tags and names, from the outer one), and that function."""
    for joint in list(model.getJointList()):
        custom = opensim.CustomJoint.safeDownCast(joint)
        for name in _AXES if custom is not None else ():
            axis = getattr(custom.getSpatialTransform(), f"get_{name}")()
            yield (("CustomJoint", joint.getName()), ("TransformAxis", name)), axis.getFunction()
    for constraint in listed(model.getConstraintSet()):
        coupler = opensim.CoordinateCouplerConstraint.safeDownCast(constraint)
        if coupler is not None:
            yield (("CoordinateCouplerConstraint", coupler.getName()),), coupler.getFunction()


def _element(root: ElementTree.Element, place: tuple[tuple[str, str], ...]) -> ElementTree.Element | None:
    """The element of a place; compared name by name, for a name may hold the quotes that XPath ends at."""
    found: ElementTree.Element | None = root
    for tag, name in place:
        written = name.encode("utf-8", "surrogateescape").decode("latin-1")  # as the document was read
        within = found.iter(tag) if found is not None else ()
        found = next((element for element in within if element.get("name") == written), None)
    return found


def _restore(place: ElementTree.Element | None, function: Any) -> None:
    """The number lists of this function in its element; OpenSim does not write those with default values."""
    within = place.iter(function.getConcreteClassName()) if place is not None else ()
    for written in within:
        for part in written:
            if part.tag in _LISTS:
                part.text = " ".join(repr(float(value)) for value in numbers(function, str(part.tag)))
