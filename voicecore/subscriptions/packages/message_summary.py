"""The message-summary package (RFC 3842): whether voice messages wait."""

from __future__ import annotations

from voicecore.subscriptions.resource import MessageCounts, Resource, States

CONTENT_TYPE = "application/simple-message-summary"


class MessageSummary:
    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self._told: MessageCounts | None = None

    def write(self, states: States, now: float, *, full: bool) -> bytes | None:
        counts = states.messages(self._resource.aor)
        if counts == self._told and not full:
            return None
        self._told = counts
        # In brackets: how many of them are urgent, which nobody here can say of a message.
        return (
            f"Messages-Waiting: {'yes' if counts.new else 'no'}\r\n"
            f"Message-Account: {self._resource.aor}\r\n"
            f"Voice-Message: {counts.new}/{counts.old} (0/0)\r\n"
        ).encode()
