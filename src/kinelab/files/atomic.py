"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from kinelab.errors import OutputError

_FULL = "the disk is full; free some space and run the same command again"
_FORBIDDEN = "no permission to write there; choose another folder with --out"
_REASONS = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: _FULL,
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.EROFS: _FORBIDDEN,
    errno.ENOTDIR: "part of its path is a file, not a folder; choose another folder with --out",
    errno.EISDIR: "that is a folder, not a file; choose another name",
    errno.EEXIST: "part of its path is a file, not a folder; choose another folder with --out",
    errno.ENAMETOOLONG: "its name is too long for this disk; choose a shorter one",
}


@contextlib.contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """A temporary path beside `path` to write to; renamed onto `path` when the block ends well.

    On any error, Ctrl-C included, the temporary file is removed and what was at `path` stays as it was.

    Raises:
        OutputError: the folder cannot be written or the disk is full.
    """
    path = Path(path)
    # The suffix stays last: writers choose the format by it.
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        # Other errors are of the block's own doing (a file that it reads is missing), not of writing.
        if error.errno not in _REASONS:
            raise
        raise OutputError(f"cannot write {path}: {_REASONS[error.errno]}") from error
    finally:
        with contextlib.suppress(NotADirectoryError):
            temporary.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 text whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def sha256_of(path: str | Path) -> str:
    """SHA-256 of a file, read as a stream."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
