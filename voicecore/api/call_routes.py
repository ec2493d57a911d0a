"""/calls: which there are, all of one, its ladder as data and as a picture."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from voicecore.api.access import Operation
from voicecore.api.call_watch import LiveCalls
from voicecore.api.caller import SECURITY, allowed
from voicecore.api.context import Context
from voicecore.api.problem import Kind, Problem
from voicecore.api.recording_file import find
from voicecore.api.responses import PROBLEMS, problems
from voicecore.api.schema import CallDetail, CallPage, Ladder
from voicecore.api.views import detail, ladder, masked_ladder, summary
from voicecore.calls.ladder import draw
from voicecore.calls.ladder_svg import ladder_svg
from voicecore.ids import CallId
from voicecore.store.records import CallFile, CallGlance, RecordingRecord
from voicecore.store.sealed_file import BrokenSeal
from voicecore.store.store import CallLister

MOST_CALLS = 200
PICTURES_AT_ONCE = 2

_ID = r"^[0-9a-hjkmnp-tv-z]{14}$"
CallIdPath = Annotated[str, Path(pattern=_ID, description="The call.", examples=["06f2zv1m9k3a7c"])]


async def file_of(context: Context, call: str) -> CallFile:
    """All of a call that runs or is kept. Raises Problem 404."""
    live, kept = context.platform.live, context.platform.kept
    found = live.file(CallId(call)) or await kept.call(call)
    if found is None or found.call.id != call:
        raise Problem(404, Kind.NOT_FOUND, "There is no call of this id: GET /api/v1/calls lists them.")
    return found


def call_routes(context: Context) -> APIRouter:
    router = APIRouter(responses=PROBLEMS, dependencies=SECURITY, tags=["calls"])
    platform = context.platform
    drawing = asyncio.Semaphore(PICTURES_AT_ONCE)

    def size_of(recording: RecordingRecord) -> int | None:
        try:
            file = find(recording, platform.site.recordings)
        except BrokenSeal:
            return None
        return None if file is None else file.size

    @router.get(
        "/calls",
        operation_id=Operation.CALLS.value,
        dependencies=[Depends(allowed(Operation.CALLS))],
        responses=problems(503),
    )
    async def list_calls(
        limit: Annotated[int, Query(ge=1, le=MOST_CALLS, description="How many at most.")] = 50,
        before: Annotated[
            str | None, Query(pattern=_ID, description="Only older ones: `next` of the page before.")
        ] = None,
        active: Annotated[
            bool | None, Query(description="Only those that run (true), or only those that are over.")
        ] = None,
    ) -> CallPage:
        """Calls, the newest first."""
        found = await glances(
            platform.live, platform.kept, limit + 1, None if before is None else CallId(before), active
        )
        page = found[:limit]
        return CallPage(
            calls=[summary(one) for one in page], next=page[-1].call.id if len(found) > limit else None
        )

    @router.get(
        "/calls/{call}",
        operation_id=Operation.CALL.value,
        dependencies=[Depends(allowed(Operation.CALL))],
        responses=problems(404, 503),
    )
    async def read_call(call: CallIdPath) -> CallDetail:
        """All of one call but its SIP messages."""
        return await asyncio.to_thread(detail, await file_of(context, call), size_of)

    @router.get(
        "/calls/{call}/ladder",
        operation_id=Operation.LADDER.value,
        dependencies=[Depends(allowed(Operation.LADDER))],
        responses=problems(404, 503),
    )
    async def read_ladder(call: CallIdPath) -> Ladder:
        """The SIP messages of a call, without their secrets."""
        return await asyncio.to_thread(ladder, await file_of(context, call))

    @router.get(
        "/calls/{call}/ladder.svg",
        operation_id=Operation.LADDER_PICTURE.value,
        dependencies=[Depends(allowed(Operation.LADDER_PICTURE))],
        response_class=Response,
        responses={
            200: {"description": "A picture.", "content": {"image/svg+xml": {"schema": {"type": "string"}}}},
            **problems(404, 503),
        },
    )
    async def read_ladder_picture(call: CallIdPath) -> Response:
        """The same as a picture, which loads nothing of others."""
        file = await file_of(context, call)
        async with drawing:
            picture = await asyncio.to_thread(_picture, file)
        return Response(picture, media_type="image/svg+xml")

    return router


async def glances(
    running: LiveCalls, store: CallLister, limit: int, before: CallId | None, active: bool | None
) -> Sequence[CallGlance]:
    """The newest first, only older ones than `before`; with `active`, only those that run, or that are over.

    Those that run stand in the store as well, soon after they began; of them the calls themselves know more.
    """
    # Asked first: a call that ends between the two questions is then found in one of them at least.
    live = {one.call.id: one for one in running.glances() if before is None or one.call.id < before}
    if active:
        found = live
    else:
        kept = await store.glances(limit, before, ended=active is False)
        over = {one.call.id: one for one in kept if one.call.end is not None or one.call.id not in live}
        found = over if active is False else live | over
    return sorted(found.values(), key=lambda one: one.call.id, reverse=True)[:limit]


def _picture(file: CallFile) -> str:
    drawn = draw(masked_ladder(file), events=file.events, legs=file.legs)
    return ladder_svg(drawn, f"call {file.call.id}")
