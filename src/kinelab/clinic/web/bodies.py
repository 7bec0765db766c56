"""The bodies of requests, whole and bounded before any route sees them; uploads alone are streamed."""

from __future__ import annotations

import asyncio
import re

from starlette.datastructures import Headers
from starlette.types import Message, Receive

LONGEST_BYTES = 2**20
LONGEST_STRANGERS_BYTES = 2**14  # of who is not logged in
_WHOLE_IN_S = 30.0
_STREAMED = re.compile(r"/api/v1/visits/[0-9a-f]{32}/uploads")


class TooBigError(Exception):
    """The body is longer than it may be."""


class TooSlowError(Exception):
    """The body did not come in time."""


def is_streamed(method: str, path: str) -> bool:
    """Whether the route reads the body itself, by its own limits."""
    return method == "POST" and _STREAMED.fullmatch(path) is not None


async def whole(receive: Receive, headers: Headers, longest: int) -> Receive:
    """The same request with its body read.

    Raises:
        TooBigError, TooSlowError: before anything of it was used.
    """
    said = headers.get("content-length", "0")
    if not (said.isascii() and said.isdigit()) or int(said) > longest:
        raise TooBigError
    body, last = bytearray(), None
    try:
        async with asyncio.timeout(_WHOLE_IN_S):
            while last is None:
                message = await receive()
                body += message.get("body", b"")
                if len(body) > longest:
                    raise TooBigError
                if message["type"] != "http.request" or not message.get("more_body", False):
                    last = message
    except TimeoutError:
        raise TooSlowError from None
    return _again(bytes(body), last, receive)


def _again(body: bytes, last: Message, receive: Receive) -> Receive:
    waiting = [last if last["type"] != "http.request" else {"type": "http.request", "body": body}]

    async def received() -> Message:
        return waiting.pop() if waiting else await receive()

    return received
