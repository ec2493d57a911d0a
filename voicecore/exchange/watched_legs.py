"""Pins the calls of accounts to the board that watchers are told from, as they begin, go on and end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from voicecore.calls.leg import Leg
from voicecore.calls.leg_state import LegState
from voicecore.calls.party import PartyKind
from voicecore.sip import output as stack
from voicecore.sip.output import InviteId
from voicecore.store.records import Side
from voicecore.subscriptions.board import StateBoard
from voicecore.subscriptions.resource import Aor, Direction, Identity, ObservedDialog, Phase, PickupKey


class WatchedLegs:
    """Looks at a leg when a SIP message of its dialog went by, once all that came of the message is done."""

    def __init__(
        self,
        board: StateBoard,
        aor_of: Callable[[str], Aor | None],
        changed: Callable[[Aor], None],
        key_of: Callable[[Leg], PickupKey | None] = lambda leg: None,
    ) -> None:
        """`aor_of` an account's name; `changed` is told whose calls are to be shown anew; `key_of` a leg that rings."""
        self._key_of = key_of
        self._board = board
        self._aor_of = aor_of
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._by_call_id: dict[str, dict[InviteId, tuple[Leg, Aor]]] = {}
        self.call_ids: dict[InviteId, str] = {}
        """The legs that are watched; what belongs to none of them need not be told here."""
        self._stale: set[str] = set()

    def register(self, leg: Leg) -> None:
        """A leg began, or came to another call. Only those of accounts are watched."""
        party = leg.identity.party
        aor = self._aor_of(party.name) if party.kind in (PartyKind.ACCOUNT, PartyKind.GUEST) else None
        if aor is None:
            return
        call_id, invite = leg.identity.sip_call_id, leg.signalling.invite
        self._by_call_id.setdefault(call_id, {})[invite] = leg, aor
        self.call_ids[invite] = call_id
        self._mark(call_id)

    def forget(self, leg: Leg) -> None:
        """A leg left its call. One that is not over goes on in another, which registers it again."""
        invite = leg.signalling.invite
        call_id = self.call_ids.pop(invite, None)
        if call_id is None:
            return
        legs = self._by_call_id[call_id]
        _, aor = legs.pop(invite)
        if not legs:
            del self._by_call_id[call_id]
        if self._board.set_dialog(aor, observed(leg).ended()):
            self._changed(aor)

    def receive(self, output: stack.Output) -> None:
        """Every output of the SIP stack, after its owner had it."""
        match output:
            case stack.Transmit() | stack.Heard():
                self._mark(output.call_id)
            case stack.DialogEnded(dialog) | stack.ByeAnswered(dialog):
                self._mark(dialog.call_id)
            case stack.Failed(invite) if (call_id := self.call_ids.get(invite)) is not None:
                self._mark(call_id)
            case _:
                pass  # a message went by with it, which was enough

    def _mark(self, call_id: str) -> None:
        if call_id not in self._by_call_id:
            return
        if not self._stale:
            # What a message leads to is complete when the loop has come round.
            self._loop.call_soon(self._look)
        self._stale.add(call_id)

    def _look(self) -> None:
        stale, self._stale = self._stale, set()
        for call_id in stale:
            for leg, aor in tuple(self._by_call_id.get(call_id, {}).values()):
                if self._board.set_dialog(aor, replace(observed(leg), pickup=self._key_of(leg))):
                    self._changed(aor)


def observed(leg: Leg) -> ObservedDialog:
    """A leg as its phone's watchers see it: the phone is the local party, we stand for the remote one."""
    began = leg.identity.side is Side.INBOUND
    return ObservedDialog(
        id=f"leg-{leg.id}",
        direction=Direction.INITIATOR if began else Direction.RECIPIENT,
        phase=_phase(leg),
        local=Identity(leg.identity.remote_uri),
        remote=Identity(leg.identity.local_uri, leg.identity.local_name),
    )


def _phase(leg: Leg) -> Phase:
    match leg.progress.state:
        case LegState.OFFERED | LegState.DIALLING | LegState.CANCELLING:
            return Phase.EARLY if leg.has_rung or leg.has_media else Phase.TRYING
        case LegState.ANSWERED:
            return Phase.CONFIRMED
        case LegState.ENDED:
            return Phase.TERMINATED
