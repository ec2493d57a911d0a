"""Who may do what: method, class of the source, place. One table, and what is not in it is dropped."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from itertools import product
from types import MappingProxyType

from voicecore.guard.settings import PolicySettings, Strangers
from voicecore.sip.symbol import Symbol


class Source(Symbol):
    """What a request's sender has shown. `Guard.classify` finds it."""

    TRUNK = "trunk"
    """By its address, its certificate, or digest."""
    ACCOUNT = "account"
    """Proved by digest, in this request or on this connection."""
    GUEST = "guest"
    """The same, of an account that lives for a short while."""
    KNOWN = "known"
    """An account is registered from here; this request proved nothing. Never judged by a claimed name."""
    LOCAL = "local"
    """This machine itself."""
    STRANGER = "stranger"
    BANNED = "banned"


class Method(Symbol):
    INVITE = "INVITE"
    ACK = "ACK"
    CANCEL = "CANCEL"
    BYE = "BYE"
    OPTIONS = "OPTIONS"
    REGISTER = "REGISTER"
    PRACK = "PRACK"
    UPDATE = "UPDATE"
    INFO = "INFO"
    REFER = "REFER"
    NOTIFY = "NOTIFY"
    SUBSCRIBE = "SUBSCRIBE"
    MESSAGE = "MESSAGE"
    PUBLISH = "PUBLISH"
    OTHER = "any other"

    @classmethod
    def of(cls, name: str) -> Method:
        """Method names are case-sensitive (RFC 3261, 7.1)."""
        return _BY_NAME.get(name, cls.OTHER)


_BY_NAME = {method.value: method for method in Method if method is not Method.OTHER}


class Place(Symbol):
    """Where a request stands."""

    OUTSIDE = "outside of what we know"
    """No dialog of ours, and for ACK and CANCEL no INVITE of ours."""
    PUBLIC = "outside, to a public number"
    WITHIN = "within a dialog, or to an INVITE, of ours"


class Reaction(Enum):
    ADMIT = "admit"
    RULE = "answer by rule"
    """What the protocol says of a request that fits nothing of ours: 405 or 481. It changes nothing."""
    CHALLENGE = "challenge"
    """401 or 407; the same whether or not the user exists."""
    REFUSE = "refuse"
    """`PolicySettings.refusal_status`; the same whatever exists."""
    DROP = "drop"
    """No answer at all."""


class Destination(Symbol):
    """What a call can lead to."""

    PUBLIC_NUMBER = "public number"
    NUMBER = "number of the table"
    ACCOUNT = "account"
    TRUNK = "trunk"


REACH: Mapping[Source, frozenset[Destination]] = MappingProxyType(
    {
        # A trunk's call never leaves by a trunk: that would be paid for by us.
        Source.TRUNK: frozenset({Destination.PUBLIC_NUMBER, Destination.NUMBER, Destination.ACCOUNT}),
        Source.ACCOUNT: frozenset(Destination),
        Source.GUEST: frozenset({Destination.PUBLIC_NUMBER, Destination.NUMBER, Destination.ACCOUNT}),
        Source.KNOWN: frozenset({Destination.PUBLIC_NUMBER}),
        Source.LOCAL: frozenset({Destination.PUBLIC_NUMBER, Destination.NUMBER}),
        Source.STRANGER: frozenset({Destination.PUBLIC_NUMBER}),
        Source.BANNED: frozenset(),
    }
)
"""Where a call, and a transfer that the caller asks for, may lead. No setting changes it. An account's way to a
trunk has the limits of `fraud.py` behind it."""

_A, _S, _C = Reaction.ADMIT, Reaction.RULE, Reaction.CHALLENGE
_R, _D = Reaction.REFUSE, Reaction.DROP
_SOURCES = (Source.TRUNK, Source.ACCOUNT, Source.GUEST, Source.KNOWN, Source.LOCAL, Source.STRANGER)

_OUTSIDE: dict[Method, tuple[Reaction, ...]] = {
    # method            trunk account guest known local stranger
    Method.INVITE:     (_A, _A, _A, _C, _A, _C),
    Method.REGISTER:   (_R, _A, _A, _C, _C, _C),
    Method.SUBSCRIBE:  (_R, _A, _A, _C, _C, _C),
    Method.PUBLISH:    (_S, _S, _S, _S, _S, _D),
    Method.MESSAGE:    (_R, _A, _A, _C, _C, _C),
    Method.REFER:      (_R, _A, _A, _C, _C, _C),
    Method.OPTIONS:    (_A, _A, _A, _A, _A, _D),
    Method.NOTIFY:     (_S, _S, _S, _S, _S, _D),
    Method.INFO:       (_S, _S, _S, _S, _S, _D),
    Method.BYE:        (_S, _S, _S, _S, _S, _D),
    Method.PRACK:      (_S, _S, _S, _S, _S, _D),
    Method.UPDATE:     (_S, _S, _S, _S, _S, _D),
    Method.CANCEL:     (_S, _S, _S, _S, _S, _D),
    Method.ACK:        (_D, _D, _D, _D, _D, _D),
    Method.OTHER:      (_S, _S, _S, _S, _S, _D),
}  # fmt: skip

_WITHIN: dict[Method, tuple[Reaction, ...]] = {
    # The tags of a dialog are its secret: who knows them is its party, also from a new address behind a NAT.
    method: (_A, _A, _A, _A, _A, _A) for method in Method if method not in (Method.OTHER, Method.REFER)
} | {
    Method.REFER:      (_A, _A, _A, _C, _A, _R),
    Method.OTHER:      (_S, _S, _S, _S, _S, _S),
}  # fmt: skip
"""REFER starts a call in our name, so it needs more than a dialog; where it leads, REACH says."""

_TRIED_BY_STRANGERS = frozenset(method for method, row in _OUTSIDE.items() if row[-1] is _C)
_OF_STRANGERS = {
    Strangers.CHALLENGE: Reaction.CHALLENGE,
    Strangers.REFUSE: Reaction.REFUSE,
    Strangers.SILENCE: Reaction.DROP,
}


class Policy:
    """The table as the settings fill it; frozen, and asked once a request."""

    def __init__(self, settings: PolicySettings) -> None:
        self.settings = settings
        self.table: Mapping[tuple[Method, Source, Place], Reaction] = MappingProxyType(_table(settings))

    def decide(self, method: Method, source: Source, place: Place) -> Reaction:
        return self.table.get((method, source, place), Reaction.DROP)


def _table(settings: PolicySettings) -> dict[tuple[Method, Source, Place], Reaction]:
    table: dict[tuple[Method, Source, Place], Reaction] = {}
    for method, (column, source) in product(Method, enumerate(_SOURCES)):
        outside = _OUTSIDE[method][column]
        if source is Source.STRANGER:
            outside = _stranger(method, settings)
        table[method, source, Place.OUTSIDE] = table[method, source, Place.PUBLIC] = outside
        table[method, source, Place.WITHIN] = _WITHIN[method][column]
    for source in (Source.KNOWN, Source.STRANGER):
        table[Method.INVITE, source, Place.PUBLIC] = Reaction.ADMIT
    for method, place in product(Method, Place):
        table[method, Source.BANNED, place] = Reaction.DROP
    return table


def _stranger(method: Method, settings: PolicySettings) -> Reaction:
    if method is Method.OPTIONS and settings.strangers_options:
        return Reaction.ADMIT
    if method in _TRIED_BY_STRANGERS:
        return _OF_STRANGERS[settings.strangers]
    return Reaction.DROP
