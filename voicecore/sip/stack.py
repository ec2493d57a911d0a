"""The whole SIP user agent as one machine: it sequences transactions, dialogs and the two cores. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from voicecore.sip.hop import Hop
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.output import DialogId, InviteId, Output
from voicecore.sip.settings import StackSettings
from voicecore.sip.uri import Uri


class Stack:
    def __init__(self, settings: StackSettings, *, token: Callable[[int], str]) -> None:
        """`token(n)` makes `n` random URL-safe characters, for tags, branches and Call-IDs."""

    def receive(self, datagram: bytes, hop: Hop, now: float) -> None: ...

    def transport_failed(self, hop: Hop, now: float) -> None: ...

    def handle_timer(self, now: float) -> None: ...

    def next_timer(self) -> float | None: ...

    def poll(self) -> list[Output]: ...

    def respond(
        self,
        invite: InviteId,
        status: int,
        now: float,
        *,
        reason: str | None = None,
        sdp: bytes = b"",
        headers: Sequence[tuple[str, str]] = (),
    ) -> bool:
        """Answer a peer's INVITE. False when it is already over (cancelled, answered, gone)."""
        ...

    def invite(
        self,
        target: Uri,
        hop: Hop,
        now: float,
        *,
        from_: NameAddr,
        sdp: bytes,
        to: NameAddr | None = None,
        headers: Sequence[tuple[str, str]] = (),
    ) -> InviteId: ...

    def cancel(self, invite: InviteId, now: float, *, reason: str | None = None) -> None: ...

    def bye(self, dialog: DialogId, now: float, *, headers: Sequence[tuple[str, str]] = ()) -> None: ...

    def reinvite(
        self, dialog: DialogId, now: float, *, sdp: bytes, headers: Sequence[tuple[str, str]] = ()
    ) -> InviteId: ...

    def call_id(self, of: InviteId | DialogId) -> str: ...

    def dialog_of(self, invite: InviteId) -> DialogId | None:
        """The dialog that this INVITE belongs to or made; None before the first response with a tag."""
        ...
