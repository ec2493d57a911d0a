"""Which names are ours: against pages that point a name of theirs at this machine (DNS rebinding) or ask across sites.

A browser tells by Host which name it asked for, and by Origin and Sec-Fetch-Site whose page made it ask. Pure.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from voicecore.api.settings import ApiSettings

FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""Fields by which a proxy says that somebody else asks."""


class Hosts:
    def __init__(self, settings: ApiSettings) -> None:
        self._scheme = settings.scheme
        self._names = frozenset({*settings.hosts, "localhost"})
        listen = ipaddress.ip_address(settings.listen.host)
        self._address = None if listen.is_unspecified else listen

    def admits(self, host: str) -> bool:
        """Whether a Host field names us. No name can be rebound that is an address literal."""
        name = hostname_of(host)
        if name is None:
            return False
        if name in self._names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return self._address is None or address == self._address or address.is_loopback

    def is_ours(self, origin: str, host: str) -> bool:
        """Whether a page of this origin is one that was asked for by this Host.

        Behind a proxy that ends TLS the page's scheme is https while ours is http.
        """
        scheme, _, rest = origin.lower().partition("://")
        return scheme in (self._scheme, "https") and rest == host.lower() and self.admits(host)


def is_from_elsewhere(headers: Mapping[str, str]) -> bool:
    """Whether a browser says that a page of somebody else made it ask."""
    return headers.get("sec-fetch-site", "none") not in ("none", "same-origin")


def is_on_this_machine(client: str, headers: Mapping[str, str]) -> bool:
    """Whether who asks is a program of this machine, and not a proxy that speaks for somebody."""
    if any(name in headers for name in FORWARDED):
        return False
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def hostname_of(host: str) -> str | None:
    """The name or address in a Host field, in lower case; None for what is neither."""
    try:
        parts = urlsplit(f"//{host}")
        name, port = parts.hostname, parts.port
    except ValueError:
        return None
    bracketed = f"[{name}]" if name and ":" in name else name
    if not name or host.lower() not in (bracketed, f"{bracketed}:{port}", f"{bracketed}:"):
        return None
    return name
