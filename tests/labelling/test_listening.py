"""Ports: asked for, free, taken, not there."""

from __future__ import annotations

import socket

import pytest

from kinelab.errors import InputError
from kinelab.labelling.listening import listen


def test_a_port_that_is_taken_or_does_not_exist_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = rf"cannot listen at 127.0.0.1, port {port}: .* another `x` running\? --port chooses"
        with pytest.raises(InputError, match=said):
            listen("127.0.0.1", port, 1, "`x`")
    with pytest.raises(InputError, match="port 70000 does not exist; ports go from 1 to 65535"):
        listen("127.0.0.1", 70_000, 1, "`x`")


def test_where_none_was_asked_for_the_next_free_one_is_taken() -> None:
    with listen("127.0.0.1", None, 23_400, "`x`") as first:
        port = first.getsockname()[1]
        with listen("127.0.0.1", None, port, "`x`") as second:
            assert port < second.getsockname()[1] < port + 20
