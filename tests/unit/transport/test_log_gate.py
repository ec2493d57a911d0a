from __future__ import annotations

from voicecore.transport.log_gate import PAUSE, LogGate


def test_the_same_thing_is_said_once_in_a_while_with_how_often_it_was() -> None:
    gate = LogGate()
    assert gate.passes("idle", 0) == 1
    assert gate.passes("idle", 1) is None
    assert gate.passes("idle", 2) is None
    assert gate.passes("too many", 2) == 1
    assert gate.passes("idle", PAUSE) == 3
    assert gate.passes("idle", 3 * PAUSE) == 1
