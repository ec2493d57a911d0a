"""[registrar] and [[account]]: who may register here, for how long, and what they may call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from voicecore.calls.reception import LONGEST_NAME
from voicecore.config.fields import Fields, described
from voicecore.config.media_wishes import MediaWishes, wishes_of
from voicecore.config.secret import Secret, SecretPlace
from voicecore.config.source import Source
from voicecore.errors import ConfigFault
from voicecore.registrar.account import Account, Accounts
from voicecore.registrar.rules import RegistrarRules
from voicecore.sip.authenticator import PasswordHashes

HOUR = 3600
DAY = 24 * HOUR
ALGORITHMS = ("MD5", "SHA-256")

_NAME = re.compile(r"[A-Za-z0-9._+~-]{1,64}")
_NUMBER = re.compile(r"[0-9A-Za-z*#+_~-]{1,64}")
_PATTERN = re.compile(r"[0-9A-Za-z*#+_~-]+\.?|\.")
_WATCHED = re.compile(r"[A-Za-z0-9._+~-]{1,64}\*?|\*")
_DOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]+:[0-9A-Fa-f:.]*")
_PLACES = 'Write "env:NAME" or "file:PATH"'
_HASHES = {"ha1_md5": ("MD5", 32), "ha1_sha256": ("SHA-256", 64)}


@dataclass(frozen=True, slots=True)
class RegistrarSettings:
    """The addresses that we listen on are domains as well, beside `domains`. Times are in seconds."""

    realm: str = "voicecore"
    domains: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = ALGORITHMS
    """Of Digest, in the order in which they are offered."""
    min_expires_s: int = 60
    max_expires_s: int = HOUR
    default_expires_s: int = HOUR
    max_contacts: int = 10


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """One subscriber. Either `password` is there, or a hash (HA1, in hexadecimal) for each algorithm."""

    name: str
    password: Secret | None = None
    hashes: tuple[tuple[str, Secret], ...] = ()
    numbers: tuple[str, ...] = ()
    caller_id: str | None = None
    allow: tuple[str, ...] = ()
    """Patterns of the numbers that it may call beyond this site; empty: none."""
    watch: tuple[str, ...] | None = None
    """Names of accounts that it may watch beside itself, also with `*` at the end; None: all."""
    media: MediaWishes = field(default_factory=MediaWishes)
    caller_name: str = ""
    """Shown beside the number; "": what the account's phones say."""
    pickup: tuple[str, ...] = ()
    """Names of accounts whose calls it may pick up, also with `*` at the end."""
    click_to_dial: bool = False
    """Whether it may ask by REFER that its phones are rung and connected."""


def registrar_of(table: Fields) -> RegistrarSettings:
    registrar = RegistrarSettings(
        realm=table.text("realm", "voicecore"),
        domains=tuple(d.lower() for d in _texts(table, "domains", _DOMAIN, "sip.example.org")),
        algorithms=tuple(_texts(table, "algorithms", re.compile("SHA-256|MD5"), "SHA-256", [*ALGORITHMS])),
        min_expires_s=table.integer("min_expires_s", 60, 1, HOUR),
        max_expires_s=table.integer("max_expires_s", HOUR, 1, DAY),
        default_expires_s=table.integer("default_expires_s", HOUR, 1, DAY),
        max_contacts=table.integer("max_contacts", 10, 1, 100),
    )
    if not registrar.realm.isprintable():
        table.fault("realm", "holds a control character", "Write a name that phones can show")
    if not registrar.algorithms:
        table.fault("algorithms", "names none", f"Name some of {', '.join(ALGORITHMS)}, best first")
    if not registrar.min_expires_s <= registrar.default_expires_s <= registrar.max_expires_s:
        order = "min_expires_s, default_expires_s and max_expires_s"
        table.fault("default_expires_s", f"{order} are not in this order", "Each is at least the one before")
    table.close()
    return registrar


def accounts_of(tables: Iterable[Fields], registrar: RegistrarSettings) -> tuple[AccountSettings, ...]:
    accounts: list[AccountSettings] = []
    users: set[str] = set()
    for table in tables:
        account = _account(table, registrar)
        if account.name in users:
            table.fault("name", f"{account.name!r} is there twice", "Give each account a name of its own")
        for number in account.numbers:
            if number in users - {account.name}:
                table.fault("numbers", f"{number!r} belongs to another account", "Remove one of them")
        users |= {account.name, *account.numbers} - {""}
        accounts.append(account)
    return tuple(accounts)


def secret_faults(accounts: Iterable[AccountSettings], source: Source) -> Iterator[ConfigFault]:
    """Of secrets that are kept elsewhere and cannot be had on this machine."""
    for index, account in enumerate(accounts):
        if account.password is not None:
            try:
                account.password.reveal()
            except ValueError as error:
                remedy = "Set the variable, or write the file, for the user who starts the server"
                yield source.fault(("account", index, "secret"), str(error), remedy)


def rules_for(settings: RegistrarSettings, addresses: Iterable[str]) -> RegistrarRules:
    """What a `Registrar` goes by; `addresses` are the hosts that we listen on."""
    return RegistrarRules(
        domains=tuple(dict.fromkeys((*settings.domains, *addresses))),
        min_expires_s=settings.min_expires_s,
        max_expires_s=settings.max_expires_s,
        default_expires_s=settings.default_expires_s,
        max_contacts=settings.max_contacts,
    )


def accounts_for(settings: Iterable[AccountSettings], realm: str) -> Accounts:
    """The accounts with their hashes. Raises ValueError where a secret cannot be had any more."""
    return Accounts(
        Account(
            one.name,
            _hashes_for(one, realm),
            one.numbers,
            one.caller_id,
            one.allow,
            caller_name=one.caller_name,
            click_to_dial=one.click_to_dial,
        )
        for one in settings
    )


def _hashes_for(account: AccountSettings, realm: str) -> PasswordHashes:
    if account.password is not None:
        return PasswordHashes.of(account.name, realm, account.password.reveal())
    return PasswordHashes({algorithm: secret.reveal() for algorithm, secret in account.hashes})


def _account(table: Fields, registrar: RegistrarSettings) -> AccountSettings:
    name = table.required_text("name", "alice")
    if name and not _NAME.fullmatch(name):
        table.fault("name", f"{name!r} is no user name", "Use up to 64 letters, digits and . _ + ~ -")
        name = ""
    password, hashes = _password(table), _hashes(table, registrar)
    if (password is not None) + bool(hashes) != 1:
        given = "more than one of" if password else "none of"
        table.fault(
            "name", f"{given} password, secret and ha1_... is there", 'Add secret = "env:NAME", or one'
        )
    numbers = tuple(_texts(table, "numbers", _NUMBER, "1001"))
    caller_id = table.optional_text("caller_id", "+441632960000")
    if caller_id is not None and not _NUMBER.fullmatch(caller_id):
        table.fault("caller_id", f"{caller_id!r} is no number", 'Write one such as "+441632960000"')
    caller_name = table.optional_text("caller_name", "Alice Adams") or ""
    if len(caller_name) > LONGEST_NAME or not caller_name.isprintable():
        table.fault(
            "caller_name", "is no name", f"Write up to {LONGEST_NAME} characters that phones can show"
        )
    allow = tuple(_texts(table, "allow", _PATTERN, "+44."))
    watch = tuple(_texts(table, "watch", _WATCHED, "bob")) if table.has("watch") else None
    pickup = tuple(_texts(table, "pickup", _WATCHED, "sales-*"))
    click_to_dial = table.switch("click_to_dial", False)
    media = wishes_of(table)
    table.close()
    return AccountSettings(
        name, password, hashes, numbers, caller_id, allow, watch, media, caller_name, pickup, click_to_dial
    )


def _password(table: Fields) -> Secret | None:
    written = table.has("password")
    if table.has("secret"):
        if written:
            table.fault("secret", "password is there as well", "Remove one of them")
        text = table.hidden_text("secret", _PLACES)
        secret = Secret.parse_reference(text)
        if secret is None and text:
            # What stands there may be a password by mistake: it is not shown.
            table.fault("secret", "names no place", _PLACES)
        return secret or Secret(SecretPlace.HERE, "")
    if not written:
        return None
    return Secret(SecretPlace.HERE, table.hidden_text("password", "Write it in quotes"))


def _hashes(table: Fields, registrar: RegistrarSettings) -> tuple[tuple[str, Secret], ...]:
    given = {key: table.hidden_text(key, "Write it in quotes") for key in _HASHES if table.has(key)}
    for key, value in given.items():
        if value and not re.fullmatch(f"[0-9a-fA-F]{{{_HASHES[key][1]}}}", value):
            table.fault(key, "is no such hash", f"Write {_HASHES[key][1]} hexadecimal digits")
    found = {_HASHES[key][0]: value.lower() for key, value in given.items()}
    for missing in (name for name in registrar.algorithms if given and name not in found):
        key = next(key for key, (name, _) in _HASHES.items() if name == missing)
        remedy = f"Add it, or leave {missing} out of the registrar's algorithms"
        table.fault(key, f"is missing, and phones are offered {missing}", remedy)
    return tuple((name, Secret(SecretPlace.HERE, value)) for name, value in found.items())


def _texts(
    table: Fields, name: str, form: re.Pattern[str], example: str, default: list[object] | None = None
) -> list[str]:
    texts: list[str] = []
    for value in table.values(name, default or []):
        if not isinstance(value, str) or not form.fullmatch(value):
            table.fault(name, f"{described(value)} does not belong here", f'Write each like "{example}"')
        elif value in texts:
            table.fault(name, f"{value!r} is there twice", "Remove one of them")
        else:
            texts.append(value)
    return texts
