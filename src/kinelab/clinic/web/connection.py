"""A connection that does not wait for ever: who opens one and says nothing, or spells it, is let go."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

HEADERS_S = 20.0


class PatientProtocol(H11Protocol):
    """uvicorn's, with a limit on the time from the opening of a connection to its first whole request.

    Between requests uvicorn's own keep-alive limit counts.
    """

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._waiting = self.loop.call_later(HEADERS_S, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing to wait for any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """As uvicorn's; once there is a request, its handler's own limits count."""
        super().handle_events()
        if self.headers:
            self._stop_waiting()

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
