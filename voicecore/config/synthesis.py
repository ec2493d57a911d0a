"""Who speaks, as the configuration says it: [speech] synthesisers and [[speech.http]]."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from voicecore.config.fields import Fields, described
from voicecore.config.secret import Secret
from voicecore.config.source import Source
from voicecore.errors import ConfigFault, UsageError
from voicecore.ivr.web.rules import is_base
from voicecore.speech.http_service import HttpService
from voicecore.speech.language.tag import canonical
from voicecore.speech.synthesis import VOICE_NAME

SYNTHESISERS = ("piper", "flite", "espeak-ng")
"""Those that are programs on this machine."""

LOWEST_RATE, HIGHEST_RATE = 8000, 48_000

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_PLACES = 'Write it as "env:NAME" or "file:PATH"'
_EXAMPLE = "https://tts.example.com/speak"


@dataclass(frozen=True, slots=True)
class HttpSpeechSettings:
    """One [[speech.http]]: a service, whose secret may be kept elsewhere."""

    service: HttpService
    secret: Secret | None = None


def synthesisers_of(table: Fields) -> tuple[tuple[str, ...], tuple[HttpSpeechSettings, ...]]:
    """From [speech]: the names in order of preference, and the services among them."""
    services: list[HttpSpeechSettings] = []
    known = [*SYNTHESISERS]
    tables = table.tables("http")
    for entry in tables:
        services.append(_service(entry, known))
        known.append(services[-1].service.name)
    names: list[str] = []
    for value in table.values("synthesisers", [*SYNTHESISERS]):
        if isinstance(value, str) and value and value in known and value not in names:
            names.append(value)
        else:
            problem = "is there twice" if value in names else f"is none of {', '.join(filter(None, known))}"
            table.fault("synthesisers", f"{described(value)} {problem}", "Name each at most once, best first")
    for entry, one in zip(tables, services, strict=True):
        if one.service.name and one.service.name not in names:
            problem = f"{one.service.name} is not among the synthesisers"
            entry.fault("name", problem, f'Add "{one.service.name}" to [speech] synthesisers')
    return tuple(names), tuple(services)


def service_of(settings: HttpSpeechSettings) -> HttpService:
    """With its secret. Raises ValueError where it cannot be had any more."""
    token = "" if settings.secret is None else settings.secret.reveal()
    return replace(settings.service, token=token)


def secret_faults(services: Iterable[HttpSpeechSettings], source: Source) -> Iterator[ConfigFault]:
    """Of secrets that cannot be had on this machine, or do not fit in a header."""
    for index, one in enumerate(services):
        key = ("speech", "http", index, "secret")
        try:
            if one.secret is not None and not one.secret.reveal().isprintable():
                yield source.fault(key, "holds a control character", "Write the secret without")
        except ValueError as error:
            remedy = "Set the variable, or write the file, for the user who starts the server"
            yield source.fault(key, str(error), remedy)


def _service(table: Fields, taken: list[str]) -> HttpSpeechSettings:
    name = table.required_text("name", "cloud")
    if name and not _NAME.fullmatch(name):
        table.fault("name", f"{name!r} is no name", "Use up to 32 small letters, digits and -")
    elif name in taken:
        table.fault("name", f"{name!r} is there already", "Give each synthesiser a name of its own")
    secret = _secret(table)
    url = table.required_text("url", _EXAMPLE)
    if url and not is_base(_as_http(url)):
        problem = f"{url!r} is no URL of http, https, ws or wss without a query"
        table.fault("url", problem, f'Such as "{_EXAMPLE}"')
    elif url and secret is not None and not _is_private(url):
        remedy = "Use https or wss, or leave the secret out"
        table.fault("url", "would show the secret to everybody on the way", remedy)
    rate = _pcm_rate(table)
    if rate is None and url.startswith("ws"):
        table.fault(
            "format", "is not for WebSocket: its parts are played as they come", 'Use "pcm16" and its rate'
        )
    voice = table.required_text("voice", "anna")
    if voice and not VOICE_NAME.fullmatch(voice):
        table.fault("voice", f"{voice!r} is no voice", "Use up to 64 letters, digits and _ + . -")
    languages = _languages(table)
    first_byte_s = table.number("first_byte_s", 3.0, 0.1, 60.0)
    timeout_s = table.number("timeout_s", 15.0, 0.1, 120.0)
    service = HttpService(name, url, languages, voice, "", rate, min(first_byte_s, timeout_s), timeout_s)
    table.close()
    return HttpSpeechSettings(service, secret)


def _as_http(url: str) -> str:
    """A WebSocket's URL as that of the request which opens it (RFC 6455, 4.1)."""
    return f"http{url[2:]}" if url.startswith(("ws:", "wss:")) else url


def _pcm_rate(table: Fields) -> int | None:
    """None: WAV, whose header tells the rate."""
    if table.choice("format", "wav", ["wav", "pcm16"]) == "pcm16":
        if not table.has("rate"):
            table.fault("rate", "is missing", "Add the samples a second, such as rate = 24000")
        return table.integer("rate", LOWEST_RATE, LOWEST_RATE, HIGHEST_RATE)
    if table.has("rate"):
        table.fault("rate", "is told by a WAV file itself", 'Remove it, or add format = "pcm16"')
    return None


def _languages(table: Fields) -> tuple[str, ...]:
    found: list[str] = []
    for value in table.values("languages", []):
        try:
            if not isinstance(value, str):
                raise UsageError
            found.append(canonical(value))
        except UsageError:
            table.fault("languages", f"{described(value)} is no language tag", 'Write one such as "en"')
    if not found:
        table.fault("languages", "has no language", 'Add a line such as languages = ["en"]')
    return tuple(found)


def _is_private(url: str) -> bool:
    """Whether nobody on the way can read along."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        return (
            parts.scheme in ("https", "wss") or host == "localhost" or ipaddress.ip_address(host).is_loopback
        )
    except ValueError:
        return False


def _secret(table: Fields) -> Secret | None:
    if not table.has("secret"):
        return None
    text = table.hidden_text("secret", _PLACES)
    found = Secret.parse_reference(text)
    if found is None and text:
        # What stands there may be the secret by mistake: it is not shown.
        table.fault("secret", "names no place", _PLACES)
    return found
