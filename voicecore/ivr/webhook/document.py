"""What goes to a webhook and what comes back, as JSON of version 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from voicecore.errors import PeerError
from voicecore.ivr.webhook.verbs import Asking, Hangup, Redirect, Strict, Url, Verb

VERSION = 1
MAX_VERBS = 50
MAX_FAULTS = 10
"""Told of one reply; it has more faults than anybody reads at once."""
MAX_STATE = 8192
"""Octets, as JSON."""

State = dict[str, Any] | list[Any] | str | int | float | bool | None


class Reply(Strict):
    """What a webhook answers. `state` comes back with the next request; `next` is asked then, else the same URL."""

    version: Literal[1]
    verbs: Annotated[Sequence[Verb], Field(max_length=MAX_VERBS)]
    state: State = None
    next: Url | None = None

    @model_validator(mode="after")
    def _ends_with_what_has_a_result(self) -> Self:
        for number, verb in enumerate(self.verbs[:-1]):
            if isinstance(verb, Asking | Redirect | Hangup):
                raise ValueError(f"verbs[{number}] is {verb.verb}, which has to be the last of its list")
        return self


class WebhookFault(PeerError):
    """The webhook's reply cannot be carried out. The reason lists every fault with its place."""


def read_reply(body: bytes) -> Reply:
    """Raises WebhookFault for what is not JSON, not of this version, or has anything that cannot be.

    >>> read_reply(b'{"version": 1, "verbs": [{"verb": "gather", "digits": 0}]}')
    Traceback (most recent call last):
    voicecore.ivr.webhook.document.WebhookFault: verbs[0].digits: Input should be greater than or equal to 1
    """
    try:
        reply = Reply.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)[:MAX_FAULTS]
        raise WebhookFault("; ".join(_told(fault["loc"], fault["msg"]) for fault in faults)) from None
    if reply.state is not None and len(reply.model_dump_json(include={"state"})) > MAX_STATE:
        raise WebhookFault(f"state: longer than {MAX_STATE} octets")
    return reply


def _told(place: tuple[int | str, ...], problem: str) -> str:
    """`verbs[1].digits: ...`; what pydantic adds to say which kind of verb it took it for is left out."""
    text = ""
    for position, step in enumerate(place):
        if isinstance(step, int):
            text += f"[{step}]"
        elif position < 2 or not isinstance(place[position - 1], int):
            text += f".{step}" if text else step
    return f"{text or 'reply'}: {problem.removeprefix('Value error, ')}"
