"""Writes sealed recordings as docs/recording.md says it, for tests of the reader; the real writer is in Rust."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from types import MappingProxyType

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from voicecore.store.recording_keys import RecordingKeys

KEY = bytes(range(32))
KEYS = RecordingKeys(MappingProxyType({"2026-11": KEY}))


def sealed(chunks: Sequence[bytes], label: str = "call.wav", *, end: bool = True) -> bytes:
    magic, name = b"VCSEAL\x00\x01", b"2026-11".ljust(16, b"\x00")
    file_key, nonce = os.urandom(32), os.urandom(12)
    fixed = os.urandom(16) + len(label).to_bytes(2) + label.encode()
    out = magic + name + nonce + AESGCM(KEY).encrypt(nonce, file_key, magic + name + fixed) + fixed
    cipher, link = AESGCM(file_key), hashlib.sha256(magic + fixed).digest()[:16]
    for number, chunk in enumerate([*chunks, b""] if end else chunks):
        word = (len(chunk) | (0 if chunk else 1 << 31)).to_bytes(4)
        text = cipher.encrypt(number.to_bytes(12), chunk, link + word)
        out, link = out + word + text, text[-16:]
    return out
