"""The server's own secrets, drawn at the first start and kept beside the files, readable by their owner only.

Who steals the database alone can neither forge the audit nor read the secrets of one-time passwords.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path

from kinelab.errors import FileFormatError, OutputError

FILE = "server.key"
_N_BYTES = 32


class Keys:
    """Keys for one purpose each, derived from the file's secret."""

    def __init__(self, folder: Path) -> None:
        """Read the secret of this data folder, or draw it.

        Raises:
            OutputError: the folder cannot be written.
            FileFormatError: the file holds something else.
        """
        self._secret = _read_or_draw(folder / FILE)

    def purpose(self, name: str) -> bytes:
        """32 bytes for one purpose (HKDF's expand step, RFC 5869, with one block)."""
        return hmac.new(self._secret, name.encode() + b"\x01", hashlib.sha256).digest()

    def fernet_key(self, name: str) -> bytes:
        """The same as `cryptography.fernet` wants it."""
        return base64.urlsafe_b64encode(self.purpose(name))


def _read_or_draw(path: Path) -> bytes:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _draw(path)
        secret = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise OutputError(f"{path}: the server's key cannot be kept there ({error.strerror})") from error
    except ValueError:
        raise FileFormatError(path, "is not a server's key; restore it from the backup") from None
    if len(secret) != _N_BYTES:
        raise FileFormatError(path, f"holds {len(secret)} bytes of {_N_BYTES}; restore it from the backup")
    return secret


def _draw(path: Path) -> None:
    """Whole or not at all: of two servers that start at once, both read what the first one drew."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{FILE}-")  # readable by its owner only
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(_N_BYTES).hex().encode())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()
