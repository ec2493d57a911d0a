"""The tables of a [[trunk]] that say how it is used: numbers, limits, health, failover."""

from __future__ import annotations

import re
from typing import TypeVar

from voicecore.config.codecs import WITHOUT_LIBRARY
from voicecore.config.fields import Fields, described, is_table
from voicecore.media import g729
from voicecore.sdp.codecs import ALL, G729
from voicecore.trunks.number import is_country
from voicecore.trunks.trunk import (
    CallerIdRules,
    Capacity,
    Destinations,
    Failover,
    HealthPolicy,
    IdentityHeader,
    NumberFormat,
    NumberRules,
    Outgoing,
    PrefixRule,
    SessionPolicy,
    Use,
)

T = TypeVar("T", Use, NumberFormat, IdentityHeader)

_PATTERN = re.compile(r"[0-9A-Za-z*#+_~-]{1,64}\.?|\.")
_PREFIX = re.compile(r"\+?[0-9*#]{0,16}")
_NUMBER = re.compile(r"\+?[0-9*#]{1,32}")
_CODECS = tuple(codec.label for codec in ALL)


def outgoing_of(table: Fields, domain: str, failover: Failover) -> Outgoing:
    return Outgoing(
        domain,
        _numbers(table.table("numbers")),
        _destinations(table.table("destinations")),
        _caller_id(table.table("caller_id")),
        failover,
    )


def calls_of(table: Fields) -> SessionPolicy:
    codecs = texts(table, "codecs", re.compile("|".join(_CODECS)), _CODECS[0], [*SessionPolicy().codecs])
    if G729.label in codecs and not g729.is_installed():
        table.fault("codecs", WITHOUT_LIBRARY, g729.REMEDY)
    if not codecs:
        table.fault("codecs", "names none", f"Name some of {', '.join(_CODECS)}, best first")
    return SessionPolicy(
        tuple(codecs),
        _one_of(table, "session_timer", Use.ACCEPT),
        table.integer("session_expires_s", 1800, 90, 86_400),  # RFC 4028, 4: never less than 90
        _one_of(table, "reliable_provisionals", Use.ACCEPT),
    )


def capacity_of(table: Fields) -> Capacity:
    capacity = Capacity(
        table.integer("inbound", 30, 0, 1_000_000) if table.has("inbound") else None,
        table.integer("outbound", 30, 0, 1_000_000) if table.has("outbound") else None,
        table.number("calls_per_second", 10.0, 0.01, 10_000.0) if table.has("calls_per_second") else None,
        table.integer("burst", 1, 1, 10_000),
    )
    table.close()
    return capacity


def health_of(table: Fields) -> HealthPolicy:
    interval = table.seconds("interval_s", 30.0, 3600.0)
    if 0 < interval < 5:
        table.fault("interval_s", f"{interval:g} is too often", "Ask every 5 s at most, or 0 for never")
    health = HealthPolicy(
        interval, table.integer("failures", 2, 1, 100), table.integer("successes", 1, 1, 100)
    )
    table.close()
    return health


def failover_of(table: Fields) -> Failover:
    default = Failover()
    failover = Failover(
        _statuses(table, "statuses", default.statuses, 400),
        _statuses(table, "after_ringing", frozenset(), 500),
    )
    table.close()
    return failover


def texts(
    table: Fields, name: str, form: re.Pattern[str], example: str, default: list[object] | None = None
) -> list[str]:
    """A list of different texts that are all of one form."""
    found: list[str] = []
    for value in table.values(name, default or []):
        if not isinstance(value, str) or not form.fullmatch(value):
            table.fault(name, f"{described(value)} does not belong here", f'Write each like "{example}"')
        elif value in found:
            table.fault(name, f"{value!r} is there twice", "Remove one of them")
        else:
            found.append(value)
    return found


def _numbers(table: Fields) -> NumberRules:
    country = table.optional_text("country", "DE")
    if country is not None and not is_country(country):
        table.fault("country", f"{country!r} is no country", 'Write its ISO 3166 code, such as "DE"')
        country = None
    form = _one_of(table, "format", NumberFormat.PLUS)
    if form is NumberFormat.NATIONAL and country is None:
        table.fault("format", "national needs a country", 'Add country = "DE", or yours')
    numbers = NumberRules(country, form, _prefixes(table, "inbound"), _prefixes(table, "outbound"))
    table.close()
    return numbers


def _prefixes(table: Fields, name: str) -> tuple[PrefixRule, ...]:
    example = 'Write each as { strip = "0", add = "+49" }'
    rules: list[PrefixRule] = []
    for value in table.values(name, []):
        if not is_table(value) or not value or not value.keys() <= {"strip", "add"}:
            table.fault(name, f"{described(value)} is no rule", example)
            continue
        strip, add = value.get("strip", ""), value.get("add", "")
        if not (isinstance(strip, str) and isinstance(add, str)):
            table.fault(name, "strip and add are texts", example)
        elif not (_PREFIX.fullmatch(strip) and _PREFIX.fullmatch(add)):
            table.fault(name, f"{strip!r} or {add!r} is no beginning of a number", example)
        elif any(rule.strip == strip for rule in rules):
            table.fault(name, f"strip = {strip!r} is there twice", "Remove one of them")
        else:
            rules.append(PrefixRule(strip, add))
    return tuple(rules)


def _destinations(table: Fields) -> Destinations:
    allowed, denied = (texts(table, name, _PATTERN, "+49.") for name in ("allowed", "denied"))
    destinations = Destinations(tuple(allowed), tuple(denied), table.flag("premium", False))
    table.close()
    return destinations


def _caller_id(table: Fields) -> CallerIdRules:
    default = table.optional_text("default", "+49301234500")
    if default is not None and not _NUMBER.fullmatch(default):
        table.fault("default", f"{default!r} is no number", 'Write one such as "+49301234500"')
    rules = CallerIdRules(
        tuple(texts(table, "allowed", _PATTERN, "+493012345XX")),
        default,
        _one_of(table, "header", IdentityHeader.FROM),
        table.flag("anonymous", False),
        table.flag("trusted", False),
        table.flag("names", False),
    )
    table.close()
    return rules


def _one_of(table: Fields, name: str, default: T) -> T:
    kind = type(default)
    return kind(table.choice(name, default.value, [member.value for member in kind]))


def _statuses(table: Fields, name: str, default: frozenset[int], least: int) -> frozenset[int]:
    statuses: set[int] = set()
    for value in table.values(name, [*sorted(default)]):
        if isinstance(value, int) and not isinstance(value, bool) and least <= value < 600:
            statuses.add(value)
        else:
            problem = f"{described(value)} is no status from {least} to 599"
            remedy = "A 6xx is final, and what a person did is not tried again"
            table.fault(name, problem, remedy)
    return frozenset(statuses)
