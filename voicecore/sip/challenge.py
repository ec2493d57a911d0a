"""Answering 401 and 407: the same request again, with the next number and credentials (RFC 3261, 22.2 and 22.3).

The credentials themselves are the business of who sends the request.
"""

from __future__ import annotations

from typing import Protocol

from voicecore.sip.headers import Field, Headers
from voicecore.sip.message import Request, Response

CHALLENGES = (401, 407)

MAX_ANSWERS = 2
"""How often one request is sent again with credentials: once for the registrar or the trunk, once for a stale nonce."""


class Answerer(Protocol):
    """Holds the credentials of one account at one peer."""

    def answer(self, response: Response, method: str, uri: str, body: bytes, now: float) -> Field | None:
        """The Authorization or Proxy-Authorization for the next try.

        None where the challenge is not for us, cannot be computed, or our credentials were refused.
        """
        ...


def again(request: Request, cseq: int, via: str, *changed: Field) -> Request:
    """The request with another number and Via, and with these fields in place of those of their names."""
    fields: list[Field] = [("Via", via)]
    names = {"Via", *[name for name, _ in changed]}
    for name, value in request.headers:
        if name == "CSeq":
            fields += [("CSeq", f"{cseq} {request.method}"), *changed]
        elif name not in names:
            fields.append((name, value))
    return Request(request.method, request.uri, Headers(fields), request.body)
