"""hangup: end the call, for a reason that the other side is told."""

from __future__ import annotations

from typing import NoReturn

from voicecore.errors import UsageError
from voicecore.ivr.line import Line
from voicecore.ivr.results import Hangup
from voicecore.sip.cause import Cause, cause_of, status_of
from voicecore.sip.values.reason import Reason


def hangup(line: Line, cause: int) -> NoReturn:
    """`cause` is a SIP status above 299 or a Q.850 cause. Always raises: Hangup, or UsageError for another number.

    A call that was not answered is refused with the status, and with a Reason where a Q.850 cause was given
    (RFC 6432); one that was answered ends with BYE and a Reason (RFC 3326).
    """
    if 300 <= cause <= 699:
        status, q850, is_told = cause, cause_of(cause), False
    else:
        try:
            q850 = Cause(cause)
        except ValueError as error:
            raise UsageError(f"{cause} is neither a SIP status above 299 nor a cause of Q.850") from error
        status, is_told = status_of(q850), True
    reason = Reason.of_cause(q850)
    if line.leg.is_answered:
        line.leg.hang_up(reason=reason)
    else:
        line.leg.reject(status, headers=(("Reason", str(reason)),) if is_told else ())
    raise Hangup("we hung up")
