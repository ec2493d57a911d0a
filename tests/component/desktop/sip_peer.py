"""A registrar and a party to call, as the page's WebSocket sees them: messages in, messages out, no sound."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field

_FINGERPRINT = ":".join(["AB"] * 32)
_SDP = """\
v=0
o=- 1 {version} IN IP4 127.0.0.1
s=-
t=0 0
a=ice-lite
a=group:BUNDLE 0
m=audio 9 UDP/TLS/RTP/SAVPF 0 {events}
c=IN IP4 127.0.0.1
a=mid:0
a=rtpmap:0 PCMU/8000
a=rtpmap:{events} telephone-event/8000
a=ice-ufrag:peer{version}
a=ice-pwd:0123456789abcdef01234567
a=fingerprint:sha-256 {fingerprint}
a=setup:{setup}
a=rtcp-mux
a={direction}
a=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host
a=end-of-candidates
"""
_ANSWERS_TO_DIRECTION = {"sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}
_VERSIONS = itertools.count(1)


@dataclass
class Message:
    """Start line, headers by lower-case name, body."""

    start: str
    headers: dict[str, list[str]]
    body: str

    @classmethod
    def parse(cls, text: str) -> Message:
        head, _, body = text.partition("\r\n\r\n")
        start, *lines = head.split("\r\n")
        headers: dict[str, list[str]] = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers.setdefault(name.strip().lower(), []).append(value.strip())
        return cls(start, headers, body)

    @property
    def method(self) -> str:
        return self.start.split()[0]

    def __getitem__(self, name: str) -> str:
        return self.headers[name][0]

    def get(self, name: str) -> str:
        return self.headers.get(name, [""])[0]


@dataclass
class SipPeer:
    """Answers REGISTER at once; what it does to an INVITE is `answers`."""

    send: Callable[[str], None]
    answers: int = 200
    """The status for an INVITE; 180: it rings and nobody answers."""
    received: list[Message] = field(default_factory=list)
    _invite: Message | None = None
    """Of the latest call, from whichever side."""

    def hear(self, text: str) -> None:
        if not text.strip():
            return
        message = Message.parse(text)
        self.received.append(message)
        match message.method:
            case "SIP/2.0":
                self._hear_response(message)
            case "REGISTER":
                self._reply(message, 200, "OK", f"Contact: {message['contact']};expires=300\r\n")
            case "INVITE":
                self._hear_invite(message)
            case "INFO":
                self._reply(message, 200, "OK")
            case "BYE" | "CANCEL":
                self._reply(message, 200, "OK")
                if message.method == "CANCEL" and self._invite is not None:
                    self._reply(self._invite, 487, "Request Terminated")
            case "REFER":
                self._reply(message, 202, "Accepted")
                self._notify(message)

    def methods(self) -> list[str]:
        return [message.method for message in self.received if message.method != "SIP/2.0"]

    def last(self, method: str) -> Message:
        return next(message for message in reversed(self.received) if message.method == method)

    def call(self, caller: str) -> None:
        """Calls the page, which has registered."""
        contact = re.search(r"<([^>]+)>", self.last("REGISTER")["contact"])
        assert contact is not None
        call_id = f"call-{next(_VERSIONS)}"
        text = (
            f"INVITE {contact[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/WS 127.0.0.1:8088;branch=z9hG4bK{call_id}\r\n"
            f"From: <sip:{caller}@127.0.0.1>;tag=peer\r\nTo: <{contact[1]}>\r\n"
            f"Call-ID: {call_id}\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n"
            f"Contact: <sip:{caller}@127.0.0.1:8088;transport=ws>\r\n"
        )
        body = _sdp("actpass", "sendrecv", "101")
        text += f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        self._invite = Message.parse(text)
        self.send(text)

    def _hear_response(self, message: Message) -> None:
        if "INVITE" in message["cseq"] and message.start.startswith("SIP/2.0 200"):
            assert self._invite is not None
            self.send(
                f"ACK {self._invite.start.split()[1]} SIP/2.0\r\n"
                f"Via: SIP/2.0/WS 127.0.0.1:8088;branch=z9hG4bKack{next(_VERSIONS)}\r\n"
                f"From: {message['from']}\r\nTo: {message['to']}\r\nCall-ID: {message['call-id']}\r\n"
                "CSeq: 1 ACK\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
            )

    def _hear_invite(self, message: Message) -> None:
        self._invite = message
        self._reply(message, 100, "Trying")
        if self.answers == 180:
            self._reply(message, 180, "Ringing", "Contact: <sip:peer@127.0.0.1:8088;transport=ws>\r\n")
        elif self.answers == 200:
            found = re.search(r"a=rtpmap:(\d+) telephone-event/8000", message.body)
            wish = re.search(r"a=(sendonly|recvonly|inactive|sendrecv)", message.body)
            direction = _ANSWERS_TO_DIRECTION.get(wish[1], "sendrecv") if wish is not None else "sendrecv"
            body = _sdp("passive", direction, found[1] if found is not None else "101")
            more = "Contact: <sip:peer@127.0.0.1:8088;transport=ws>\r\nContent-Type: application/sdp\r\n"
            self._reply(message, 200, "OK", more, body)
        else:
            self._reply(message, self.answers, "No")

    def _notify(self, refer: Message) -> None:
        body = "SIP/2.0 200 OK\r\n"
        contact = re.search(r"<([^>]+)>", refer["contact"])
        assert contact is not None
        self.send(
            f"NOTIFY {contact[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/WS 127.0.0.1:8088;branch=z9hG4bKn{next(_VERSIONS)}\r\n"
            f"From: {refer['to']}\r\nTo: {refer['from']}\r\nCall-ID: {refer['call-id']}\r\n"
            f"CSeq: {next(_VERSIONS) + 100} NOTIFY\r\nMax-Forwards: 70\r\n"
            f"Event: refer;id={refer['cseq'].split()[0]}\r\nSubscription-State: terminated;reason=noresource\r\n"
            f"Content-Type: message/sipfrag\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        )

    def _reply(self, request: Message, status: int, reason: str, more: str = "", body: str = "") -> None:
        to = request["to"] if "tag=" in request["to"] or status == 100 else f"{request['to']};tag=peer"
        via = "".join(f"Via: {value}\r\n" for value in request.headers["via"])
        self.send(
            f"SIP/2.0 {status} {reason}\r\n{via}From: {request['from']}\r\nTo: {to}\r\n"
            f"Call-ID: {request['call-id']}\r\nCSeq: {request['cseq']}\r\n{more}"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )


def _sdp(setup: str, direction: str, events: str) -> str:
    text = _SDP.format(
        version=next(_VERSIONS), events=events, fingerprint=_FINGERPRINT, setup=setup, direction=direction
    )
    return text.replace("\n", "\r\n")
