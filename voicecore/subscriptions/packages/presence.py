"""The presence package (RFC 3856): whether an account can be reached, and whether it is on the phone (RFC 4480)."""

from __future__ import annotations

from dataclasses import dataclass

from voicecore.subscriptions.packages.markup import HEAD, attribute
from voicecore.subscriptions.resource import Phase, Resource, States

CONTENT_TYPE = "application/pidf+xml"

_NAMESPACES = (
    'xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"'
    ' xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid"'
)
_ON_THE_PHONE = '<dm:person id="person"><rpid:activities><rpid:on-the-phone/></rpid:activities></dm:person>\n'


@dataclass(frozen=True, slots=True)
class Presence:
    is_open: bool
    is_on_the_phone: bool


class PresenceInfo:
    """PIDF (RFC 3863) with a person (RFC 4479). Every document is whole."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self._told: Presence | None = None

    def write(self, states: States, now: float, *, full: bool) -> bytes | None:
        aor = self._resource.aor
        is_talking = any(dialog.phase is Phase.CONFIRMED for dialog in states.dialogs(aor))
        presence = Presence(states.is_registered(aor, now), is_talking)
        if presence == self._told and not full:
            return None
        self._told = presence
        basic = "open" if presence.is_open else "closed"
        person = _ON_THE_PHONE if presence.is_on_the_phone else ""
        return (
            f"{HEAD}<presence {_NAMESPACES} entity={attribute(aor)}>\n"
            f'<tuple id="phone"><status><basic>{basic}</basic></status></tuple>\n'
            f"{person}</presence>\n"
        ).encode()
