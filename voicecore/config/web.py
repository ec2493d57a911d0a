"""Reads [web]: which web servers flows may ask, and with what they are signed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from voicecore.config.fields import Fields, described
from voicecore.config.secret import Secret
from voicecore.config.source import Source
from voicecore.errors import ConfigFault
from voicecore.ivr.web.rules import WebRules, is_base

_PLACES = 'Write it as "env:NAME" or "file:PATH"'
_EXAMPLE = "https://app.example.com/ivr/"


@dataclass(frozen=True, slots=True)
class WebSettings:
    """As `WebRules`, with secrets that may be kept elsewhere."""

    allow: tuple[str, ...] = ()
    timeout_s: float = 5.0
    twilio_token: Secret | None = None
    secret: Secret | None = None
    recordings: str = ""


def web_of(table: Fields) -> WebSettings:
    allow: list[str] = []
    for value in table.values("allow", []):
        if isinstance(value, str) and is_base(value):
            allow.append(value)
        else:
            table.fault("allow", f"{described(value)} is no beginning of a URL", f'Write it as "{_EXAMPLE}"')
    recordings = table.optional_text("recordings", "https://pbx.example.com") or ""
    if recordings and not is_base(recordings):
        table.fault("recordings", f"{recordings!r} is no URL", 'Write it as "https://pbx.example.com"')
    settings = WebSettings(
        tuple(allow),
        table.number("timeout_s", 5.0, 0.1, 60.0),
        _secret(table, "twilio_token"),
        _secret(table, "secret"),
        recordings,
    )
    table.close()
    return settings


def web_rules(settings: WebSettings) -> WebRules:
    """Raises ValueError where a secret cannot be had any more."""
    token, secret = ("" if one is None else one.reveal() for one in (settings.twilio_token, settings.secret))
    return WebRules(settings.allow, settings.timeout_s, token, secret, settings.recordings)


def secret_faults(settings: WebSettings, source: Source) -> Iterator[ConfigFault]:
    """Of secrets that cannot be had on this machine."""
    for name, secret in (("twilio_token", settings.twilio_token), ("secret", settings.secret)):
        try:
            if secret is not None:
                secret.reveal()
        except ValueError as error:
            remedy = "Set the variable, or write the file, for the user who starts the server"
            yield source.fault(("web", name), str(error), remedy)


def _secret(table: Fields, name: str) -> Secret | None:
    if not table.has(name):
        return None
    text = table.hidden_text(name, _PLACES)
    found = Secret.parse_reference(text)
    if found is None and text:
        # What stands there may be the secret by mistake: it is not shown.
        table.fault(name, "names no place", _PLACES)
    return found
