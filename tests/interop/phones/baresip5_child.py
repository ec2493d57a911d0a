"""The program behind `Baresip5`: a user agent of baresip-python, told what to do by lines of JSON on standard input.

Commands: {"do": "dial", "uri": ...}, {"do": "digits", "digits": ...}, {"do": "hold"}, {"do": "resume"},
{"do": "transfer", "uri": ...}, {"do": "join"}, {"do": "hang_up"}, {"do": "quit"}; all but the last mean the newest
call, and "join" transfers the first call to the party of the newest.
Tells: {"event": "ready" | "registered" | "calling" | "established" | "closed" | "digit" | "transfer" | "gone", ...}.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import wave
from typing import Any

baresip: Any = importlib.import_module("baresip")  # has no types for all that is used here
RATE = 8000
PART_S = 0.02


def tell(event: str, **facts: object) -> None:
    sys.stdout.write(json.dumps({"event": event, **facts}) + "\n")
    sys.stdout.flush()


class Phone:
    """One account. What its first call hears is written to a WAV file."""

    def __init__(self, settings: dict[str, Any], tasks: asyncio.TaskGroup) -> None:
        self.settings, self.tasks = settings, tasks
        self.calls: list[Any] = []
        self.agent: Any = None
        self.runtime: Any = None

    async def begin(self, runtime: Any) -> None:
        self.runtime = runtime
        account = baresip.Account(**self.settings["account"])
        self.agent = await baresip.UserAgent.create(runtime, account)
        self.agent.on_incoming(self.take)
        if account.reg_interval:
            await self.agent.register()
            tell("registered")

    def add(self, call: Any) -> None:
        self.calls.append(call)
        call.on_dtmf(lambda digit, *_: tell("digit", digit=str(digit)))
        self.tasks.create_task(self.follow(call, len(self.calls)))

    async def dial(self, uri: str) -> None:
        """The library knows a call from the moment that its `dial` returns. What happened to the call before that, on
        a busy machine, is told to it here: else it would wait for ever for an answer that has come."""
        early: list[Any] = []
        keep = early.append
        self.runtime.subscribe(keep)
        call = await self.agent.dial(uri)
        self.runtime.unsubscribe(keep)
        for event in early:
            call._on_stack_event(event)
        self.add(call)

    def take(self, call: Any) -> None:
        self.add(call)
        tell("calling")
        if self.settings["answers"]:
            self.tasks.create_task(call.answer())

    async def follow(self, call: Any, number: int) -> None:
        """Tells how the call goes, and records the first one until it is over."""
        try:
            await call.wait_established(30)
        except (baresip.BaresipError, TimeoutError) as error:
            tell("closed", call=number, problem=str(error))
            return
        tell("established", call=number)
        if number == 1:
            await self.record(call)
        else:
            await self.until_closed(call)
        tell("closed", call=number)

    @staticmethod
    async def until_closed(call: Any) -> None:
        closed = asyncio.Event()
        call.on(lambda event: closed.set() if call.state is baresip.CallState.CLOSED else None)
        if call.state is not baresip.CallState.CLOSED:
            await closed.wait()

    async def record(self, call: Any) -> None:
        with wave.open(self.settings["hears"], "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            while call.state is baresip.CallState.ESTABLISHED:
                try:
                    file.writeframes(call.audio.read(RATE))
                except baresip.BaresipError:
                    pass  # no audio now: held, or between two agreements
                await asyncio.sleep(PART_S)

    async def obey(self, command: dict[str, str]) -> None:
        match command:
            case {"do": "dial", "uri": uri}:
                await self.dial(uri)
            case {"do": "digits", "digits": digits}:
                await self.calls[-1].send_dtmf(digits)
            case {"do": "hold"}:
                await self.calls[-1].hold()
            case {"do": "resume"}:
                await self.calls[-1].resume()
            case {"do": "transfer", "uri": uri}:
                await self.transferred(self.calls[-1].transfer(uri))
            case {"do": "join"}:
                await self.transferred(self.calls[0].attended_transfer(self.calls[-1]))
            case {"do": "hang_up"}:
                await self.calls[-1].hangup()
            case _:
                raise ValueError(f"what is {command}?")

    async def transferred(self, outcome: Any) -> None:
        try:
            await outcome
        except baresip.BaresipError as error:
            tell("transfer", done=False, problem=str(error))
        else:
            tell("transfer", done=True)


async def main() -> None:
    settings = json.loads(sys.argv[1])
    runtime = baresip.Runtime()
    await runtime.start(baresip.Config(**settings["config"]))
    async with asyncio.TaskGroup() as tasks:
        phone = Phone(settings, tasks)
        await phone.begin(runtime)
        tell("ready")
        while line := await asyncio.to_thread(sys.stdin.readline):
            command = json.loads(line)
            if command == {"do": "quit"}:
                break
            await phone.obey(command)
        for call in phone.calls:
            if call.state is baresip.CallState.ESTABLISHED:
                await call.hangup()
    await runtime.close()
    tell("gone")


if __name__ == "__main__":
    asyncio.run(main())
