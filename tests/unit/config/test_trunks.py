"""[[trunk]]: what is understood, and each thing that can be wrong with its place."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from tests.unit.docs.blocks import blocks_of
from voicecore.config.media_wishes import MediaWishes
from voicecore.config.reading import settings_of
from voicecore.config.secret import Secret, SecretPlace
from voicecore.config.source import Source
from voicecore.config.trunks import TrunkSettings, inbound_passwords_of, passwords_of, secret_faults
from voicecore.errors import ConfigError, ConfigFault
from voicecore.sdp.crypto import KeyWay, Srtp
from voicecore.sdp.extended_reports import RtcpXr
from voicecore.sdp.negotiation import RtcpMux
from voicecore.sip.uri import Uri
from voicecore.trunks.trunk import (
    CallerIdRules,
    Capacity,
    Destinations,
    Failover,
    HealthPolicy,
    Identification,
    IdentityHeader,
    NumberFormat,
    NumberRules,
    Outgoing,
    PrefixRule,
    Registration,
    SessionPolicy,
    Trunk,
    TrunkAccount,
    TrunkName,
    TrunkServer,
    Use,
)

LEAST = '[[trunk]]\nname = "carrier"\nservers = ["sip:sbc.example.net"]\n'


def parse(text: str) -> tuple[TrunkSettings, ...]:
    return settings_of(Source.parse(text, "a.toml")).trunks


def faults(text: str) -> tuple[ConfigFault, ...]:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return caught.value.faults


def test_a_trunk_needs_a_name_and_a_server_and_calls_nobody() -> None:
    (made,) = parse(LEAST)
    assert made.trunk == Trunk(
        TrunkName("carrier"), (TrunkServer(Uri.parse("sip:sbc.example.net")),), Outgoing("sbc.example.net")
    )
    assert made.trunk.outgoing.destinations.allowed == ()
    assert made.trunk.identification == Identification()


def test_the_example_of_the_documents_is_understood_whole(root: Path) -> None:
    blocks = [one for one in blocks_of(root / "docs" / "trunks.md", root) if one.tag == "toml"]
    (made,) = parse(blocks[0].text)
    assert made == TrunkSettings(
        Trunk(
            name=TrunkName("carrier"),
            servers=(
                TrunkServer(Uri.parse("sip:sbc1.carrier.example;transport=tls"), 1, 3),
                TrunkServer(Uri.parse("sip:sbc2.carrier.example;transport=tls"), 1, 1),
                TrunkServer(Uri.parse("sip:198.51.100.9:5060;transport=udp"), 2, 1),
            ),
            outgoing=Outgoing(
                from_domain="carrier.example",
                numbers=NumberRules(
                    "DE", NumberFormat.E164, (PrefixRule("49", "+49"),), (PrefixRule("49", "0"),)
                ),
                destinations=Destinations(("+49.", "+43.", "112"), ("+49180.",)),
                caller_id=CallerIdRules(
                    ("+493012345XX",), "+49301234500", IdentityHeader.ASSERTED, trusted=True, names=True
                ),
                failover=Failover(frozenset({408, 500, 503}), frozenset({503})),
            ),
            identification=Identification(
                (ip_network("198.51.100.0/24"), ip_network("2001:db8:7::/48")), ("sbc.carrier.example",)
            ),
            account=TrunkAccount("49301234500", "carrier.example"),
            registration=Registration(Uri.parse("sip:49301234500@carrier.example"), 600),
            session=SessionPolicy(("PCMA", "PCMU"), Use.REQUIRE, 1800, Use.ACCEPT),
            capacity=Capacity(30, 30, 5.0, 2),
            health=HealthPolicy(30.0, 2, 1),
        ),
        Secret(SecretPlace.ENVIRONMENT, "CARRIER_PASSWORD"),
        media=MediaWishes(Srtp.REQUIRE, (KeyWay.DTLS, KeyWay.SDES), RtcpMux.OFFER, RtcpXr.ACCEPT),
    )


@pytest.mark.parametrize(
    ("text", "key", "says"),
    [
        ("[[trunk]]\nservers = []", "trunk[1].name", "missing"),
        ('[[trunk]]\nname = "a b"\nservers = ["sip:a"]', "trunk[1].name", "no name"),
        ('[[trunk]]\nname = "a"', "trunk[1].servers", "missing"),
        ('[[trunk]]\nname = "a"\nservers = []', "trunk[1].servers", "names none"),
        ('[[trunk]]\nname = "a"\nservers = ["x y"]', "trunk[1].servers", "no SIP URI"),
        ('[[trunk]]\nname = "a"\nservers = ["tel:1"]', "trunk[1].servers", "no plain SIP URI"),
        ('[[trunk]]\nname = "a"\nservers = ["sip:u:p@a"]', "trunk[1].servers", "no plain SIP URI"),
        ('[[trunk]]\nname = "a"\nservers = [5]', "trunk[1].servers", "no server"),
        ('[[trunk]]\nname = "a"\nservers = ["sip:a", "sip:a"]', "trunk[1].servers", "twice"),
        ('[[trunk]]\nname = "a"\nservers = [{ uri = "sip:a", wait = 1 }]', "trunk[1].servers", "known key"),
        ('[[trunk]]\nname = "a"\nservers = [{ uri = "sip:a", weight = 0 }]', "trunk[1].servers", "weight"),
        (
            '[[trunk]]\nname = "a"\nservers = ["sip:a;transport=sctp"]',
            "trunk[1].servers",
            "unknown transport",
        ),
        ('[[trunk]]\nname = "a"\nservers = ["sips:a;transport=udp"]', "trunk[1].servers", "over UDP"),
        (LEAST + 'transport = "ws"', "trunk[1].transport", "none of"),
        (LEAST + 'from_domain = "a b"', "trunk[1].from_domain", "no host"),
        (LEAST + 'codec = ["PCMU"]', "trunk[1].codec", "Did you mean codecs?"),
        (
            LEAST + '[trunk.account]\nusername = "a"\nsecret = "env:A"\nxyz = 1',
            "trunk[1].account.xyz",
            "Known here: username, secret, realm",
        ),
        (LEAST + 'codecs = ["GSM"]', "trunk[1].codecs", "does not belong"),
        (LEAST + "codecs = []", "trunk[1].codecs", "names none"),
        (LEAST + 'srtp = "maybe"', "trunk[1].srtp", "none of off, accept, offer, require"),
        (LEAST + 'session_timer = "maybe"', "trunk[1].session_timer", "none of off, accept, require"),
        (LEAST + "session_expires_s = 60", "trunk[1].session_expires_s", "90"),
        (LEAST + '[trunk.inbound]\naddresses = ["x"]', "trunk[1].inbound.addresses", "no address"),
        (LEAST + "[trunk.inbound]\naddresses = [7]", "trunk[1].inbound.addresses", "no network"),
        (
            LEAST + '[trunk.inbound]\naddresses = ["192.0.2.7/24"]',
            "trunk[1].inbound.addresses",
            'Write "192.0.2.0/24"',
        ),
        (LEAST + '[trunk.inbound]\naddresses = ["0.0.0.0/0"]', "trunk[1].inbound.addresses", "strangers"),
        (LEAST + '[trunk.inbound]\naddresses = ["::/0"]', "trunk[1].inbound.addresses", "strangers"),
        (LEAST + '[trunk.inbound]\ncertificates = ["*"]', "trunk[1].inbound.certificates", "belong"),
        (LEAST + '[trunk.inbound]\nusername = "a"', "trunk[1].inbound.secret", "text in quotes"),
        (LEAST + '[trunk.account]\nsecret = "env:A"', "trunk[1].account.username", "missing"),
        (
            LEAST + '[trunk.account]\nusername = "a"\nsecret = "hunter2"',
            "trunk[1].account.secret",
            "env:NAME",
        ),
        (LEAST + "[trunk.registration]", "trunk[1].registration.aor", "missing"),
        (LEAST + '[trunk.registration]\naor = "sip:a.example"', "trunk[1].registration.aor", "no user"),
        (
            LEAST + '[trunk.registration]\naor = "sip:a@b"\nexpires_s = 1',
            "trunk[1].registration.expires_s",
            "60 to",
        ),
        (
            LEAST + '[trunk.registration]\naor = "sip:a@b"\ncontact_user = "a b"',
            "trunk[1].registration.contact_user",
            "no user",
        ),
        (LEAST + "[trunk.limits]\noutbound = -1", "trunk[1].limits.outbound", "0 to"),
        (LEAST + "[trunk.limits]\ncalls_per_second = 0", "trunk[1].limits.calls_per_second", "0.01 to"),
        (LEAST + '[trunk.numbers]\ncountry = "XX"', "trunk[1].numbers.country", "no country"),
        (LEAST + '[trunk.numbers]\nformat = "national"', "trunk[1].numbers.format", "needs a country"),
        (LEAST + "[trunk.numbers]\ninbound = [1]", "trunk[1].numbers.inbound", "no rule"),
        (LEAST + "[trunk.numbers]\ninbound = [{ strip = 1 }]", "trunk[1].numbers.inbound", "texts"),
        (LEAST + '[trunk.numbers]\noutbound = [{ add = "a@b" }]', "trunk[1].numbers.outbound", "beginning"),
        (
            LEAST + '[trunk.numbers]\noutbound = [{ add = "1" }, { add = "2" }]',
            "trunk[1].numbers.outbound",
            "twice",
        ),
        (LEAST + '[trunk.destinations]\nallowed = ["+4 9"]', "trunk[1].destinations.allowed", "belong"),
        (LEAST + '[trunk.destinations]\npremium = "no"', "trunk[1].destinations.premium", "true or false"),
        (LEAST + '[trunk.caller_id]\ndefault = "me"', "trunk[1].caller_id.default", "no number"),
        (LEAST + '[trunk.caller_id]\nheader = "x"', "trunk[1].caller_id.header", "from, asserted, preferred"),
        (LEAST + "[trunk.health]\ninterval_s = 1", "trunk[1].health.interval_s", "too often"),
        (LEAST + "[trunk.failover]\nstatuses = [603]", "trunk[1].failover.statuses", "A 6xx is final"),
        (LEAST + "[trunk.failover]\nafter_ringing = [486]", "trunk[1].failover.after_ringing", "500 to 599"),
        (LEAST + LEAST, "trunk[2].name", "twice"),
    ],
)
def test_a_fault_names_its_key_and_what_to_do(text: str, key: str, says: str) -> None:
    found = faults(text)
    assert key in [fault.key for fault in found]
    assert says in "\n".join(map(str, found))
    assert all(fault.line is not None for fault in found)


def test_a_fault_in_the_second_trunk_has_its_own_line() -> None:
    second = LEAST.replace("carrier", "other") + '[trunk.numbers]\ncountry = "XX"\n'
    (fault,) = faults(LEAST + second)
    assert (fault.key, fault.line) == ("trunk[2].numbers.country", 8)


def test_a_password_that_stands_there_by_mistake_is_not_shown() -> None:
    found = faults(LEAST + '[trunk.account]\nusername = "a"\nsecret = "hunter2"')
    assert "hunter2" not in "\n".join(map(str, found))


def test_two_trunks_do_not_share_an_address_or_certificate() -> None:
    inbound = '[trunk.inbound]\naddresses = ["192.0.2.0/24"]\ncertificates = ["A.example"]\n'
    found = faults(LEAST + inbound + LEAST.replace("carrier", "other") + inbound.replace("A.ex", "a.ex"))
    assert {fault.key for fault in found} == {"trunk[2].inbound"}
    assert [fault.problem.split()[0] for fault in found] == ["192.0.2.0/24", "a.example"]


def test_passwords_are_fetched_from_their_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("wonderland\n")
    text = LEAST + f'[trunk.account]\nusername = "alice"\nsecret = "file:{tmp_path}/secret"\n'
    text += '[trunk.inbound]\nusername = "them"\nsecret = "env:NO_SUCH_VARIABLE"\n'
    monkeypatch.delenv("NO_SUCH_VARIABLE", raising=False)
    source = Source.parse(text, "a.toml")
    trunks = settings_of(source).trunks
    assert passwords_of(trunks) == {"carrier": "wonderland"}
    (fault,) = secret_faults(trunks, source)
    assert (fault.key, fault.line) == ("trunk[1].inbound.secret", 9)
    monkeypatch.setenv("NO_SUCH_VARIABLE", "rabbit")
    assert inbound_passwords_of(trunks) == {"carrier": "rabbit"}
    assert not [*secret_faults(trunks, source)]
