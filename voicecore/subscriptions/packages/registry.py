"""The packages that we know, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from voicecore.subscriptions.packages import dialog_info, message_summary, presence, reg_info
from voicecore.subscriptions.packages.document import Document
from voicecore.subscriptions.resource import Resource, View


@dataclass(frozen=True, slots=True)
class Package:
    """`open` makes a subscription's document."""

    name: str
    content_type: str
    open: Callable[[Resource, View], Document]
    is_private: bool = False
    """Only the account itself may subscribe."""


PACKAGES = {
    package.name: package
    for package in (
        Package("dialog", dialog_info.CONTENT_TYPE, dialog_info.DialogInfo),
        Package(
            "message-summary",
            message_summary.CONTENT_TYPE,
            lambda resource, _: message_summary.MessageSummary(resource),
            is_private=True,
        ),
        Package("presence", presence.CONTENT_TYPE, lambda resource, _: presence.PresenceInfo(resource)),
        Package(
            "reg", reg_info.CONTENT_TYPE, lambda resource, _: reg_info.RegInfo(resource), is_private=True
        ),
    )
}
