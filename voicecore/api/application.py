"""The application: routes, what becomes of errors, and the OpenAPI document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic.json_schema import models_json_schema
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from voicecore.api.call_routes import call_routes
from voicecore.api.context import Context
from voicecore.api.edge import Edge
from voicecore.api.event_routes import event_routes
from voicecore.api.page import Page
from voicecore.api.ports import Platform
from voicecore.api.problem import Kind, Problem, ProblemDetails
from voicecore.api.rates import RequestRates
from voicecore.api.recording_routes import recording_routes
from voicecore.api.schema import Event
from voicecore.api.sessions import Sessions, Tokens
from voicecore.api.settings import ApiSettings
from voicecore.api.site_routes import site_routes
from voicecore.errors import Unavailable

PREFIX = "/api/v1"
_DESCRIPTION = """\
JSON under /api/v1; errors are application/problem+json (RFC 9457) and say what to do.
`POST /session` sets a cookie; with it, whatever changes something needs the header X-CSRF-Token.
A configured token may be sent as a bearer token instead, with no session.
`/api/v1/events?after=SEQ` is a WebSocket; its messages are described by the schema `Event`.
"""
_REFERENCE = "#/components/schemas/{model}"
_OF_STATUS = {404: Kind.NOT_FOUND, 405: Kind.NO_SUCH_METHOD}
_SAID = {404: "There is no such path.", 405: "The path has no such method; Allow names those that it has."}


def application(platform: Platform, settings: ApiSettings, dist: Path) -> ASGIApp:
    """All that is served: the API under /api/v1, and at `/` the page from the folder `dist`."""
    clock = platform.clock
    context = Context(
        platform,
        settings,
        Sessions(platform.token, settings.limits.sessions, settings.session_s),
        Tokens(settings.tokens),
        RequestRates(settings.limits, clock.now),
    )
    return Edge(api(context), Page(dist), context)


def api(context: Context) -> FastAPI:
    """The API without what stands before it, for looking at its routes and its document."""
    app = FastAPI(
        title="VoiceCore",
        version=context.platform.site.version,
        description=_DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,  # its scripts come from other servers
        redoc_url=None,
        redirect_slashes=False,
    )
    for routes in (site_routes, call_routes, recording_routes, event_routes):
        app.include_router(routes(context), prefix=PREFIX)
    app.add_exception_handler(Problem, _of_problem)
    app.add_exception_handler(RequestValidationError, _of_invalid)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Unavailable, _of_unavailable)
    app.add_exception_handler(Exception, _of_fault)
    _with_problems(app)
    return app


def _with_problems(app: FastAPI) -> None:
    """FastAPI collects the schemas of successes; those of errors and of the WebSocket's messages are added."""
    plain = app.openapi

    def document() -> dict[str, Any]:
        made = plain()
        schemas = made["components"]["schemas"]
        schemas["Problem"] = ProblemDetails.model_json_schema(ref_template=_REFERENCE)
        _, events = models_json_schema([(Event, "serialization")], ref_template=_REFERENCE)
        for name, schema in events["$defs"].items():
            schemas.setdefault(name, schema)
        return made

    app.openapi = document  # type: ignore[method-assign]


def _of_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response()


def _of_invalid(request: Request, error: Exception) -> Response:
    """Says which field; never what stood there, which may be a secret."""
    assert isinstance(error, RequestValidationError)
    wrong = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:10]]
    return Problem(422, Kind.INVALID, "; ".join(wrong)).response()


def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = error.status_code
    kind, detail = _OF_STATUS.get(status, Kind.INVALID), _SAID.get(status, error.detail)
    return Problem(status, kind, detail, error.headers or {}).response()


def _of_unavailable(request: Request, error: Exception) -> Response:
    return Problem(503, Kind.UNAVAILABLE, f"{error}. Try again later.", {"Retry-After": "5"}).response()


def _of_fault(request: Request, error: Exception) -> Response:
    return Problem(500, Kind.FAULT, "A fault of the server; its log says more.").response()
