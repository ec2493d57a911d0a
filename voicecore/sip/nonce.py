"""Nonces of Digest challenges that need no memory until somebody proved a password with one (RFC 7616, 3.3, 5.4)."""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from collections import OrderedDict
from collections.abc import Callable

_STAMP = struct.Struct(">q")
_RANDOM, _MAC = 9, 16
_LENGTH = _STAMP.size + _RANDOM + _MAC
_WINDOW = 64
"""How far behind the highest count of a nonce one may still arrive, and be told from a repeat."""


class NonceMint:
    """Makes nonces and knows its own again: time, random bytes, and a keyed hash of both with their place."""

    def __init__(self, realm: str, key: bytes, random: Callable[[int], bytes], lifetime: float) -> None:
        """`random` gives that many unguessable bytes; `lifetime` is in seconds."""
        self._realm = realm
        self._key = key
        self._random = random
        self._lifetime = lifetime

    def make(self, source: str, now: float) -> str:
        """A nonce for whoever asks from `source`; printable, without padding."""
        body = _STAMP.pack(int(now * 1000)) + self._random(_RANDOM)
        return base64.urlsafe_b64encode(body + self._mac(body, source)).decode()

    def issued(self, nonce: str, source: str, now: float) -> float | None:
        """When we gave it to this source; None when we did not, or when it is too old."""
        try:
            data = base64.urlsafe_b64decode(nonce.encode("ascii", "replace"))
        except (binascii.Error, ValueError):
            data = b""
        data = data if len(data) == _LENGTH else bytes(_LENGTH)
        body, mac = data[:-_MAC], data[-_MAC:]
        # Computed also for what cannot be ours, so that every answer costs the same.
        if not hmac.compare_digest(self._mac(body, source), mac):
            return None
        at = float(_STAMP.unpack_from(body)[0]) / 1000
        return at if now - at <= self._lifetime else None

    def _mac(self, body: bytes, source: str) -> bytes:
        place = f"{self._realm}\0{source}\0".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, place + body, "sha256")[:_MAC]


class NonceCounts:
    """Which counts of which nonces were used (RFC 7616, 3.4: nc), so that none is used twice.

    Only a proven password makes an entry. When there are too many, the oldest goes, and with it every nonce
    that was made no later: forgetting must not make a replay possible.
    """

    def __init__(self, limit: int, lifetime: float) -> None:
        self._limit = limit
        self._lifetime = lifetime
        self._used: OrderedDict[str, tuple[float, int, int]] = OrderedDict()
        self._floor = float("-inf")

    def __len__(self) -> int:
        return len(self._used)

    def use(self, nonce: str, issued: float, count: int, now: float) -> bool:
        """Whether this count is new; it is not new a second time."""
        self._forget_expired(now)
        held = self._used.get(nonce)
        if held is None:
            if issued <= self._floor:
                return False
            self._used[nonce] = (issued, count, 1)
            if len(self._used) > self._limit:
                self._floor = max(self._floor, self._used.popitem(last=False)[1][0])
            return True
        _, highest, seen = held
        if count > highest:
            seen = (seen << min(count - highest, _WINDOW) | 1) & (1 << _WINDOW) - 1
            self._used[nonce] = (issued, count, seen)
            return True
        behind = 1 << (highest - count) if highest - count < _WINDOW else 0
        if not behind or seen & behind:
            return False
        self._used[nonce] = (issued, highest, seen | behind)
        return True

    def _forget_expired(self, now: float) -> None:
        while self._used:
            nonce, (issued, _, _) = next(iter(self._used.items()))
            if now - issued <= self._lifetime:
                return
            del self._used[nonce]
