"""What a flow says to a caller, and whether there is one to hear it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar

from voicecore.errors import UsageError
from voicecore.ivr.line import Line
from voicecore.ivr.noted import noted
from voicecore.ivr.prompt import Prompt
from voicecore.ivr.results import Hangup
from voicecore.ivr.surroundings import Surroundings
from voicecore.ivr.verbs import play, playing
from voicecore.ivr.verbs.playing import Background
from voicecore.speech.language.kinds import Value

R = TypeVar("R")


@noted
class Speaking(Surroundings):
    """Verbs that play something. All raise `Hangup` when nobody is there."""

    async def play(self, *prompts: Prompt) -> None:
        """Plays prompts one after the other: names of the manifest, `Named`, `Say`, `Spoken`, `AudioFile`, `Tone`."""
        self._answered("play")
        await play.play(self._line, prompts)

    async def say(self, text: str, /, **values: Value) -> None:
        """Speaks a text in the call's language: `await call.say("It costs {price:money}.", price=price)`.

        Without values the text is spoken as it is, braces and all.
        """
        self._answered("say")
        await play.say(self._line, text, values)

    def playing(self, *prompts: Prompt, repeat: bool = True) -> AbstractAsyncContextManager[Background]:
        """`async with call.playing("jingle") as sound: ...` plays meanwhile, with position, pause, resume, seek, volume
        and stop.

        A prompt that the block plays interrupts it.
        """
        return self._scope("playing", lambda line: playing.playing(line, prompts, repeat=repeat))

    def music(self) -> AbstractAsyncContextManager[Background]:
        """`async with call.music(): ...` plays music on hold meanwhile, like `playing`."""
        return self._scope("music", playing.music)

    def filler(
        self, *prompts: Prompt, after: float = 0.8, every: float | None = None
    ) -> AbstractAsyncContextManager[None]:
        """`async with call.filler("one_moment"): ...` plays it when the block takes longer than `after` seconds.

        It is played again after `every` seconds of silence, and stops with the block.
        """
        return self._scope("filler", lambda line: playing.filler(line, prompts, after=after, every=every))

    def echo(self) -> AbstractAsyncContextManager[None]:
        """`async with call.echo(): ...` lets the caller hear himself meanwhile."""
        return self._scope("echo", play.echo)

    # -- hang-up ------------------------------------------------------------------------------------
    def _present(self) -> None:
        if self._line.leg.is_over:
            raise Hangup("the caller is gone")

    def _answered(self, verb: str) -> None:
        self._present()
        if not self._line.leg.has_media:
            raise UsageError(f"{verb} needs an answered call: `await call.answer()` first")

    @asynccontextmanager
    async def _scope(
        self, verb: str, scope: Callable[[Line], AbstractAsyncContextManager[R]]
    ) -> AsyncIterator[R]:
        self._answered(verb)
        async with scope(self._line) as value:
            yield value
