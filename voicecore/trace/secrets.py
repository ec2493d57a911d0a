"""Takes secrets out of SIP messages before anybody keeps, shows or exports them.

A secret is overwritten with as many asterisks, so that Content-Length and every line stay true.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from voicecore.octets import may_hold_secret

# RFC 3261, 7.3.1: a header field may go on in lines that begin with a blank.
_credentials = re.compile(
    rb"(?:(?<=\n)|\A)((?:proxy-)?authorization[ \t]*:[ \t\r\n]*)([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)",
    re.IGNORECASE,
)
_digest = re.compile(rb"digest[ \t\r\n]", re.IGNORECASE)
# Quoted strings are taken whole: one may hold the text of another parameter.
_parameter = re.compile(
    rb'(?<![\w-])([\w-]++)([ \t\r\n]*=[ \t\r\n]*)("(?:[^"\\]|\\.)*"?|[^,\s"]*)', re.DOTALL
)
_rspauth = re.compile(rb'(rspauth[ \t]*=[ \t]*"?)([^",\s]*)', re.IGNORECASE)
_sdes_key = re.compile(rb"(inline:)([^|;\s]*)", re.IGNORECASE)
_ice_password = re.compile(rb"(a=ice-pwd:)(\S*)", re.IGNORECASE)
_tells_key = re.compile(rb"\n(?:content-type|c)[ \t]*:[ \t\r\n]*application/dtmf", re.IGNORECASE)
_signal = re.compile(rb"(signal[ \t]*=[ \t]*)([^\s]*)", re.IGNORECASE)
_key = re.compile(rb"\S")
_uri_scheme = re.compile(rb"sips?:", re.IGNORECASE)
_may_hold_password = re.compile(r'sips?:[^ \t\r\n<>"@:]*+:(?:[^ \t\r\n<>"@]{32}|[^ \t\r\n<>"@]*+@)').search
"""For a message in lower case: a second colon, and then an `@`, or so much that none is looked for: a pattern that
looked on would take quadratic time. A URI without a user and with a port has the colon only."""
_BEFORE_URI = (b" ", b"\t", b"\r", b"\n", b"<", b">", b'"')


class Mask(NamedTuple):
    """One kind of secret. `hide` is called only where the lower-case message holds `mark`."""

    mark: str
    hide: Callable[[bytes], bytes]


def _stars(secret: bytes) -> bytes:
    return b"*" * len(secret)


def _second_group(pattern: re.Pattern[bytes]) -> Callable[[bytes], bytes]:
    def hide(text: bytes) -> bytes:
        return pattern.sub(lambda found: found[1] + _stars(found[2]), text)

    return hide


def _hide_credentials(text: bytes) -> bytes:
    return _credentials.sub(lambda found: found[1] + _without_secret(found[2]), text)


def _without_secret(credentials: bytes) -> bytes:
    """Of a digest the response only; of any other scheme, such as Basic, all but its name."""
    if _digest.match(credentials):
        return _parameter.sub(_without_response, credentials)
    scheme, blank, rest = credentials.partition(b" ")
    return scheme + blank + _stars(rest) if blank else _stars(credentials)


def _without_response(found: re.Match[bytes]) -> bytes:
    name, equals, value = found.groups()
    if name.lower() != b"response":
        return bytes(found[0])
    if value.startswith(b'"'):
        end = b'"' if len(value) > 1 and value.endswith(b'"') else b""
        return bytes(name + equals + b'"' + _stars(value[1 : len(value) - len(end)]) + end)
    return bytes(name + equals + _stars(value))


def _hide_key(text: bytes) -> bytes:
    """Of an INFO that tells a key (`application/dtmf-relay`, `application/dtmf`): it may be one of a PIN."""
    head, blank, body = text.partition(b"\r\n\r\n")
    if _tells_key.search(head) is None:
        return text
    hidden, found = _signal.subn(lambda one: one[1] + _stars(one[2]), body)
    return head + blank + (hidden if found else _key.sub(b"*", body))


MASKS: tuple[Mask, ...] = (
    Mask("authorization", _hide_credentials),  # RFC 3261, 22
    Mask("rspauth", _second_group(_rspauth)),  # RFC 7616, 3.5: a digest of the password as well
    Mask("inline:", _second_group(_sdes_key)),  # RFC 4568, 9.2: the key of the call's SRTP
    Mask("ice-pwd:", _second_group(_ice_password)),  # RFC 8839, 5.4
    Mask("application/dtmf", _hide_key),  # the journal has it, where it is no secret
)
"""What is hidden, a line a kind. Whoever learns of a new kind of secret, such as card digits, adds one here."""


def masked(message: bytes) -> bytes:
    """The message without its secrets, as long as before. Twice is as good as once.

    >>> masked(b'Authorization: Digest username="bob", response="6629fae4"')
    b'Authorization: Digest username="bob", response="********"'
    """
    return masked_by_rules(message) if may_hold_secret(message) else message


def masked_by_rules(message: bytes) -> bytes:
    """The same, without the quick look at whether there is anything to hide."""
    lower = message.lower().decode("latin-1")  # looking into a `str` takes half as long
    for mark, hide in MASKS:
        if mark in lower:
            message = hide(message)
    return _hide_uri_passwords(message) if _may_hold_password(lower) else message


def _hide_uri_passwords(message: bytes) -> bytes:
    # Backwards from every `@`: a pattern from the left takes quadratic time where none follows.
    *before, last = message.split(b"@")
    return b"@".join([*map(_without_password, before), last])


def _without_password(before: bytes) -> bytes:
    start = max(before.rfind(end) for end in _BEFORE_URI) + 1
    scheme = _uri_scheme.search(before, start)
    colon = -1 if scheme is None else before.find(b":", scheme.end())
    return before if colon < 0 else before[: colon + 1] + _stars(before[colon + 1 :])
