"""A run is a folder: its results, and run.json that says how each came about and what is done already."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import kinelab
from kinelab.core.provenance import FileRecord, ModelRecord, Provenance
from kinelab.errors import FileFormatError, RunFolderError
from kinelab.files.atomic import sha256_of, write_text

RUN_FILE = "run.json"
_FORMAT = "kinelab run 1"
# Libraries whose version can change a number in a result.
LIBRARIES = ("av", "numba", "numpy", "onnxruntime", "pillow", "scipy")


class RunFolder:
    """The folder of one run on one source file.

    A stage is work with named output files. Its key is the hash of what decides its result: its settings and
    the keys of the stages before it. A stage whose key is in run.json and whose outputs are still what they
    were is not done again; changed settings repeat that stage and those that follow it, nothing else.
    """

    def __init__(self, path: str | Path, source: FileRecord, *, command: str = "") -> None:
        """Open or make the folder.

        Raises:
            RunFolderError: it holds another run, or files that are not a run's.
            FileFormatError: its run.json is damaged.
        """
        self.path = Path(path)
        _remove_parts(self.path)
        self._key = ""
        record = _read_record(self.path)
        if record and record["source"]["sha256"] != source.sha256:
            raise RunFolderError(
                f"{self.path} holds the run of another file ({record['source']['path']}), not of"
                f" {source.path}; nothing was changed: choose another folder with --out"
            )
        self._record = record or {"format": _FORMAT, "created": _now(), "stages": {}}
        self._record |= {
            "source": vars(source),
            "kinelab_version": kinelab.__version__,
            "command": command,
            "versions": {"python": platform.python_version()} | {n: metadata.version(n) for n in LIBRARIES},
        }
        self._settings: dict[str, object] = {}
        self._models: list[ModelRecord] = []

    def file(self, name: str) -> Path:
        """Path of a result in this folder."""
        return self.path / name

    def stage(self, name: str, settings: Mapping[str, object], work: Callable[[], Sequence[str]]) -> bool:
        """Do `work` unless its results are here already; True when it was done now.

        `work` gives the names of the files that it wrote; those that only an earlier run of the stage wrote
        are removed. Stages are called in order; each counts on all before it.
        """
        text = json.dumps([self._key, name, kinelab.__version__, settings], sort_keys=True, default=str)
        self._key = hashlib.sha256(text.encode()).hexdigest()
        self._settings |= settings
        done = self._record["stages"].get(name)
        if done and done["key"] == self._key and self._intact(done["outputs"]):
            return False
        started = time.perf_counter()
        outputs = work()
        for output in set(done["outputs"] if done else ()) - set(outputs):
            self.file(output).unlink(missing_ok=True)
        self._record["stages"][name] = {
            "key": self._key,
            "finished": _now(),
            "seconds": round(time.perf_counter() - started, 2),
            "settings": settings,
            "outputs": {output: sha256_of(self.file(output)) for output in outputs},
        }
        self._write()
        return True

    def claim(self) -> None:
        """Write run.json before the first result: a run that is killed while it writes can be done again."""
        self._write()

    @property
    def facts(self) -> dict[str, Any]:
        """What this or an earlier run noted beside its stages; kept with the next stage that is done."""
        facts: dict[str, Any] = self._record.setdefault("facts", {})
        return facts

    def add_models(self, *models: ModelRecord) -> None:
        """Name the networks that this run rests on."""
        self._models += [model for model in models if model not in self._models]
        self._record["models"] = [vars(model) for model in self._models]

    def provenance(self, settings: Mapping[str, object], *, synthetic: bool = False) -> Provenance:
        """What the results of this run rest on: its stages so far, and `settings` of the one to come."""
        return Provenance(
            kinelab_version=kinelab.__version__,
            command=self._record["command"],
            created=self._record["created"],
            inputs=(FileRecord(**self._record["source"]),),
            models=tuple(self._models),
            settings={**self._settings, **settings},
            versions=self._record["versions"],
            steps=tuple(self._record["stages"]),
            synthetic=synthetic,
        )

    def _intact(self, outputs: Mapping[str, str]) -> bool:
        return all(
            self.file(name).is_file() and sha256_of(self.file(name)) == digest
            for name, digest in outputs.items()
        )

    def _write(self) -> None:
        write_text(self.file(RUN_FILE), json.dumps(self._record, indent=2, default=str) + "\n")


def source_record(path: str | Path) -> FileRecord:
    """A file by name, hash and size; the folder it lies in is nobody's business."""
    path = Path(path)
    return FileRecord(path.name, sha256_of(path), path.stat().st_size)


def recorded_source(folder: str | Path) -> FileRecord:
    """The file that the run of a folder was made from: name, hash and size.

    Raises:
        FileFormatError: run.json is missing or damaged.
    """
    record = _read_record(Path(folder))
    if record is None:
        raise FileFormatError(Path(folder) / RUN_FILE, "is not there; give the folder of a run")
    return FileRecord(**record["source"])


def fingerprint(path: str | Path) -> str:
    """SHA-256 of a file, or of all files of a folder in the order of their names."""
    path = Path(path)
    if not path.is_dir():
        return sha256_of(path)
    inside = sorted(p for p in path.rglob("*") if p.is_file())
    lines = [f"{p.relative_to(path).as_posix()} {sha256_of(p)}\n" for p in inside]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _now() -> str:
    """The time, or the one that SOURCE_DATE_EPOCH asks for: then two runs give the same files."""
    asked = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.fromtimestamp(int(asked), UTC) if asked.isdecimal() else datetime.now(UTC)
    return now.isoformat(timespec="seconds")


def _remove_parts(folder: Path) -> None:
    """Remove what a killed run was writing when it was killed."""
    for part in folder.rglob(".*.part*") if folder.is_dir() else ():
        part.unlink()


def _read_record(folder: Path) -> dict[str, Any] | None:
    """run.json of a folder; None for a new or empty folder."""
    if folder.is_file():
        raise RunFolderError(f"{folder} is a file; choose a folder with --out")
    path = folder / RUN_FILE
    if not path.exists():
        others = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
        if others:
            raise RunFolderError(
                f"{folder} holds files that are not a run's ({', '.join(others[:3])}"
                f"{', ...' if len(others) > 3 else ''}) and no {RUN_FILE}; choose a new folder with --out"
            )
        return None
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(record, dict) or record["format"] != _FORMAT or "sha256" not in record["source"]:
            raise KeyError("format")
    except (ValueError, KeyError) as error:
        raise FileFormatError(
            path, f"is not a {_FORMAT!r} ({error}); delete it to start this run anew"
        ) from error
    return record
