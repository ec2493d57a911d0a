"""[registrar] and [[account]]: what is read, what is refused, and that no secret is ever shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicecore.config.accounts import AccountSettings, RegistrarSettings, secret_faults
from voicecore.config.reading import settings_of
from voicecore.config.secret import Secret, SecretPlace
from voicecore.config.settings import Settings
from voicecore.config.source import Source
from voicecore.errors import ConfigError, ConfigFault


def parse(text: str) -> Settings:
    return settings_of(Source.parse(text, "a.toml"))


def faults(text: str) -> tuple[ConfigFault, ...]:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return caught.value.faults


ALICE = '[[account]]\nname = "alice"\npassword = "hunter2"\n'


def test_everything_about_registrations_is_read() -> None:
    settings = parse("""
        [registrar]
        realm = "example.org"
        domains = ["SIP.example.org", "192.0.2.1"]
        algorithms = ["MD5"]
        min_expires_s = 30
        max_expires_s = 900
        default_expires_s = 300
        max_contacts = 2
        [[account]]
        name = "alice"
        secret = "env:ALICE"
        numbers = ["1001", "+441632960001"]
        caller_id = "+441632960001"
        caller_name = "Alice Adams"
        allow = ["+44.", "0XX"]
        [[account]]
        name = "bob"
        ha1_md5 = "ABCDEF0123456789abcdef0123456789"
    """)
    assert settings.registrar == RegistrarSettings(
        "example.org", ("sip.example.org", "192.0.2.1"), ("MD5",), 30, 900, 300, 2
    )
    alice, bob = settings.accounts
    assert alice == AccountSettings(
        "alice",
        Secret(SecretPlace.ENVIRONMENT, "ALICE"),
        (),
        ("1001", "+441632960001"),
        "+441632960001",
        ("+44.", "0XX"),
        caller_name="Alice Adams",
    )
    assert bob.hashes == (("MD5", Secret(SecretPlace.HERE, "abcdef0123456789abcdef0123456789")),)
    assert bob.password is None


def test_without_accounts_nobody_may_register() -> None:
    settings = parse("")
    assert settings.accounts == ()
    assert settings.registrar == RegistrarSettings()


@pytest.mark.parametrize(
    ("text", "key", "says"),
    [
        ("registrar = 1", "registrar", "not a table"),
        ("[registrar]\nrealms = 1", "registrar.realms", "Did you mean realm?"),
        ("[registrar]\nrealm = 1", "registrar.realm", "not a text"),
        ('[registrar]\nrealm = "a\\u0000"', "registrar.realm", "control character"),
        ('[registrar]\ndomains = ["a b"]', "registrar.domains", "does not belong"),
        ('[registrar]\ndomains = ["a", "a"]', "registrar.domains", "twice"),
        ("[registrar]\nalgorithms = []", "registrar.algorithms", "names none"),
        ('[registrar]\nalgorithms = ["SHA-1"]', "registrar.algorithms", "does not belong"),
        ("[registrar]\nmin_expires_s = 3601", "registrar.min_expires_s", "from 1 to 3600"),
        ("[registrar]\ndefault_expires_s = 10", "registrar.default_expires_s", "not in this order"),
        ("[registrar]\nmax_expires_s = 900", "registrar.default_expires_s", "not in this order"),
        ("[registrar]\nmax_contacts = 0", "registrar.max_contacts", "from 1 to 100"),
        ("account = 1", "account", "[[account]]"),
        ('[[account]]\npassword = "x"', "account[1].name", "is missing"),
        ('[[account]]\nname = "a b"\npassword = "x"', "account[1].name", "no user name"),
        ('[[account]]\nname = "alice"', "account[1].name", "none of"),
        (ALICE + 'secret = "env:X"', "account[1].secret", "password is there as well"),
        (ALICE + 'ha1_md5 = "' + "0" * 32 + '"', "account[1].name", "more than one of"),
        ('[[account]]\nname = "a"\nsecret = "hunter2"', "account[1].secret", "names no place"),
        ('[[account]]\nname = "a"\nsecret = 7', "account[1].secret", "not a text in quotes"),
        ('[[account]]\nname = "a"\npassword = 12345', "account[1].password", "not a text in quotes"),
        ('[[account]]\nname = "a"\nha1_md5 = "00"', "account[1].ha1_md5", "32 hexadecimal digits"),
        ('[[account]]\nname = "a"\nha1_md5 = "' + "0" * 32 + '"', "account[1].ha1_sha256", "is missing"),
        (ALICE + 'numbers = ["1 2"]', "account[1].numbers", "does not belong"),
        (ALICE + 'numbers = ["1", "1"]', "account[1].numbers", "twice"),
        (ALICE + 'caller_name = "Al\\tice"', "account[1].caller_name", "no name"),
        (ALICE + 'caller_id = "Alice!"', "account[1].caller_id", "no number"),
        (ALICE + 'allow = ["1.2"]', "account[1].allow", "does not belong"),
        (ALICE + "allows = []", "account[1].allows", "Did you mean allow?"),
        (ALICE + ALICE, "account[2].name", "twice"),
    ],
)
def test_a_fault_names_its_key_and_what_is_wrong(text: str, key: str, says: str) -> None:
    found = faults(text)
    assert [(fault.key, True) for fault in found if says in str(fault)] == [(key, True)]


def test_a_number_belongs_to_one_account_only() -> None:
    bob = '[[account]]\nname = "bob"\npassword = "x"\nnumbers = ["{}"]\n'
    for number in ("1001", "alice"):
        (fault,) = faults(ALICE + 'numbers = ["1001"]\n' + bob.format(number))
        assert (fault.line, fault.key) == (8, "account[2].numbers")
    (fault,) = faults(bob.format("carol") + '[[account]]\nname = "carol"\npassword = "x"\n')
    assert (fault.line, fault.key) == (6, "account[2].name")


@pytest.mark.parametrize(
    "line", ['password = ["hunter2"]', 'secret = "hunter2"', 'ha1_md5 = "hunter2"', "secret = 'envs:hunter2'"]
)
def test_no_fault_shows_a_secret(line: str) -> None:
    assert "hunter2" not in "".join(map(str, faults(f'[[account]]\nname = "alice"\n{line}\n')))


def test_settings_do_not_show_a_password() -> None:
    assert "hunter2" not in repr(parse(ALICE))


def test_a_secret_may_be_kept_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = Secret.parse_reference("env:ALICE_PASSWORD")
    assert secret is not None
    monkeypatch.setenv("ALICE_PASSWORD", "hunter2")
    assert secret.reveal() == "hunter2"
    monkeypatch.delenv("ALICE_PASSWORD")
    with pytest.raises(ValueError, match="no environment variable ALICE_PASSWORD"):
        secret.reveal()


def test_a_secret_may_be_the_first_line_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("hunter2\nmore\n")
    secret = Secret.parse_reference(f"file:{path}")
    assert secret is not None
    assert secret.reveal() == "hunter2"
    for content, says in ((b"\n", "is empty"), (b"\xff", "not UTF-8")):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=says):
            secret.reveal()
    path.unlink()
    with pytest.raises(ValueError, match="cannot be read"):
        secret.reveal()


@pytest.mark.parametrize("text", ["", "env", "env:", "file:", "vault:x", "env:a=b", "file:a\0b"])
def test_what_names_no_place_is_no_reference(text: str) -> None:
    assert Secret.parse_reference(text) is None


def test_a_secret_that_cannot_be_had_is_a_fault_of_the_machine(tmp_path: Path) -> None:
    text = ALICE + f'[[account]]\nname = "bob"\nsecret = "file:{tmp_path}/none"\n'
    source = Source.parse(text, "a.toml")
    (fault,) = secret_faults(settings_of(source).accounts, source)
    assert (fault.line, fault.key) == (6, "account[2].secret")
    assert "cannot be read" in fault.problem
