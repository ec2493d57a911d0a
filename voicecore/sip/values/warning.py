"""Warning: why a session description could not be taken (RFC 3261, 20.43)."""

from __future__ import annotations

import re

from voicecore.sip.headers import Headers

ADDRESS_FAMILY = frozenset({300, 301})
"""Incompatible network protocol, or network address formats."""

_code = re.compile(r"([0-9]{3})[ \t]").match


def warning_codes(headers: Headers) -> frozenset[int]:
    """The three digits of each warning; what is no warning is left out.

    >>> sorted(warning_codes(Headers([("Warning", '301 a.example "no IPv6", 399 a.example "1, 2"')])))
    [301, 399]
    """
    return frozenset([int(found[1]) for value in headers.all("Warning") if (found := _code(value))])
