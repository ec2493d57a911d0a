"""Who calls and who is called, in the form that both ends of a signature compare (RFC 8224, 8.3 and 8.5)."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from voicecore.sip.uri import Uri


class PartyKind(Enum):
    NUMBER = "tn"
    URI = "uri"


class Party(NamedTuple):
    """A telephone number as digits without a plus, or a URI."""

    kind: PartyKind
    value: str


_looks_dialled = re.compile(r"\+?[0-9*#()\-. ]+").fullmatch
_separators = re.compile(r"[()\-. +]")


def canonical_number(text: str) -> str | None:
    """The digits of a number, without plus and visual separators; None when it is no number.

    >>> canonical_number("+1 (215) 555-1212"), canonical_number("alice")
    ('12155551212', None)
    """
    if len(text) > 64 or not _looks_dialled(text):
        return None
    return _separators.sub("", text) or None


def party_of(uri: Uri) -> Party:
    """
    >>> str(party_of(Uri.parse("sip:+1215-555-1212;npdi@example.com;user=phone")).value)
    '12155551212'
    >>> party_of(Uri.parse("sip:Alice@Example.com:5060;transport=tcp")).value
    'sip:Alice@example.com'
    """
    dialled = uri.opaque if uri.scheme == "tel" else uri.dialled
    number = canonical_number(dialled.partition(";")[0])
    if number is not None:
        return Party(PartyKind.NUMBER, number)
    if not uri.is_sip:
        return Party(PartyKind.URI, str(uri))
    # RFC 8224, 8.5: what is no number is compared without parameters, header fields and port.
    return Party(PartyKind.URI, str(Uri(uri.scheme, uri.user, None, uri.host)))
