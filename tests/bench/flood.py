"""A program: one attacker. Floods a server on loopback from many addresses, then prints how much it sent.

python -m tests.bench.flood register --port 5060 --seconds 5
"""

from __future__ import annotations

import argparse
import random
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from itertools import count

from tests.bench.ports import ADDRESS

SOURCES = 200
"""Addresses of 127.0.1.0/24 that an attack comes from; each is a source of its own for the guard."""
BURST_S = 0.01
_OFFER = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
_GUESS = (
    'Authorization: Digest username="alice", realm="voicecore", nonce="{0}", uri="sip:127.0.0.1", '
    'response="{0:032x}", nc=00000001, cnonce="c", qop=auth\r\n'
)


def message(
    method: str, number: int, source: str, *, user: str = "", more: str = "", body: str = ""
) -> bytes:
    """A request that differs from all others in branch, tag and Call-ID."""
    uri = f"sip:{user}@{ADDRESS}" if user else f"sip:{ADDRESS}"
    to = f"sip:{user or 'alice'}@{ADDRESS}"
    return (
        f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {source}:5060;branch=z9hG4bK{number};rport\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:x{number}@{source}>;tag={number}\r\nTo: <{to}>\r\nCall-ID: {number}\r\n"
        f"CSeq: 1 {method}\r\nContact: <sip:x@{source}>\r\n{more}Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def register(number: int, source: str) -> bytes:
    """Every other one with a guessed password."""
    return message("REGISTER", number, source, more=_GUESS.format(number) if number % 2 else "")


def invite(number: int, source: str) -> bytes:
    """To numbers that are not there, and to nobody."""
    more = "Content-Type: application/sdp\r\n"
    return message("INVITE", number, source, user=f"00{number}", more=more, body=_OFFER)


def garbage(number: int, source: str) -> bytes:
    """Random octets, and every other time a request that is broken off."""
    dice = random.Random(number)
    return (
        dice.randbytes(dice.randrange(1, 1400))
        if number % 2
        else invite(number, source)[: dice.randrange(20, 300)]
    )


DATAGRAMS: dict[str, Callable[[int, str], bytes]] = {
    "register": register,
    "invite": invite,
    "garbage": garbage,
}


def datagrams(
    make: Callable[[int, str], bytes], port: int, seconds: float, rate: int, sources: int = SOURCES
) -> int:
    """Sends on a grid, from sockets at many addresses; what comes back is read and dropped."""
    with ExitStack() as closing:
        sockets = []
        for place in range(sources):
            one = closing.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            one.bind((f"127.0.1.{place + 1}", 0))
            one.connect((ADDRESS, port))
            one.setblocking(False)
            sockets.append(one)
        numbers, sent = count(random.randrange(1 << 40)), 0
        began = time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            while sent < passed * rate:
                one = sockets[sent % sources]
                with suppress(OSError):  # full, or refused: the flood goes on
                    one.send(make(next(numbers), one.getsockname()[0]))
                    one.recv(65536)
                sent += 1
            time.sleep(BURST_S)
    return sent


def connections(kind: str, port: int, seconds: float, rate: int, most: int) -> int:
    """Opens connections and keeps them, says next to nothing on them; opens those anew that were closed."""
    opened, sources = 0, _sources()
    open_ones: list[tuple[socket.socket, Iterator[bytes]]] = []
    began = time.monotonic()
    with ExitStack() as closing:
        while (passed := time.monotonic() - began) < seconds:
            if opened < passed * rate and len(open_ones) < most:
                one = closing.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
                one.bind((next(sources), 0))
                one.setblocking(False)
                one.connect_ex((ADDRESS, port))
                open_ones.append((one, _words(kind, opened)))
                opened += 1
                continue
            for one, words in open_ones:
                with suppress(OSError):  # closed on us
                    one.send(next(words, b""))
            time.sleep(0.1)
    return opened


def _words(kind: str, number: int) -> Iterator[bytes]:
    """What is said on a connection, a bit every tenth of a second."""
    if kind == "idle":
        return
    if kind == "half-open TLS":
        yield b"\x16\x03\x01\x02\x00\x01"  # a ClientHello that does not go on
        return
    for octet in invite(number, "127.0.1.1") * 100:
        yield bytes([octet])


def _sources() -> Iterator[str]:
    for number in count():
        yield f"127.0.1.{number % SOURCES + 1}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=[*DATAGRAMS, "half-open TLS", "slow-loris", "idle"])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rate", type=int, default=2000, help="datagrams, or new connections, a second")
    parser.add_argument("--connections", type=int, default=900, help="open at once")
    words = parser.parse_args()
    if words.kind in DATAGRAMS:
        sent = datagrams(DATAGRAMS[words.kind], words.port, words.seconds, words.rate)
    else:
        sent = connections(words.kind, words.port, words.seconds, words.rate, words.connections)
    print(sent)


if __name__ == "__main__":
    main()
