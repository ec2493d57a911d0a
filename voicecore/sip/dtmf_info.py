"""Keys that are told by INFO: the two bodies in common use, which no RFC defines.

`application/dtmf-relay` holds lines such as `Signal=5` and `Duration=160`, `application/dtmf` the key alone.
"""

from __future__ import annotations

import re

from voicecore.errors import PeerError

DTMF_RELAY = "application/dtmf-relay"
DTMF = "application/dtmf"
KEYS = "0123456789*#ABCD"
_HOOK_FLASH = ("16", "!")
_NAMES = {"10": "*", "11": "#", "12": "A", "13": "B", "14": "C", "15": "D"}
_signal = re.compile(r"^[ \t]*Signal[ \t]*=[ \t]*([^\r\n]{1,8}?)[ \t]*$", re.IGNORECASE | re.MULTILINE).search


def key_of(content_type: str | None, body: bytes) -> str | None:
    """The key that an INFO tells; None for a hook flash, and for a body that is about something else.

    PeerError where the body should hold a key and does not. Event numbers 10 to 15 count as `*`, `#` and A to D.
    """
    if content_type not in (DTMF_RELAY, DTMF):
        return None
    text = body[:256].decode("ascii", "replace")
    if content_type == DTMF_RELAY:
        found = _signal(text.replace("\r\n", "\n"))
        if found is None:
            raise PeerError("no Signal in the INFO")
        text = found[1]
    text = text.strip().upper()
    if text in _HOOK_FLASH:
        return None
    key = _NAMES.get(text, text)
    if len(key) != 1 or key not in KEYS:
        raise PeerError("no key in the INFO")
    return key


def relay_body(key: str, duration_ms: int) -> bytes:
    """The body that tells one key to a peer who knows `application/dtmf-relay`."""
    return f"Signal={key}\r\nDuration={duration_ms}\r\n".encode()
