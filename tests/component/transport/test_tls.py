from __future__ import annotations

import asyncio
import ssl
from datetime import timedelta
from pathlib import Path

import pytest
import uvloop

from tests.component.transport.certificates import Authority, Files
from tests.component.transport.ends import PATIENCE, a_client, an_end, is_cut, message
from voicecore.errors import Unavailable
from voicecore.transport.connection_limits import ConnectionLimits
from voicecore.transport.tls import CertificateNames, ClientCertificate, TlsSettings, problems

pytestmark = pytest.mark.real_time

NAME = "sip.example.org"


@pytest.fixture(name="authority", scope="module")
def _authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def settings_with(
    authority: Authority, own: Files | None = None, clients: ClientCertificate = "none"
) -> TlsSettings:
    certificate, key = own or (None, None)
    return TlsSettings(certificate, key, authority.ca, clients, authority.ca)


async def test_a_server_whose_name_is_right_gets_messages_both_ways(authority: Authority) -> None:
    server = settings_with(authority, authority.issue(NAME))
    async with an_end("TLS", server) as one, an_end("TLS", server) as other:
        hop = one.hop_to(other, NAME)
        one.transports.send(message("INVITE"), hop)
        one.transports.send(message("INFO", bytes(50_000)), hop)
        assert await other.gets(2) == [message("INVITE"), message("INFO", bytes(50_000))]
        other.transports.send(message("BYE"), other.received[0][1])
        assert await one.gets() == [message("BYE")]
        assert one.received[0][1] == hop
        names = one.transports.peer_certificate(hop)
        assert names == CertificateNames((NAME,), (), (), "tested")
        assert other.transports.peer_certificate(other.received[0][1]) is None


async def test_an_address_is_verified_where_no_name_is_known(authority: Authority) -> None:
    server = settings_with(authority, authority.issue("127.0.0.1"))
    async with an_end("TLS", server) as one, an_end("TLS", server) as other:
        one.transports.send(message(), one.hop_to(other))
        assert await other.gets() == [message()]


@pytest.mark.parametrize("fault", ["name", "expired", "authority"])
async def test_a_server_that_cannot_be_verified_gets_nothing(
    authority: Authority, fault: str, tmp_path: Path
) -> None:
    expired = timedelta(days=-1) if fault == "expired" else timedelta(days=1)
    issuer = Authority(tmp_path / "other") if fault == "authority" else authority
    own = issuer.issue("other.example.org" if fault == "name" else NAME, valid_for=expired)
    async with an_end("TLS", settings_with(authority, own)) as callee:
        async with an_end("UDP", settings_with(authority)) as caller:
            hop = caller.hop_to(callee, NAME)
            caller.transports.send(message(), hop)
            assert await caller.hears_of_failure() == hop
        await callee.until(lambda: callee.transports.census().connections == 0)
        assert callee.received == []


async def test_a_connection_for_one_name_is_not_used_for_another(authority: Authority) -> None:
    server = settings_with(authority, authority.issue(NAME))
    async with an_end("TLS", server) as one, an_end("TLS", server) as other:
        one.transports.send(message("INVITE"), one.hop_to(other, NAME))
        await other.gets()
        wrong = one.hop_to(other, "other.example.org")
        one.transports.send(message("INFO"), wrong)
        assert await one.hears_of_failure() == wrong
        one.transports.send(message("BYE"), one.hop_to(other, NAME))
        assert await other.gets(2) == [message("INVITE"), message("BYE")]


async def test_verification_can_be_switched_off(authority: Authority) -> None:
    server = settings_with(authority, authority.issue("other.example.org"))
    async with an_end("TLS", server) as callee, an_end("UDP", TlsSettings(verify=False)) as caller:
        caller.transports.send(message(), caller.hop_to(callee, NAME))
        await callee.gets()
        assert caller.transports.peer_certificate(caller.hop_to(callee, NAME)) is None


async def test_a_client_certificate_is_told_by_its_names(authority: Authority) -> None:
    server = settings_with(authority, authority.issue(NAME), "required")
    trunk = authority.issue("carrier.example.net", "sip:carrier.example.net", common_name="carrier")
    async with an_end("TLS", server) as callee, an_end("UDP", settings_with(authority, trunk)) as caller:
        caller.transports.send(message(), caller.hop_to(callee, NAME))
        await callee.gets()
        names = callee.transports.peer_certificate(callee.received[0][1])
        assert names == CertificateNames(
            ("carrier.example.net",), ("sip:carrier.example.net",), (), "carrier"
        )


@pytest.mark.parametrize("shows", ["nothing", "a stranger's"])
async def test_a_required_client_certificate_keeps_others_out(
    authority: Authority, shows: str, tmp_path: Path
) -> None:
    server = settings_with(authority, authority.issue(NAME), "required")
    own = Authority(tmp_path / "other").issue(NAME) if shows != "nothing" else None
    async with an_end("TLS", server) as callee, an_end("UDP", settings_with(authority, own)) as caller:
        caller.transports.send(message(), caller.hop_to(callee, NAME))
        await caller.hears_of_failure()
        assert callee.received == []


async def test_an_optional_client_certificate_lets_others_in_without_names(authority: Authority) -> None:
    server = settings_with(authority, authority.issue(NAME), "optional")
    async with an_end("TLS", server) as callee, an_end("UDP", settings_with(authority)) as caller:
        caller.transports.send(message(), caller.hop_to(callee, NAME))
        await callee.gets()
        assert callee.transports.peer_certificate(callee.received[0][1]) is None


async def test_handshakes_beyond_the_pace_are_refused_before_they_cost_anything(authority: Authority) -> None:
    server = settings_with(authority, authority.issue(NAME))
    limits = ConnectionLimits(handshakes_per_source=1, handshakes=1)
    async with an_end("TLS", server, limits) as end:
        # Two in one second of the clock: whenever it changes between the first two, the third is refused.
        async with a_client(end) as (first, _), a_client(end) as (second, _), a_client(end) as (third, _):
            ended, _ = await asyncio.wait(
                [asyncio.ensure_future(is_cut(reader)) for reader in (first, second, third)],
                return_when=asyncio.FIRST_COMPLETED,
            )
            assert ended
            assert end.transports.census().connections < 3
        await end.until(lambda: end.transports.census().connections == 0)


async def test_who_speaks_no_tls_is_cut(authority: Authority) -> None:
    server = settings_with(authority, authority.issue(NAME))
    async with an_end("TLS", server) as end, a_client(end) as (reader, writer):
        writer.write(message())
        assert await is_cut(reader)
        assert end.received == []


async def test_tls_1_1_is_refused(authority: Authority) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with an_end("TLS", settings_with(authority, authority.issue(NAME))) as end:
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            await asyncio.wait_for(asyncio.open_connection(*end.point, ssl=context), PATIENCE)


async def test_a_certificate_that_does_not_fit_its_key_is_unavailable(authority: Authority) -> None:
    mixed = Files(authority.issue(NAME).certificate, authority.issue(NAME).key)
    with pytest.raises(Unavailable, match="cannot be used"):
        async with an_end("TLS", settings_with(authority, mixed)):
            pass


def test_files_that_cannot_be_used_are_named(authority: Authority, tmp_path: Path) -> None:
    good, empty = authority.issue(NAME), tmp_path / "empty.pem"
    empty.write_text("")
    assert list(problems(TlsSettings(*good, authority.ca, "required", authority.ca))) == []
    mixed = TlsSettings(good.certificate, authority.issue(NAME).key)
    cases = {
        "is not the key of": mixed,
        "empty.pem holds no certificate": TlsSettings(empty, good.key),
        "holds no unencrypted private key": TlsSettings(good.certificate, empty),
        "No such file": TlsSettings(tmp_path / "none", good.key),
        "empty.pem holds no certificate in PEM form": TlsSettings(client_ca=empty),
    }
    for says, settings in cases.items():
        ((_, problem),) = problems(settings)
        assert says in problem


def test_uvloop_carries_it_as_well(authority: Authority) -> None:
    async def body() -> None:
        await test_a_server_whose_name_is_right_gets_messages_both_ways(authority)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(body())
