"""Feeds bytes to the stream framer and to STUN for as long as you like: python -m tests.fuzz.sip_stream [folder]

The folder keeps the corpus. It needs atheris, which the project does not install; the tests beside it do not.
"""

from __future__ import annotations

import importlib
import sys

from voicecore.sip.framing import MAX_MESSAGE, KeepAlive, Piece, StreamFramer, refusal
from voicecore.sip.hop import Address, Hop
from voicecore.sip.keep_alive import is_blank, is_stun, mapped_address, stun_answer
from voicecore.sip.parser import MalformedMessage, parse_datagram

PEER = Address("2001:db8::2", 40000)
HOP = Hop("TCP", Address("2001:db8::1", 5060), PEER)


def check_stream(data: bytes) -> None:
    """Any bytes, cut anywhere, give the same pieces; a message ends where its Content-Length says."""
    whole = StreamFramer().receive(data)
    framer, step = StreamFramer(), 1 + len(data) % 7
    cut = [
        piece for place in range(0, len(data), step) for piece in framer.receive(data[place : place + step])
    ]
    assert list(map(_told, cut)) == list(map(_told, whole))
    for piece in whole:
        match piece:
            case KeepAlive():
                pass
            case MalformedMessage():
                assert piece is whole[-1]
                response = refusal(piece, HOP)
                assert response is None or parse_datagram(response)
            case bytes():
                check_message(piece)


def check_message(message: bytes) -> None:
    """The parser reads the body that the framer cut, or refuses the message."""
    assert len(message) <= MAX_MESSAGE
    try:
        parsed = parse_datagram(message)
    except MalformedMessage:
        return
    assert parsed.body == message.partition(b"\r\n\r\n")[2]


def _told(piece: Piece) -> object:
    return piece.status if isinstance(piece, MalformedMessage) else piece


def check_stun(data: bytes) -> None:
    """Any bytes get at most one short answer, which is STUN and says where they came from."""
    mapped_address(data)
    answer = stun_answer(data, PEER)
    if answer is not None:
        assert is_stun(data)
        assert not is_blank(data)
        assert len(answer) <= len(data) + 40
        assert mapped_address(answer) in (PEER, None)


def check(data: bytes) -> None:
    check_stream(data)
    check_stun(data)


def main() -> int:
    try:
        atheris = importlib.import_module("atheris")
    except ImportError:
        print("atheris is not installed: pip install atheris", file=sys.stderr)
        return 2
    atheris.instrument_all()
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
