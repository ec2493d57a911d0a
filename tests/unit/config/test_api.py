"""[api], [[api.token]] and [turn]: what is understood, and each thing that can be wrong with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.api.access import Role
from voicecore.api.settings import digest_of
from voicecore.app.web import site_facts
from voicecore.config.api import HttpSettings, api_for, certificate_faults, secret_faults
from voicecore.config.reader import load
from voicecore.config.reading import settings_of
from voicecore.config.settings import Settings
from voicecore.config.source import Source
from voicecore.errors import ConfigError, ConfigFault
from voicecore.sip.hop import Address

LEAST = '[api]\nlisten = "127.0.0.1:8080"\n'
TOKEN = '[[api.token]]\nname = "board"\nrole = "qa"\nsecret = "env:BOARD_TOKEN"\n'
SECRET = "a long and unguessable secret"


def parse(text: str) -> HttpSettings:
    return settings_of(Source.parse(text, "a.toml")).http


def faults(text: str) -> tuple[ConfigFault, ...]:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return caught.value.faults


def test_without_a_place_to_listen_there_is_no_api() -> None:
    assert parse("").api is None
    assert parse("[api]\nphone_ttl_s = 60\n").api is None
    assert api_for(parse("")) is None


def test_the_built_in_configuration_serves_this_machine_only() -> None:
    settings = load(None)
    api = settings.http.api
    assert api is not None
    assert (api.listen, api.tokens, api.certificate) == (Address("127.0.0.1", 8080), (), None)
    # Pages of this machine may speak SIP over WebSocket, and no page of anybody else (transport/web_socket.py).
    assert settings.sip.origins == ()
    assert [one.address for one in settings.sip.listen if one.transport == "ws"] == ["127.0.0.1"]


def test_every_key_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    web = parse(
        '[api]\nlisten = "[::1]:8443"\ncertificate = "a.pem"\nkey = "a.key"\nhosts = ["Desk.Example.Org"]\n'
        'websocket = "wss://desk.example.org/sip"\nsession_s = 600\nphone_ttl_s = 120\nphones = 7\n'
        "requests_per_s = 5\nlogins_per_minute = 6\nphones_per_minute = 3\nsessions = 9\nfollowers = 4\n"
        + TOKEN
        + '[turn]\nurls = ["turns:turn.example.org:443?transport=tcp"]\nsecret = "env:TURN_SECRET"\nttl_s = 600\n'
    )
    monkeypatch.setenv("BOARD_TOKEN", SECRET)
    monkeypatch.setenv("TURN_SECRET", "north")
    api = api_for(web)
    assert api is not None
    assert (api.listen, api.hosts, api.scheme) == (Address("::1", 8443), ("desk.example.org",), "https")
    assert (api.session_s, api.phone_ttl_s, web.phones) == (600, 120, 7)
    assert (web.websocket, api.limits.sessions, api.limits.followers) == ("wss://desk.example.org/sip", 9, 4)
    assert [
        (rate.per_s, rate.burst) for rate in (api.limits.requests, api.limits.logins, api.limits.phones)
    ] == [
        (5.0, 20.0),
        (0.1, 6.0),
        (0.05, 3.0),
    ]
    (token,) = api.tokens
    assert (token.name, token.role, token.digest) == ("board", Role.QA, digest_of(SECRET))
    assert api.turn is not None
    assert (api.turn.urls, api.turn.secret, api.turn.ttl_s) == (
        ("turns:turn.example.org:443?transport=tcp",),
        "north",
        600,
    )
    assert SECRET not in repr(api)
    assert "north" not in repr(api)


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ('[api]\nlisten = "localhost:8080"\n', 2, "api.listen"),
        ('[api]\nlisten = "127.0.0.1"\n', 2, "api.listen"),
        ('[api]\nlisten = "127.0.0.1:0"\n', 2, "api.listen"),
        ('[api]\nlisten = "127.0.0.1:99999"\n', 2, "api.listen"),
        ('[api]\nlisten = "::1:8080"\n', 2, "api.listen"),
        (LEAST + 'certificate = "a.pem"\n', 3, "api.certificate"),
        (LEAST + 'key = "a.key"\n', 3, "api.key"),
        (LEAST + 'hosts = ["desk.example.org"]\n', 3, "api.hosts"),
        (LEAST + 'hosts = ["http://desk"]\n' + TOKEN, 3, "api.hosts"),
        (LEAST + 'websocket = "http://127.0.0.1"\n', 3, "api.websocket"),
        (LEAST + "phone_ttl_s = 5\n", 3, "api.phone_ttl_s"),
        (LEAST + "session_s = 5\n", 3, "api.session_s"),
        (LEAST + "phones = 0\n", 3, "api.phones"),
        (LEAST + "requests_per_s = 0\n", 3, "api.requests_per_s"),
        (LEAST + "tokens = 1\n", 3, "api.tokens"),
        (LEAST + '[[api.token]]\nname = "a"\nrole = "god"\nsecret = "env:A"\n', 5, "api.token[1].role"),
        (LEAST + '[[api.token]]\nname = "a"\nsecret = "env:A"\n', 3, "api.token[1].role"),
        (LEAST + '[[api.token]]\nname = "a\\u0007"\nrole = "qa"\nsecret = "env:A"\n', 4, "api.token[1].name"),
        (LEAST + '[[api.token]]\nname = "a"\nrole = "qa"\nsecret = "s3cret"\n', 6, "api.token[1].secret"),
        (LEAST + TOKEN + TOKEN, 8, "api.token[2].name"),
        ('[turn]\nurls = ["http://turn"]\nsecret = "env:A"\n', 2, "turn.urls"),
        ('[turn]\nurls = ["turn:turn.example.org"]\nsecret = "north"\n', 3, "turn.secret"),
        ('[turn]\nsecret = "env:A"\n', 1, "turn.urls"),
    ],
)
def test_each_fault_has_its_place_and_shows_no_secret(text: str, line: int, key: str) -> None:
    found = [(fault.line, fault.key) for fault in faults(text)]
    assert (line, key) in found
    assert not any("s3cret" in str(fault) or "north" in fault.problem for fault in faults(text))


def test_other_machines_are_let_in_with_a_token_and_encryption_only() -> None:
    anywhere = '[api]\nlisten = "0.0.0.0:8443"\n'
    assert [fault.key for fault in faults(anywhere)] == ["api.listen", "api.listen"]
    assert [fault.key for fault in faults(anywhere + TOKEN)] == ["api.listen"]
    encrypted = 'certificate = "a.pem"\nkey = "a.key"\n'
    assert [fault.key for fault in faults(anywhere + encrypted)] == ["api.listen"]
    assert parse(anywhere + encrypted + TOKEN).api is not None


def test_a_token_that_can_be_guessed_or_is_not_there_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source.parse(LEAST + TOKEN, "a.toml")
    web = settings_of(source).http
    monkeypatch.delenv("BOARD_TOKEN", raising=False)
    for value in (None, "short"):
        if value is not None:
            monkeypatch.setenv("BOARD_TOKEN", value)
        (fault,) = secret_faults(web, source)
        assert (fault.line, fault.key) == (6, "api.token[1].secret")
        assert "short" not in str(fault).replace("shortest", "")
    monkeypatch.setenv("BOARD_TOKEN", SECRET)
    assert list(secret_faults(web, source)) == []


def test_a_certificate_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    text = LEAST + f'certificate = "{tmp_path}/a.pem"\nkey = "{tmp_path}/a.key"\n'
    source = Source.parse(text, "a.toml")
    found = [(fault.line, fault.key) for fault in certificate_faults(settings_of(source).http, source)]
    assert found == [(3, "api.certificate"), (4, "api.key")]


@pytest.mark.parametrize(
    ("sip", "api", "websocket"),
    [
        ('listen = ["ws://127.0.0.1:8088"]', LEAST, "ws://127.0.0.1:8088"),
        ('listen = ["udp://127.0.0.1:5060"]', LEAST, None),
        ('listen = ["ws://0.0.0.0:8088"]\npublic_address = "192.0.2.1"', LEAST, "ws://192.0.2.1:8088"),
        ('listen = ["ws://[::1]:8088"]', LEAST, "ws://[::1]:8088"),
        ('listen = ["ws://127.0.0.1:1"]', LEAST + 'websocket = "wss://a/sip"\n', "wss://a/sip"),
        (
            'listen = ["ws://127.0.0.1:1", "wss://127.0.0.1:2"]\n[tls]\ncertificate = "a.pem"\nkey = "a.key"',
            LEAST + 'certificate = "a.pem"\nkey = "a.key"\n',
            "wss://127.0.0.1:2",
        ),
    ],
)
def test_browsers_are_told_where_sip_is(sip: str, api: str, websocket: str | None) -> None:
    settings: Settings = settings_of(Source.parse(f"[sip]\n{sip}\n{api}", "a.toml"))
    assert site_facts(settings, "example.org").websocket == websocket


_values = (
    st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.lists(st.text(max_size=5), max_size=2)
)
_keys = st.sampled_from(("listen", "hosts", "token", "certificate", "key", "phones", "session_s", "requests_per_s",
                         "websocket", "urls", "secret", "name", "role"))  # fmt: skip
_tables = st.dictionaries(
    _keys, _values | st.lists(st.dictionaries(_keys, _values, max_size=3), max_size=2), max_size=4
)


@given(st.dictionaries(st.sampled_from(("api", "turn")), _tables | _values, max_size=2))
def test_any_values_give_settings_or_faults(table: dict[str, object]) -> None:
    try:
        web = settings_of(Source("a.toml", table, {})).http
    except ConfigError:
        return
    assert web.api is None or web.api.listen.port > 0
