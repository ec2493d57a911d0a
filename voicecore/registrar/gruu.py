"""GRUUs (RFC 5627): URIs that reach one instance of an account. Public ones are read, temporary ones unsealed."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote, unquote

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from voicecore.registrar.account import Account
from voicecore.registrar.binding import Binding
from voicecore.sip.uri import Uri

GRUU = "gruu"
"""The option tag."""
ISSUED = ("pub-gruu", "temp-gruu")
"""Parameters that only we write into a Contact."""
_NONCE, _TAG = 12, 16
_PLAIN = "-_.!~*'()[]/:&+$"
"""What a URI parameter may hold beside letters and digits (RFC 3261, 25.1: paramchar)."""


@dataclass(frozen=True, slots=True)
class Instance:
    """Whom a valid GRUU names. `bindings` are how it is reached, the newest first: one at a time may be tried
    (RFC 5626, 7); none: it is not registered now.
    """

    account: Account
    name: str
    bindings: tuple[Binding, ...]


def is_gruu(uri: Uri) -> bool:
    return uri.parameter("gr") is not None


def instance_key(text: str) -> str:
    """The instance of a `+sip.instance`, or of a `gr`, as it is compared: URNs of UUIDs ignore case (RFC 4122, 3)."""
    return unquote(text).removeprefix("<").removesuffix(">").lower()


def public_gruu(aor: Uri, instance: str) -> Uri:
    """The AOR with the instance (3.1.1): the same one for ever, and nothing of it is stored."""
    inner = instance.removeprefix("<").removesuffix(">")
    return aor._replace(parameters=(("gr", quote(inner, safe=_PLAIN)),), headers="", password=None)


class TemporaryGruus:
    """Makes temporary GRUUs that nobody can tell apart or take apart (3.1.2), and knows its own again.

    One holds the tenure of an instance, sealed: it is valid as long as the instance has that tenure.
    """

    def __init__(self, key: bytes, token: Callable[[int], str]) -> None:
        """`key` has 32 octets; `token` gives that many unguessable characters."""
        self._cipher = AESGCM(key)
        self._token = token

    def make(self, aor: Uri, tenure: str) -> Uri:
        """Another one each time; `aor` says at which host."""
        nonce = sha256(self._token(16).encode()).digest()[:_NONCE]
        sealed = nonce + self._cipher.encrypt(nonce, tenure.encode(), None)
        user = base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()
        return Uri(aor.scheme, user, None, aor.host, aor.port, (("gr", None),))

    def tenure_of(self, user: str) -> str | None:
        """What a user part that we made holds; None for any other."""
        try:
            sealed = base64.urlsafe_b64decode(user.encode("ascii") + b"=" * (-len(user) % 4))
            if len(sealed) <= _NONCE + _TAG:
                return None
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], None).decode()
        except (binascii.Error, ValueError, InvalidTag):
            return None


class GruuWriter:
    """What a Contact of the 200 says beside the contact (5.2), for a phone that asked at `aor`, as it wrote it."""

    def __init__(self, aor: Uri, account: Account, temporary: TemporaryGruus) -> None:
        self._aor = Uri(aor.scheme, account.name, None, aor.host, aor.port)
        self._temporary = temporary

    def parameters(self, binding: Binding) -> str:
        instance, tenure = binding.flow.instance, binding.origin.tenure
        if instance is None or not tenure:
            return ""
        public = public_gruu(self._aor, instance)
        return f';pub-gruu="{public}";temp-gruu="{self._temporary.make(self._aor, tenure)}"'


def tenure_for(
    held: list[Binding], instance: str, reg_id: int | None, call_id: str, new: Callable[[], str]
) -> str:
    """The tenure of a binding that is made or refreshed (5.1): it goes on while the Call-ID does.

    Of several flows each has a Call-ID of its own to compare with, and all have one tenure.
    """
    ours = newest_first(held, instance)
    same_flow = [one for one in ours if reg_id is None or one.flow.reg_id == reg_id]
    if not ours or (same_flow and same_flow[0].origin.call_id != call_id):
        return new()
    return ours[0].origin.tenure or new()


def newest_first(bindings: list[Binding], instance: str) -> list[Binding]:
    """Those of one instance. `bindings` are in the order in which they were last heard of."""
    key = instance_key(instance)
    found = [
        one for one in bindings if one.flow.instance is not None and instance_key(one.flow.instance) == key
    ]
    return sorted(found, key=lambda one: one.lease.refreshed)[::-1]
