"""fetch: ask a web server, as far as the configuration allows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from voicecore.calls.journal import EventKind
from voicecore.errors import Unavailable, UsageError
from voicecore.ivr.line import Line
from voicecore.ivr.web.message import MAX_TEXT, WebReply, WebRequest, form_request, json_request
from voicecore.ivr.web.rules import shown

MAX_REDIRECTS = 3


async def fetch(
    line: Line,
    url: str,
    *,
    method: str,
    form: Mapping[str, str] | None,
    json: object,
    limit: int = MAX_TEXT,
) -> WebReply:
    """Follows redirects to servers that are allowed as well, signed anew for each."""
    web, began = line.web, line.now
    try:
        url = web.rules.resolved(url)
        for _ in range(MAX_REDIRECTS + 1):
            request = _request(line, url, method, form, json, limit)
            reply = await web.send(request)
            following = reply.redirected_to
            if following is None:
                break
            url = web.rules.resolved(following)
            if reply.status in (301, 302, 303):
                method, form, json = "GET", None, None
        else:
            raise Unavailable(f"{shown(url)} redirects more than {MAX_REDIRECTS} times")
    except Unavailable as error:
        line.note(EventKind.WEB, f"{method} {shown(url)}: {error}")
        raise
    spent = (line.now - began).total_seconds()
    line.note(
        EventKind.WEB,
        f"{request.method} {shown(request.url)}: {reply.status}, {len(reply.body)} octets, {spent * 1000:.0f} ms",
    )
    return reply


def _request(
    line: Line, url: str, method: str, form: Mapping[str, str] | None, json: object, limit: int
) -> WebRequest:
    if json is not None:
        return json_request(url, json, line.web.rules, line.now.timestamp())
    return form_request(url, method, form or {}, line.web.rules, limit)


def recording_url(line: Line, path: str) -> str:
    number = next((one.id for one in line.active.journal.recordings() if one.path == path), None)
    if number is None:
        raise UsageError(f"no finished recording of this call: {path}")
    base = line.web.rules.recordings
    if not base:
        return Path(path).absolute().as_uri()
    return f"{base.rstrip('/')}/api/v1/calls/{line.active.id}/recordings/{number}"
