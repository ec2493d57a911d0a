"""STIR/SHAKEN on calls: signed on the way out by trunk, judged on the way in (RFC 8224, 8588)."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import format_datetime

import structlog

from voicecore.calls.active_call import ActiveCall, Script
from voicecore.calls.journal import EventKind
from voicecore.calls.party import Party, PartyKind
from voicecore.guard.policy import Source
from voicecore.guard.stir.party import PartyKind as Kind
from voicecore.guard.stir.party import party_of
from voicecore.guard.stir.settings import StirMode
from voicecore.guard.stir.signing import Signer
from voicecore.guard.stir.verification import described, refusal
from voicecore.guard.stir.verifier import Verifier
from voicecore.sip.headers import Field
from voicecore.sip.message import Request
from voicecore.sip.uri import Uri

_log = structlog.get_logger(__name__)


class Signing:
    """Adds Identity and Date to calls out."""

    def __init__(self, signer: Signer, wall: Callable[[], float]) -> None:
        self._signer = signer
        self._wall = wall
        self._origin = uuid.uuid4()

    def fields(self, caller: Uri, called: Uri, party: Party) -> tuple[Field, ...]:
        """Empty where caller or called is no number that a token can name."""
        if any(party_of(uri).kind is not Kind.NUMBER for uri in (caller, called)):
            return ()
        wall = self._wall()
        source = Source.ACCOUNT if party.kind is PartyKind.ACCOUNT else None
        attestation = self._signer.attestation(caller, source)
        identity = self._signer.identity(caller, called, attestation, self._origin, wall)
        date = format_datetime(datetime.fromtimestamp(wall, UTC), usegmt=True)
        return (("Date", date), ("Identity", str(identity)))


class Screening:
    """Judges the identity of calls by trunk before their flow begins."""

    def __init__(
        self,
        verifier: Verifier,
        mode: StirMode,
        wall: Callable[[], float],
        is_trusted: Callable[[Party], bool],
    ) -> None:
        """`is_trusted`: whether a trunk's asserted identity counts (RFC 3325)."""
        self._verifier = verifier
        self._mode = mode
        self._wall = wall
        self._is_trusted = is_trusted

    def screen(self, request: Request, party: Party, script: Script) -> Script:
        """The same script, after the judgement; or one that refuses the call."""
        if party.kind is not PartyKind.TRUNK:
            return script

        async def screened(call: ActiveCall) -> None:
            verdict = await self._verifier.verdict(request, self._wall(), asserted=self._is_trusted(party))
            call.verdict = verdict
            call.journal.note(EventKind.IDENTITY, described(verdict))
            refused = refusal(verdict, self._mode)
            if refused is None:
                await _run(script, call)
            elif call.first is not None:
                status, reason = refused
                _log.warning("caller's identity refused", call=call.id, status=status, reason=reason)
                call.first.reject(status, reason)

        return screened


def _run(script: Script, call: ActiveCall) -> Awaitable[None]:
    return script(call)
