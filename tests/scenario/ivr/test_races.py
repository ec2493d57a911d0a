"""first_of: a gather, a key, a timer and a back end, of which one counts."""

from __future__ import annotations

import asyncio

from tests.scenario.ivr.conversation import HANG_UP, converse
from voicecore.ivr import Call, Digits, Key, first_of


class Bank:
    """Answers after a while, and remembers who gave up."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.asked = self.cancelled = 0

    async def balance(self) -> int:
        self.asked += 1
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return 42


async def race(bank: Bank, call: Call) -> object:
    return await first_of(call.gather("question", digits=4), call.key("0"), call.wait(30), bank.balance())


async def test_the_back_end_wins_and_the_prompt_stops() -> None:
    bank = Bank(0.4)
    talked = await converse(lambda call: race(bank, call))
    assert (talked.value, talked.lengths) == (42, [0.4])


async def test_a_key_that_is_waited_for_is_no_digit() -> None:
    bank = Bank(60)
    talked = await converse(lambda call: race(bank, call), (0.5, "12"), (1.0, "0"))
    assert talked.value == Key("0")
    assert bank.cancelled == 1


async def test_the_digits_win() -> None:
    bank = Bank(60)
    talked = await converse(lambda call: race(bank, call), (0.5, "1234"))
    assert talked.value == Digits("1234")
    assert bank.cancelled == 1


async def test_a_timer_wins_over_those_who_wait_longer() -> None:
    async def talk(call: Call) -> object:
        return await first_of(call.wait(2), call.gather("question", digits=1))

    talked = await converse(talk)
    assert talked.value is None
    assert 2.0 <= talked.seconds < 2.1


async def test_of_two_at_one_instant_the_one_that_stands_first_counts() -> None:
    async def talk(call: Call) -> object:
        return await first_of(Bank(2).balance(), call.wait(2))

    assert (await converse(talk)).value == 42


async def test_a_key_typed_ahead_counts() -> None:
    async def talk(call: Call) -> object:
        await call.play("welcome")
        return await first_of(call.key("0"), call.gather("question", digits=4))

    assert (await converse(talk, (0.5, "0"))).value == Key("0")


async def test_a_key_that_lost_is_kept_for_what_comes_next() -> None:
    async def talk(call: Call) -> list[object]:
        first = await first_of(call.wait(1), call.key("5"))
        await call.play("welcome")
        return [first, await call.gather("question", digits=1)]

    assert (await converse(talk, (1.5, "5"))).value == [None, Digits("5")]


async def test_a_failing_back_end_fails_the_flow_with_its_own_error() -> None:
    async def broken() -> int:
        raise ValueError("no balance")

    async def talk(call: Call) -> object:
        try:
            return await first_of(call.gather("question", digits=1), broken())
        except ValueError as error:
            return str(error)

    assert (await converse(talk)).value == "no balance"


async def test_a_hang_up_ends_every_runner() -> None:
    bank = Bank(60)
    talked = await converse(lambda call: race(bank, call), (0.5, HANG_UP))
    assert talked.value is None
    assert bank.cancelled == 1
    assert talked.seconds < 1.0


async def test_races_may_be_nested() -> None:
    async def talk(call: Call) -> object:
        return await first_of(first_of(call.wait(5), call.key("1")), call.gather("question", digits=1))

    assert (await converse(talk, (0.5, "1"))).value == Key("1")
    assert (await converse(talk)).value is None
