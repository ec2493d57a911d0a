"""Every SIP message finds the journals of its call; those that come before the call are kept for it."""

from __future__ import annotations

import structlog

from voicecore.calls.journal import Journal
from voicecore.calls.leg import Leg
from voicecore.ids import CallId
from voicecore.sip import output as stack
from voicecore.sip.hop import Hop
from voicecore.sip.output import DialogId

_log = structlog.get_logger(__name__)

EARLY_CALLS, EARLY_MESSAGES = 64, 4
"""Calls whose first messages are kept before they have a leg, and how many of each; the oldest call is forgotten."""

MAX_REMEMBERED_FAULTS = 1000
"""Peers' faults that are remembered so that each is logged once; when full, all are forgotten."""


class MessageKeeper:
    """Knows which legs belong to which SIP Call-ID."""

    def __init__(self) -> None:
        self._entries: dict[str, list[tuple[Leg, Journal]]] = {}
        self._early: dict[str, list[stack.Heard | stack.Transmit]] = {}
        self._faults: set[tuple[str, str]] = set()

    def register(self, leg: Leg, journal: Journal) -> None:
        self._entries.setdefault(leg.identity.sip_call_id, []).append((leg, journal))
        self.write_early(leg.identity.sip_call_id, journal)

    def forget(self, leg: Leg) -> None:
        entries = self._entries.get(leg.identity.sip_call_id, [])
        entries[:] = [entry for entry in entries if entry[0] is not leg]
        if not entries:
            self._entries.pop(leg.identity.sip_call_id, None)

    def leg_of(self, dialog: DialogId) -> Leg | None:
        for leg, _ in self._entries.get(dialog.call_id, ()):
            if leg.signalling.dialog == dialog:
                return leg
        return None

    def dialling(self, dialog: DialogId) -> Leg | None:
        """The leg whose INVITE this far end has, and nobody answered."""
        return next(
            (leg for leg, _ in self._entries.get(dialog.call_id, ()) if leg.signalling.dialog is None), None
        )

    def journal_of(self, leg: Leg) -> Journal | None:
        for one, journal in self._entries.get(leg.identity.sip_call_id, ()):
            if one is leg:
                return journal
        return None

    def call_named(self, sip_call_id: str) -> CallId | None:
        """The running call that messages with this Call-ID belong to."""
        entries = self._entries.get(sip_call_id)
        return entries[0][1].call if entries else None

    def keep(self, message: stack.Heard | stack.Transmit) -> None:
        entries = self._entries.get(message.call_id)
        if entries is None:
            self._keep_early(message)
            return
        if len(entries) == 1:  # nearly always
            _write(entries[0][1], message)
            return
        for journal in {id(journal): journal for _, journal in entries}.values():
            _write(journal, message)

    def write_early(self, sip_call_id: str, journal: Journal) -> None:
        """What came before the call had a leg, into its journal."""
        for message in self._early.pop(sip_call_id, ()):
            _write(journal, message)

    def _keep_early(self, message: stack.Heard | stack.Transmit) -> None:
        kept = self._early.setdefault(message.call_id, [])
        if len(kept) < EARLY_MESSAGES:
            kept.append(message)
        if len(self._early) > EARLY_CALLS:
            self._early.pop(next(iter(self._early)))

    def log_once(self, problem: str, hop: Hop) -> None:
        """Each fault of each peer once: a scanner must not fill the disk."""
        fault = (hop.remote.host, problem)
        if fault in self._faults:
            return
        if len(self._faults) >= MAX_REMEMBERED_FAULTS:
            self._faults.clear()
        self._faults.add(fault)
        _log.warning("peer broke the rules", problem=problem, personal_peer=str(hop.remote))


def _write(journal: Journal, message: stack.Heard | stack.Transmit) -> None:
    received = isinstance(message, stack.Heard)
    journal.message(message.data, message.hop, message.call_id, received=received)
