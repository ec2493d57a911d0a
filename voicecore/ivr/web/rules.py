"""Which web servers flows may ask, and what they are told. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import SplitResult, urljoin, urlsplit

from voicecore.errors import Unavailable

MAX_URL = 4096
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class WebRules:
    """`allow` are the beginnings of URLs; without one, nobody is asked anything.

    `twilio_token` signs forms as X-Twilio-Signature, `secret` JSON as X-VoiceCore-Signature. `recordings` is the URL
    below which the site's API is found from outside; "" tells recordings as files.
    """

    allow: tuple[str, ...] = ()
    timeout_s: float = 5.0
    twilio_token: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    recordings: str = ""

    def resolved(self, url: str, base: str = "") -> str:
        """The URL, seen from `base` where it is relative. Raises Unavailable for one that is not allowed."""
        whole = urljoin(base, url.strip()) if base else url.strip()
        if not self.may_ask(whole):
            raise Unavailable(f"[web] allow does not let flows ask {shown(whole)}")
        return whole.partition("#")[0]

    def may_ask(self, url: str) -> bool:
        """
        >>> rules = WebRules(("https://app.example.com/ivr",))
        >>> [rules.may_ask(f"https://app.example.com{path}") for path in ("/ivr/a?b=1", "/ivrs", "/ivr/../x")]
        [True, False, False]
        """
        wanted = _parts(url)
        return wanted is not None and any(_is_below(wanted, _parts(base)) for base in self.allow)


def is_base(url: str) -> bool:
    """Whether it may stand in `allow`."""
    parts = _parts(url)
    return parts is not None and not parts.query and not parts.fragment


def shown(url: str) -> str:
    """A URL for logs and journals: without its query, which may tell who calls."""
    return url.partition("?")[0].partition("#")[0][:200]


def _parts(url: str) -> SplitResult | None:
    """None for what is no http URL, hides another host in itself, or names one in two ways."""
    if len(url) > MAX_URL or any(not "!" <= character <= "~" or character in '\\"<>' for character in url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc or port == 0:
        return None
    return parts


def _is_below(wanted: SplitResult, base: SplitResult | None) -> bool:
    if base is None or (wanted.scheme, wanted.hostname) != (base.scheme, base.hostname):
        return False
    if (wanted.port or _PORTS[wanted.scheme]) != (base.port or _PORTS[base.scheme]):
        return False
    path, start = wanted.path or "/", base.path or "/"
    # A server may take an encoded slash or dot for a plain one.
    if any(step in (".", "..") for step in path.lower().replace("%2e", ".").replace("%2f", "/").split("/")):
        return False
    return path == start or path.startswith(start if start.endswith("/") else f"{start}/")
