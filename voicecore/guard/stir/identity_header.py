"""The Identity header field: a PASSporT in full or compact form, and where its certificate is (RFC 8224, 4)."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from voicecore.errors import PeerError
from voicecore.guard.stir.passport import INVALID_IDENTITY, MAX_TOKEN
from voicecore.sip.grammar import QUOTED, TOKEN, is_token, unquote

BAD_INFO = 436
"""Bad Identity Info (RFC 8224, 6.2.2)."""
MAX_URL = 1024

_digest = re.compile(r"([A-Za-z0-9_\-]*+)\.([A-Za-z0-9_\-]*+)\.([A-Za-z0-9_\-]++)").match
_parameter = re.compile(
    rf"[ \t]*+;[ \t]*+({TOKEN}++)[ \t]*+=[ \t]*+(<[^<>\s]*+>|{QUOTED}|{TOKEN}++)[ \t]*+", re.DOTALL
).match
_url = re.compile(r"https://[!-~]++").fullmatch


class IdentityHeader(NamedTuple):
    """
    >>> header = IdentityHeader.parse("..c2lnbmF0dXJl;info=<https://cert.example.org/a.cer>;alg=ES256")
    >>> header.is_compact, header.info, header.ppt
    (True, 'https://cert.example.org/a.cer', None)
    """

    token: str
    info: str
    ppt: str | None = None

    @classmethod
    def parse(cls, text: str) -> IdentityHeader:
        """Read one value; PeerError says what is wrong with it, and carries 436 or 438."""
        if len(text) > MAX_TOKEN + MAX_URL:
            raise PeerError("Identity too long", INVALID_IDENTITY)
        digest = _digest(text)
        if digest is None or bool(digest[1]) != bool(digest[2]):
            raise PeerError("Identity without a PASSporT", INVALID_IDENTITY)
        parameters = _parameters(text, digest.end())
        if parameters.get("alg", "ES256") != "ES256":
            raise PeerError("Identity of an unknown algorithm", INVALID_IDENTITY)
        info = parameters.get("info", "")
        if not (info.startswith("<") and is_certificate_url(info[1:-1])):
            raise PeerError("Identity without an https URL", BAD_INFO)
        return cls(digest[0], info[1:-1], parameters.get("ppt"))

    @property
    def is_compact(self) -> bool:
        return self.token.startswith("..")

    @property
    def signature(self) -> str:
        return self.token.rpartition(".")[2]

    def __str__(self) -> str:
        ppt = "" if self.ppt is None else f";ppt={self.ppt}"
        return f"{self.token};info=<{self.info}>;alg=ES256{ppt}"


def is_certificate_url(url: str) -> bool:
    """Whether it may be fetched: https, a host, no user, no fragment, printable ASCII."""
    if len(url) > MAX_URL or not _url(url) or any(character in url for character in '<>"\\'):
        return False
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc and not parts.fragment
    except ValueError:
        return False


def _parameters(text: str, position: int) -> dict[str, str]:
    found: dict[str, str] = {}
    while position < len(text):
        match = _parameter(text, position)
        if match is None or match[1].lower() in found:
            raise PeerError("Malformed Identity parameters", INVALID_IDENTITY)
        found[match[1].lower()] = unquote(match[2])
        position = match.end()
    if "ppt" in found and not is_token(found["ppt"]):
        raise PeerError("Malformed Identity parameters", INVALID_IDENTITY)
    return found
