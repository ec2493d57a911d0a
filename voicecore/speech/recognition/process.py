"""One recogniser's process: started, talked to in frames, and started anew when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import structlog

from voicecore.clock import Instant
from voicecore.errors import PeerError, Unavailable
from voicecore.speech.recognition.breaker import Breaker
from voicecore.speech.recognition.frame import (
    Frame,
    FrameKind,
    FrameReader,
    Heard,
    UtteranceId,
    heard_from_body,
)

_log = structlog.get_logger(__name__)

READY_S: Final = 60.0
"""For the model to be loaded; a machine that starts cold reads it from a slow disk."""

AGAIN_S: Final = 1.0
"""From a death to the next start, at least."""

_READ: Final = 1 << 16
_MOST_UNSENT: Final = 1 << 20
"""Octets that wait to be read by the process; when full, its utterances fail."""

_ONE_THREAD: Final = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Pending:
    """An utterance that the process has not answered yet."""

    def __init__(self, on_partial: Callable[[str], None]) -> None:
        self.on_partial = on_partial
        self.answer: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()

    def fail(self, problem: str) -> None:
        if not self.answer.done():
            self.answer.set_exception(Unavailable(problem))
            self.answer.exception()  # nobody may be waiting any more


class EngineProcess:
    """`run` is its owner's task. Everything else returns at once."""

    def __init__(
        self, name: str, command: Sequence[str], breaker: Breaker, now: Callable[[], Instant]
    ) -> None:
        self.is_ready = False
        self.pending: dict[UtteranceId, Pending] = {}
        self._name = name
        self._command = command
        self._breaker = breaker
        self._now = now
        self._child: asyncio.subprocess.Process | None = None

    async def run(self, started: Callable[[], None]) -> None:
        """Keeps a process alive until it is cancelled. `started` is told of each that is ready."""
        while True:
            try:
                await self._live(started)
            except (Unavailable, PeerError, OSError) as error:
                self._breaker.failed(self._now())
                _log.warning("a recogniser's process is gone", recogniser=self._name, reason=str(error))
                self._fail_all(f"{self._name}: {error}")
            await asyncio.sleep(max(AGAIN_S, self._breaker.rest_s(self._now())))

    def send(self, frame: Frame) -> None:
        """Raises Unavailable where the process is gone, or does not read."""
        stdin = None if self._child is None else self._child.stdin
        if stdin is None or stdin.is_closing() or not self.is_ready:
            raise Unavailable(f"{self._name} is not ready")
        if stdin.transport.get_write_buffer_size() > _MOST_UNSENT:
            self.kill()
            raise Unavailable(f"{self._name} does not read what it is sent")
        stdin.write(frame.encoded())

    def kill(self) -> None:
        """Ends a process that hangs; `run` starts another."""
        self.is_ready = False
        if self._child is not None and self._child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._child.kill()

    async def _live(self, started: Callable[[], None]) -> None:
        child = self._child = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is ours to hear: it ends with us
            env={**_environment(), **_ONE_THREAD},
        )
        try:
            await self._read(child, started)
        finally:
            self.kill()
            await asyncio.shield(child.wait())

    async def _read(self, child: asyncio.subprocess.Process, started: Callable[[], None]) -> None:
        assert child.stdout is not None, "it was asked for"
        reader = FrameReader()
        async with asyncio.timeout(READY_S) as patience:
            try:
                while some := await child.stdout.read(_READ):
                    for frame in reader.feed(some):
                        if frame.kind is FrameKind.READY:
                            patience.reschedule(None)
                            self.is_ready = True
                            _log.info("a recogniser's process is ready", recogniser=self._name, pid=child.pid)
                            started()
                        else:
                            self._receive(frame)
            except TimeoutError as error:
                raise Unavailable(f"not ready within {READY_S:g} s") from error
        raise Unavailable("the process ended")

    def _receive(self, frame: Frame) -> None:
        if frame.kind is FrameKind.FAILED and frame.utterance == 0:
            raise Unavailable(frame.body.decode("utf-8", "replace"))
        pending = self.pending.get(frame.utterance)
        if pending is None or pending.answer.done():
            return
        match frame.kind:
            case FrameKind.PARTIAL:
                pending.on_partial(heard_from_body(frame.body).text)
            case FrameKind.HEARD:
                pending.answer.set_result(heard_from_body(frame.body))
            case FrameKind.FAILED:
                pending.fail(frame.body.decode("utf-8", "replace"))
            case _:
                raise PeerError(f"a {frame.kind.name} frame is not for us")

    def _fail_all(self, problem: str) -> None:
        for pending in self.pending.values():
            pending.fail(problem)


def _environment() -> Mapping[str, str]:
    """What a Python needs to find itself and its packages; the rest of ours, with its secrets, stays here."""
    wanted = ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "LANG", "LC_ALL", "HOME", "LD_LIBRARY_PATH")
    named = {name: os.environ[name] for name in wanted if name in os.environ}
    return named | {name: value for name, value in os.environ.items() if name.startswith("OPENBLAS_")}
