"""SRTP written from RFC 3711 and RFC 7714 once more, over the cryptography package: the judge of the engine's own.

One direction under one key. Slow and without replay windows: it is for tests.
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

HEADER, CONTROL_HEADER = 12, 8


class WrongTag(Exception):
    """The packet was not made with this key."""


class Direction:
    """What one side sends. `key` is key and salt in one, as SDES carries them."""

    def __init__(self, suite: str, key: bytes, rollover: int = 0) -> None:
        self._aead = "GCM" in suite
        salt = 12 if self._aead else 14
        self._master, self._salt = key[:-salt], key[-salt:].ljust(14, b"\0")
        self._tag = 16 if self._aead else 4 if suite.endswith("_32") else 10
        self.rollover = rollover
        self._control_index = 0

    def protect(self, packet: bytes) -> bytes:
        return self._rtp(packet[:HEADER], packet[HEADER:], None)

    def unprotect(self, packet: bytes) -> bytes:
        return self._rtp(packet[:HEADER], packet[HEADER : -self._tag], packet[-self._tag :])

    def _rtp(self, header: bytes, payload: bytes, tag: bytes | None) -> bytes:
        ssrc, index = header[8:12], self.rollover.to_bytes(4) + header[2:4]
        if self._aead:
            return header + self._gcm(0, ssrc, index, header, payload, tag)
        suffix = self.rollover.to_bytes(4)
        if tag is not None:
            self._check(self._code(1, header + payload + suffix)[: self._tag], tag)
            return header + self._counter(0, ssrc, index, payload)
        body = header + self._counter(0, ssrc, index, payload)
        return body + self._code(1, body + suffix)[: self._tag]

    def protect_control(self, packet: bytes) -> bytes:
        header, payload, number = packet[:CONTROL_HEADER], packet[CONTROL_HEADER:], self._control_index
        self._control_index += 1
        word, index = (1 << 31 | number).to_bytes(4), number.to_bytes(6)
        if self._aead:
            return header + self._gcm(3, header[4:], index, header + word, payload, None) + word
        body = header + self._counter(3, header[4:], index, payload) + word
        return body + self._code(4, body)[:10]

    def unprotect_control(self, packet: bytes) -> bytes:
        header = packet[:CONTROL_HEADER]
        if self._aead:
            word, tag, payload = packet[-4:], packet[-20:-4], packet[CONTROL_HEADER:-20]
        else:
            word, tag, payload = packet[-14:-10], packet[-10:], packet[CONTROL_HEADER:-14]
        index = (int.from_bytes(word) & ~(1 << 31)).to_bytes(6)
        if self._aead:
            return header + self._gcm(3, header[4:], index, header + word, payload, tag)
        self._check(self._code(4, packet[:-10])[:10], tag)
        return header + self._counter(3, header[4:], index, payload)

    def _counter(self, label: int, ssrc: bytes, index: bytes, data: bytes) -> bytes:
        start = _xor(self._derive(label + 2, 14), bytes(4) + ssrc + index) + bytes(2)
        return _ctr(self._derive(label, len(self._master)), start, data)

    def _code(self, label: int, data: bytes) -> bytes:
        return hmac.new(self._derive(label, 20), data, hashlib.sha1).digest()

    def _check(self, expected: bytes, tag: bytes) -> None:
        if expected != tag:
            raise WrongTag

    def _gcm(
        self, label: int, ssrc: bytes, index: bytes, clear: bytes, data: bytes, tag: bytes | None
    ) -> bytes:
        nonce = _xor(self._derive(label + 2, 12), bytes(2) + ssrc + index)
        cipher = AESGCM(self._derive(label, len(self._master)))
        if tag is None:
            return cipher.encrypt(nonce, data, clear)
        try:
            return cipher.decrypt(nonce, data + tag, clear)
        except InvalidTag:
            raise WrongTag from None

    def _derive(self, label: int, octets: int) -> bytes:
        start = _xor(self._salt, bytes(7) + bytes([label]) + bytes(6)) + bytes(2)
        return _ctr(self._master, start, bytes(octets))


def _ctr(key: bytes, start: bytes, data: bytes) -> bytes:
    return Cipher(AES(key), CTR(start)).encryptor().update(data)


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
