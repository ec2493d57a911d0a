"""A called phone sends the call elsewhere: which 3xx are followed, in which order, and how far (RFC 3261, 8.1.3.4)."""

from __future__ import annotations

from collections.abc import Sequence

from voicecore.sip.grammar import parse_q
from voicecore.sip.message import Response
from voicecore.sip.uri import Uri

FOLLOWED = frozenset({300, 301, 302})
"""305 would let a phone choose our next hop, and 380 describes another service: both stay refusals."""

MAX_DIVERSIONS = 5
"""Of one dialled target, in all: phones that send calls to each other end here."""


def contacts_of(response: Response) -> tuple[Uri, ...]:
    """Where a 3xx wants the call, by falling q, as listed where q is equal; empty for every other response.

    More than `MAX_DIVERSIONS` are not looked at. URIs that are not SIP are passed over.
    """
    if response.status not in FOLLOWED:
        return ()
    asked = [one for one in response.contacts[:MAX_DIVERSIONS] if one.uri.is_sip]
    return tuple([one.uri for one in sorted(asked, key=lambda one: -_q(one.parameter("q")))])


def _q(text: str | None) -> float:
    q = 1.0 if text is None else parse_q(text)
    return 0.0 if q is None else q


class Diversions:
    """What became of one dialled target: no target twice, and no more than `MAX_DIVERSIONS`."""

    def __init__(self, target: str) -> None:
        self._seen = {target}

    def take(self, targets: Sequence[str]) -> tuple[str, ...]:
        """Those that may still be tried; they count from now on."""
        taken: list[str] = []
        for target in targets:
            if target not in self._seen and len(self._seen) <= MAX_DIVERSIONS:
                self._seen.add(target)
                taken.append(target)
        return tuple(taken)
