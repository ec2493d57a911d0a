"""Calls that ring at phones of ours and may be picked up elsewhere: by a key that watchers are told, or by a code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from voicecore.calls.leg import Leg
from voicecore.calls.leg_state import LegState
from voicecore.calls.party import Party, PartyKind
from voicecore.ids import LegId
from voicecore.sip.values.replaces import Replaces
from voicecore.store.records import Side
from voicecore.subscriptions.policy import WatchPolicy
from voicecore.subscriptions.resource import PickupKey

PHONES = (PartyKind.ACCOUNT, PartyKind.GUEST)
_CALL_ID, _TAG = 22, 10


@dataclass(frozen=True, slots=True)
class PickupCodes:
    """What phones dial to pick up: `directed` before a name or number of ours, `group` alone."""

    directed: str = "**"
    group: str = "*8"


USUAL_CODES = PickupCodes()


class Pickups:
    """Told of every leg. Only who rang is here, and only who may pick up finds it."""

    def __init__(self, policy: WatchPolicy, token: Callable[[int], str]) -> None:
        """`token` gives that many unguessable characters."""
        self._policy = policy
        self._token = token
        self._ringing: dict[str, dict[LegId, Leg]] = {}
        self._by_call_id: dict[str, Leg] = {}
        self._keys: dict[LegId, PickupKey] = {}

    def joined(self, leg: Leg) -> None:
        """A leg began, or came to another call."""
        party = leg.identity.party
        if _rings(leg) and party.kind in PHONES:
            self._ringing.setdefault(party.name, {})[leg.id] = leg

    def left(self, leg: Leg) -> None:
        """A leg is over, or left its call."""
        name = leg.identity.party.name
        legs = self._ringing.get(name)
        if legs is not None and legs.pop(leg.id, None) is not None and not legs:
            del self._ringing[name]
        if (key := self._keys.pop(leg.id, None)) is not None:
            del self._by_call_id[key.call_id]

    def key_of(self, leg: Leg) -> PickupKey | None:
        """By what a leg is picked up that rings; None: it does not."""
        if not _rings(leg) or leg.id not in self._ringing.get(leg.identity.party.name, ()):
            return None
        key = self._keys.get(leg.id)
        if key is None:
            key = PickupKey(f"pickup-{self._token(_CALL_ID)}", self._token(_TAG), self._token(_TAG))
            self._keys[leg.id] = key
            self._by_call_id[key.call_id] = leg
        return key

    def named(self, replaces: Replaces, party: Party) -> Leg | None:
        """The leg that rings and has this key, where the party may pick it up.

        RFC 3891, 3 has the tags as we see them; phones copy them from the document of the watched one as it is.
        """
        leg = self._by_call_id.get(replaces.call_id)
        key = None if leg is None else self._keys.get(leg.id)
        if leg is None or key is None or not self._may(party, leg):
            return None
        return leg if {replaces.to_tag, replaces.from_tag} == {key.local_tag, key.remote_tag} else None

    def at(self, account: str | None, party: Party) -> Leg | None:
        """The leg that has been ringing for longest: at that account, or at any (None) that the party may pick up."""
        names = tuple(self._ringing) if account is None else (account,)
        legs = [leg for name in names for leg in self._ringing.get(name, {}).values()]
        if account is None:
            legs = [leg for leg in legs if leg.identity.party.name != party.name]
        return min((leg for leg in legs if self._may(party, leg)), key=lambda leg: leg.id, default=None)

    def _may(self, party: Party, leg: Leg) -> bool:
        return (
            party.kind in PHONES
            and _rings(leg)
            and self._policy.may_pick_up(party.name, leg.identity.party.name)
        )


def _rings(leg: Leg) -> bool:
    return (
        leg.identity.side is Side.OUTBOUND
        and leg.progress.state is LegState.DIALLING
        and leg.successor is None
    )
