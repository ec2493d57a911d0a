from __future__ import annotations

from datetime import UTC, datetime, time
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from voicecore.config.guard import stir_faults
from voicecore.config.reader import load
from voicecore.config.reading import settings_of
from voicecore.config.settings import Settings
from voicecore.config.source import Source
from voicecore.errors import ConfigError
from voicecore.guard.fraud import Deny, FraudGate, FraudPicture, OutboundRequest, Payer, PayerKind, Usage
from voicecore.guard.fraud_settings import Allowance, Destinations, FraudSettings, Hours, Limits
from voicecore.guard.guard import Guard
from voicecore.guard.policy import Source as Sender
from voicecore.guard.settings import GuardSettings, PolicySettings, Rate, Strangers
from voicecore.guard.stir.settings import SigningSettings, StirMode, StirSettings
from voicecore.sip.hop import Address, Hop


def parse(text: str) -> Settings:
    return settings_of(Source.parse(text, "a.toml"))


@pytest.mark.parametrize("settings", [parse(""), load(None)], ids=["empty", "built-in"])
def test_without_a_word_the_defaults_hold(settings: Settings) -> None:
    assert settings.guard == GuardSettings()
    assert settings.fraud == FraudSettings()
    assert settings.stir == StirSettings()


@pytest.mark.parametrize("kind", PayerKind)
def test_the_built_in_file_lets_nobody_call_out(kind: PayerKind) -> None:
    gate, noon = FraudGate(load(None).fraud), datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    for number in ("+4930123456", "+12125550123", "112", "1000"):
        request = OutboundRequest(Payer(kind, "a"), "carrier", number, noon)
        assert isinstance(gate.decide(FraudPicture(Usage(), Usage()), request), Deny)


def test_the_built_in_file_lets_this_machine_call_the_numbers_and_strangers_none() -> None:
    guard, ours = Guard(load(None).guard), Address("127.0.0.1", 5060)
    assert guard.classify(Hop("UDP", ours, Address("127.0.0.1", 5999)), 0.0) is Sender.LOCAL
    assert guard.settings.public == ()


def test_every_setting_of_the_guard_is_read() -> None:
    guard = parse("""
        [guard]
        strangers = "silence"
        refusal = 404
        strangers_options = true
        loopback_calls = false
        ban_threshold = 5
        ban_first_s = 30
        ban_longest_s = 3600
        never_ban = ["192.0.2.0/24"]
        packets_per_s = 50
        invites_per_s = 2
        registers_per_s = 0.1
        others_per_s = 4
        strangers_per_s = 8
        requests_per_s = 100
        retry_after_s = 9
        overload_lateness_s = 0.5
        overload_calls = 7
        public = ["1000", "08."]
    """).guard
    assert guard.policy == PolicySettings(
        Strangers.SILENCE, 404, strangers_options=True, loopback_calls=False
    )
    bans, rates = guard.bans, guard.rates
    assert (bans.threshold, bans.first_s, bans.longest_s) == (5.0, 30.0, 3600.0)
    assert bans.never == (ip_network("192.0.2.0/24"),)
    assert rates.by_method == (("INVITE", Rate(2.0, 6.0)), ("REGISTER", Rate(0.1, 1.0)))
    assert (rates.packets_per_s, rates.retry_after_s) == (50, 9)
    assert (rates.other, rates.strangers) == (Rate(4.0, 12.0), Rate(8.0, 24.0))
    assert rates.total == Rate(100.0, 300.0)
    assert (guard.overload.lateness_s, guard.overload.calls, guard.overload.retry_after_s) == (0.5, 7, 9)
    assert guard.public == ("1000", "08.")


def test_every_setting_of_the_fraud_limits_is_read() -> None:
    fraud = parse("""
        [fraud]
        countries = ["DE", "001"]
        allow = ["112"]
        deny = ["+4913."]
        premium = true
        calls_per_s = 2
        concurrent = 3
        spend_per_day = 20
        hours = "22:00-06:30"
        zone = "Europe/Berlin"
        always = ["112"]
        [fraud.total]
        calls_per_s = 5
        concurrent = 40
        spend_per_day = 500
        [fraud.flows]
        countries = ["AT"]
        [[fraud.account]]
        name = "alice"
        concurrent = 0
        [fraud.prices]
        "+49" = 0.02
        "+" = 1
    """).fraud
    destinations = Destinations(("112",), ("+4913.",), ("DE", "001"), premium=True)
    hours = Hours(time(22), time(6, 30), ZoneInfo("Europe/Berlin"))
    assert fraud.accounts == Allowance(destinations, Limits(Rate(2.0, 6.0), 3, 20.0), hours)
    assert fraud.account == {"alice": Allowance(limits=Limits(concurrent=0))}
    assert fraud.flows == Allowance(Destinations(countries=("AT",)))
    assert fraud.total == Limits(Rate(5.0, 15.0), 40, 500.0)
    assert (fraud.prices, fraud.always) == ({"+49": 0.02, "+": 1.0}, ("112",))


def test_every_setting_of_stir_is_read() -> None:
    stir = parse("""
        [stir]
        mode = "require"
        anchors = "a.pem"
        key = "k.pem"
        certificate_url = "https://cert.example.org/a.pem"
        own_numbers = ["+4930."]
    """).stir
    signing = SigningSettings(Path("k.pem"), "https://cert.example.org/a.pem", ("+4930.",))
    assert stir == StirSettings(StirMode.REQUIRE, Path("a.pem"), signing)


@pytest.mark.parametrize(
    ("text", "key", "says"),
    [
        ('[guard]\nstrangers = "chalenge"', "guard.strangers", "Did you mean challenge?"),
        ("[guard]\nrefusal = 200", "guard.refusal", "403 to 404"),
        ("[guard]\nloopback_calls = 1", "guard.loopback_calls", "not true or false"),
        ('[guard]\nnever_ban = ["0.0.0.0/0"]', "guard.never_ban", "is not a network"),
        ('[guard]\nnever_ban = ["192.0.2.1/24"]', "guard.never_ban", "is not a network"),
        ("[guard]\nban_first_s = 90\nban_longest_s = 60", "guard.ban_longest_s", "shorter"),
        ("[guard]\nban_threshold = 0", "guard.ban_threshold", "1 to 1000"),
        ("[guard]\ninvites_per_s = nan", "guard.invites_per_s", "number nan"),
        ('[guard]\npublic = ["(.*)"]', "guard.public", "is not a number or pattern"),
        ("[guard]\npublic = [1000]", "guard.public", "is not a number or pattern"),
        ("[guard]\nbans = 1", "guard.bans", "not a known key"),
        ('[fraud]\ncountries = ["Germany"]', "fraud.countries", "is not a country"),
        ('[fraud]\ncountries = ["de"]', "fraud.countries", "is not a country"),
        ("[fraud]\nspend_per_day = 5", "fraud.spend_per_day", "needs prices"),
        ("[fraud.total]\nspend_per_day = 5", "fraud.total.spend_per_day", "needs prices"),
        ("[fraud.prices]\nDE = 1", "fraud.prices", "is no prefix"),
        ('[fraud.prices]\n"+49" = -1', "fraud.prices", "from 0"),
        ('[fraud]\nhours = "7-20"', "fraud.hours", "no span of a day"),
        ('[fraud]\nhours = "07:00-20:00"\nzone = "Mars"', "fraud.zone", "no time zone"),
        ("[[fraud.account]]\nconcurrent = 1", "fraud.account[1].name", "missing"),
        ('[[fraud.account]]\nname = "a"\n[[fraud.account]]\nname = "a"', "fraud.account[2].name", "twice"),
        ('[stir]\nmode = "verify"', "stir.anchors", "missing"),
        ('[stir]\nkey = "k.pem"', "stir.certificate_url", "missing"),
        ('[stir]\ncertificate_url = "https://a/b"', "stir.key", "missing"),
        ('[stir]\nkey = "k"\ncertificate_url = "http://a/b"', "stir.certificate_url", "no https URL"),
    ],
)
def test_a_fault_names_its_key_and_what_is_wrong(text: str, key: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert [fault.key for fault in caught.value.faults if says in str(fault)] == [key]


def test_the_files_of_stir_are_looked_at(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    private = ec.generate_private_key(ec.SECP256R1())
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    source = Source.parse("", "a.toml")
    for path, problem in ((key, None), (tmp_path / "none.pem", "cannot be read"), (Path(__file__), "not an")):
        settings = StirSettings(signing=SigningSettings(path, "https://cert.example.org/a.pem"))
        problems = [fault.problem for fault in stir_faults(settings, source)]
        assert (problem is None) == (not problems)
        assert problem is None or problem in problems[0]
    anchors = StirSettings(StirMode.VERIFY, anchors=key)
    assert ["no PEM certificates" in fault.problem for fault in stir_faults(anchors, source)] == [True]


_json = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
_keys = ("strangers", "public", "never_ban", "refusal", "countries", "allow", "hours", "zone", "prices", "total",
         "flows", "account", "name", "concurrent", "mode", "anchors", "key", "certificate_url")  # fmt: skip
_inner = st.dictionaries(st.sampled_from(_keys), _json, max_size=5)


@given(st.dictionaries(st.sampled_from(("guard", "fraud", "stir")), _inner | _json, max_size=3))
def test_any_values_give_settings_or_faults(table: dict[str, object]) -> None:
    try:
        settings = settings_of(Source("a.toml", table, {}))
    except ConfigError:
        return
    assert Guard(settings.guard).census() == {"suspects": 0, "bans": 0, "rates": 0, "packet_counts": 0}
