"""The resolver against a small name server of our own on the loopback."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import cast

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from voicecore.errors import Unavailable
from voicecore.sip.server_location import Candidate, Means, RecordType
from voicecore.sip.uri import Uri
from voicecore.transport.resolver import Resolver, ResolverSettings

ZONE = """
carrier.example. 300 IN NAPTR 10 10 "s" "SIPS+D2T" "" _sips._tcp.carrier.example.
carrier.example. 300 IN NAPTR 20 10 "s" "SIP+D2U" "" _sip._udp.carrier.example.
carrier.example. 300 IN NAPTR 5 10 "u" "E2U+sip" "!^.*$!sip:x@y!" .
_sips._tcp.carrier.example. 300 IN SRV 0 1 5061 a.carrier.example.
_sip._udp.carrier.example. 300 IN SRV 10 1 5060 a.carrier.example.
_sip._udp.carrier.example. 300 IN SRV 20 1 5062 alias.carrier.example.
a.carrier.example. 300 IN A 192.0.2.1
b.carrier.example. 300 IN A 192.0.2.2
b.carrier.example. 300 IN AAAA 2001:db8::2
alias.carrier.example. 300 IN CNAME b.carrier.example.
gone.example. 300 IN SRV 0 0 0 .
"""


class NameServer(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.questions: list[str] = []
        self.is_silent = False
        self._transport: asyncio.DatagramTransport | None = None
        texts: dict[tuple[str, str], list[str]] = {}
        for line in ZONE.strip().splitlines():
            name, _, _, kind, data = line.split(" ", 4)
            texts.setdefault((name, kind), []).append(data)
        made = [dns.rrset.from_text(name, 300, "IN", kind, *data) for (name, kind), data in texts.items()]
        self._sets = {(rrset.name, rrset.rdtype): rrset for rrset in made}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        self.questions.append(f"{dns.rdatatype.to_text(question.rdtype)} {question.name}")
        if self.is_silent or self._transport is None:
            return
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        name = question.name
        if alias := self._sets.get((name, dns.rdatatype.CNAME)):
            response.answer.append(alias)
            name = alias[0].target
        if found := self._sets.get((name, question.rdtype)):
            response.answer.append(found)
        elif not any(known == name for known, _ in self._sets):
            response.set_rcode(dns.rcode.NXDOMAIN)
        self._transport.sendto(response.to_wire(), addr)


@asynccontextmanager
async def name_server() -> AsyncIterator[tuple[NameServer, Resolver]]:
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(NameServer, local_addr=("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    settings = ResolverSettings(nameservers=("127.0.0.1",), port=port, use_hosts=False, timeout_s=2.0)
    try:
        yield server, Resolver(time.monotonic, settings, means=MEANS)
    finally:
        transport.close()
        await asyncio.sleep(0)


MEANS = Means(("UDP", "TCP"), (RecordType.AAAA, RecordType.A))


@pytest.mark.real_time
async def test_naptr_srv_and_addresses_lead_to_the_servers() -> None:
    async with name_server() as (server, resolver):
        assert await resolver.locate(Uri.parse("sip:1@carrier.example")) == (
            Candidate("UDP", "a.carrier.example", "192.0.2.1", 5060),
            Candidate("UDP", "alias.carrier.example", "2001:db8::2", 5062),
            Candidate("UDP", "alias.carrier.example", "192.0.2.2", 5062),
        )
        count = len(server.questions)
        await resolver.locate(Uri.parse("sip:2@carrier.example"))
        assert len(server.questions) == count, "the second time comes from the cache"


@pytest.mark.real_time
async def test_a_name_that_is_not_there_has_no_server() -> None:
    async with name_server() as (_, resolver):
        with pytest.raises(Unavailable, match=r"nobody\.example"):
            await resolver.locate(Uri.parse("sip:1@nobody.example"))


@pytest.mark.real_time
async def test_a_silent_name_server_is_given_up() -> None:
    async with name_server() as (server, resolver):
        server.is_silent = True
        resolver = Resolver(time.monotonic, replace(resolver.settings, timeout_s=0.2), means=MEANS)
        with pytest.raises(Unavailable):
            await resolver.locate(Uri.parse("sip:1@carrier.example:5060"))


@pytest.mark.real_time
async def test_localhost_is_known_without_dns() -> None:
    async with name_server() as (server, resolver):
        settings = replace(resolver.settings, use_hosts=True)
        asker = Resolver(time.monotonic, settings, means=Means(addresses=(RecordType.A,)))
        (found,) = await asker.locate(Uri.parse("sip:1@localhost:5070"))
        assert (found.address, found.port) == ("127.0.0.1", 5070)
        assert server.questions == []
