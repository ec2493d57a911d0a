"""We ask a peer to call somebody else instead of us: REFER, blind or attended (RFC 3515, 5589)."""

from __future__ import annotations

from dataclasses import dataclass

from voicecore.calls.active_call import ActiveCall
from voicecore.calls.journal import EventKind
from voicecore.calls.leg import Leg
from voicecore.calls.referral import Referral
from voicecore.errors import UsageError
from voicecore.sip.uri import Uri
from voicecore.sip.values.refer import ReferTo
from voicecore.sip.values.replaces import Replaces


@dataclass(frozen=True, slots=True)
class Transferred:
    """The peer reached the target; its status line says how."""

    status: int


@dataclass(frozen=True, slots=True)
class NotTransferred:
    """The peer would not or could not. `status`: of the REFER, or of the peer's own call; 408 if it never told."""

    status: int
    reason: str


TransferOutcome = Transferred | NotTransferred


async def transfer(
    call: ActiveCall, leg: Leg, target: str, *, to: Leg | None, patience: float
) -> TransferOutcome:
    """Refers the peer of `leg` to a SIP URI, or with `to` to the party of that leg, which it replaces us with.

    The leg stays until its peer hangs up or `transfer` returns. Raises PeerError for a target that is no URI, and
    UsageError where one of the legs is not answered.
    """
    dialog = leg.signalling.dialog
    if not leg.is_answered or dialog is None:
        raise UsageError("transfer needs an answered call: `await call.answer()` first")
    refer_to = ReferTo(Uri.parse(target)) if to is None else _to_party(to)
    call.journal.note(EventKind.TRANSFER, f"leg {leg.id} is sent to {refer_to.target}")
    referral = leg.referral = Referral()
    try:
        headers = [("Refer-To", str(refer_to)), ("Referred-By", f"<{leg.identity.local_uri}>")]
        answered = await call.services.registry.ask(dialog, "REFER", headers=headers)
        if answered.status >= 300:
            return _noted(call, NotTransferred(answered.status, answered.reason))
        progress = await referral.outcome(patience)
    finally:
        leg.referral = None
    if progress.status >= 300:
        return _noted(call, NotTransferred(progress.status, progress.reason))
    return _noted(call, Transferred(progress.status))


def _to_party(to: Leg) -> ReferTo:
    dialog = to.signalling.dialog
    if not to.is_answered or dialog is None:
        raise UsageError("an attended transfer needs the other party answered")
    replaces = Replaces(dialog.call_id, dialog.remote_tag, dialog.local_tag)
    return ReferTo(Uri.parse(to.identity.remote_uri), fields=(("Replaces", str(replaces)),))


def _noted(call: ActiveCall, outcome: TransferOutcome) -> TransferOutcome:
    call.journal.note(EventKind.TRANSFER, f"{type(outcome).__name__} {outcome.status}")
    return outcome
