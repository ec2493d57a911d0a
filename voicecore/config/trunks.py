"""[[trunk]]: the carriers, from TOML to the settings of `voicecore.trunks` and the passwords beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_interface

from voicecore.config.fields import Fields, described, did_you_mean, is_table
from voicecore.config.media_wishes import MediaWishes, wishes_of
from voicecore.config.secret import Secret, SecretPlace
from voicecore.config.source import Source
from voicecore.config.trunk_rules import (
    calls_of,
    capacity_of,
    failover_of,
    health_of,
    outgoing_of,
    texts,
)
from voicecore.errors import ConfigFault, PeerError
from voicecore.sip.server_location import transport_of
from voicecore.sip.uri import Uri
from voicecore.trunks.identification import overlap
from voicecore.trunks.trunk import (
    Identification,
    Network,
    Registration,
    Trunk,
    TrunkAccount,
    TrunkName,
    TrunkServer,
)

DAY_S = 86_400
WIDEST = {4: 8, 6: 16}
"""Prefix lengths of the widest networks that can be a carrier's: anything wider lets strangers in."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,253}[A-Za-z0-9])?")
_USERNAME = re.compile(r"[^\x00-\x1f\x7f\"]{1,128}")
_CONTACT_USER = re.compile(r"[A-Za-z0-9_.+-]{1,64}")
_TRANSPORTS = ("udp", "tcp", "tls")
_SERVER = "sip:sbc.example.net"
_PLACES = 'Write "env:NAME" or "file:PATH"'


@dataclass(frozen=True, slots=True)
class TrunkSettings:
    """`password` is that of `trunk.account`, `inbound_password` that of `trunk.identification.account`."""

    trunk: Trunk
    password: Secret | None = None
    inbound_password: Secret | None = None
    media: MediaWishes = field(default_factory=MediaWishes)


def trunks_of(tables: Iterable[Fields]) -> tuple[TrunkSettings, ...]:
    found: list[TrunkSettings] = []
    for table in tables:
        made = _trunk(table)
        others = [one.trunk for one in found]
        if made.trunk.name and any(made.trunk.name == other.name for other in others):
            table.fault("name", f"{made.trunk.name!r} is there twice", "Give each trunk a name of its own")
        _check_identification(table, made.trunk, others)
        found.append(made)
    return tuple(found)


def secret_faults(trunks: Iterable[TrunkSettings], source: Source) -> Iterator[ConfigFault]:
    """Of passwords that cannot be had on this machine."""
    for index, one in enumerate(trunks):
        places = {"account": one.password, "inbound": one.inbound_password}
        for table, secret in places.items():
            try:
                if secret is not None:
                    secret.reveal()
            except ValueError as error:
                remedy = "Set the variable, or write the file, for the user who starts the server"
                yield source.fault(("trunk", index, table, "secret"), str(error), remedy)


def passwords_of(trunks: Iterable[TrunkSettings]) -> dict[TrunkName, str]:
    """What a `TrunkBoard` is given. Raises ValueError where a password cannot be had any more."""
    return {one.trunk.name: one.password.reveal() for one in trunks if one.password is not None}


def inbound_passwords_of(trunks: Iterable[TrunkSettings]) -> dict[TrunkName, str]:
    """What carriers prove to us by digest. Raises ValueError where a password cannot be had any more."""
    found = ((one.trunk.name, one.inbound_password) for one in trunks)
    return {name: secret.reveal() for name, secret in found if secret is not None}


def _trunk(table: Fields) -> TrunkSettings:
    name = table.required_text("name", "carrier")
    if name and not _NAME.fullmatch(name):
        table.fault("name", f"{name!r} is no name", "Use up to 64 letters, digits and . _ -")
    servers = _servers(table, _transport(table))
    identification, inbound_password = _inbound(table.table("inbound"))
    account, password = _account(table.table("account")) if table.has("account") else (None, None)
    registration = _registration(table.table("registration")) if table.has("registration") else None
    host = registration.aor.host if registration else servers[0].uri.host if servers else ""
    domain = table.text("from_domain", host or "example.net")
    if not _DOMAIN.fullmatch(domain) and domain != host:
        table.fault("from_domain", f"{domain!r} is no host", 'Write one such as "example.net"')
    trunk = Trunk(
        TrunkName(name),
        servers,
        outgoing_of(table, domain, failover_of(table.table("failover"))),
        identification,
        account,
        registration,
        calls_of(table),
        capacity_of(table.table("limits")),
        health_of(table.table("health")),
    )
    media = wishes_of(table)
    table.close()
    return TrunkSettings(trunk, password, inbound_password, media)


def _transport(table: Fields) -> str | None:
    return table.choice("transport", "udp", _TRANSPORTS) if table.has("transport") else None


def _servers(table: Fields, transport: str | None) -> tuple[TrunkServer, ...]:
    if not table.has("servers"):
        table.fault("servers", "is missing", f'Add a line such as servers = ["{_SERVER}"]')
        return ()
    servers: list[TrunkServer] = []
    values = table.values("servers", [_SERVER])
    if not values:
        table.fault("servers", "names none", f'Name at least one, such as "{_SERVER}"')
    for value in values:
        server = _server(table, value, transport)
        if server is not None and any(server.uri == other.uri for other in servers):
            table.fault("servers", f"{server.uri} is there twice", "Remove one of them")
        elif server is not None:
            servers.append(server)
    return tuple(servers)


def _server(table: Fields, value: object, transport: str | None) -> TrunkServer | None:
    priority, weight = 1, 1
    if is_table(value):
        unknown = [key for key in value if key not in ("uri", "priority", "weight")]
        if unknown:
            remedy = did_you_mean(unknown[0], ["uri", "priority", "weight"])
            table.fault("servers", f"{unknown[0]} is not a known key", remedy)
        priority, weight = (_place(table, value.get(key, 1), key) for key in ("priority", "weight"))
        value = value.get("uri")
    if not isinstance(value, str):
        table.fault("servers", f"{described(value)} is no server", f'Write each as "{_SERVER}"')
        return None
    uri = _server_uri(table, value, transport)
    return None if uri is None else TrunkServer(uri, priority, weight)


def _place(table: Fields, value: object, key: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 65_535:
        return value
    table.fault(
        "servers", f"{key} is {described(value)}, not a whole number from 1 to 65535", "Leave it out for 1"
    )
    return 1


def _server_uri(table: Fields, text: str, transport: str | None) -> Uri | None:
    uri = _sip_uri(table, "servers", text, _SERVER)
    if uri is None:
        return None
    if transport is not None and uri.parameter("transport") is None:
        uri = uri.with_parameter("transport", transport)
    try:
        transport_of(uri)
    except PeerError as error:
        table.fault("servers", f"{text!r}: {error.reason}", f"Use one of {', '.join(_TRANSPORTS)}")
        return None
    return uri


def _sip_uri(table: Fields, name: str, text: str, example: str) -> Uri | None:
    try:
        uri = Uri.parse(text)
    except PeerError as error:
        table.fault(name, f"{text!r} is no SIP URI: {error.reason}", f'Write it as "{example}"')
        return None
    if uri.is_sip and not uri.headers and uri.password is None:
        return uri
    table.fault(name, f"{text!r} is no plain SIP URI", f'Write it as "{example}"')
    return None


def _inbound(table: Fields) -> tuple[Identification, Secret | None]:
    networks = []
    for value in table.values("addresses", []):
        network = _network(table, value)
        if network is not None:
            networks.append(network)
    certificates = texts(table, "certificates", _DOMAIN, "sbc.example.net")
    account: TrunkAccount | None = None
    secret: Secret | None = None
    if table.has("username") or table.has("secret"):
        account, secret = _account_fields(table, with_realm=False)
    table.close()
    names = tuple(name.lower() for name in certificates)
    return Identification(tuple(networks), names, account), secret


def _network(table: Fields, value: object) -> Network | None:
    example = 'Write it as "198.51.100.0/24" or "198.51.100.7"'
    if not isinstance(value, str):
        table.fault("addresses", f"{described(value)} is no network", example)
        return None
    try:
        interface = ip_interface(value)
    except ValueError:
        table.fault("addresses", f"{value!r} is no address or network", example)
        return None
    network = interface.network
    if interface.ip != network.network_address:
        table.fault(
            "addresses", f"{value!r} has bits behind its prefix", f'Write "{network}", if you mean that'
        )
        return None
    if network.prefixlen < WIDEST[network.version]:
        table.fault("addresses", f"{value!r} lets strangers in", "Name the networks of the carrier")
        return None
    return network


def _account(table: Fields) -> tuple[TrunkAccount, Secret]:
    made = _account_fields(table, with_realm=True)
    table.close()
    return made


def _account_fields(table: Fields, *, with_realm: bool) -> tuple[TrunkAccount, Secret]:
    username = table.required_text("username", "alice")
    if username and not _USERNAME.fullmatch(username):
        table.fault("username", "holds what no user name can", "Write it as the carrier gave it")
    text = table.hidden_text("secret", _PLACES)
    secret = Secret.parse_reference(text)
    if secret is None and text:
        # What stands there may be a password by mistake: it is not shown.
        table.fault("secret", "names no place", _PLACES)
    realm = table.optional_text("realm", "example.net") if with_realm else None
    return TrunkAccount(username, realm), secret or Secret(SecretPlace.HERE, "")


def _registration(table: Fields) -> Registration | None:
    text = table.required_text("aor", "sip:49301234@example.net")
    aor = _sip_uri(table, "aor", text, "sip:USER@DOMAIN") if text else None
    if aor is not None and not aor.user:
        table.fault("aor", f"{text!r} names no user", 'Write it as "sip:USER@DOMAIN"')
    expires_s = table.integer("expires_s", 600, 60, DAY_S)
    user = table.optional_text("contact_user", "49301234")
    if user is not None and not _CONTACT_USER.fullmatch(user):
        table.fault("contact_user", f"{user!r} is no user of a SIP URI", "Use letters, digits and - _ . +")
    table.close()
    return None if aor is None else Registration(aor, expires_s, user)


def _check_identification(table: Fields, trunk: Trunk, others: Iterable[Trunk]) -> None:
    known = trunk.identification
    for other in others:
        shared = overlap(known.addresses, other.identification.addresses)
        if shared is not None:
            problem = f"{shared} is an address of trunk {other.name} as well"
            table.fault("inbound", problem, "A call from there could be either's: remove one")
        for name in sorted({*known.certificates} & {*other.identification.certificates}):
            table.fault("inbound", f"{name} is a certificate of trunk {other.name} as well", "Remove one")
