"""The reg package (RFC 3680): where an account is registered, with the GRUUs of its phones (RFC 5628)."""

from __future__ import annotations

from voicecore.subscriptions.packages.markup import HEAD, attribute, text
from voicecore.subscriptions.resource import ObservedContact, Resource, States

CONTENT_TYPE = "application/reginfo+xml"

_NAMESPACES = 'xmlns="urn:ietf:params:xml:ns:reginfo" xmlns:gr="urn:ietf:params:xml:ns:gruuinfo"'


class RegInfo:
    """One watcher's series of documents. A contact that is only refreshed is no news (RFC 3680, 4.7).

    A temporary GRUU is told to nobody but its phone, in the answer to its REGISTER: it is to name nobody.
    """

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self._told: dict[str, ObservedContact] = {}
        self._was_active = False
        self._version = 0

    def write(self, states: States, now: float, *, full: bool) -> bytes | None:
        aor = self._resource.aor
        seen = {one.id: one for one in states.contacts(aor, now)}
        gone = [one for id, one in self._told.items() if id not in seen]
        new = [one for id, one in seen.items() if full or not _is_same(one, self._told.get(id))]
        if not (gone or new or full):
            return None
        self._was_active = self._was_active or bool(seen)
        state = "active" if seen else "terminated" if self._was_active else "init"
        contacts = [_contact(one, "terminated", states.why_gone(aor, one.id), now) for one in gone]
        contacts += [_contact(one, "active", _event(one), now) for one in new]
        self._told = seen
        version, self._version = self._version, self._version + 1
        return (
            f'{HEAD}<reginfo {_NAMESPACES} version="{version}" state="{"full" if full else "partial"}">\n'
            f'<registration aor={attribute(aor)} id="1" state="{state}">\n'
            f"{''.join(contacts)}</registration>\n</reginfo>\n"
        ).encode()


def _is_same(one: ObservedContact, told: ObservedContact | None) -> bool:
    return told is not None and (one.uri, one.q, one.gruu, one.display) == (
        told.uri,
        told.q,
        told.gruu,
        told.display,
    )


def _event(one: ObservedContact) -> str:
    return "registered" if one.refreshed == one.registered else "refreshed"


def _contact(one: ObservedContact, state: str, event: str, now: float) -> str:
    lasts = "" if state == "terminated" else f' expires="{max(0, round(one.expires - now))}"'
    parts = [
        f'<contact id={attribute(one.id)} state="{state}" event={attribute(event)}{lasts}',
        f' duration-registered="{max(0, int(now - one.registered))}" q="{one.q:g}"',
        f' callid={attribute(one.call_id)} cseq="{one.cseq}"><uri>{text(one.uri)}</uri>',
    ]
    if one.display:
        parts.append(f"<display-name>{text(one.display)}</display-name>")
    if one.instance:
        quoted = f'"{one.instance}"'
        parts.append(f'<unknown-param name="+sip.instance">{text(quoted)}</unknown-param>')
    if one.gruu and state == "active":
        parts.append(f"<gr:pub-gruu uri={attribute(one.gruu)}/>")
    return "".join(parts) + "</contact>\n"
