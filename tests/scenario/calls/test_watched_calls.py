"""What watchers see of the calls of an account, from the INVITE to the BYE, by the code that runs live."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from voicecore.app.seeing import seen_by
from voicecore.calls.journal import Journal
from voicecore.calls.leg import Leg
from voicecore.calls.party import Party, PartyKind
from voicecore.calls.route import Purpose, Router, Stage
from voicecore.calls.switchboard import Switchboard
from voicecore.exchange.watched_legs import WatchedLegs
from voicecore.ids import LegId
from voicecore.ivr import Answered, Call
from voicecore.sip.output import DialogId, RequestAnswered
from voicecore.sip.uri import Uri
from voicecore.subscriptions.board import StateBoard
from voicecore.subscriptions.resource import Aor, Direction, Phase
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller

BOB = Aor("sip:bob@example.org")


class ToBob:
    """Every way leads to a phone of Bob's account."""

    def __init__(self, router: Router) -> None:
        self._router = router

    async def route(self, target: str, call: Purpose) -> AsyncIterator[Stage]:
        bob = Party(PartyKind.ACCOUNT, "bob")
        async for stage in self._router.route(target, call):
            yield replace(stage, ways=tuple(replace(way, party=bob) for way in stage.ways))

    def diverted(self, uri: Uri, diverter: Party) -> str | None:
        return self._router.diverted(uri, diverter)


class Registry:
    """The switchboard as legs know it, with their watcher beside it."""

    def __init__(self, switchboard: Switchboard, watched: WatchedLegs) -> None:
        self._switchboard = switchboard
        self._watched = watched

    def new_leg_id(self) -> LegId:
        return self._switchboard.new_leg_id()

    def register(self, leg: Leg, journal: Journal) -> None:
        self._switchboard.register(leg, journal)
        self._watched.register(leg)

    def forget(self, leg: Leg, journal: Journal) -> None:
        self._switchboard.forget(leg, journal)
        self._watched.forget(leg)

    async def ask(
        self, dialog: DialogId, method: str, *, headers: Sequence[tuple[str, str]] = (), body: bytes = b""
    ) -> RequestAnswered:
        return await self._switchboard.ask(dialog, method, headers=headers, body=body)

    def message_light(self, account: str, new: int, old: int) -> bool:
        return self._switchboard.message_light(account, new, old)

    def talking(self, account: str) -> Leg | None:
        return self._switchboard.talking(account)


class Watcher:
    """Notes how Bob's calls look whenever they are said to have changed."""

    def __init__(self, platform: SimulatedPlatform) -> None:
        self.board = StateBoard()
        self.seen: list[list[Phase]] = []
        watched = WatchedLegs(self.board, lambda name: BOB if name == "bob" else None, self._changed)
        services = platform.switchboard.services
        registry = Registry(platform.switchboard, watched)
        platform.switchboard.connect(replace(services, registry=registry, router=ToBob(services.router)))
        # `machine` joins them before the runner is made; a simulated platform is made already.
        services.sip._on_output = seen_by(platform.switchboard.receive, watched.receive)

    def _changed(self, aor: Aor) -> None:
        assert aor == BOB
        self.seen.append([dialog.phase for dialog in self.board.dialogs(BOB)])


class Dialler:
    def __init__(self) -> None:
        self.target = ""

    async def __call__(self, call: Call) -> None:
        await call.answer()
        outcome = await call.dial(self.target, ring_time=20)
        if isinstance(outcome, Answered):
            await call.bridge(outcome.leg)

    def to(self, phone: SimulatedCaller) -> None:
        self.target = f"sip:bob@{phone.address.host}:{phone.address.port}"


async def test_a_call_is_seen_to_ring_to_be_answered_and_to_end() -> None:
    flow = Dialler()
    async with simulated_platform({"1": flow.__call__}) as platform:
        watcher, phone = Watcher(platform), platform.phone()
        flow.to(phone)
        caller = await platform.dial("1")
        await asyncio.sleep(3)
        (dialog,) = watcher.board.dialogs(BOB)
        assert (dialog.phase, dialog.direction) == (Phase.CONFIRMED, Direction.RECIPIENT)
        assert dialog.local is not None
        assert dialog.local.uri == flow.target
        caller.hang_up()
        await platform.record()
    assert watcher.seen[0] == [Phase.TRYING]
    assert [Phase.CONFIRMED] in watcher.seen
    assert watcher.seen[-1] == []


async def test_a_call_that_nobody_takes_is_seen_to_ring_and_to_end() -> None:
    flow = Dialler()
    async with simulated_platform({"1": flow.__call__}) as platform:
        watcher, phone = Watcher(platform), platform.phone()
        phone.answers_with = 0
        flow.to(phone)
        caller = await platform.dial("1")
        await caller.over(within=60)
        await platform.record()
    assert watcher.seen == [[Phase.TRYING], [Phase.EARLY], []]


async def test_a_phone_that_is_off_is_seen_to_be_tried_and_given_up() -> None:
    flow = Dialler()
    async with simulated_platform({"1": flow.__call__}) as platform:
        watcher = Watcher(platform)
        flow.target = "sip:bob@192.0.2.200"
        caller = await platform.dial("1")
        await caller.over(within=60)
        await platform.record()
    assert watcher.seen == [[Phase.TRYING], []]


async def test_the_callers_own_leg_is_not_bobs() -> None:
    flow = Dialler()
    async with simulated_platform({"1": flow.__call__}) as platform:
        watcher, phone = Watcher(platform), platform.phone()
        flow.to(phone)
        await platform.dial("1")
        await asyncio.sleep(3)
        assert len(list(watcher.board.dialogs(BOB))) == 1
        phone.hang_up()
        await platform.record()
    assert watcher.seen[-1] == []
