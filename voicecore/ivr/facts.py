"""What a flow may know of its call without asking anybody."""

from __future__ import annotations

from datetime import datetime

from voicecore.calls.party import PartyKind
from voicecore.errors import PeerError
from voicecore.guard.stir.verification import Verified
from voicecore.ids import CallId
from voicecore.ivr.line import Line
from voicecore.sip.uri import Uri


class Facts:
    """The facts of one party's end of a call, and the choices that hold for all of its verbs."""

    def __init__(self, line: Line) -> None:
        self._line = line

    @property
    def id(self) -> CallId:
        return self._line.active.id

    @property
    def now(self) -> datetime:
        """The date and time (UTC); in a simulation, the simulated one."""
        return self._line.now

    @property
    def number(self) -> str:
        """What was dialled."""
        return self._line.active.record.number

    @property
    def caller(self) -> str:
        """The caller's SIP URI, as the caller says it."""
        return self._line.active.record.caller

    @property
    def caller_number(self) -> str:
        """The caller's number, or the name of his account: the user part of `caller`. "" for who has none."""
        try:
            user = Uri.parse(self.caller).user or ""
        except PeerError:
            return ""
        return "" if user == "anonymous" else user

    @property
    def caller_name(self) -> str:
        """The caller's name, as his carrier or his phone says it; "" where nobody says one."""
        return self._line.active.caller_name

    @property
    def is_caller_verified(self) -> bool:
        """Whether the caller's number is signed for, by somebody whom this site trusts (STIR, RFC 8224)."""
        return isinstance(self._line.active.verdict, Verified)

    @property
    def attestation(self) -> str | None:
        """What the signer says of a verified caller: "A" it knows him and that the number is his, "B" it knows him,
        "C" neither (RFC 8588). None where nothing was verified."""
        verdict = self._line.active.verdict
        attestation = verdict.attestation if isinstance(verdict, Verified) else None
        return None if attestation is None else attestation.value

    @property
    def account(self) -> str | None:
        """The account of this site that this party proved to be; None for everybody else."""
        party = self._line.leg.identity.party
        return party.name if party.kind is PartyKind.ACCOUNT else None

    @property
    def diverted_by(self) -> tuple[str, ...]:
        """SIP URIs of those who sent the call on to this number, the latest first, as the carrier says."""
        return self._line.leg.identity.diverted_by

    @property
    def language(self) -> str:
        """The language of prompts and speech: "en", "zh". A flow may change it at any time."""
        return self._line.language

    @language.setter
    def language(self, language: str) -> None:
        self._line.language = language

    @property
    def voice(self) -> str:
        """Who speaks in the call's language: an engine ("flite"), or one of its voices ("flite/slt"); "": the first.

        Where that engine cannot, another speaks. Another language has another voice.
        """
        return self._line.voice

    @voice.setter
    def voice(self, voice: str) -> None:
        self._line.voices[self._line.language] = voice
