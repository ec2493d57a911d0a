"""What must hold of any bytes that come as a SIP message, and of any SDP. `python -m tests.fuzz` feeds it."""

from __future__ import annotations

import re
from collections.abc import Callable

from voicecore.errors import PeerError
from voicecore.sdp.session import SessionDescription
from voicecore.sip.digest import Challenge, Credentials
from voicecore.sip.headers import Headers
from voicecore.sip.message import Message, Request
from voicecore.sip.parser import MalformedMessage, parse_carefully, parse_datagram
from voicecore.sip.plain_head import parse_plain
from voicecore.sip.values import binding, identity, option, reason, refer, reliability, session_timer
from voicecore.sip.values.diversion import Diversion, HistoryEntry
from voicecore.sip.values.event import Event, SubscriptionState
from voicecore.sip.values.refer import ReferTo
from voicecore.sip.values.replaces import Replaces
from voicecore.sip.values.retry_after import RetryAfter
from voicecore.sip.values.target_dialog import TargetDialog

_quoted_pair = re.compile(r"\\[^\r\n]")
_WRITTEN: list[tuple[str, Callable[[str], object]]] = [
    ("RAck", reliability.RAck.parse),
    ("Session-Expires", session_timer.SessionExpires.parse),
    ("Replaces", Replaces.parse),
    ("Refer-To", ReferTo.parse),
    ("Event", Event.parse),
    ("Subscription-State", SubscriptionState.parse),
    ("Reason", reason.Reason.parse),
    ("History-Info", HistoryEntry.parse),
    ("Diversion", Diversion.parse),
    ("Contact", binding.Binding.parse),
    ("Retry-After", RetryAfter.parse),
    ("Target-Dialog", TargetDialog.parse),
    ("WWW-Authenticate", Challenge.parse),
    ("Authorization", Credentials.parse),
]
_READ: list[Callable[[Headers], object]] = [
    reliability.rseq_of, session_timer.min_se_of, refer.refer_sub_of, refer.referred_by_of, identity.privacy_of,
    identity.asserted_identities_of, binding.bindings_of, binding.expires_of, binding.min_expires_of,
    option.methods_of, option.packages_of, reason.cause_of, lambda headers: option.options_of(headers, "Require"),
]  # fmt: skip


def check_sip(data: bytes) -> None:
    """Any bytes give a message that survives writing, or a fault that can be answered; both ways agree."""
    try:
        message = parse_datagram(data)
    except MalformedMessage as fault:
        check_fault(fault)
        return
    again = parse_datagram(message.to_bytes())
    assert again == message
    for each in (message, again):
        _ = each.vias, each.from_.tag, each.to.tag, each.call_id, each.cseq, each.contacts, each.contact
        _ = each.via.branch, each.via.received, each.via.rport, each.content_type, each.max_forwards
        _ = each.routes("Route"), each.routes("Record-Route"), each.headers.get("Subject")
    assert (message.from_tag, message.to_tag) == (message.from_.tag, message.to.tag)
    for via in message.vias:
        # RFC 3261, 25.1: a quoted pair may hold a control character, but never a line break.
        assert all(character >= " " for character in _quoted_pair.sub("", str(via)))
    check_values(message.headers)


def check_both_ways(data: bytes) -> None:
    """What the short cut of the parser takes upon itself is what the rules make of it."""
    plain = parse_plain(data)
    if plain is None:
        return
    careful = parse_carefully(data)
    assert plain == careful
    assert typed(plain) == typed(careful)


def typed(message: Message) -> tuple[object, ...]:
    return (
        message.vias, message.via, message.from_, message.to, message.from_tag, message.to_tag, message.call_id,
        message.cseq, message.contacts, message.routes("Route"), message.routes("Record-Route"),
        message.content_type, message.max_forwards, dict(message.headers.lines()),
    )  # fmt: skip


def check_values(headers: Headers) -> None:
    """A header value that was read means the same after writing."""
    for name, parse in _WRITTEN:
        for text in headers.all(name):
            try:
                value = parse(text)
            except PeerError:
                continue
            assert parse(str(value)) == value
    for read in _READ:
        try:
            read(headers)
        except PeerError:
            continue


def check_fault(fault: MalformedMessage) -> None:
    assert fault.reason.isascii()
    assert fault.reason.isprintable()
    assert 400 <= fault.status < 600
    if fault.request is None:
        return
    request = fault.request
    _ = (
        request.from_.tag,
        request.to.with_tag("t"),
        request.call_id,
        request.cseq,
        request.via.with_received("h", 1),
    )
    assert request.cseq.number >= 0
    again = parse_datagram(
        Request("OPTIONS", request.uri, request.headers.with_("CSeq", "1 OPTIONS")).to_bytes()
    )
    assert again.call_id == request.call_id


def check_sdp(data: bytes) -> None:
    """Any bytes give a description that survives writing, or a fault."""
    try:
        session = SessionDescription.parse(data)
    except PeerError:
        return
    assert SessionDescription.parse(session.to_bytes()) == session


def check(data: bytes) -> None:
    check_sip(data)
    check_both_ways(data)
    check_sdp(data)
