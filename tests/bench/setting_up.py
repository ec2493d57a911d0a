"""Answered calls: INVITE, 200, ACK, BYE, with media allocated and the record written."""

from __future__ import annotations

from dataclasses import dataclass

from tests.bench import phones
from tests.bench.phones import Calls
from tests.bench.process import CpuTime
from tests.bench.server import Server
from tests.bench.watch import Watch

RECORDS_S = 1.0
"""For the last records to reach the database."""
FORGETTING_S = 33.0
"""Until the last transaction is forgotten: 64*T1, and a little (RFC 3261, 17.2)."""


@dataclass(frozen=True, slots=True)
class SetUp:
    """`cpu` is until the records are written; `forgetting` what the same calls cost later, if measured."""

    calls: Calls
    cpu: CpuTime
    forgetting: CpuTime | None
    records: int

    def ms_a_call(self, cpu: CpuTime) -> float:
        return cpu.total * 1e3 / max(1, self.calls.answered)

    @property
    def whole_ms(self) -> float:
        """All that one call costs, in milliseconds of CPU."""
        return self.ms_a_call(self.cpu) + (
            0.0 if self.forgetting is None else self.ms_a_call(self.forgetting)
        )


def set_up(server: Server, watch: Watch, *, rate: int, seconds: int, forgetting: bool) -> SetUp:
    """Offers calls to 9000 at a fixed rate. Waits half a minute more when `forgetting` is wanted too."""
    meter, records = server.meter, server.records()
    before = meter.cpu()
    calls = phones.offer(server.uri("9000"), rate=rate, seconds=seconds, wait=watch.wait)
    watch.pause(RECORDS_S)
    written = meter.cpu()
    later = None
    if forgetting:
        watch.pause(FORGETTING_S)
        later = meter.cpu() - written
    return SetUp(calls, written - before, later, server.records() - records)
