"""The states of accounts, in memory: what calls, registrar and voicemail pin here, documents are written from."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from voicecore.errors import UsageError
from voicecore.subscriptions.resource import Aor, MessageCounts, ObservedContact, ObservedDialog, Phase

REMEMBERED = 20
"""Contacts of an account of which is known why they are gone; watchers are told within a second."""


class StateBoard:
    """Implements `States`. The setters return whether anything changed, so that watchers are told only then."""

    def __init__(
        self,
        is_registered: Callable[[Aor, float], bool] = lambda aor, now: False,
        contacts: Callable[[Aor, float], Iterable[ObservedContact]] = lambda aor, now: (),
    ) -> None:
        """Both ask the registrar, which is the only one to know."""
        self._is_registered = is_registered
        self._contacts = contacts
        self._gone: dict[Aor, dict[str, str]] = {}
        self._dialogs: dict[Aor, dict[str, ObservedDialog]] = {}
        self._messages: dict[Aor, MessageCounts] = {}

    def set_dialog(self, aor: Aor, dialog: ObservedDialog) -> bool:
        """A dialog began or went on; a terminated one is forgotten."""
        dialogs = self._dialogs.setdefault(aor, {})
        before = dialogs.pop(dialog.id, None)
        if dialog.phase is not Phase.TERMINATED:
            dialogs[dialog.id] = dialog
            return before != dialog
        if not dialogs:
            del self._dialogs[aor]
        return before is not None

    def set_messages(self, aor: Aor, new: int, old: int) -> bool:
        """How many voice messages wait and were heard. UsageError for less than none."""
        if min(new, old) < 0:
            raise UsageError(f"{new} new and {old} old messages")
        before, counts = self.messages(aor), MessageCounts(new, old)
        if counts == MessageCounts():
            self._messages.pop(aor, None)
        else:
            self._messages[aor] = counts
        return before != counts

    def dialogs(self, aor: Aor) -> Iterable[ObservedDialog]:
        return tuple(self._dialogs.get(aor, {}).values())

    def is_registered(self, aor: Aor, now: float) -> bool:
        return self._is_registered(aor, now)

    def contact_gone(self, aor: Aor, contact: str, why: str) -> None:
        """A contact of the account is there no more, before its time."""
        gone = self._gone.setdefault(aor, {})
        gone[contact] = why
        if len(gone) > REMEMBERED:
            del gone[next(iter(gone))]

    def contacts(self, aor: Aor, now: float) -> Iterable[ObservedContact]:
        return self._contacts(aor, now)

    def why_gone(self, aor: Aor, contact: str) -> str:
        return self._gone.get(aor, {}).get(contact, "expired")

    def messages(self, aor: Aor) -> MessageCounts:
        return self._messages.get(aor, MessageCounts())
