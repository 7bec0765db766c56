"""Fetching a network from its publisher: checked, unpacked safely, kept whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path

from kinelab.detection.catalogue import ModelEntry
from kinelab.detection.store import how_to_get, keep
from kinelab.errors import ModelError
from kinelab.files.atomic import sha256_of

_CHUNK = 1 << 18
_TIMEOUT_S = 30
_LIMIT_BYTES = 2 << 30  # nothing in the catalogue comes near; guards against a file that never ends


def fetch(
    entry: ModelEntry,
    *,
    sha256: str | None = None,
    trust_first_use: bool = False,
    on_bytes: Callable[[int, int | None], None] | None = None,
) -> ModelEntry:
    """Download a network of the catalogue into the store; returns its entry with the hash of the file.

    sha256: the expected hash, where the catalogue has none or the user knows better. trust_first_use:
    accept whatever comes and record its hash, which from then on must not change. on_bytes: called with
    the bytes that have come and their total (None = not announced).

    Raises:
        ModelError: nothing to fetch, no hash and no trust, no connection, cut short, or the wrong file.
        OutputError: the store cannot be written.
    """
    if entry.source is None:
        raise ModelError(f"{entry.name} has no address to fetch from; add it by hand: {how_to_get(entry)}")
    expected = sha256.lower() if sha256 else entry.sha256
    if expected is None and not trust_first_use:
        raise ModelError(
            f"no SHA-256 is published for {entry.name}, so a download cannot be checked; give the one you "
            "know with --sha256, or accept what comes with --trust-first-use (its hash is recorded)"
        )
    with tempfile.TemporaryDirectory(prefix="kinelab-") as folder:
        got = Path(folder) / "download"
        _download(entry, got, on_bytes)
        model = _unpack(entry, got, Path(folder)) if entry.member else got
        if expected is not None:
            _check(entry, model, expected, known=entry.known_sha256 if not sha256 else ())
        return keep(model, entry)


def _download(entry: ModelEntry, target: Path, on_bytes: Callable[[int, int | None], None] | None) -> None:
    address = str(entry.source)
    if not address.startswith(("https://", "http://")):
        raise ModelError(f"{entry.name}: address {address} is not http or https")
    request = urllib.request.Request(address, headers={"User-Agent": "kinelab"})  # noqa: S310 checked above
    done = 0
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as response, target.open("wb") as file:  # noqa: S310
            announced = response.headers.get("Content-Length")
            total = int(announced) if announced else None
            while chunk := response.read(_CHUNK):
                file.write(chunk)
                done += len(chunk)
                if done > _LIMIT_BYTES:
                    raise ModelError(f"{address} sends more than {_LIMIT_BYTES >> 30} GiB; stopped")
                if on_bytes is not None:
                    on_bytes(done, total)
    except urllib.error.HTTPError as error:
        with error:
            raise ModelError(
                f"{address} answered {error.code} {error.reason}; the publisher may have moved the file. "
                f"Find it by hand, then `kinelab models add FILE --name {entry.name}`"
            ) from error
    except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", None) or error
        raise ModelError(
            f"cannot fetch {address} ({reason}). Without internet here: fetch that address on another "
            f"computer, bring the file over, then `kinelab models add FILE --name {entry.name}`"
        ) from error
    if total is not None and done != total:
        raise ModelError(f"{address}: only {done} of {total} bytes came (connection cut?); try again")


def _unpack(entry: ModelEntry, archive: Path, folder: Path) -> Path:
    """The one member that is wanted; names inside the archive are never used as paths."""
    target = folder / "member"
    try:
        with zipfile.ZipFile(archive) as file:
            wanted = [i for i in file.infolist() if i.filename.split("/")[-1] == entry.member]
            if len(wanted) != 1:
                raise ModelError(
                    f"{entry.source} holds {len(wanted)} files called {entry.member}; expected one "
                    "(changed by the publisher?)"
                )
            if wanted[0].file_size > _LIMIT_BYTES:
                raise ModelError(
                    f"{entry.source}: {entry.member} unpacks to more than {_LIMIT_BYTES >> 30} GiB"
                )
            with file.open(wanted[0]) as source, target.open("wb") as out:
                shutil.copyfileobj(source, out)
    except zipfile.BadZipFile as error:
        raise ModelError(f"{entry.source} did not send a zip archive ({error}); try again later") from error
    return target


def _check(entry: ModelEntry, file: Path, expected: str, known: tuple[str, ...]) -> None:
    found = sha256_of(file)
    if found != expected and found not in known:
        raise ModelError(
            f"{entry.source} sent another file than expected for {entry.name}: {file.stat().st_size} bytes, "
            f"SHA-256 {found}, expected {expected}. Nothing was kept; the file was altered on the way, or "
            "published anew (then give the new hash with --sha256)"
        )
