"""MESSAGE (RFC 3428): whether one may be relayed, and what is told to who sent it. Functions of facts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from voicecore.sip.hop import Hop
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.non_invite import Draft
from voicecore.sip.output import RequestReceived
from voicecore.sip.uri import Uri
from voicecore.subscriptions.addressee import addressee
from voicecore.subscriptions.notifier import Refusal
from voicecore.subscriptions.resource import Resource
from voicecore.subscriptions.settings import MessageRules

_OUR_OWN_AFFAIR = frozenset({401, 407, 408, 481, 503})
"""What a phone says to us, or we instead of it, and its sender could do nothing about."""


@dataclass(frozen=True, slots=True)
class Reach:
    """One way to a phone: its Request-URI, the hop, and the Route values in between (RFC 3327)."""

    target: Uri
    hop: Hop
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextMessage:
    """`content_type` is the whole header value. `recipient`: the account that `to` names, if it is one of ours."""

    sender: Resource
    to: Uri
    recipient: Resource | None
    content_type: str
    body: bytes


def read_message(
    received: RequestReceived, sender: Resource | None, recipient: Resource | None, rules: MessageRules
) -> TextMessage | Refusal:
    """A MESSAGE that may be passed on. Who proved nothing learns nothing."""
    if sender is None:
        return Refusal(403)
    request = received.request
    if len(request.body) > rules.max_body:
        return Refusal(413)
    if "Content-Encoding" in request.headers:
        return Refusal(415, None, (("Accept-Encoding", "identity"),))
    if request.content_type not in rules.content_types:
        return Refusal(415, None, (("Accept", ", ".join(rules.content_types)),))
    content_type = request.headers.get("Content-Type") or ""
    return TextMessage(sender, addressee(received), recipient, content_type, request.body)


def relayed(message: TextMessage, recipient: Resource, reach: Reach) -> Draft:
    """The MESSAGE to one phone. Nothing of the first one's head goes on but its Content-Type."""
    routes = [("Route", value) for value in reach.path]
    return Draft(
        "MESSAGE",
        reach.target,
        NameAddr("", Uri.parse(message.sender.aor)),
        NameAddr("", Uri.parse(recipient.aor)),
        fields=(*routes, ("Content-Type", message.content_type)),
        body=message.body,
    )


def status_of_all(statuses: Iterable[int]) -> int:
    """What the sender is told when no phone took the message, much as a proxy would (RFC 3261, 16.7)."""
    told = [480 if status < 400 or status in _OUR_OWN_AFFAIR else status for status in statuses]
    return max(told) if max(told) >= 600 else min(told)
