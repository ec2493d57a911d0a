"""Web servers of a call that happened: they answer again as they did, in the same order and as slowly."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from voicecore.errors import Unavailable
from voicecore.ivr.web.message import WebReply, WebRequest
from voicecore.ivr.web.rules import WebRules
from voicecore.store.flow_journal import FlowJournal, Step


class Reply(NamedTuple):
    """`status` None: none came. `body` None: it is not kept, as of sounds and of what is long."""

    url: str
    seconds: float
    status: int | None
    body: str | None = None


class RecordedWeb:
    """For whatever is asked, the next of the replies; Unavailable behind the last, and where the body is not kept."""

    def __init__(self, replies: Sequence[Reply]) -> None:
        self.rules = WebRules(tuple(dict.fromkeys(_server(one.url) for one in replies)))
        self._replies = iter(replies)

    async def send(self, request: WebRequest) -> WebReply:
        reply = next(self._replies, None)
        if reply is None:
            raise Unavailable("the call asked no more servers")
        await asyncio.sleep(reply.seconds)
        if reply.status is None or reply.body is None:
            raise Unavailable("it failed then" if reply.status is None else "what it sent is not kept")
        return WebReply(reply.status, reply.body.encode(), None, request.url)


def replies_of(journal: FlowJournal) -> list[Reply]:
    """What `call.fetch` got, in the order of asking."""
    return [_reply(step) for step in journal.steps if step.verb == "fetch" and step.ended is not None]


def _reply(step: Step) -> Reply:
    asked = _facts(step.asked)
    told = _facts(step.result)
    seconds = 0.0 if step.ended is None else round((step.ended - step.began).total_seconds(), 3)
    url, status, body = asked.get("url"), told.get("status"), told.get("body")
    is_whole = isinstance(body, str) and len(body.encode()) == told.get("octets")
    return Reply(
        url if isinstance(url, str) else "",
        seconds,
        status if isinstance(status, int) else None,
        str(body) if is_whole else None,
    )


def _facts(facts: Sequence[tuple[str, object, bool]]) -> Mapping[str, object]:
    return {name: value for name, value, _ in facts}


def _server(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"
