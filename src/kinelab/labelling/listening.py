"""A socket for a server of pages: on the port that was asked for, or on the first free one of a few."""

from __future__ import annotations

import socket

from kinelab.errors import InputError

_N_PORTS = 20  # tried one after the other where none was asked for


def listen(host: str, port: int | None, first_port: int, who: str, queue: int = 128) -> socket.socket:
    """A socket that listens at `host`; `who` is the command that may have the port already.

    Raises:
        InputError: there is no such port, or it is taken; the host is not this computer's.
    """
    if port is not None and not 0 < port < 65536:
        raise InputError(f"port {port} does not exist; ports go from 1 to 65535")
    asked = [port] if port is not None else range(first_port, first_port + _N_PORTS)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    problem = ""
    for number in asked:
        listening = socket.socket(family, socket.SOCK_STREAM)
        # A server that was killed leaves its port waiting; one that still runs keeps it.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, number))
            listening.listen(queue)
        except OSError as error:
            listening.close()
            problem = error.strerror or str(error)
        else:
            return listening
    span = " to ".join(str(asked[i]) for i in sorted({0, len(asked) - 1}))
    raise InputError(
        f"cannot listen at {host}, port {span}: {problem}; is another {who} running? --port chooses another"
    )
