"""What runs over one connection: SIP in TCP, TLS, WebSocket, or WebSocket in TLS. No socket and no clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import assert_never

from voicecore.errors import PeerError
from voicecore.sip.framing import KeepAlive, Piece, StreamFramer, refusal
from voicecore.sip.hop import Hop
from voicecore.sip.keep_alive import STREAM_PING, STREAM_PONG
from voicecore.sip.parser import MalformedMessage
from voicecore.transport.tls import CertificateNames, TlsLayer
from voicecore.transport.web_socket import WebSocketLayer


@dataclass(slots=True)
class Intake:
    """What some octets of the wire meant. With a `fault` the connection is to be closed."""

    messages: list[bytes] = field(default_factory=list)
    pings: int = 0
    pongs: int = 0
    fault: str | None = None


class SipStream:
    """`take` gives what is to be written, after every other call."""

    def __init__(self, hop: Hop, tls: TlsLayer | None, web_socket: WebSocketLayer | None) -> None:
        self._hop = hop
        self._tls = tls
        self._web_socket = web_socket
        self._framer = StreamFramer()
        self._to_wire = bytearray()

    @property
    def is_established(self) -> bool:
        """Whether messages can be sent."""
        return (self._tls is None or self._tls.is_established) and (
            self._web_socket is None or self._web_socket.is_established
        )

    @property
    def is_over(self) -> bool:
        """The peer said goodbye inside TLS or WebSocket."""
        return (self._tls is not None and self._tls.is_over) or (
            self._web_socket is not None and self._web_socket.is_over
        )

    @property
    def is_partway(self) -> bool:
        """Whether a message has begun and not ended."""
        return self._web_socket.is_partway if self._web_socket else self._framer.buffered > 0

    @property
    def buffered(self) -> int:
        return self._web_socket.buffered if self._web_socket else self._framer.buffered

    @property
    def peer_names(self) -> CertificateNames | None:
        return self._tls.peer_names() if self._tls else None

    def receive(self, data: bytes) -> Intake:
        intake = Intake()
        try:
            if self._tls is not None:
                data = self._tls.receive(data)
            for piece in self._pieces(data):
                self._take_in(piece, intake)
            if intake.pings and self._web_socket is None:
                self._push(
                    STREAM_PONG * intake.pings
                )  # at once: a TLS record each would cost us more than them
        except PeerError as error:
            intake.fault = error.reason
        self._flush_web_socket()
        return intake

    def send(self, message: bytes) -> None:
        """Raises PeerError when the connection cannot carry anything any more."""
        if self._web_socket is not None:
            self._web_socket.send(message)
            self._flush_web_socket()
        else:
            self._push(message)

    def ping(self) -> None:
        """RFC 5626, 4.4.1; over WebSocket its own ping (RFC 7118, 6). Raises PeerError as `send`."""
        if self._web_socket is not None:
            self._web_socket.ping()
            self._flush_web_socket()
        else:
            self._framer.expect_pong()
            self._push(STREAM_PING)

    def take(self) -> bytes:
        if self._tls is not None:
            return self._tls.take()
        data = bytes(self._to_wire)
        self._to_wire.clear()
        return data

    def close(self) -> None:
        if self._web_socket is not None:
            self._web_socket.close()
            self._flush_web_socket()
        if self._tls is not None:
            self._tls.close()

    def _pieces(self, data: bytes) -> list[bytes | KeepAlive] | list[Piece]:
        if not data:
            return []
        return self._web_socket.receive(data) if self._web_socket else self._framer.receive(data)

    def _take_in(self, piece: Piece, intake: Intake) -> None:
        match piece:
            case bytes():
                # Some WebSocket clients send the ping of RFC 5626 as a message.
                if self._web_socket is not None and not piece.strip(b"\r\n"):
                    intake.pings += 1
                    self.send(STREAM_PONG)
                else:
                    intake.messages.append(piece)
            case KeepAlive.PING:
                intake.pings += 1
            case KeepAlive.PONG:
                intake.pongs += 1
            case MalformedMessage():
                response = refusal(piece, self._hop)
                if response is not None:
                    self._push(response)
                intake.fault = piece.reason
            case _:
                assert_never(piece)

    def _flush_web_socket(self) -> None:
        if self._web_socket is not None and (data := self._web_socket.take()):
            self._push(data)

    def _push(self, data: bytes) -> None:
        if self._tls is not None:
            self._tls.send(data)
        else:
            self._to_wire += data
