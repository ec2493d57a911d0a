"""The packages that we know, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from voicecore.subscriptions.packages import dialog_info, message_summary, presence
from voicecore.subscriptions.packages.document import Document
from voicecore.subscriptions.resource import Resource


@dataclass(frozen=True, slots=True)
class Package:
    """`open` makes a subscription's document; its second argument: whether the remote party is shown."""

    name: str
    content_type: str
    open: Callable[[Resource, bool], Document]
    is_private: bool = False
    """Only the account itself may subscribe."""


PACKAGES = {
    package.name: package
    for package in (
        Package(
            "dialog", dialog_info.CONTENT_TYPE, lambda r, shown: dialog_info.DialogInfo(r, shows_remote=shown)
        ),
        Package(
            "message-summary",
            message_summary.CONTENT_TYPE,
            lambda resource, _: message_summary.MessageSummary(resource),
            is_private=True,
        ),
        Package("presence", presence.CONTENT_TYPE, lambda resource, _: presence.PresenceInfo(resource)),
    )
}
