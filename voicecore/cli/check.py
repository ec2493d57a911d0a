"""`voicecore check`: whether a configuration would start, and how it was understood."""

from __future__ import annotations

from rich.table import Table

from voicecore.cli.options import ConfigOption
from voicecore.cli.printing import cell, console, table
from voicecore.config.reader import read
from voicecore.config.settings import Settings
from voicecore.speech.http_service import HttpService


def check(config: ConfigOption = None) -> None:
    """Say whether a configuration is right, and how it was understood.

    Each fault is one line on standard error: file, line, key, what is wrong, what to do. Exit status 2 then.

    Examples:

      voicecore check

      voicecore check --config voicecore.toml
    """
    settings = read(config)
    out = console()
    out.print(f"configuration is right: {settings.file}", markup=False)
    out.print(_settings(settings))
    out.print(_numbers(settings))
    if settings.accounts:
        out.print(_accounts(settings))
    if settings.trunks:
        out.print(_trunks(settings))


def _settings(settings: Settings) -> Table:
    media = settings.media
    lines = {
        "SIP": ", ".join(map(str, settings.sip.listen)),
        "identity": settings.sip.identity or "made from the first SIP socket",
        "public address": settings.sip.public_address or "that of each SIP socket",
        "certificate": settings.tls.certificate or "none",
        "media": f"{', '.join(media.addresses)}, ports {media.first_port} to {media.last_port}",
        "public media address": ", ".join(media.public_addresses) or "the same",
        "media threads": media.workers or "one a core",
        "silent callers": f"hung up after {media.rtp_timeout_s:g} s" if media.rtp_timeout_s else "kept",
        "store": settings.store.url,
        "recordings": settings.recordings.directory,
        "music": settings.music.directory,
        "prompts": f"{settings.prompts.directory}, cached in {settings.prompts.cache}",
        "language": settings.prompts.language,
        "speech": ", ".join(settings.speech.synthesisers) or "none",
        **{f"speech: {one.service.name}": _service(one.service) for one in settings.speech.services},
        "recognition": ", ".join(settings.speech.recognition.recognisers) or "none: keys alone",
        "piper's Python": settings.speech.piper_python or "the one that runs VoiceCore",
        "registrations": f"realm {settings.registrar.realm}, {len(settings.accounts)} accounts",
        "log level": settings.log.level,
        "copies of SIP": f"to Homer at {settings.trace.hep}" if settings.trace.hep else "sent nowhere",
        "page and API": _page(settings),
        "metrics": f"http://{settings.metrics.listen}/metrics" if settings.metrics.listen else "not served",
    }
    made = table("setting", "value")
    for name, value in lines.items():
        made.add_row(cell(name), cell(value))
    return made


def _service(service: HttpService) -> str:
    form = "WAV" if service.pcm_rate is None else f"samples, {service.pcm_rate} a second"
    return f"{service.url}, {service.voice} speaks {', '.join(service.languages)}, {form}"


def _page(settings: Settings) -> str:
    http = settings.http
    if http.api is None:
        return "not served"
    who = f"{len(http.tokens)} tokens" if http.tokens else "this machine only"
    return f"{http.api.scheme}://{http.api.listen}, {who}"


def _numbers(settings: Settings) -> Table:
    made = table("number", "flow", "arguments", "language")
    for number in settings.numbers:
        arguments = ", ".join(f"{name} = {value!r}" for name, value in number.args.items())
        made.add_row(cell(number.match), cell(number.flow), cell(arguments), cell(number.language))
    return made


def _accounts(settings: Settings) -> Table:
    """Without a word of their passwords."""
    made = table("account", "numbers", "caller ID", "may call")
    for account in settings.accounts:
        allowed = ", ".join(account.allow) or "this site only"
        made.add_row(*map(cell, (account.name, ", ".join(account.numbers), account.caller_id, allowed)))
    return made


def _trunks(settings: Settings) -> Table:
    made = table("trunk", "servers", "registers", "known by", "may call")
    for trunk in (one.trunk for one in settings.trunks):
        known = trunk.identification
        ways = [*map(str, known.addresses), *known.certificates, *(["digest"] if known.account else [])]
        made.add_row(
            cell(trunk.name),
            cell(", ".join(str(server.uri) for server in trunk.servers)),
            cell(trunk.registration and trunk.registration.aor),
            cell(", ".join(ways) or "nothing: it cannot call us"),
            cell(", ".join(trunk.outgoing.destinations.allowed) or "nobody"),
        )
    return made
