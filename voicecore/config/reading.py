"""From TOML text to settings, by rules that look at nothing but the text; `machine.py` looks further."""

from __future__ import annotations

import ipaddress
import re

from voicecore.config import accounts, api, sip_reading, trace, trunks
from voicecore.config.codecs import codecs_of, opus_of
from voicecore.config.fields import Fields, described
from voicecore.config.guard import fraud_of, guard_of, stir_of
from voicecore.config.media_addresses import media_addresses_of
from voicecore.config.media_wishes import keys_of, mux_of, srtp_of, xr_of
from voicecore.config.pickup import pickup_of
from voicecore.config.recognition import recognition_of
from voicecore.config.recordings import recordings_of
from voicecore.config.settings import (
    Argument,
    CanarySettings,
    Listen,
    LogSettings,
    MediaSettings,
    MusicSettings,
    NumberSettings,
    PromptSettings,
    Settings,
    SpeechSettings,
    StoreSettings,
)
from voicecore.config.sip_reading import is_ip
from voicecore.config.source import Source
from voicecore.config.subscriptions import subscriptions_of
from voicecore.config.synthesis import synthesisers_of
from voicecore.config.web import web_of
from voicecore.errors import ConfigError, ConfigFault
from voicecore.sdp.codecs import BROWSER_CODECS, CODECS
from voicecore.trunks.number import is_country

LOG_LEVELS = ("debug", "info", "warning", "error")

_FLOW = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)
_MATCH = re.compile(r"[0-9A-Za-z*#+_~-]+\.?|\.", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def settings_of(source: Source) -> Settings:
    """Raises ConfigError with all faults of the text."""
    faults: list[ConfigFault] = []
    top = Fields(source, (), source.table, faults)
    sip = sip_reading.sip(top.table("sip"))
    registrar = accounts.registrar_of(top.table("registrar"))
    settings = Settings(
        file=source.file,
        sip=sip,
        tls=sip_reading.tls(top.table("tls"), sip.listen),
        media=_media(top.table("media"), sip.listen),
        store=_store(top.table("store")),
        recordings=recordings_of(top.table("recordings")),
        music=_music(top.table("music")),
        prompts=_prompts(top.table("prompts")),
        speech=_speech(top.table("speech")),
        log=_log(top.table("log")),
        guard=guard_of(top.table("guard")),
        fraud=fraud_of(top.table("fraud")),
        stir=stir_of(top.table("stir")),
        numbers=_numbers(top.tables("number")),
        trace=trace.trace(top.table("trace")),
        metrics=trace.metrics(top.table("metrics")),
        registrar=registrar,
        accounts=accounts.accounts_of(top.tables("account"), registrar),
        http=api.http_of(top.table("api"), top.table("turn")),
        subscriptions=subscriptions_of(top.table("subscriptions")),
        pickup=pickup_of(top.table("pickup")),
        trunks=trunks.trunks_of(top.tables("trunk")),
        web=web_of(top.table("web")),
    )
    top.close()
    if faults:
        raise ConfigError(*sorted(faults, key=lambda fault: fault.line or 0))
    return settings


def _media(table: Fields, listen: tuple[Listen, ...]) -> MediaSettings:
    addresses, public = media_addresses_of(table, listen)
    first, last = _ports(table)
    media = MediaSettings(
        addresses=addresses,
        public_addresses=public,
        first_port=first,
        last_port=last,
        workers=table.integer("workers", 0, 0, 256),
        max_legs=table.integer("max_legs", 0, 0, 1_000_000),
        max_load=table.number("max_load", 0.85, 0.05, 1.0),
        rtp_timeout_s=table.seconds("rtp_timeout_s", 0.0, 86_400.0),
        one_way_s=table.seconds("one_way_s", 20.0, 86_400.0),
        country=_country(table),
        comfort_noise=table.flag("comfort_noise", False),
        srtp=srtp_of(table),
        srtp_keys=keys_of(table),
        rtcp_mux=mux_of(table),
        rtcp_xr=xr_of(table),
        silence_suppression=table.flag("silence_suppression", False),
        automatic_gain=table.flag("automatic_gain", False),
        srtp_needs_tls=table.flag("srtp_needs_tls", False),
        browser_port=table.integer("browser_port", 0, 0, 65_535),
        browser_addresses=_browser_addresses(table),
        codecs=codecs_of(table, "codecs", CODECS),
        browser_codecs=codecs_of(table, "browser_codecs", BROWSER_CODECS),
        one_codec=table.flag("one_codec", True),
        opus=opus_of(table.table("opus")),
        browser_patience_s=table.seconds("browser_patience_s", 10.0, 600.0),
    )
    table.close()
    return media


def _country(table: Fields) -> str:
    country = table.optional_text("country", "DE") or ""
    if country and not is_country(country):
        table.fault("country", f"{country!r} is no country", 'Write its ISO 3166 code, such as "DE"')
        return ""
    return country


def _browser_addresses(table: Fields) -> tuple[str, ...]:
    addresses = []
    for value in table.values("browser_addresses", []):
        if isinstance(value, str) and is_ip(value) and not ipaddress.ip_address(value).is_unspecified:
            addresses.append(value)
        else:
            problem = f"{described(value)} is no IP address that a browser can send to"
            table.fault(
                "browser_addresses", problem, 'Write the public one first: ["203.0.113.5", "10.0.0.5"]'
            )
    return tuple(dict.fromkeys(addresses))


def _ports(table: Fields) -> tuple[int, int]:
    default = (20_000, 29_999)
    match table.values("ports", [*default]):
        case [int(first), int(last)] if not isinstance(first, bool) and not isinstance(last, bool):
            pass
        case _:
            table.fault("ports", "is not two port numbers", f"Write the first and the last: {[*default]}")
            return default
    if not (1 <= first <= 65_535 and 1 <= last <= 65_535):
        table.fault("ports", f"[{first}, {last}] leaves the ports 1 to 65535", f"The default is {[*default]}")
    elif first > last:
        table.fault("ports", f"[{first}, {last}] is upside down", f"Write [{last}, {first}]")
    elif (last + 1) // 2 - (first + 1) // 2 < 1:
        table.fault(
            "ports", f"[{first}, {last}] holds no even port with the odd one above", "Widen the range"
        )
    else:
        return first, last
    return default


def _store(table: Fields) -> StoreSettings:
    url = table.text("url", "sqlite:///var/voicecore.db")
    scheme, slashes, path = url.partition(":///")
    if scheme != "sqlite" or not slashes or path in ("", ":memory:") or "?" in path or "\0" in path:
        table.fault(
            "url", f"{url!r} names no SQLite file", 'Write it as "sqlite:///FILE"; no other database yet'
        )
    table.close()
    return StoreSettings(url)


def _music(table: Fields) -> MusicSettings:
    music = MusicSettings(table.path("directory", "var/music"))
    table.close()
    return music


def _prompts(table: Fields) -> PromptSettings:
    prompts = PromptSettings(
        table.path("directory", "prompts"),
        table.path("cache", "var/prompts"),
        table.text("language", "en"),
    )
    _check_language(table, prompts.language)
    table.close()
    return prompts


def _check_language(table: Fields, language: str) -> None:
    if not _LANGUAGE.fullmatch(language):
        table.fault("language", f"{language!r} is no language tag", 'Write one such as "en" or "zh"')


def _speech(table: Fields) -> SpeechSettings:
    names, services = synthesisers_of(table)
    python = table.path("piper_python", "python") if table.has("piper_python") else None
    recognition = recognition_of(table)
    table.close()
    return SpeechSettings(names, python, recognition, services)


def _log(table: Fields) -> LogSettings:
    log = LogSettings(table.choice("level", "info", LOG_LEVELS))
    table.close()
    return log


def _numbers(tables: list[Fields]) -> tuple[NumberSettings, ...]:
    numbers: list[NumberSettings] = []
    for table in tables:
        number = _number(table)
        if number.match and any(number.match == other.match for other in numbers):
            table.fault("match", f"{number.match!r} is there twice", "Remove one of the two numbers")
        numbers.append(number)
    return tuple(numbers)


def _number(table: Fields) -> NumberSettings:
    match = table.required_text("match", "1000")
    if match and not _MATCH.fullmatch(match):
        table.fault(
            "match",
            f"{match!r} is no number or pattern",
            "Use digits, letters, + * # - _ ~, X for any digit, and a dot at the end for anything more",
        )
    flow = table.required_text("flow", "ivr_apps.main_menu:main")
    if flow and not _FLOW.fullmatch(flow):
        table.fault("flow", f"{flow!r} names no function", 'Write it as "package.module:function"')
    args: dict[str, Argument] = {}
    for name, value in table.plain_table("args").items():
        if isinstance(value, str | int | float | bool):
            args[name] = value
        else:
            table.fault("args", f"{name} is {described(value)}", "Give a text, a number, true or false")
    language = table.optional_text("language", "en")
    if language is not None:
        _check_language(table, language)
    canary = _canary(table.table("canary")) if table.has("canary") else None
    table.close()
    return NumberSettings(match, flow, args, language, canary)


def _canary(table: Fields) -> CanarySettings:
    flow = table.required_text("flow", "new_flows:main")
    if flow and not _FLOW.fullmatch(flow):
        table.fault("flow", f"{flow!r} names no function", 'Write it as "package.module:function"')
    share = table.number("share", 0.1, 0.0, 1.0)
    table.close()
    return CanarySettings(flow, share)
