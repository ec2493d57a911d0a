"""GRUUs of our own (RFC 5627) as remote targets: who names itself by one is reached where it is registered."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from voicecore.sip.hop import Hop
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.uri import Uri


class Whereabouts(NamedTuple):
    """Where a GRUU leads: the registered contact, the hop to it, and the proxies in between (RFC 3327)."""

    target: Uri
    hop: Hop
    routes: tuple[NameAddr, ...] = ()


Find = Callable[[Uri, Hop | None], Whereabouts | None]
"""Asked about URIs with `gr`. None: it is no GRUU of ours, or its phone is not registered.

The hop is that of who names itself so; whose phone is elsewhere is not believed. None: that was asked before.
"""


def nowhere(uri: Uri, named_from: Hop | None) -> Whereabouts | None:
    """Of a stack without a registrar."""
    return None
