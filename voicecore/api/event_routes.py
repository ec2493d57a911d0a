"""/events: a WebSocket that tells what becomes of calls, and takes nothing."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect

from voicecore.api.access import Operation
from voicecore.api.caller import allowed
from voicecore.api.context import Context
from voicecore.api.problem import Kind, Problem
from voicecore.api.sessions import Principal

ONLY_LISTEN, LOGGED_OUT = 1008, 4401
"""Why we close (RFC 6455, 7.4; those of 4000 and more are our own)."""


def event_routes(context: Context) -> APIRouter:
    router = APIRouter()
    check = allowed(Operation.EVENTS)
    followers: set[WebSocket] = set()

    @router.websocket("/events")
    async def follow_events(socket: WebSocket, after: Annotated[int | None, Query(ge=0)] = None) -> None:
        """What happened after the event of this number, or a snapshot; then each event as it happens."""
        try:
            principal = await check(socket)
            if len(followers) >= context.settings.limits.followers:
                raise Problem(503, Kind.UNAVAILABLE, "Too many follow the events.", {"Retry-After": "5"})
        except Problem as problem:
            await socket.send_denial_response(problem.response())
            return
        followers.add(socket)
        try:
            await socket.accept()
            await _follow(context, socket, principal, after)
        finally:
            followers.discard(socket)

    return router


async def _follow(context: Context, socket: WebSocket, principal: Principal, after: int | None) -> None:
    """Until the reader is gone, says something, or is logged out."""
    with suppress(WebSocketDisconnect):
        async with asyncio.TaskGroup() as group:
            telling = group.create_task(_tell(context, socket, principal, after))
            heard = await socket.receive()
            telling.cancel()
        if heard["type"] != "websocket.disconnect":
            await socket.close(ONLY_LISTEN, "only listen")


async def _tell(context: Context, socket: WebSocket, principal: Principal, after: int | None) -> None:
    """A reader who takes nothing is not waited for by anybody else, and cut off when it answers no ping."""
    with suppress(WebSocketDisconnect):
        await _tell_all(context, socket, principal, after)


async def _tell_all(context: Context, socket: WebSocket, principal: Principal, after: int | None) -> None:
    platform, watch = context.platform, context.platform.watch
    place = after
    while True:
        events = None if place is None else watch.feed.after(place)
        if events is None:
            # The first time, or too far behind: what was missed is not told again, only what is now.
            events = [watch.feed.snapshot(platform.clock.wall(), platform.live.glances())]
        for event in events:
            if not context.sessions.holds(principal, platform.clock.now()):
                await socket.close(LOGGED_OUT, "logged out")
                return
            await socket.send_text(event.text)
            place = event.seq
        if place is not None:
            await watch.news(place)
