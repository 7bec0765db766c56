"""Every error that kinelab raises on purpose.

    KinelabError
    ├── InputError (ValueError)       what the user gave cannot be used
    │   ├── FileFormatError           a file is not what its name or its reader expects
    │   ├── VideoError                a video cannot be opened or holds no frames
    │   ├── PersonError               no person, or not the one that was asked for
    │   └── GaitError                 the movement holds too little to measure
    ├── ModelError                    a network's file is missing, altered, or has the wrong outputs
    ├── RunFolderError                an output folder belongs to another run
    ├── NotAllowedError               this account may not do that
    │   └── LoginRefusedError         name, password or code are not right
    ├── TooManyTriesError             too many failed tries; after some seconds again
    ├── NotFoundError                 no such thing, or none that this account may see
    ├── ConflictError                 another change came first
    ├── BusyError                     the database could not be reached or written in time
    ├── ExchangeError                 another system refused what was sent, or could not be reached
    │   └── ServerAwayError           it is out of reach or out of order for now: later it may take it
    ├── OutputError (OSError)         a result could not be written (disk full, no permission)
    └── MissingExtraError (ImportError)   an optional dependency is not installed

A message says what was found, what is allowed and the likely mistake; with a file it names the file and,
where there is one, the row. The command line prints it without a traceback and exits with `EXIT_CODE`.
"""

from __future__ import annotations

from pathlib import Path

EXIT_CODE = 2


class KinelabError(Exception):
    """Base of all errors below. Each travels between processes as it is, whatever its constructor takes."""

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[KinelabError], args: tuple[object, ...], facts: dict[str, object]) -> KinelabError:
    """The same error, made without its constructor."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(facts)
    return error


class InputError(KinelabError, ValueError):
    """What the user gave cannot be used."""


class FileFormatError(InputError):
    """A file is not what its name or its reader expects."""

    def __init__(self, path: str | Path, problem: str, *, row: int | None = None) -> None:
        place = f"{path}" if row is None else f"{path}, row {row}"
        super().__init__(f"{place}: {problem}")
        self.path = Path(path)
        self.row = row


class VideoError(InputError):
    """A video cannot be opened or holds no frames."""


class PersonError(InputError):
    """No person in view, or not the one that was asked for."""


class GaitError(InputError):
    """The movement holds too little to measure: no events, or not one whole stride."""


class ModelError(KinelabError):
    """A network's file is missing, altered, or has the wrong outputs."""


class RunFolderError(KinelabError):
    """An output folder belongs to another run."""


class NotAllowedError(KinelabError):
    """This account may not do that."""


class LoginRefusedError(NotAllowedError):
    """Name, password or one-time code are not right; which of them is not said.

    `account` is for the audit: whose it would have been, "" for a name that nobody has. It is never shown.
    """

    def __init__(self, problem: str, account: str = "") -> None:
        super().__init__(problem)
        self.account = account


class TooManyTriesError(KinelabError):
    """Too many failed tries; the next one counts after `retry_after_s` seconds."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"too many failed tries; try again in {retry_after_s} seconds")
        self.retry_after_s = retry_after_s


class NotFoundError(KinelabError):
    """No such thing, or none that this account may see: the two are not told apart."""


class ConflictError(KinelabError):
    """Another change came first; what was asked for has not been done."""


class BusyError(KinelabError):
    """The database could not be reached, or not be written in time; nothing was changed."""


class ExchangeError(KinelabError):
    """Another system refused what was sent, or could not be reached."""


class ServerAwayError(ExchangeError):
    """Another system is out of reach, busy or out of order: what it refused now it may take later."""


class OutputError(KinelabError, OSError):
    """A result could not be written: disk full, no permission."""


class MissingExtraError(KinelabError, ImportError):
    """An optional dependency is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an optional part of kinelab: pip install 'kinelab[{extra}]'")
        self.extra = extra
