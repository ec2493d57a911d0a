"""What a phone needs to register with a server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Registration:
    """`registrar` is a SIP URI without user: "sip:127.0.0.1:5060;transport=tcp"."""

    registrar: str
    user: str
    password: str
