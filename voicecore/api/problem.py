"""What went wrong, as the caller of the API is told: application/problem+json (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from http import HTTPStatus

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from voicecore.errors import PeerError

MEDIA_TYPE = "application/problem+json"


class Kind(Enum):
    """The end of a problem's `type`, for programs; the status says less."""

    INVALID = "invalid-request"
    NO_SESSION = "no-session"
    WRONG_TOKEN = "wrong-token"
    NOT_ALLOWED = "not-allowed"
    NO_CSRF_TOKEN = "no-csrf-token"
    FOREIGN_HOST = "foreign-host"
    FOREIGN_ORIGIN = "foreign-origin"
    NOT_FOUND = "not-found"
    NO_SUCH_METHOD = "no-such-method"
    TOO_LARGE = "too-large"
    TOO_SLOW = "too-slow"
    RATE_LIMITED = "rate-limited"
    BAD_RANGE = "bad-range"
    UNAVAILABLE = "unavailable"
    FAULT = "fault"


class Problem(PeerError):
    """Raised by whatever serves a request; the answer says `detail`, which tells what to do."""

    def __init__(
        self, status: int, kind: Kind, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail, status)
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})

    def response(self) -> Response:
        return Response(self.body, self.status, self.headers, MEDIA_TYPE)

    @property
    def body(self) -> bytes:
        made = ProblemDetails(
            type=f"urn:voicecore:{self.kind.value}",
            title=HTTPStatus(self.status).phrase,
            status=self.status,
            detail=self.detail,
        )
        return made.model_dump_json().encode()


class ProblemDetails(BaseModel):
    """Why a request was not served (RFC 9457)."""

    model_config = ConfigDict(
        title="Problem",
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:voicecore:no-session",
                    "title": "Unauthorized",
                    "status": 401,
                    "detail": "POST /api/v1/session first, or send a bearer token.",
                }
            ]
        },
    )

    type: str = Field(description="Names the kind of problem, the same in every language.")
    title: str = Field(description="The status in words.")
    status: int = Field(description="The HTTP status.", ge=400, le=599)
    detail: str = Field(description="What is wrong this time, and what to do about it.")
