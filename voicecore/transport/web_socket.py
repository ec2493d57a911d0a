"""SIP over WebSocket, the server's side without a socket (RFC 7118; RFC 6455 is the websockets library's)."""

from __future__ import annotations

import ipaddress
import logging
import re
from collections.abc import Sequence

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Origin, Subprotocol

from voicecore.errors import PeerError
from voicecore.sip.framing import MAX_MESSAGE, KeepAlive

LOCAL_PAGE = re.compile(r"https?://(?:127(?:\.[0-9]{1,3}){3}|localhost|\[::1\])(?::[0-9]{1,5})?")
"""Origins of pages that this machine serves itself. A name that only resolves here is none of them."""

_SUBPROTOCOL = Subprotocol("sip")
# The library logs what peers do wrong; the connection does that, once and without the peer's own words.
_silent = logging.getLogger("voicecore.transport.web_socket.library")
_silent.disabled = True


def origins_for(host: str, configured: Sequence[str]) -> Sequence[str | re.Pattern[str]]:
    """Whose pages may connect to `host` of ours: those that are configured, else all, but on a loopback address only
    this machine's own. There nobody else is asked for a password, and any page in any tab could call.
    """
    if configured or not ipaddress.ip_address(host).is_loopback:
        return configured
    return (LOCAL_PAGE,)


class WebSocketLayer:
    """One connection between octets of the wire and SIP messages. `take` gives what is to be written.

    Without the subprotocol `sip` (RFC 7118, 4.1) and one of `origins` (empty: any) the handshake is refused.
    """

    def __init__(self, origins: Sequence[str | re.Pattern[str]] = ()) -> None:
        # Who names no origin is no browser, and needs no protection from other people's pages.
        allowed = (
            [None, *(Origin(one) if isinstance(one, str) else one for one in origins)] if origins else None
        )
        self._socket = ServerProtocol(
            origins=allowed, subprotocols=[_SUBPROTOCOL], max_size=MAX_MESSAGE, logger=_silent
        )
        self._message = bytearray()
        self._is_in_fragments = False
        self._is_partway = False

    @property
    def is_established(self) -> bool:
        return self._socket.state is State.OPEN

    @property
    def is_over(self) -> bool:
        """Nothing more comes; `take` holds the last that we say."""
        return self._socket.state in (State.CLOSING, State.CLOSED) or self._fault() is not None

    @property
    def is_partway(self) -> bool:
        """Whether a part of a message is there that was not given out."""
        return self._is_partway

    @property
    def buffered(self) -> int:
        return len(self._message)

    def receive(self, data: bytes) -> list[bytes | KeepAlive]:
        """What `data` completes. Raises PeerError; `take` then tells the peer."""
        self._socket.receive_data(data)
        pieces: list[bytes | KeepAlive] = []
        events = self._socket.events_received()
        for event in events:
            if isinstance(event, Request):
                self._socket.send_response(self._socket.accept(event))
            elif isinstance(event, Frame):
                pieces += self._taken(event)
        # A frame that is not whole makes no event; how much of the next one is here only the library knows.
        self._is_partway = self._is_in_fragments or not events
        fault = self._fault()
        if fault is not None and not pieces:
            raise PeerError(f"WebSocket: {fault}")
        return pieces

    def send(self, message: bytes) -> None:
        """One message a frame (RFC 7118, 5.2): text where it is UTF-8. Raises PeerError when the peer has left."""
        self._require_open()
        try:
            message.decode()
        except UnicodeDecodeError:
            self._socket.send_binary(message)
        else:
            self._socket.send_text(message)

    def ping(self) -> None:
        """Raises PeerError when the peer has left."""
        self._require_open()
        self._socket.send_ping(b"")

    def take(self) -> bytes:
        return b"".join(self._socket.data_to_send())

    def close(self) -> None:
        if self._socket.state is State.OPEN:
            self._socket.send_close()

    def _require_open(self) -> None:
        if not self.is_established:
            raise PeerError("WebSocket: closing")

    def _taken(self, frame: Frame) -> list[bytes | KeepAlive]:
        if frame.opcode is Opcode.PONG:
            return [KeepAlive.PONG]
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return []  # the library has answered it
        # The library bounds the message; octets, not fragments, are kept, since those may be empty.
        self._message += frame.data
        self._is_in_fragments = not frame.fin
        if self._is_in_fragments:
            return []
        message = bytes(self._message)
        self._message.clear()
        return [message]

    def _fault(self) -> str | None:
        error = self._socket.handshake_exc or self._socket.parser_exc
        return type(error).__name__ if error is not None else None
