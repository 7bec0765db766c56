"""What a process that opens strangers' files may take of the machine."""

from __future__ import annotations

import os
import resource

_OPEN_FILES = 256


def bound(memory_bytes: int, cpu_s: int | None = None, written_bytes: int | None = None) -> None:
    """Limits of this process and of those it starts; the operating system keeps them, whatever a decoder
    does.

    Memory is that of data (RLIMIT_DATA on Linux; elsewhere address space): libraries that map much and use
    little still run. Core dumps, which could hold pictures of patients, are never written.
    """
    of_memory = resource.RLIMIT_DATA if os.uname().sysname == "Linux" else resource.RLIMIT_AS
    wanted = [(of_memory, memory_bytes), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, _OPEN_FILES)]
    if cpu_s is not None:
        wanted.append((resource.RLIMIT_CPU, cpu_s))
    if written_bytes is not None:
        wanted.append((resource.RLIMIT_FSIZE, written_bytes))
    for what, most in wanted:
        _, hard = resource.getrlimit(what)
        limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (limit, limit))


def one_thread() -> None:
    """Numerical libraries that are imported from here on use one thread: threads' stacks count as memory."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
