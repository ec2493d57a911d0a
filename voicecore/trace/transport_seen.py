"""Over what a kept SIP message went, as far as its own bytes tell."""

from __future__ import annotations

import re
from typing import get_args

from voicecore.sip.hop import Transport

_via = re.compile(
    rb"\n(?:via|v)[ \t]*:[ \t\r\n]*SIP[ \t]*/[ \t]*2\.0[ \t]*/[ \t]*(UDP|TCP|TLS|WSS|WS)\b", re.IGNORECASE
)
_TRANSPORTS: dict[bytes, Transport] = {name.encode(): name for name in get_args(Transport)}


def transport_of(message: bytes) -> Transport:
    """What the top Via names (RFC 3261, 20.42): its writer sent the request over it. UDP where there is none."""
    head = message.partition(b"\r\n\r\n")[0]
    found = _via.search(head)
    return "UDP" if found is None else _TRANSPORTS[found[1].upper()]
