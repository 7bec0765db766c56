"""An XML file as a tree that knows the row of each tag, so that an error can name it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from kinelab.errors import FileFormatError


@dataclass
class Tag:
    """One element: its name, attributes, text (comments left out), children, and row in the file."""

    name: str
    attributes: dict[str, str]
    row: int
    text: str = ""
    children: list[Tag] = field(default_factory=list)

    def find(self, *names: str) -> Tag | None:
        """The first child that has one of these names."""
        return next((child for child in self.children if child.name in names), None)

    def all(self, name: str) -> Iterator[Tag]:
        """This tag and every tag below it of this name, in the file's order."""
        if self.name == name:
            yield self
        for child in self.children:
            yield from child.all(name)

    def value(self, name: str, default: str = "") -> str:
        """Text of a child, stripped; `default` where there is none or it is empty."""
        child = self.find(name)
        return (child.text.strip() or default) if child is not None else default


def read_xml(path: str | Path) -> Tag:
    """The outermost tag of a file.

    Raises:
        FileFormatError: no such file, or no XML (with the row where it breaks).
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise FileFormatError(path, f"cannot be read: {error.strerror}") from error
    root = Tag("", {}, 0)
    open_tags = [root]
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        tag = Tag(name, attributes, parser.CurrentLineNumber)
        open_tags[-1].children.append(tag)
        open_tags.append(tag)

    def end(_: str) -> None:
        open_tags.pop()

    def text(part: str) -> None:
        open_tags[-1].text += part

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        problem = f"is no XML: {expat.errors.messages[error.code]}; is it cut off, or another kind of file?"
        raise FileFormatError(path, problem, row=error.lineno) from error
    return root.children[0]


def number(tag: Tag, name: str, default: float, path: str | Path) -> float:
    """A child's number; Inf and Infinity are allowed.

    Raises:
        FileFormatError: text that is no number, with its row.
    """
    text = tag.value(name)
    if not text:
        return default
    try:
        return float(text)
    except ValueError as error:
        child = tag.find(name)
        row = child.row if child is not None else tag.row
        raise FileFormatError(path, f"<{name}> is {text!r}, expected a number", row=row) from error


def numbers(tag: Tag, name: str, count: int, path: str | Path) -> tuple[float, ...] | None:
    """A child's `count` numbers; None where the child is missing or empty.

    Raises:
        FileFormatError: another count, or text that is no number, with its row.
    """
    child = tag.find(name)
    if child is None or not child.text.strip():
        return None
    parts = child.text.split()
    try:
        values = tuple(float(part) for part in parts)
    except ValueError:
        values = ()
    if len(values) != count:
        problem = f"<{name}> is {child.text.strip()!r}, expected {count} numbers between blanks"
        raise FileFormatError(path, problem, row=child.row)
    return values


def truth(tag: Tag, name: str, default: bool, path: str | Path) -> bool:
    """A child's true or false.

    Raises:
        FileFormatError: another word, with its row.
    """
    text = tag.value(name, str(default)).lower()
    if text not in ("true", "false", "1", "0"):
        child = tag.find(name)
        row = child.row if child is not None else tag.row
        raise FileFormatError(path, f"<{name}> is {text!r}, allowed are true and false", row=row)
    return text in ("true", "1")


def file_path(tag: Tag, name: str, folder: Path) -> Path | None:
    """A child's file, relative to `folder`; None where it is missing, empty or `Unassigned`.

    Windows' backslashes become slashes.
    """
    return _named_path(tag.value(name), folder)


def set_objects(tag: Tag, path: Path) -> tuple[list[Tag], Path]:
    """The objects of a set in the file `path`, and the file that they stand in.

    A set can name another file that holds it, `<ScaleSet file="factors.xml"/>`; an empty name is none.

    Raises:
        FileFormatError: that file cannot be read or holds no such set, or files name one another in a circle.
    """
    passed = [path]
    while (named := _named_path(tag.attributes.get("file", ""), path.parent)) is not None:
        if any(named.resolve() == before.resolve() for before in passed):
            problem = f"<{tag.name}> is to stand in {named.name}, which was read already: it never comes"
            raise FileFormatError(path, problem, row=tag.row)
        inner = next(read_xml(named).all(tag.name), None)
        if inner is None:
            raise FileFormatError(named, f"holds no <{tag.name}>, but {path.name} takes it from here")
        tag, path = inner, named
        passed.append(path)
    objects = tag.find("objects")
    return (tag if objects is None else objects).children, path


def set_files(path: Path, names: Collection[str]) -> tuple[Path, ...]:
    """The other files that sets of these names are read from, where an XML file names them (`set_objects`).

    Left out are those that do not exist: they belong to tools that the set-up does not apply.

    Raises:
        FileFormatError: a file cannot be read.
    """
    found: dict[Path, None] = {}
    ahead = [path]
    while ahead:
        at = ahead.pop()
        for tag in (tag for name in names for tag in read_xml(at).all(name)):
            named = _named_path(tag.attributes.get("file", ""), at.parent)
            if named is not None and named not in found and named.is_file():
                found[named] = None
                ahead.append(named)
    return tuple(found)


def _named_path(text: str, folder: Path) -> Path | None:
    text = text.strip().replace("\\", "/")
    return None if text in ("", "Unassigned") else folder / text
