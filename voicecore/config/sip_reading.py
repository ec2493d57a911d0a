"""Reads [sip] and [tls]: where we listen, what strangers may make us hold, and which certificates we show."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from voicecore.config.fields import Fields, described
from voicecore.config.settings import Listen, SipSettings
from voicecore.transport.connection_limits import ConnectionLimits
from voicecore.transport.tls import ClientCertificate, TlsSettings

SCHEMES = ("udp", "tcp", "tls", "ws", "wss")
ENCRYPTED = ("tls", "wss")
LISTEN_EXAMPLE = "udp://127.0.0.1:5060"
DEFAULT_LISTEN: list[object] = [LISTEN_EXAMPLE, "tcp://127.0.0.1:5060", "ws://127.0.0.1:8088"]
"""The first two are a duty of every SIP element (RFC 3261, 18); browsers take the third."""
CLIENT_CERTIFICATES: dict[str, ClientCertificate] = {
    "none": "none",
    "optional": "optional",
    "required": "required",
}

_SIP_URI = re.compile(r"sips?:[^\s<>\"@]+@[^\s<>\"@]+")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")
_ORIGIN = re.compile(r"https?://[^\s/]+")


def sip(table: Fields) -> SipSettings:
    listen = _listen_points(table)
    identity = table.optional_text("identity", "sip:voicecore@example.org")
    if identity is not None and not _SIP_URI.fullmatch(identity):
        table.fault("identity", f"{identity!r} is no SIP URI", 'Write it as "sip:USER@HOST"')
    settings = SipSettings(
        listen=listen,
        identity=identity,
        public_address=_public_address(table, listen),
        origins=_origins(table),
        connections=_connections(table.table("connections")),
    )
    table.close()
    return settings


def tls(table: Fields, listen: tuple[Listen, ...]) -> TlsSettings:
    files = {
        name: table.path(name, f"{name}.pem") if table.has(name) else None
        for name in ("certificate", "key", "client_ca", "ca")
    }
    client_certificate = CLIENT_CERTIFICATES[table.choice("client_certificate", "none", CLIENT_CERTIFICATES)]
    verify = table.switch("verify", True)
    for name, other in (("certificate", "key"), ("key", "certificate")):
        if files[name] and not files[other]:
            table.fault(name, f"stands there without {other}", f"Name the {other} that belongs to it as well")
    encrypted = [str(one) for one in listen if one.transport in ENCRYPTED]
    if encrypted and not files["certificate"]:
        table.fault(
            "certificate",
            f"is missing, and {encrypted[0]} needs one",
            "Name the PEM files of a certificate and its key",
        )
    if client_certificate != "none" and not files["client_ca"]:
        table.fault(
            "client_certificate",
            f"is {client_certificate!r}, and no authority is named to verify it by",
            "Set client_ca to a PEM file",
        )
    table.close()
    return TlsSettings(
        certificate=files["certificate"],
        key=files["key"],
        client_ca=files["client_ca"],
        client_certificate=client_certificate,
        ca=files["ca"],
        verify=verify,
    )


def _listen_points(table: Fields) -> tuple[Listen, ...]:
    listen = []
    for value in table.values("listen", DEFAULT_LISTEN):
        problem = _listen_problem(value)
        if problem is None and isinstance(value, str):
            listen.append(_listen(value))
        else:
            table.fault("listen", f"{described(value)}: {problem}", f'Write it as "{LISTEN_EXAMPLE}"')
    if not listen:
        table.fault("listen", "names no socket that works", f'Write at least one: ["{LISTEN_EXAMPLE}"]')
    for twice in {str(one) for one in listen if listen.count(one) > 1}:
        table.fault("listen", f"{twice} is there twice", "Remove one of them")
    return tuple(listen)


def _listen_problem(value: object) -> str | None:
    if not isinstance(value, str):
        return "is not a text"
    try:
        url = urlsplit(value)
        address, port = url.hostname, url.port
    except ValueError as error:
        return str(error)
    if url.scheme not in SCHEMES:
        return f"begins with none of {', '.join(f'{scheme}://' for scheme in SCHEMES)}"
    if url.path or url.query or url.fragment or url.username is not None:
        return "holds more than transport, address and port"
    if port is None or port == 0:
        return "names no port"
    if address is None or not is_ip(address):
        return "names no IP address"
    return None


def _listen(url: str) -> Listen:
    parts = urlsplit(url)
    return Listen(parts.scheme, parts.hostname or "", parts.port or 0)


def is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _public_address(table: Fields, listen: tuple[Listen, ...]) -> str | None:
    public = table.optional_text("public_address", "192.0.2.1")
    if public is not None and not (is_ip(public) or _HOST.fullmatch(public)):
        table.fault(
            "public_address",
            f"{public!r} is no IP address or host name",
            "Write the one that peers reach us by, without a port",
        )
    elif public is not None and is_ip(public) and ipaddress.ip_address(public).is_unspecified:
        table.fault("public_address", f"{public} names every address", "Write one that peers can send to")
    if public is None:
        for one in listen:
            if ipaddress.ip_address(one.address).is_unspecified:
                table.fault(
                    "listen",
                    f"{one} names every address, and peers must be told one",
                    'Add public_address = "ADDRESS", or listen on one address',
                )
    return public


def _origins(table: Fields) -> tuple[str, ...]:
    origins = []
    for value in table.values("origins", []):
        if isinstance(value, str) and _ORIGIN.fullmatch(value):
            origins.append(value)
        else:
            problem = f"{described(value)} is no origin of a web page"
            table.fault("origins", problem, 'Write it as "https://HOST", with a port if there is one')
    return tuple(origins)


def _connections(table: Fields) -> ConnectionLimits:
    default = ConnectionLimits()

    def time(name: str, otherwise: float) -> float:
        value = table.seconds(name, otherwise, 86_400.0)
        if value == 0:
            table.fault(name, "is 0: no connection would live", f"The default is {otherwise:g}")
        return value

    limits = ConnectionLimits(
        handshake_s=time("handshake_s", default.handshake_s),
        first_message_s=time("first_message_s", default.first_message_s),
        message_s=time("message_s", default.message_s),
        idle_s=time("idle_s", default.idle_s),
        pong_s=time("pong_s", default.pong_s),
        write_buffer=table.integer("write_buffer", default.write_buffer, 65_536, 2**30),
        buffered_in_all=table.integer("buffered_in_all", default.buffered_in_all, 65_536, 2**40),
        queued=table.integer("queued", default.queued, 1, 100_000),
        connections=table.integer("connections", default.connections, 1, 1_000_000),
        per_source=table.integer("per_source", default.per_source, 1, 1_000_000),
        handshakes=table.integer("handshakes", default.handshakes, 1, 1_000_000),
        handshakes_per_source=table.integer(
            "handshakes_per_source", default.handshakes_per_source, 1, 1_000_000
        ),
    )
    table.close()
    return limits
