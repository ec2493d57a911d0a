"""Web servers without a network, for flows that ask some."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from voicecore.errors import Unavailable
from voicecore.ivr.web.message import WebReply, WebRequest
from voicecore.ivr.web.rules import WebRules

Answer = Callable[[WebRequest], WebReply | str]


class SimulatedWeb:
    """`answer` is the server: a reply, or the text of one that is good. None comes where it raises Unavailable."""

    def __init__(self, answer: Answer, rules: WebRules | None = None, *, delay_s: float = 0.05) -> None:
        """Without `rules`, all below https://app.example.com/ may be asked."""
        self.rules = rules or WebRules(("https://app.example.com/",))
        self.requests: list[WebRequest] = []
        """What it was asked, in order."""
        self._answer = answer
        self._delay_s = delay_s

    async def send(self, request: WebRequest) -> WebReply:
        self.requests.append(request)
        await asyncio.sleep(min(self._delay_s, self.rules.timeout_s))
        if self._delay_s >= self.rules.timeout_s:
            raise Unavailable(f"did not answer in {self.rules.timeout_s:g} s")
        reply = self._answer(request)
        if isinstance(reply, str):
            reply = WebReply(200, reply.encode())
        if len(reply.body) > request.limit:
            raise Unavailable(f"sent more than {request.limit} octets")
        return reply if reply.url else WebReply(reply.status, reply.body, reply.headers, request.url)
