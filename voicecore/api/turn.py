"""Short-lived credentials for a TURN server that shares a secret with us (coturn: use-auth-secret).

The form is that of draft-uberti-behave-turn-rest-00, 2.2: nothing is stored, the server computes the same.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import NamedTuple

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")
"""coturn answers 400 to a username with a space or a quotation mark, among others."""


class TurnCredentials(NamedTuple):
    username: str
    credential: str


def turn_credentials(secret: str, name: str, expires_at: int) -> TurnCredentials:
    """Valid until `expires_at` (POSIX seconds), for whoever is called `name`.

    >>> turn_credentials("north", "alice", 1_700_000_000)
    TurnCredentials(username='1700000000:alice', credential='Cd/49soE35ICqcJF/bCTn8Z4OyE=')
    """
    username = f"{expires_at}:{_NOT_PLAIN.sub('.', name)}"
    made = hmac.digest(secret.encode(), username.encode(), hashlib.sha1)
    return TurnCredentials(username, base64.b64encode(made).decode())
