"""/calls/{call}/recordings: the sound, all of it or a range, and its peaks. Who listened is logged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from starlette.responses import StreamingResponse

from voicecore.api.access import Operation
from voicecore.api.byte_range import ByteRange, Unsatisfiable, asked_range
from voicecore.api.call_routes import CallIdPath, file_of
from voicecore.api.caller import SECURITY, allowed
from voicecore.api.context import Context
from voicecore.api.peaks import PeakMaker
from voicecore.api.problem import Kind, Problem
from voicecore.api.recording_file import RecordingFile, find, pieces
from voicecore.api.responses import PROBLEMS, problems
from voicecore.api.schema import Peaks
from voicecore.api.sessions import Principal
from voicecore.store.records import RecordingRecord

_log = structlog.get_logger(__name__)

WAV = "audio/wav"
MEDIA_TYPES = {".wav": WAV, ".opus": "audio/ogg; codecs=opus"}
"""By the file's suffix (RFC 7845, 9)."""
KEPT = "private, max-age=3600"
"""Not by proxies; a browser may play it twice."""

RecordingPath = Annotated[
    str, Path(pattern=r"^[1-9][0-9]{0,5}$", description="The recording.", examples=["1"])
]
_SOUND = {"schema": {"type": "string", "format": "binary"}}
_RANGES = {"Accept-Ranges": {"description": "bytes", "schema": {"type": "string"}}}


def recording_routes(context: Context) -> APIRouter:
    router = APIRouter(responses=PROBLEMS, dependencies=SECURITY, tags=["recordings"])
    folder = context.platform.site.recordings
    keys = context.platform.site.recording_keys
    maker = PeakMaker(keys)

    async def found(call: str, recording: str) -> tuple[RecordingRecord, RecordingFile]:
        file = await file_of(context, call)
        for record in file.recordings:
            if str(record.id) == recording:
                sound = await asyncio.to_thread(find, record, folder)
                if sound is not None:
                    return record, sound
                raise Problem(404, Kind.NOT_FOUND, "The recording's file is not there any more.")
        raise Problem(404, Kind.NOT_FOUND, "The call has no such recording: GET /api/v1/calls/ID lists them.")

    async def read_recording(
        call: CallIdPath,
        recording: RecordingPath,
        request: Request,
        principal: Annotated[Principal, Depends(allowed(Operation.RECORDING))],
        asked: Annotated[
            str | None, Header(alias="Range", description="One range.", examples=["bytes=0-"])
        ] = None,
    ) -> Response:
        """The sound. Left is the caller, right what the caller heard. One range of bytes may be asked for."""
        _, sound = await found(call, recording)
        headers = {"Accept-Ranges": "bytes", "ETag": sound.version, "Cache-Control": KEPT}
        if sound.version in _tags(request.headers.get("if-none-match")):
            return Response(status_code=304, headers=headers)
        # If-Range of another version (RFC 9110, 13.1.5): all of this one.
        is_same = request.headers.get("if-range") in (None, sound.version)
        part = asked_range(asked if is_same else None, sound.size)
        if isinstance(part, Unsatisfiable):
            detail = f"The recording has {part.size} bytes: ask for some of them."
            raise Problem(416, Kind.BAD_RANGE, detail, {"Content-Range": part.content_range})
        status = 200 if part is None else 206
        if part is not None:
            headers["Content-Range"] = part.content_range(sound.size)
        part = part or ByteRange(0, sound.size)
        headers["Content-Length"] = str(part.end - part.first)
        headers["Content-Disposition"] = f'inline; filename="{call}-{recording}{sound.suffix}"'
        media_type = MEDIA_TYPES.get(sound.suffix, "application/octet-stream")
        if request.method == "HEAD":
            return Response(status_code=status, headers=headers, media_type=media_type)
        _note(principal, call, recording, "sound", part)
        # The first piece before the status line: what cannot be opened is told as a problem.
        body = pieces(sound, part, keys)
        first = await anext(body, b"")
        return StreamingResponse(_joined(first, body), status, headers, media_type)

    path = "/calls/{call}/recordings/{recording}"
    router.get(
        path,
        operation_id=Operation.RECORDING.value,
        response_class=Response,
        responses={
            200: {"description": "All of it.", "content": {WAV: _SOUND}, "headers": _RANGES},
            206: {
                "description": "The range that was asked for.",
                "content": {WAV: _SOUND},
                "headers": _RANGES,
            },
            304: {"description": "It is the one that If-None-Match names."},
            **problems(404, 416, 503),
        },
    )(read_recording)
    router.head(path, include_in_schema=False)(read_recording)

    @router.get(
        path + "/peaks",
        operation_id=Operation.PEAKS.value,
        responses=problems(404, 503),
    )
    async def read_peaks(
        call: CallIdPath,
        recording: RecordingPath,
        principal: Annotated[Principal, Depends(allowed(Operation.PEAKS))],
        points: Annotated[int, Query(ge=1, le=4096, description="How many at most for each channel.")] = 800,
    ) -> Peaks:
        """How loud the recording is over time. The first time takes a while: all of it is read."""
        record, sound = await found(call, recording)
        peaks = await maker.peaks(sound, points)
        _note(principal, call, recording, "peaks", None)
        return Peaks(duration_s=record.duration_ms / 1000, channels=peaks.round(4).tolist())

    return router


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


def _tags(field: str | None) -> list[str]:
    return [] if field is None else [tag.strip().removeprefix("W/") for tag in field.split(",")]


def _note(principal: Principal, call: str, recording: str, what: str, part: ByteRange | None) -> None:
    """The access log of recordings: who, what, which part."""
    span = {} if part is None else {"first": part.first, "end": part.end}
    _log.info(
        "recording read",
        by=principal.name,
        role=principal.role.value,
        call=call,
        recording=recording,
        what=what,
        **span,
    )
