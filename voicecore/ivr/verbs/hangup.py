"""hangup: end the call, for a reason that the other side is told."""

from __future__ import annotations

from typing import NoReturn

from voicecore.calls import dial_outcome
from voicecore.calls.dial_outcome import DialOutcome
from voicecore.errors import UsageError
from voicecore.ivr.line import Line
from voicecore.ivr.results import Hangup
from voicecore.sip.cause import Cause, cause_of, status_of
from voicecore.sip.values.reason import Reason


def hangup(line: Line, cause: int | DialOutcome) -> NoReturn:
    """`cause` is a SIP status above 299, a Q.850 cause, or what came of a dial.

    A call that was not answered is refused with the status, and with a Reason where a Q.850 cause was given, or an
    outcome that has one (RFC 6432); one that was answered ends with BYE and a Reason (RFC 3326). Always raises:
    Hangup, or UsageError for another number.
    """
    status, q850, is_told = _meaning(cause)
    reason = Reason.of_cause(q850)
    if line.leg.is_answered:
        line.leg.hang_up(reason=reason)
    else:
        headers = (("Reason", str(reason)),) if is_told else ()
        line.leg.reject(status, headers=headers + _retry_after(cause))
    raise Hangup("we hung up")


def _retry_after(cause: int | DialOutcome) -> tuple[tuple[str, str], ...]:
    match cause:
        case dial_outcome.Rejected(retry_after_s=seconds) if seconds:
            return (("Retry-After", str(seconds)),)
        case _:
            return ()


def _meaning(cause: int | DialOutcome) -> tuple[int, Cause, bool]:
    """Status, cause, and whether the cause says more than the status."""
    if not isinstance(cause, int):
        return dial_outcome.refusal_status_of(cause), dial_outcome.cause_of(cause), True
    if 300 <= cause <= 699:
        return cause, cause_of(cause), False
    try:
        q850 = Cause(cause)
    except ValueError as error:
        raise UsageError(f"{cause} is neither a SIP status above 299 nor a cause of Q.850") from error
    return status_of(q850), q850, True
