"""What a `SubscriptionDesk` wants done. Facts, in the order in which they are to be done."""

from __future__ import annotations

from dataclasses import dataclass

from voicecore.sip.headers import Field
from voicecore.sip.output import DialogId, RequestId
from voicecore.subscriptions.subscription import SubscriptionId


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer a SUBSCRIBE with a final response, and keep nothing."""

    request: RequestId
    status: int
    reason: str | None
    headers: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Accept:
    """Accept a SUBSCRIBE, then tell the desk its dialog by `accepted`."""

    request: RequestId
    status: int
    headers: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class NotifyDue:
    """Send a NOTIFY, then tell the desk its id by `sent`."""

    subscription: SubscriptionId
    dialog: DialogId
    headers: tuple[Field, ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """Nothing more is sent for one `Accept` of this dialog."""

    dialog: DialogId


Output = Refuse | Accept | NotifyDue | Ended
