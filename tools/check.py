"""Every check of the code itself: format, lint, types, floors. `make check` runs it, and so does a test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CHECKS = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "floors": ["lint-imports"],
}


def run(name: str) -> subprocess.CompletedProcess[str]:
    """One check; its output is in the result."""
    # The tools stand beside this interpreter, whether or not its environment is activated.
    tool, *arguments = CHECKS[name]
    command = [str(Path(sys.executable).parent / tool), *arguments]
    return subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False)


def main() -> int:
    """All checks; 0 when all are clean."""
    failed = False
    for name in CHECKS:
        result = run(name)
        print(f"{name}: {'ok' if result.returncode == 0 else 'FAILED'}")
        if result.returncode:
            failed = True
            print(result.stdout + result.stderr)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
