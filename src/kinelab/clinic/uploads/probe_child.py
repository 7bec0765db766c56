"""The process in which an upload is opened for the first time; its answer is one line of JSON."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kinelab.clinic.uploads.bounds import bound, one_thread
from kinelab.clinic.uploads.limits import UploadLimits
from kinelab.errors import KinelabError


def main(asked: str) -> dict[str, Any]:
    """Look at the file that `asked` (JSON: path, limits) names."""
    said = json.loads(asked)
    limits = UploadLimits(**said["limits"])
    one_thread()
    # Whoever asked ends it by the clock; this holds it where that one is gone. 0 s would end it at once.
    bound(limits.probe_memory_bytes, cpu_s=math.ceil(limits.probe_wall_s) + 1, written_bytes=0)
    # After the limits: what is imported here opens the file.
    from kinelab.clinic.uploads.looking import look
    from kinelab.clinic.uploads.sniffing import Sniffed

    try:
        return {"found": asdict(look(Path(said["path"]), Sniffed(**said["sniffed"]), limits))}
    except KinelabError as error:
        return {"problem": str(error)}
    except MemoryError:
        return {"problem": "looking at the file took more memory than any recording needs"}


if __name__ == "__main__":
    print(json.dumps(main(sys.stdin.read())))
