"""What the resolver remembers, in virtual time and with DNS in the place of a name server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

import dns.asyncresolver
import dns.exception
import dns.message
import dns.rdataclass
import dns.rdatatype
import dns.resolver
import dns.rrset
import pytest

from voicecore.errors import PeerError, Unavailable
from voicecore.sip.server_location import Means, RecordType
from voicecore.sip.uri import Uri
from voicecore.transport.resolver import Resolver, ResolverSettings

TARGET = Uri.parse("sip:server.example:5060")
SETTINGS = ResolverSettings(nameservers=("192.0.2.53",), use_hosts=False, size=2)


class Names:
    """Stands where dnspython asks. `zone` holds addresses and their TTL; what is not there does not exist."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.zone: dict[str, tuple[str, int]] = {"server.example": ("192.0.2.1", 100)}
        self.asked: list[str] = []
        self.fails = False
        monkeypatch.setattr(dns.asyncresolver.Resolver, "resolve", self._resolver())

    def _resolver(self) -> Callable[..., object]:
        async def resolve(_: object, name: str, kind: str, **options: object) -> dns.resolver.Answer:
            self.asked.append(name)
            await asyncio.sleep(0.1)
            if self.fails:
                raise dns.exception.Timeout
            if name not in self.zone:
                raise dns.resolver.NXDOMAIN
            address, ttl = self.zone[name]
            query = dns.message.make_query(name, kind)
            response = dns.message.make_response(query)
            response.answer.append(dns.rrset.from_text(f"{name}.", ttl, "IN", "A", address))
            heard = cast("dns.message.QueryMessage", dns.message.from_wire(response.to_wire()))
            return dns.resolver.Answer(query.question[0].name, dns.rdatatype.A, dns.rdataclass.IN, heard)

        return resolve


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    return Names(monkeypatch)


def resolver(settings: ResolverSettings = SETTINGS) -> Resolver:
    return Resolver(asyncio.get_running_loop().time, settings, means=Means(addresses=(RecordType.A,)))


async def addresses(asker: Resolver, uri: Uri = TARGET) -> list[str]:
    return [one.address for one in await asker.locate(uri)]


async def test_an_answer_is_kept_for_its_ttl(names: Names) -> None:
    asker = resolver()
    assert await addresses(asker) == ["192.0.2.1"]
    names.zone["server.example"] = ("192.0.2.2", 100)
    await asyncio.sleep(99)
    assert await addresses(asker) == ["192.0.2.1"]
    await asyncio.sleep(1)
    assert await addresses(asker) == ["192.0.2.2"]
    assert len(names.asked) == 2


@pytest.mark.parametrize(("ttl", "asked_again_after"), [(0, 5.0), (10_000_000, 3600.0)])
async def test_the_ttl_has_bounds(names: Names, ttl: int, asked_again_after: float) -> None:
    asker = resolver()
    names.zone["server.example"] = ("192.0.2.1", ttl)
    await addresses(asker)
    await asyncio.sleep(asked_again_after - 1)
    await addresses(asker)
    assert len(names.asked) == 1
    await asyncio.sleep(1)
    await addresses(asker)
    assert len(names.asked) == 2


async def test_that_there_is_no_such_name_is_remembered_for_a_while(names: Names) -> None:
    asker = resolver()
    names.zone.clear()
    for wait in (0, 59):
        await asyncio.sleep(wait)
        with pytest.raises(Unavailable):
            await addresses(asker)
    assert len(names.asked) == 1


async def test_equal_questions_are_asked_once(names: Names) -> None:
    asker = resolver()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(addresses(asker)) for _ in range(20)]
    assert {tuple(task.result()) for task in tasks} == {("192.0.2.1",)}
    assert len(names.asked) == 1


async def test_who_waits_asks_when_the_first_is_cancelled(names: Names) -> None:
    asker = resolver()
    async with asyncio.TaskGroup() as group:
        first = group.create_task(addresses(asker))
        await asyncio.sleep(0.01)
        second = group.create_task(addresses(asker))
        await asyncio.sleep(0.01)
        first.cancel()
    assert second.result() == ["192.0.2.1"]
    assert len(names.asked) == 2


async def test_while_dns_fails_the_old_answer_serves(names: Names) -> None:
    asker = resolver()
    await addresses(asker)
    names.fails = True
    await asyncio.sleep(100)
    for _ in range(3):
        assert await addresses(asker) == ["192.0.2.1"]
    assert len(names.asked) == 2, "and a failure is not repeated at once"
    await asyncio.sleep(SETTINGS.stale_s)
    with pytest.raises(Unavailable):
        await addresses(asker)


async def test_the_cache_is_bounded(names: Names) -> None:
    asker = resolver()
    for host in ("a.example", "b.example", "server.example", "a.example"):
        names.zone[host] = ("192.0.2.1", 3600)
        await addresses(asker, Uri.parse(f"sip:{host}:5060"))
    assert names.asked.count("a.example") == 2


async def test_forget_asks_anew(names: Names) -> None:
    asker = resolver()
    await addresses(asker)
    asker.forget()
    await addresses(asker)
    assert len(names.asked) == 2


async def test_an_uri_that_cannot_be_sent_to_is_the_peers_fault(names: Names) -> None:
    with pytest.raises(PeerError):
        await resolver().locate(Uri.parse("tel:+4930123456"))
    assert names.asked == []
