"""Small flows that prove a line: for technicians, monitors and tests."""

from __future__ import annotations

from voicecore.ivr import Answered, Call, Digits, NoInput, Tone


async def answer_and_hang_up(call: Call) -> None:
    """The shortest call there is."""
    await call.answer()


async def echo(call: Call) -> None:
    """The caller hears himself until he hangs up."""
    await call.answer()
    async with call.echo():
        await call.wait()


async def music(call: Call) -> None:
    """Music on hold until the caller hangs up."""
    await call.answer()
    async with call.music():
        await call.wait()


async def read_back_digits(call: Call, digits: int = 6) -> None:
    """Takes six keys and reads them back."""
    await call.answer()
    match await call.gather("enter_six_digits", digits=digits, first=10.0, between=5.0):
        case Digits(text) if len(text) == digits:
            await call.play("you_entered", *(name(key) for key in text))
        case Digits() | NoInput():
            await call.play("too_few_digits")
    await call.play("goodbye")


def name(key: str) -> str:
    return {"*": "digit_star", "#": "digit_pound"}.get(key, f"digit_{key}")


async def tone(call: Call, hertz: float = 1004.0, seconds: float = 10.0) -> None:
    """A steady sine at -10 dB below full scale, for measuring a line."""
    await call.answer()
    await call.play(Tone((float(hertz),), int(seconds * 1000), level_db=-10.0))


async def bridge(call: Call, target: str, ring_time: float = 30.0) -> None:
    """Calls `target` and connects the caller with it; the party's end is the caller's end."""
    match await call.dial(target, ring_time=ring_time):
        case Answered(party):
            await call.answer()
            await call.bridge(party)
        case outcome:
            await call.hangup(outcome)
