"""The dialog package (RFC 4235): what calls an account has, as full and partial documents."""

from __future__ import annotations

from collections.abc import Iterable

from voicecore.subscriptions.packages.markup import HEAD, attribute, text
from voicecore.subscriptions.resource import Identity, ObservedDialog, PickupKey, Resource, States, View

CONTENT_TYPE = "application/dialog-info+xml"


class DialogInfo:
    """One watcher's series of documents: the first is version 0, each later one is one more (RFC 4235, 3.10).

    Call-IDs and tags are never written: with them a watcher could end the call or take it over. What stands in their
    place where it rings picks the call up, for who may.
    """

    def __init__(self, resource: Resource, view: View) -> None:
        self._resource = resource
        self._view = view
        self._told: dict[str, ObservedDialog] = {}
        self._version = 0

    def write(self, states: States, now: float, *, full: bool) -> bytes | None:
        seen = {one.id: one.seen_by(self._view) for one in states.dialogs(self._resource.aor)}
        if full:
            dialogs = list(seen.values())
        else:
            dialogs = [one.ended() for id, one in self._told.items() if id not in seen]
            dialogs += [one for id, one in seen.items() if self._told.get(id) != one]
            if not dialogs:
                return None
        self._told = seen
        version, self._version = self._version, self._version + 1
        return _document(self._resource, version, "full" if full else "partial", dialogs)


def _document(resource: Resource, version: int, state: str, dialogs: Iterable[ObservedDialog]) -> bytes:
    about = f'version="{version}" state="{state}" entity={attribute(resource.aor)}'
    parts = [f'{HEAD}<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" {about}>\n']
    for dialog in dialogs:
        key = "" if dialog.pickup is None else _key(dialog.pickup)
        parts.append(f"<dialog id={attribute(dialog.id)}{key} direction={attribute(dialog.direction.value)}>")
        parts.append(f"<state>{dialog.phase.value}</state>")
        parts += [
            _party(tag, one) for tag, one in (("local", dialog.local), ("remote", dialog.remote)) if one
        ]
        parts.append("</dialog>\n")
    parts.append("</dialog-info>\n")
    return "".join(parts).encode()


def _key(key: PickupKey) -> str:
    return (
        f" call-id={attribute(key.call_id)} local-tag={attribute(key.local_tag)}"
        f" remote-tag={attribute(key.remote_tag)}"
    )


def _party(tag: str, identity: Identity) -> str:
    display = f" display={attribute(identity.display)}" if identity.display else ""
    # Phones look for the target as well, though the identity says it all.
    return (
        f"<{tag}><identity{display}>{text(identity.uri)}</identity>"
        f"<target uri={attribute(identity.uri)}/></{tag}>"
    )
