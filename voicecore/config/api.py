"""[api], [[api.token]] and [turn]: where the page and its interface are found, and by whom."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from voicecore.api.access import Role
from voicecore.api.settings import HOUR, ApiSettings, Limits, Token, TurnSettings, digest_of
from voicecore.config.fields import Fields, described
from voicecore.config.secret import Secret, SecretPlace
from voicecore.config.source import Source
from voicecore.errors import ConfigFault
from voicecore.guard.settings import Rate
from voicecore.sip.hop import Address
from voicecore.transport import tls
from voicecore.transport.tls import TlsSettings

DAY = 24 * HOUR
SHORTEST_TOKEN = 16
"""Characters: what is shorter can be guessed."""
LISTEN_EXAMPLE = "127.0.0.1:8080"
TURN_EXAMPLE = "turn:turn.example.org:3478?transport=udp"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@+-]{0,63}", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", re.ASCII)
_TURN = re.compile(r"turns?:[A-Za-z0-9.\[\]:-]+(\?transport=(udp|tcp))?", re.ASCII)
_WEB_SOCKET = re.compile(r"wss?://[A-Za-z0-9.\[\]:-]+(/[!#-;=?-~]*)?", re.ASCII)
_PLACES = 'Write "env:NAME" or "file:PATH"'
_REMEDY = "Set the variable, or write the file, for the user who starts the server"


@dataclass(frozen=True, slots=True)
class TokenSettings:
    name: str
    role: Role
    secret: Secret


@dataclass(frozen=True, slots=True)
class WebSettings:
    """`api` without its secrets; None: no page and no API."""

    api: ApiSettings | None = None
    tokens: tuple[TokenSettings, ...] = ()
    turn: TurnSettings | None = None
    turn_secret: Secret | None = None
    phones: int = 200
    """Short-lived accounts at a time."""
    websocket: str | None = None
    """Where browsers find SIP over WebSocket; None: the first such socket of [sip] listen."""


def web_of(api: Fields, turn: Fields) -> WebSettings:
    tokens = _tokens(api.tables("token"))
    websocket = api.optional_text("websocket", "wss://desk.example.org/sip")
    if websocket is not None and not _WEB_SOCKET.fullmatch(websocket):
        api.fault("websocket", f"{websocket!r} is no WebSocket", 'Write it as "wss://HOST/PATH"')
    phones = api.integer("phones", 200, 1, 100_000)
    settings, (servers, secret) = _api(api, tokens), _turn(turn)
    api.close()
    turn.close()
    return WebSettings(settings, tokens, servers, secret, phones, websocket)


def secret_faults(web: WebSettings, source: Source) -> Iterator[ConfigFault]:
    """Of secrets that cannot be had on this machine, or that anybody could guess."""
    for index, token in enumerate(web.tokens):
        key = ("api", "token", index, "secret")
        try:
            if len(token.secret.reveal()) < SHORTEST_TOKEN:
                problem = f"has fewer than {SHORTEST_TOKEN} characters"
                yield source.fault(key, problem, "Make one with `openssl rand -base64 32`")
        except ValueError as error:
            yield source.fault(key, str(error), _REMEDY)
    try:
        if web.turn_secret is not None:
            web.turn_secret.reveal()
    except ValueError as error:
        yield source.fault(("turn", "secret"), str(error), _REMEDY)


def certificate_faults(web: WebSettings, source: Source) -> Iterator[ConfigFault]:
    if web.api is not None:
        files = TlsSettings(certificate=web.api.certificate, key=web.api.key)
        for key, problem in tls.problems(files):
            yield source.fault(
                ("api", key), problem, "Name PEM files that belong together and that this user may read"
            )


def api_for(web: WebSettings) -> ApiSettings | None:
    """The settings with their secrets. Raises ValueError where one cannot be had any more."""
    if web.api is None:
        return None
    tokens = tuple(Token(one.name, one.role, digest_of(one.secret.reveal())) for one in web.tokens)
    turn = web.turn
    if turn is not None and web.turn_secret is not None:
        turn = replace(turn, secret=web.turn_secret.reveal())
    return replace(web.api, tokens=tokens, turn=turn)


def _api(table: Fields, tokens: tuple[TokenSettings, ...]) -> ApiSettings | None:
    listen = _listen(table)
    hosts = tuple(host.lower() for host in _texts(table, "hosts", _HOST, "desk.example.org"))
    files = {
        name: table.path(name, f"{name}.pem") if table.has(name) else None for name in ("certificate", "key")
    }
    for name, other in (("certificate", "key"), ("key", "certificate")):
        if files[name] and not files[other]:
            table.fault(name, f"stands there without {other}", f"Name the {other} that belongs to it as well")
    api = ApiSettings(
        listen=listen or Address("127.0.0.1", 8080),
        hosts=hosts,
        certificate=files["certificate"],
        key=files["key"],
        session_s=table.integer("session_s", 12 * HOUR, 60, 30 * DAY),
        phone_ttl_s=table.integer("phone_ttl_s", HOUR, 60, DAY),
        limits=_limits(table),
    )
    if listen is not None and not ipaddress.ip_address(listen.host).is_loopback:
        _check_open(table, api, tokens)
    if hosts and not tokens:
        problem = "are there, and no token: who comes through a proxy would count as this machine"
        table.fault("hosts", problem, "Add a [[api.token]] for each who may come in")
    return None if listen is None else api


def _check_open(table: Fields, api: ApiSettings, tokens: tuple[TokenSettings, ...]) -> None:
    """What must be there before other machines are listened to."""
    if not tokens:
        problem = "lets other machines in, and there is no token: nobody could log in from there"
        table.fault("listen", problem, f'Add a [[api.token]], or listen on "{LISTEN_EXAMPLE}"')
    if api.certificate is None:
        problem = (
            "lets other machines in without encryption, and browsers keep the microphone from such pages"
        )
        table.fault("listen", problem, f'Set certificate and key, or listen on "{LISTEN_EXAMPLE}"')


def _limits(table: Fields) -> Limits:
    default = Limits()
    requests = table.number("requests_per_s", default.requests.per_s, 0.1, 100_000)
    logins = table.number("logins_per_minute", default.logins.per_s * 60, 0.1, 100_000)
    phones = table.number("phones_per_minute", default.phones.per_s * 60, 0.1, 100_000)
    return Limits(
        requests=Rate(requests, max(1.0, 4 * requests)),
        logins=Rate(logins / 60, max(1.0, logins)),
        phones=Rate(phones / 60, max(1.0, phones)),
        sessions=table.integer("sessions", default.sessions, 1, 1_000_000),
        followers=table.integer("followers", default.followers, 1, 100_000),
    )


def _listen(table: Fields) -> Address | None:
    text = table.optional_text("listen", LISTEN_EXAMPLE)
    if text is None:
        return None
    host, _, port = text.rpartition(":")
    try:
        address = Address(str(ipaddress.ip_address(host.strip("[]"))), int(port))
    except ValueError:
        address = Address("", 0)
    if str(address) == text and 0 < address.port < 65_536:
        return address
    table.fault("listen", f"{text!r} is no IP address with a port", f'Write it as "{LISTEN_EXAMPLE}"')
    return None


def _tokens(tables: Iterable[Fields]) -> tuple[TokenSettings, ...]:
    tokens: list[TokenSettings] = []
    for table in tables:
        name = table.required_text("name", "board")
        if name and not _NAME.fullmatch(name):
            table.fault("name", f"{name!r} is no name", "Use up to 64 letters, digits, blanks and . _ @ + -")
        if name and any(name == other.name for other in tokens):
            table.fault("name", f"{name!r} is there twice", "Give each token a name of its own")
        if not table.has("role"):
            table.fault("role", "is missing", 'Add a line such as role = "agent"')
        role = Role(table.choice("role", Role.AGENT.value, [one.value for one in Role]))
        tokens.append(TokenSettings(name, role, _secret(table)))
        table.close()
    return tuple(tokens)


def _turn(table: Fields) -> tuple[TurnSettings | None, Secret | None]:
    urls = tuple(_texts(table, "urls", _TURN, TURN_EXAMPLE))
    ttl_s = table.integer("ttl_s", 12 * HOUR, 300, 7 * DAY)
    if not urls:
        if table.has("secret"):
            table.fault("urls", "is missing", f'Add a line such as urls = ["{TURN_EXAMPLE}"]')
        return None, None
    return TurnSettings(urls, "", ttl_s), _secret(table)


def _secret(table: Fields) -> Secret:
    text = table.hidden_text("secret", _PLACES)
    secret = Secret.parse_reference(text)
    if secret is None and text:
        # What stands there may be the secret by mistake: it is not shown.
        table.fault("secret", "names no place", _PLACES)
    return secret or Secret(SecretPlace.HERE, "")


def _texts(table: Fields, name: str, form: re.Pattern[str], example: str) -> list[str]:
    texts: list[str] = []
    for value in table.values(name, []):
        if not isinstance(value, str) or not form.fullmatch(value):
            table.fault(name, f"{described(value)} does not belong here", f'Write each like "{example}"')
        elif value in texts:
            table.fault(name, f"{value!r} is there twice", "Remove one of them")
        else:
            texts.append(value)
    return texts
