"""The tables [guard], [fraud] and [stir]: who is kept out, what calls may cost, and who vouches for a caller."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import time
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar
from zoneinfo import ZoneInfo

import phonenumbers

from voicecore.config.fields import Fields, described
from voicecore.config.source import Source
from voicecore.errors import ConfigFault, UsageError
from voicecore.guard.fraud_settings import Allowance, Destinations, FraudSettings, Hours, Limits
from voicecore.guard.settings import (
    LOOPBACK,
    BanSettings,
    GuardSettings,
    Network,
    OverloadSettings,
    PolicySettings,
    Rate,
    RateSettings,
    Strangers,
)
from voicecore.guard.stir.certificate import Anchors
from voicecore.guard.stir.identity_header import is_certificate_url
from voicecore.guard.stir.settings import Revocation, SigningSettings, StirMode, StirSettings
from voicecore.guard.stir.signing import read_key

T = TypeVar("T")

_PATTERN = re.compile(r"[0-9A-Za-z*#+_~-]+\.?|\.", re.ASCII)
_PREFIX = re.compile(r"\+?[0-9]{1,15}|\+", re.ASCII)
_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
BURST_S = 3.0
"""Of its rate, a source may use so many seconds' worth at once."""


def guard_of(table: Fields) -> GuardSettings:
    """[guard]: what is left out keeps the default, which lets strangers do nothing."""
    policy = PolicySettings(
        Strangers(table.choice("strangers", "challenge", [one.value for one in Strangers])),
        table.integer("refusal", 403, 403, 404),
        table.switch("strangers_options", False),
        table.switch("loopback_calls", True),
    )
    bans = BanSettings(
        threshold=table.amount("ban_threshold", 10.0, 1.0, 1000.0),
        first_s=table.amount("ban_first_s", 60.0, 1.0, 86_400.0),
        longest_s=table.amount("ban_longest_s", 86_400.0, 1.0, 31_536_000.0),
        never=_items(table, "never_ban", _network, "a network such as 192.0.2.0/24", LOOPBACK),
    )
    if bans.longest_s < bans.first_s:
        table.fault("ban_longest_s", "is shorter than ban_first_s", "Make it at least as long")
    rates = RateSettings(
        packets_per_s=table.integer("packets_per_s", 1000, 1, 1_000_000),
        by_method=(
            ("INVITE", _rate(table, "invites_per_s", 10.0)),
            ("REGISTER", _rate(table, "registers_per_s", 5.0)),
        ),
        other=_rate(table, "others_per_s", 10.0),
        strangers=_rate(table, "strangers_per_s", 500.0),
        total=_rate(table, "requests_per_s", 1500.0),
        retry_after_s=table.integer("retry_after_s", 5, 1, 3600),
    )
    overload = OverloadSettings(
        lateness_s=table.amount("overload_lateness_s", 0.35, 0.01, 60.0),
        calls=table.integer("overload_calls", 4000, 1, 1_000_000),
        retry_after_s=rates.retry_after_s,
    )
    public = _patterns(table, "public")
    table.close()
    return GuardSettings(policy, bans, rates, overload, public)


def fraud_of(table: Fields) -> FraudSettings:
    """[fraud]: what is left out allows no call to a trunk."""
    prices = _prices(table)
    always = _patterns(table, "always")
    total = table.table("total")
    totals = _limits(total, Limits(Rate(10.0, 30.0), 100), prices)
    total.close()
    flows = _allowance(table.table("flows"), prices)
    account: dict[str, Allowance] = {}
    for one in table.tables("account"):
        name = one.required_text("name", "alice")
        if name in account:
            one.fault("name", f"{name!r} is there twice", "Remove one of the two")
        account[name] = _allowance(one, prices)
    accounts = _allowance(table, prices)
    return FraudSettings(accounts, MappingProxyType(account), flows, totals, prices, always)


def stir_of(table: Fields) -> StirSettings:
    """[stir]: off unless told otherwise. The files themselves are looked at by `stir_faults`."""
    mode = StirMode(table.choice("mode", "off", [one.value for one in StirMode]))
    anchors = table.path("anchors", "anchors.pem") if table.has("anchors") else None
    if mode is not StirMode.OFF and anchors is None:
        table.fault("anchors", "is missing", 'Name the PEM file of the authorities: anchors = "anchors.pem"')
    key = table.path("key", "stir.key") if table.has("key") else None
    url = table.optional_text("certificate_url", "https://cert.example.org/stir.pem")
    own_numbers = _patterns(table, "own_numbers")
    if url is not None and not is_certificate_url(url):
        table.fault("certificate_url", f"{url!r} is no https URL", "Verifiers fetch the certificate from it")
    if (key is None) != (url is None):
        missing = "key" if key is None else "certificate_url"
        table.fault(missing, "is missing", "Signing takes both key and certificate_url")
    revocation = Revocation(table.choice("revocation", "soft", [one.value for one in Revocation]))
    revoked = table.path("revocation_list", "revoked.crl") if table.has("revocation_list") else None
    table.close()
    signing = None if key is None or url is None else SigningSettings(key, url, own_numbers)
    return StirSettings(mode, anchors, signing, revocation, revoked)


def stir_faults(settings: StirSettings, source: Source) -> Iterator[ConfigFault]:
    """What only the files can tell."""
    files: list[tuple[str, Path, Callable[[bytes], object]]] = []
    if settings.anchors is not None:
        files.append(("anchors", settings.anchors, Anchors.from_pem))
    if settings.revocation_list is not None:
        files.append(("revocation_list", settings.revocation_list, lambda data: None))
    if settings.signing is not None:
        files.append(("key", settings.signing.key, read_key))
    for name, path, read in files:
        try:
            read(path.read_bytes())
        except OSError as error:
            problem = f"{path} cannot be read: {error.strerror}"
            yield source.fault(("stir", name), problem, "Name a PEM file that this user may read")
        except UsageError as error:
            yield source.fault(("stir", name), f"{path}: {error}", "Name another file")


def _rate(table: Fields, name: str, default: float) -> Rate:
    per_s = table.amount(name, default, 0.01, 100_000.0)
    return Rate(per_s, max(1.0, per_s * BURST_S))


def _allowance(table: Fields, prices: Mapping[str, float]) -> Allowance:
    destinations = Destinations(
        _patterns(table, "allow"),
        _patterns(table, "deny"),
        _items(table, "countries", _country, 'a country such as "DE", or "001" for none', ()),
        table.switch("premium", False),
    )
    allowance = Allowance(destinations, _limits(table, Limits(), prices), _hours(table))
    table.close()
    return allowance


def _limits(table: Fields, default: Limits, prices: Mapping[str, float]) -> Limits:
    calls = _rate(table, "calls_per_s", default.calls.per_s)
    concurrent = table.integer("concurrent", default.concurrent, 0, 1_000_000)
    spend = table.amount("spend_per_day", 0.0, 0.0, 1e9) if table.has("spend_per_day") else None
    if spend is not None and not prices:
        table.fault("spend_per_day", "needs prices", 'Add [fraud.prices] with lines such as "+49" = 0.02')
    return Limits(calls, concurrent, spend)


def _hours(table: Fields) -> Hours | None:
    zone, text = table.text("zone", "UTC"), table.optional_text("hours", "07:00-20:00")
    if text is None:
        return None
    try:
        local = ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        table.fault("zone", f"{zone!r} is no time zone", 'Write one such as "Europe/Berlin"')
        return None
    match = _HOURS.fullmatch(text)
    if match is None:
        table.fault("hours", f"{text!r} is no span of a day", 'Write it as "07:00-20:00"')
        return None
    return Hours(time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4])), local)


def _prices(table: Fields) -> Mapping[str, float]:
    prices: dict[str, float] = {}
    for prefix, price in table.plain_table("prices").items():
        if not _PREFIX.fullmatch(prefix):
            table.fault("prices", f"{prefix!r} is no prefix", 'Write it as in "+49" = 0.02')
        elif isinstance(price, bool) or not isinstance(price, int | float) or not 0 <= price <= 1e6:
            table.fault("prices", f"{prefix} is {described(price)}", "Give cost units a minute, from 0")
        else:
            prices[prefix] = float(price)
    return MappingProxyType(prices)


def _patterns(table: Fields, name: str) -> tuple[str, ...]:
    return _items(table, name, _pattern, 'a number or pattern such as "1000" or "+49."', ())


def _items(
    table: Fields, name: str, read: Callable[[str], T | None], what: str, default: tuple[T, ...]
) -> tuple[T, ...]:
    """A list of texts that `read` understands; what it does not is a fault."""
    found: list[T] = []
    for value in table.values(name, []) if table.has(name) else ():
        item = read(value) if isinstance(value, str) else None
        if item is None:
            table.fault(name, f"{described(value)} is not {what}", "Write a list of such texts")
        else:
            found.append(item)
    return tuple(found) if table.has(name) else default


def _pattern(text: str) -> str | None:
    return text if _PATTERN.fullmatch(text) else None


def _country(text: str) -> str | None:
    return text if text == "001" or text in phonenumbers.SUPPORTED_REGIONS else None


def _network(text: str) -> Network | None:
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        return None
    return network if network.prefixlen else None  # every address: nobody would ever be banned
