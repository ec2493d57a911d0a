"""Who is at the other end of a leg, as far as it was proved. Rights hang on it."""

from __future__ import annotations

from dataclasses import dataclass

from voicecore.sip.symbol import Symbol


class PartyKind(Symbol):
    STRANGER = "stranger"
    """Nobody knows who it is. May call what is public, and nothing else."""
    LOCAL = "local"
    """From this machine, with nothing proved."""
    ACCOUNT = "account"
    """A phone that proved its account's password, or was called as that account's registered phone."""
    GUEST = "guest"
    """A phone that proved credentials given out for a short while: numbers and phones of this site, no trunk."""
    TRUNK = "trunk"
    """A carrier, known by its address, its certificate or its password."""


@dataclass(frozen=True, slots=True)
class Party:
    """`name` is that of the account, guest or trunk; empty for the others."""

    kind: PartyKind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind.value} {self.name}".rstrip()


STRANGER = Party(PartyKind.STRANGER)
