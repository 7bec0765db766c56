"""What an upload is, found out in a process of its own with limits of time and memory."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kinelab.clinic.uploads.limits import UploadLimits
from kinelab.clinic.uploads.looking import Looked
from kinelab.clinic.uploads.sniffing import Sniffed, sniff
from kinelab.errors import InputError

_CHILD = "kinelab.clinic.uploads.probe_child"
_LIKELY = "it is damaged, or made to do harm; copy it again from the device"
# What the child gets of this process's surroundings: enough to start, no secrets.
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT")


def probe(path: Path, name: str, limits: UploadLimits | None = None) -> Looked:
    """What the file at `path` is, by its bytes; `name` is what messages call it.

    Raises:
        InputError: of no known kind, of two at once, damaged, cut off, beyond the limits, or nothing that an
            estimator can read.
    """
    limits = limits or UploadLimits()
    try:
        found = sniff(path, limits)
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    with tempfile.TemporaryDirectory(prefix="kinelab-probe-") as folder:
        # Readers know files by their suffix.
        link = Path(folder) / f"recording{found.suffix}"
        link.symlink_to(path.absolute())
        said = _ask(link, found, limits, name)
    if "problem" in said:
        problem = str(said["problem"]).replace(f"{link}: ", "").replace(str(link), name)
        raise InputError(f"{name}: {problem}")
    return Looked(**said["found"])


def _ask(link: Path, found: Sniffed, limits: UploadLimits, name: str) -> dict[str, Any]:
    asked = json.dumps({"path": str(link), "sniffed": asdict(found), "limits": asdict(limits)})
    around = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", _CHILD], input=asked, capture_output=True, text=True, env=around,
            timeout=limits.probe_wall_s, check=False, cwd=link.parent,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise InputError(
            f"{name}: looking at the file took over {limits.probe_wall_s:g} s; {_LIKELY}"
        ) from None
    if done.returncode < 0:
        how = signal.Signals(-done.returncode).name
        raise InputError(f"{name}: its reader was ended by {how} while it looked at the file; {_LIKELY}")
    try:
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        raise InputError(f"{name}: its reader failed on the file; {_LIKELY}") from None
    return answer
