"""The head of a message as nearly every peer writes it, judged by one expression. Not the rules: parser.py is.

A message that this accepts is one that the careful way accepts too, with the same values (a property test
holds both to it). So what is rare may be missing here: folded lines, compact names, lists, escapes, IPv6, text
beyond ASCII.
"""

from __future__ import annotations

import re

from voicecore.sip.cseq import CSeq
from voicecore.sip.grammar import DATE, PLAIN_PORT, TOKEN, split_parameters
from voicecore.sip.headers import Headers
from voicecore.sip.message import Message, Request, Response
from voicecore.sip.uri import Uri
from voicecore.sip.via import Via

MAX_HEAD = 4096

_TEXT = r"[^\x00-\x08\x0a-\x1f\x7f-\xff]"
_WORD = r"[!#-+\--:=?-~]"  # visible characters but " , ; < >
_HOST = r"[A-Za-z0-9_.\-]++"
_PLACE = rf"{_HOST}(?::(?:{PLAIN_PORT}))?+"
_PARAMETER = rf"{TOKEN}++(?:={_WORD}++)?+"
_END = r"(?=[;\r]|\Z)"
_VIA_PARAMETERS = (
    rf"(?:;(?:(?!(?i:rport)){_PARAMETER}|rport(?:=(?:{PLAIN_PORT}))?+{_END})){{0,16}}+"  # RFC 3581, 3
)
_VIA = rf"SIP/2\.0/{TOKEN}++ {_PLACE}{_VIA_PARAMETERS}"
_TOP_VIA = rf"SIP/2\.0/({TOKEN}++) ({_HOST})(?::({PLAIN_PORT}))?+({_VIA_PARAMETERS})"
_USER = r"[A-Za-z0-9\-_.!~*'()&=+$,;?/]++"
_URI_NAME = r"[A-Za-z0-9\-_.!~*'()]++"
_URI_PARAMETERS = rf"(?:;{_URI_NAME}(?:=[A-Za-z0-9\-_.!~*'()/:&+$]++)?+){{0,16}}+"
_URI = rf"sips?:(?:{_USER}@)?+{_PLACE}{_URI_PARAMETERS}"
_REQUEST_URI = rf"(sips?):(?:({_USER})@)?+({_HOST})(?::({PLAIN_PORT}))?+({_URI_PARAMETERS})"
_BRACKETED = rf'(?:"[^"\\\x00-\x1f\x7f-\xff]*+"[ \t]*+|[^"<>,;:\\\x00-\x1f\x7f-\xff]*+)<{_URI}>'
_ADDRESS = rf"{_BRACKETED}(?:;{_PARAMETER}){{0,16}}+"


def _tagged(group: int) -> str:
    """An address whose first tag is the group of that number; a second one is not plain."""
    tag = rf"(?i:tag){_END}|(?i:tag)="
    return rf"{_BRACKETED}(?:;(?:(?({group})(?!)|tag=({_WORD}++))|(?!{tag}){_PARAMETER})){{0,16}}"


def _once(group: int, value: str) -> str:
    """What is not plain when it comes again; `group` is the number of the first group in `value`."""
    return rf"(?({group})(?!)|{value})"


# The numbers of the groups that an expression asks for; all stand in the order of `parse_plain`.
_TRANSPORT, _FROM, _FROM_TAG, _TO, _TO_TAG, _CALL_ID, _NUMBER = 9, 13, 14, 15, 16, 17, 18
_LENGTH, _FORWARDS, _TYPE, _DATE = 20, 21, 22, 23

_UNCHECKED = "|".join([
    "[ABEGHIJKLNOPQSUWXYZ]", "C(?:all-Info:|ontent-[DE])", "Min-|MIME-", "Diversion:", "Timestamp:",
    "Re(?:quire|ason|ply-To|fer-To|ferred-By|places|try-After):", "R(?:Seq|Ack):",
])  # fmt: skip
"""How names begin whose values are text to the parser. No other name of it, compact or not, begins so."""

_head = re.compile(
    rf"(?:({TOKEN}++) {_REQUEST_URI} SIP/2\.0|SIP/2\.0 ([1-6][0-9][0-9]) ({_TEXT}*+))"
    r"(?:\r\n(?:"
    + "|".join([
        rf"Via: (?({_TRANSPORT}){_VIA}|{_TOP_VIA})",
        "From: " + _once(_FROM, rf"({_tagged(_FROM_TAG)})"),
        "To: " + _once(_TO, rf"({_tagged(_TO_TAG)})"),
        "Call-ID: " + _once(_CALL_ID, "([!-~]++)"),
        "CSeq: " + _once(_NUMBER, rf"([0-9]{{1,9}}) ({TOKEN}++)"),
        "Content-Length: " + _once(_LENGTH, " {0,8}+([0-9]{1,5})"),  # SIPp pads it
        "Max-Forwards: " + _once(_FORWARDS, "([0-9]{1,2})"),
        "Content-Type: " + _once(_TYPE, rf"({_TEXT}*+)"),
        "Date: " + _once(_DATE, f"({DATE})"),
        rf"Contact: {_ADDRESS}",
        rf"(?:Record-Route|Route): {_ADDRESS}(?:, ?{_ADDRESS})?+",
        rf"(?={_UNCHECKED})[A-Za-z0-9\-]{{2,}}+:{_TEXT}*+",
    ])
    + r")){5,50}\r\n\r\n"
).match  # fmt: skip


def parse_plain(data: bytes) -> Message | None:
    """Read a whole message. None: its head needs the careful way, be it right or wrong."""
    text = data[:MAX_HEAD].decode("latin-1")  # one character a byte; none beyond ASCII is plain
    match = _head(text)
    if match is None:
        return None
    (
        method, scheme, user, uri_host, uri_port, uri_rest, status, reason, transport, host, port, rest,
        from_, from_tag, to, to_tag, call_id, number, cseq_method, length, *_,
    ) = match.groups()  # fmt: skip
    if transport is None or from_ is None or to is None or call_id is None or number is None:
        return None
    end = match.end()
    body = data[end:]
    if length is not None and (size := int(length)) != len(body):
        if size > len(body):
            return None
        body = body[:size]
    facts: dict[str, object] = {
        "headers": Headers(unread=text[: end - 4]),
        "body": body,
        "via": Via(
            transport.upper(),
            host.lower(),
            int(port) if port else None,
            split_parameters(rest) if rest else (),
        ),
        "from_tag": from_tag,
        "to_tag": to_tag,
        "call_id": call_id,
        "cseq": CSeq(int(number), cseq_method),
    }
    if method is None:
        facts["status"], facts["reason"] = int(status), reason
        return Response.of_facts(facts)
    if method != cseq_method:
        return None
    facts["method"] = method
    facts["uri"] = Uri(
        scheme,
        user,
        None,
        uri_host.lower(),
        int(uri_port) if uri_port else None,
        split_parameters(uri_rest) if uri_rest else (),
    )
    return Request.of_facts(facts)
