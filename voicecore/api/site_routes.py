"""/health, /session, /configuration and /phone-credentials."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from voicecore.api.access import Operation, Role
from voicecore.api.caller import SECURITY, allowed
from voicecore.api.context import COOKIE, SECURE_COOKIE, Context
from voicecore.api.problem import Kind, Problem
from voicecore.api.rates import Purpose
from voicecore.api.responses import PROBLEMS, problems
from voicecore.api.schema import (
    Configuration,
    Health,
    IceServer,
    NumberView,
    PhoneCredentials,
    PhoneRequest,
    SessionRequest,
    SessionView,
    SipView,
)
from voicecore.api.sessions import Principal, Session
from voicecore.api.turn import turn_credentials

THIS_MACHINE = "this machine"


def site_routes(context: Context) -> APIRouter:
    router = APIRouter(responses=PROBLEMS)
    platform, settings = context.platform, context.settings
    clock, site = platform.clock, platform.site
    began = clock.now()

    @router.get("/health", operation_id=Operation.HEALTH.value, tags=["site"])
    async def health() -> Health:
        """Whether the server runs. Open to all who reach it."""
        standing = platform.standing()
        return Health(
            status="ok" if standing.room else "full",
            version=site.version,
            uptime_s=clock.now() - began,
            calls=len(platform.live),
            room=standing.room,
        )

    @router.post("/session", operation_id=Operation.LOG_IN.value, tags=["session"], responses=problems(401))
    async def log_in(asked: SessionRequest, request: Request, response: Response) -> SessionView:
        """Log in: sets the session's cookie. Changes after that need the `csrf` of the answer as X-CSRF-Token."""
        state = request.scope["state"]
        if asked.token is not None:
            context.rates.spend(Purpose.LOG_IN, state["asker"])
        name, role = _who(context, asked.token, is_local=state["is_local"])
        cookie, session = context.sessions.open(name, role, clock.now())
        _set_cookie(response, request, cookie, settings.session_s, is_tls=settings.certificate is not None)
        return _session_view(session)

    @router.get(
        "/session", operation_id=Operation.READ_SESSION.value, tags=["session"], dependencies=SECURITY
    )
    async def read_session(
        principal: Annotated[Principal, Depends(allowed(Operation.READ_SESSION))],
    ) -> SessionView:
        """Who is logged in, and the token that a page needs after a reload."""
        if principal.session is None:
            return SessionView(role=principal.role.value, name=principal.name, csrf="", expires_at=None)
        return _session_view(principal.session)

    @router.delete(
        "/session",
        operation_id=Operation.LOG_OUT.value,
        tags=["session"],
        status_code=204,
        dependencies=SECURITY,
    )
    async def log_out(
        principal: Annotated[Principal, Depends(allowed(Operation.LOG_OUT))], response: Response
    ) -> None:
        """Log out: the session's cookie and the phones that it was given are void."""
        platform.phones.withdraw(principal.owner)
        if principal.session is not None:
            context.sessions.end(principal.session)
        for name in (COOKIE, SECURE_COOKIE):
            response.delete_cookie(
                name, path="/", secure=name == SECURE_COOKIE, httponly=True, samesite="strict"
            )

    @router.get(
        "/configuration", operation_id=Operation.CONFIGURATION.value, tags=["site"], dependencies=SECURITY
    )
    async def configuration(
        principal: Annotated[Principal, Depends(allowed(Operation.CONFIGURATION))],
    ) -> Configuration:
        """What a page has to know of the site."""
        numbers = [
            NumberView(number=one.match, flow=one.flow, language=one.language or site.languages[0])
            for one in site.numbers
        ]
        return Configuration(
            version=site.version,
            languages=list(site.languages),
            numbers=numbers,
            sip=SipView(websocket=site.websocket, domain=site.domain),
            ice_servers=_ice_servers(context, principal),
        )

    @router.post(
        "/phone-credentials",
        operation_id=Operation.PHONE.value,
        tags=["phone"],
        status_code=201,
        dependencies=SECURITY,
        responses=problems(503),
    )
    async def phone_credentials(
        asked: PhoneRequest, principal: Annotated[Principal, Depends(allowed(Operation.PHONE))]
    ) -> PhoneCredentials:
        """An account for a phone in a page. Ask again with its name before it ends, or after a reload."""
        context.rates.spend(Purpose.PHONE, principal.owner)
        if site.websocket is None:
            detail = 'Browsers cannot register here: add "ws://127.0.0.1:8088" to [sip] listen.'
            raise Problem(503, Kind.UNAVAILABLE, detail)
        given = platform.phones.issue(principal.owner, settings.phone_ttl_s, asked.account)
        return PhoneCredentials(
            account=given.account,
            uri=given.uri,
            password=given.password,
            display_name=principal.name,
            realm=given.realm,
            websocket=site.websocket,
            expires_at=clock.wall(given.until),
        )

    def _session_view(session: Session) -> SessionView:
        return SessionView(
            role=session.role.value,
            name=session.name,
            csrf=session.csrf,
            expires_at=clock.wall(session.until),
        )

    return router


def _who(context: Context, token: str | None, *, is_local: bool) -> tuple[str, Role]:
    """Whose session it becomes. Raises Problem."""
    if token is None:
        if is_local and not context.settings.tokens:
            return THIS_MACHINE, Role.ADMIN
        detail = "Send the token that you were given."
        if not context.settings.tokens:
            detail = (
                "Only the machine that the server runs on may log in without a token: add an [[api.token]]."
            )
        raise Problem(401, Kind.NO_SESSION, detail)
    found = context.tokens.find(token)
    if found is None:
        raise Problem(401, Kind.WRONG_TOKEN, "Nobody has this token. Ask who runs the server for one.")
    return found.name, found.role


def _set_cookie(response: Response, request: Request, cookie: str, age_s: int, *, is_tls: bool) -> None:
    """Behind a proxy that ends TLS, the origin of the page tells that there is TLS."""
    is_secure = is_tls or request.headers.get("origin", "").startswith("https://")
    response.set_cookie(
        SECURE_COOKIE if is_secure else COOKIE,
        cookie,
        max_age=age_s,
        path="/",
        secure=is_secure,
        httponly=True,
        samesite="strict",
    )


def _ice_servers(context: Context, principal: Principal) -> list[IceServer]:
    turn = context.settings.turn
    if turn is None:
        return []
    expires_at = int(context.platform.clock.wall().timestamp()) + turn.ttl_s
    made = turn_credentials(turn.secret, principal.name, expires_at)
    return [IceServer(urls=list(turn.urls), username=made.username, credential=made.credential)]
