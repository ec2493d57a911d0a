"""Who calls the API, as its routes ask for it: a dependency that lets in by the table, or raises a Problem."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable

from fastapi import Depends
from fastapi.security import APIKeyCookie, HTTPBearer
from starlette.requests import HTTPConnection

from voicecore.api.access import Operation, may
from voicecore.api.context import COOKIE
from voicecore.api.problem import Kind, Problem
from voicecore.api.sessions import Principal

_COOKIE = APIKeyCookie(name=COOKIE, auto_error=False, description="From POST /api/v1/session.")
_BEARER = HTTPBearer(auto_error=False, description="The secret of an [[api.token]].")
SECURITY = (Depends(_COOKIE), Depends(_BEARER))
"""What the OpenAPI document says about every operation that is not open; `allowed` is what is done."""

_SAFE = ("GET", "HEAD", "OPTIONS")


def allowed(operation: Operation) -> Callable[[HTTPConnection], Awaitable[Principal]]:
    """Lets those in who may call it. A page's writes need the session's CSRF token as well."""

    async def check(connection: HTTPConnection) -> Principal:
        principal: Principal | None = connection.scope["state"]["principal"]
        if principal is None:
            detail = "POST /api/v1/session first, or send a bearer token."
            raise Problem(401, Kind.NO_SESSION, detail, {"WWW-Authenticate": "Bearer"})
        if not may(principal.role, operation):
            detail = f"The role {principal.role.value} may not do this. Ask for a token with another role."
            raise Problem(403, Kind.NOT_ALLOWED, detail)
        session = principal.session
        if session is not None and connection.scope.get("method", "GET") not in _SAFE:
            shown = connection.headers.get("x-csrf-token", "")
            if not hmac.compare_digest(shown.encode(), session.csrf.encode()):
                detail = "Send the csrf of GET /api/v1/session as X-CSRF-Token."
                raise Problem(403, Kind.NO_CSRF_TOKEN, detail)
        return principal

    return check
