"""The thread that writes: it gathers what waits, commits it as one, and spools what the database refuses."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

import structlog

from voicecore.ids import CallId
from voicecore.store.binding_backlog import BindingBacklog, Changes
from voicecore.store.bindings import BindingRecord
from voicecore.store.database import Database, RowRefused
from voicecore.store.records import CallFile, CallRecord
from voicecore.store.spool import Spool

_log = structlog.get_logger()

QUEUE_SIZE = 8192
"""Full: a beginning is left out, since the end of the call holds all of it; an end goes to the spool."""
GATHER_S = 0.1
"""How long a batch gathers. An fsync and the way to the thread and back cost more than a call's rows."""
BATCH = 256
SPOOL_ROUND = 64
"""Spooled files in one transaction, so that a long spool holds up new calls for one round only."""


@dataclass(frozen=True, slots=True)
class Finish:
    """A call's end, and the future that its writer waits for."""

    file: CallFile
    kept: asyncio.Future[None]


class Wake(Enum):
    """An entry that only wakes the thread."""

    BINDINGS = "bindings"


Entry = CallRecord | Finish | Wake


class Spooled(Enum):
    """What the spool is believed to hold."""

    NOTHING = "nothing"
    WAITING = "waiting"
    """Files that the next success of the database will release."""
    DELIVERING = "delivering"


class Writer:
    """Owns its thread from `start` to `stop`. The other methods are for the loop's thread."""

    def __init__(self, database: Database, spool: Spool) -> None:
        self._database = database
        self._spool = spool
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[Entry | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._bindings = BindingBacklog()
        self._spooled = Spooled.DELIVERING
        self._overflowed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def begin(self, call: CallRecord) -> None:
        if self._is_full():
            _log.warning("the store is behind: a call's beginning is left out", call=call.id)
        else:
            self._queue.put(call)

    async def finish(self, file: CallFile) -> None:
        entry = Finish(file, self._loop.create_future())
        if self._is_full():
            _log.warning("the store is behind: a call record is spooled", call=file.call.id)
            await asyncio.to_thread(self._spool.keep, file)
            self._overflowed.set()
        else:
            self._queue.put(entry)
            await entry.kept

    def spooled(self, most: int) -> int:
        return len(self._spool.waiting(most))

    def change_binding(self, id: str, binding: BindingRecord | None) -> None:
        """None: it is gone."""
        # When it is full, the thread is busy with batches, and looks for bindings after each of them.
        if self._bindings.put(id, binding) and not self._is_full():
            self._queue.put(Wake.BINDINGS)

    def _is_full(self) -> bool:
        # `queue.Queue` knows its own limit, but takes ten times as long. Only the loop's thread puts calls in.
        return self._queue.qsize() >= QUEUE_SIZE

    async def stop(self) -> None:
        """Returns when everything that was given is written."""
        self._stopping.set()
        await asyncio.to_thread(self._join)

    def _join(self) -> None:
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        last = False
        while not last:
            batch, last = self._gather()
            if batch:
                self._keep_calls([entry for entry in batch if not isinstance(entry, Wake)])
                self._keep_bindings()
            elif not last:
                self._deliver_round()
        self._keep_bindings()
        if self._spooled is Spooled.DELIVERING:
            self._deliver_round()

    def _gather(self) -> tuple[list[Entry], bool]:
        """The next batch, and whether it is the last. Empty and not the last: time for the spool."""
        try:
            entry = self._queue.get(block=self._spooled is not Spooled.DELIVERING)
        except queue.Empty:
            return [], False
        if entry is not None:
            self._stopping.wait(GATHER_S)
        batch: list[Entry] = []
        while entry is not None:
            batch.append(entry)
            if len(batch) == BATCH:
                return batch, False
            try:
                entry = self._queue.get_nowait()
            except queue.Empty:
                return batch, False
        return batch, True

    def _keep_bindings(self) -> None:
        changes = self._bindings.take()
        if not changes:
            return
        try:
            self._write_bindings(changes)
        except Exception as error:
            # Nothing may end this thread: calls wait for its answers. The next change tries again.
            _log.error("bindings wait in memory", problem=str(error), bindings=len(changes))
            self._bindings.put_back(changes)

    def _write_bindings(self, changes: Changes) -> None:
        """One transaction for all; if a row is refused, one for each."""
        try:
            self._database.change_bindings(changes)
        except RowRefused:
            for id, binding in changes.items():
                try:
                    self._database.change_bindings({id: binding})
                except RowRefused as error:
                    _log.error("a binding is not kept", binding=id, problem=str(error))

    def _keep_calls(self, batch: list[CallRecord | Finish]) -> None:
        if not batch:
            return
        finished = [entry for entry in batch if isinstance(entry, Finish)]
        whole = {entry.file.call.id for entry in finished}
        begun = [entry for entry in batch if isinstance(entry, CallRecord) and entry.id not in whole]
        problems: dict[CallId, Exception] = {}
        try:
            self._database.write(begun, [entry.file for entry in finished])
        except Exception as error:
            # Whatever it is, the calls go on and their records go to the spool.
            _log.error("records are spooled", problem=str(error), calls=len(finished))
            problems = self._spool_all(entry.file for entry in finished)
            # One bad row refuses its batch; the database itself is well.
            self._spooled = Spooled.DELIVERING if isinstance(error, RowRefused) else Spooled.WAITING
        else:
            if self._spooled is Spooled.WAITING or self._overflowed.is_set():
                self._overflowed.clear()
                self._spooled = Spooled.DELIVERING
        self._answer(finished, problems)

    def _spool_all(self, files: Iterable[CallFile]) -> dict[CallId, Exception]:
        problems: dict[CallId, Exception] = {}
        for file in files:
            try:
                self._spool.keep(file)
            except Exception as error:
                _log.error("a call record is lost", call=file.call.id, problem=str(error))
                problems[file.call.id] = error
        return problems

    def _answer(self, finished: list[Finish], problems: dict[CallId, Exception]) -> None:
        def answer() -> None:
            for entry in finished:
                problem = problems.get(entry.file.call.id)
                if entry.kept.done():
                    continue
                if problem is None:
                    entry.kept.set_result(None)
                else:
                    entry.kept.set_exception(problem)

        if finished:
            self._loop.call_soon_threadsafe(answer)

    def _deliver_round(self) -> None:
        try:
            waiting = self._spool.waiting(SPOOL_ROUND)
            self._deliver(waiting)
        except Exception as error:
            # Nothing may end this thread: calls wait for its answers.
            _log.warning("the spool waits", problem=str(error))
            self._spooled = Spooled.WAITING
        else:
            self._spooled = Spooled.DELIVERING if waiting else Spooled.NOTHING

    def _deliver(self, calls: list[CallId]) -> None:
        """One transaction for all; if a row is refused, one for each."""
        files = []
        for call in calls:
            try:
                files.append(self._spool.read(call))
            except ValueError as error:
                self._refuse(call, error)
        try:
            self._write_spooled(files)
        except RowRefused:
            for file in files:
                try:
                    self._write_spooled([file])
                except RowRefused as error:
                    self._refuse(file.call.id, error)

    def _write_spooled(self, files: list[CallFile]) -> None:
        if files:
            self._database.write([], files)
        for file in files:
            self._spool.remove(file.call.id)
            _log.info("a spooled call record is delivered", call=file.call.id)

    def _refuse(self, call: CallId, error: Exception) -> None:
        path = self._spool.refuse(call)
        _log.error("a spooled call record is set aside", call=call, path=str(path), problem=str(error))
