"""A phone transfers its caller to whom its other line still rings (RFC 5589, 7.6; RFC 3891, 3)."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from tests.scenario.exchange.office import CARRIER, NUMBER, phone_of, site
from voicecore.sip.output import DialogId, Output, Progressed
from voicecore.testing.simulated_call import simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller


class TwoLines:
    """What a phone with two lines knows of them."""

    def __init__(self, phone: SimulatedCaller) -> None:
        self.phone = phone
        self.first = phone.dialog
        self.early: DialogId | None = None
        self._heard = phone.on_output
        phone.on_output = self._listen

    def _listen(self, output: Output) -> None:
        if isinstance(output, Progressed) and output.dialog is not None:
            self.early = output.dialog
        self._heard(output)

    async def ring(self, number: str) -> None:
        self.phone.start_dialling(number)
        await asyncio.sleep(1)
        assert self.early is not None, "nobody rings"
        self.phone._dialog = self.first

    @property
    def replaces(self) -> str:
        assert self.early is not None, "nobody rings"
        return f"{self.early.call_id};to-tag={self.early.remote_tag};from-tag={self.early.local_tag}"

    async def transfer(self, number: str) -> int:
        return await self.phone.refer(f"<sip:{number}@192.0.2.1?Replaces={quote(self.replaces, safe='')}>")


async def test_who_is_rung_for_the_phone_is_rung_for_its_caller() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob, carol = [await phone_of(platform, name) for name in ("alice", "bob", "carol")]
        carol.answers_with = 0
        await alice.dial("1002")
        lines = TwoLines(bob)
        await lines.ring("1003")
        carol.answers_with = 200
        assert await lines.transfer("1003") == 202
        await asyncio.sleep(1)
        assert bob.status == 487
        assert [invite.request.from_.uri.user for invite in carol.invites] == ["1002", "1002"]
        assert bob.told == ["SIP/2.0 100 Trying", "SIP/2.0 200 OK"]
        assert not alice.is_over
        alice.hang_up()
        await asyncio.sleep(1)
        assert platform.switchboard.running == 0


async def test_one_whom_the_phone_may_not_call_any_more_is_not_rung() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob, carol = [await phone_of(platform, name) for name in ("alice", "bob", "carol")]
        carrier = platform.carrier(CARRIER)
        carrier.line.answers_with = 0
        await bob.dial("1001")
        lines = TwoLines(alice)
        await lines.ring(NUMBER)
        # Another account's ringing line is nobody's business.
        await carol.dial("1002")
        others = TwoLines(carol)
        others.early = lines.early
        assert await others.transfer(NUMBER) == 403
        alice.hang_up()
        carol.hang_up()
        alice.give_up()


async def test_3891_3_an_invite_may_not_replace_a_ringing_call_of_its_own_account() -> None:
    """The platform did not begin that early dialog, so it is not its to cancel: 481."""
    async with simulated_platform({}, site=site()) as platform:
        alice, bob, carol = [await phone_of(platform, name) for name in ("alice", "bob", "carol")]
        carol.answers_with = 0
        await alice.dial("1002")
        lines = TwoLines(bob)
        await lines.ring("1003")
        second = await phone_of(platform, "bob")
        assert await second.dial("1003", headers=[("Replaces", lines.replaces)]) == 481
        bob.give_up()
        alice.hang_up()
