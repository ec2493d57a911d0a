"""Somebody from outside who writes whatever it likes, and hears what comes back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from itertools import count

from voicecore.sip.digest import Challenge, answer
from voicecore.sip.hop import Address, Hop
from voicecore.testing.simulated_call import SimulatedPlatform
from voicecore.testing.simulated_wire import OFFER, PLATFORM

_serial = count(1)


class Stranger:
    """`heard` is every datagram that the platform sent to it."""

    def __init__(self, platform: SimulatedPlatform, address: Address) -> None:
        self.address = address
        self.heard: list[str] = []
        self._platform = platform
        platform.wire.attach(address, lambda data, hop: self.heard.append(data.decode()))

    async def send(self, text: str, source: Address | None = None) -> list[str]:
        """What came back within a second. `source`: a forged address, from where nothing is heard."""
        before = len(self.heard)
        self._platform.wire.send(text.encode(), Hop("UDP", source or self.address, PLATFORM))
        await asyncio.sleep(1)
        return self.heard[before:]

    async def ask(self, method: str, uri: str, *fields: str, **parts: str) -> str:
        """The last answer to it; empty for none. `parts` are those of `text`."""
        asked = self.text(method, uri, *fields, **parts)
        heard = await self.send(asked)
        return next((text for text in reversed(heard) if _is_answer(text, asked)), "")

    async def call(self, uri: str, call_id: str, **parts: str) -> Line | str:
        """A call that is answered and acknowledged, or the refusal."""
        answered = await self.ask("INVITE", uri, call_id=call_id, **parts)
        if status(answered) != 200:
            return answered
        line = Line(self, uri, call_id, field(answered, "To"))
        await self.send(self.text("ACK", uri, call_id=call_id, to=line.to))
        return line

    def text(
        self,
        method: str,
        uri: str,
        *fields: str,
        caller: str = "sip:stranger@203.0.113.66",
        to: str = "<sip:somebody@192.0.2.1>",
        call_id: str = "",
        number: str = "1",
        tag: str = "far",
        contact: str = "",
        via: str = "",
        body: str = "",
    ) -> str:
        serial = next(_serial)
        body = body or (OFFER.decode() if method == "INVITE" else "")
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {via or self.address};branch=z9hG4bK{serial};rport",
            "Max-Forwards: 70",
            f"From: <{caller}>;tag={tag}",
            f"To: {to}",
            f"Call-ID: {call_id or f'call-{serial}'}",
            f"CSeq: {number} {method}",
            f"Contact: {contact or f'<sip:stranger@{self.address}>'}",
            *fields,
            *(["Content-Type: application/sdp"] if method == "INVITE" else []),
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join(lines) + "\r\n\r\n" + body

    def credentials(
        self, challenged: str, method: str, uri: str, user: str, password: str, *, count: int = 1
    ) -> str:
        """An Authorization line for a challenge that somebody heard."""
        challenge = Challenge.parse(field(challenged, "WWW-Authenticate"))
        made = answer(
            challenge,
            username=user,
            password=password,
            method=method,
            uri=uri,
            cnonce="c",
            nonce_count=count,
        )
        return f"Authorization: {made}"


class Line:
    """An answered call of a stranger."""

    def __init__(self, stranger: Stranger, uri: str, call_id: str, to: str) -> None:
        self.to = to
        self._stranger = stranger
        self._uri = uri
        self._call_id = call_id
        self._numbers = count(2)

    async def ask(self, method: str, *fields: str, **parts: str) -> str:
        """The answer to the next request within the call."""
        number = str(next(self._numbers))
        own = {"call_id": self._call_id, "to": self.to, "number": number}
        return await self._stranger.ask(method, self._uri, *fields, **own, **parts)


def _is_answer(heard: str, asked: str) -> bool:
    return all(field(heard, name) == field(asked, name) for name in ("Call-ID", "CSeq"))


def field(text: str, name: str) -> str:
    """The first of a message's header fields of that name; empty where there is none."""
    found = re.search(rf"^{name}: (.*)\r$", text, re.MULTILINE)
    return found[1] if found else ""


def status(text: str) -> int:
    """Of a response; 0 for none."""
    return int(text.split(" ", 2)[1]) if text else 0


def bare(texts: Sequence[str]) -> list[str]:
    """Responses without what is new in each: tags, nonces, branches and Call-IDs."""
    return [
        re.sub(
            r'(tag=|nonce=|branch=|Call-ID: )"?[^";\r]*',
            r"\1",
            re.sub(r"^To: .*?(;tag)", r"To: \1", text, flags=re.M),
        )
        for text in texts
    ]
