"""Every UDP packet of the loopback interface, with the kernel's time. Needs root (packet(7))."""

from __future__ import annotations

import socket
import struct
import threading
from types import TracebackType
from typing import NamedTuple, Self

from tests.bench.rtp import NotMeasured

_SO_TIMESTAMPNS = 35
_ETH_P_IP = 0x0800
_ETHERNET = 14
_UDP = 17
_MOST = 400_000
"""Packets kept; when full, later ones are dropped."""


class Packet(NamedTuple):
    """`at`: seconds of the wall's clock."""

    at: float
    source: int
    target: int
    payload: bytes


class Sniffer:
    """`with Sniffer() as sniffer: ...`; raises NotMeasured for who may not."""

    def __init__(self) -> None:
        try:
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_IP))
        except PermissionError as refused:
            raise NotMeasured("only root may look at packets") from refused
        self._socket.bind(("lo", 0))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.settimeout(0.2)
        self._ends = threading.Event()
        self._packets: list[Packet] = []
        self._thread = threading.Thread(target=self._read, name="sniffer")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.set()
        self._thread.join()
        self._socket.close()

    def taken(self) -> list[Packet]:
        """Those since the last call."""
        taken, self._packets = self._packets, []
        return taken

    def _read(self) -> None:
        while not self._ends.is_set():
            try:
                frame, ancillary, _, address = self._socket.recvmsg(65536, 64)
            except TimeoutError:
                continue
            if address[2] == socket.PACKET_OUTGOING or len(self._packets) >= _MOST:
                continue  # on this interface each packet is seen going out and coming in
            packet = _udp(frame[_ETHERNET:], ancillary)
            if packet is not None:
                self._packets.append(packet)


def _udp(datagram: bytes, ancillary: list[tuple[int, int, bytes]]) -> Packet | None:
    header = (datagram[0] & 15) * 4 if datagram else 0
    stamps = [data for _, kind, data in ancillary if kind == _SO_TIMESTAMPNS]
    if len(datagram) < header + 8 or header < 20 or datagram[9] != _UDP or not stamps:
        return None
    seconds, nanoseconds = struct.unpack("qq", stamps[0])
    source, target, length = struct.unpack_from("!HHH", datagram, header)
    return Packet(seconds + nanoseconds / 1e9, source, target, datagram[header + 8 : header + length])
