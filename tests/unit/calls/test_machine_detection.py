"""How a greeting is judged: by the words that are said, and when."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from voicecore.calls.machine_detection import (
    TRANSITIONS,
    Input,
    MachineDetection,
    MachineDetector,
    MachineFound,
    MachineSign,
    Person,
    State,
    Verdict,
)
from voicecore.media.call_progress import ProgressTone

STANDARD = MachineDetection()
WAITS = MachineDetection(wait_for_beep=True)


def judged(
    *words: tuple[float, float], beep: float | None = None, settings: MachineDetection = STANDARD
) -> tuple[Verdict | None, float]:
    """What is said from one second to another, and when there is a beep; and when it was known."""
    detector = MachineDetector(settings, 0.0)
    told: list[tuple[float, Callable[[float], None]]] = [(begin, detector.speech) for begin, _ in words]
    told += [(end, detector.silence) for _, end in words]
    if beep is not None:
        told.append((beep, partial(detector.tone, ProgressTone.BEEP)))
    now = 0.0
    for at, tell in sorted(told, key=lambda one: one[0]):
        while (due := detector.next_timer()) is not None and due <= at:
            now = due
            detector.handle_timer(due)
        if detector.verdict is not None:
            return detector.verdict, now
        now = at
        tell(at)
    while detector.verdict is None and (due := detector.next_timer()) is not None:
        now = due
        detector.handle_timer(due)
    return detector.verdict, now


def machine(sign: MachineSign, *, at_beep: bool = False) -> MachineFound:
    return MachineFound(sign, at_beep)


@pytest.mark.parametrize(
    ("words", "beep", "settings", "verdict", "when"),
    [
        ([(1.0, 1.5)], None, MachineDetection(), Person(), 2.4),
        ([(1.0, 1.5), (1.8, 2.5)], None, MachineDetection(), Person(), 3.4),
        ([], None, MachineDetection(), Person(), 3.5),
        ([(0.5, 6.0)], None, MachineDetection(), machine(MachineSign.GREETING), 3.0),
        ([(0.5, 2.0), (2.5, 6.0)], None, MachineDetection(), machine(MachineSign.GREETING), 3.5),
        (
            [(0.4 * n, 0.4 * n + 0.2) for n in range(1, 10)],
            None,
            MachineDetection(),
            machine(MachineSign.WORDS),
            3.0,
        ),
        ([(0.1 * n, 0.1 * n + 0.05) for n in range(1, 10)], None, MachineDetection(), Person(), 1.85),
        ([], 0.6, MachineDetection(), machine(MachineSign.BEEP, at_beep=True), 0.6),
        ([(0.5, 6.0)], 6.8, WAITS, machine(MachineSign.BEEP, at_beep=True), 6.8),
        ([(0.5, 6.0)], None, WAITS, machine(MachineSign.GREETING), 8.5),
        ([(0.5, 4.0), (5.0, 8.0)], 9.0, WAITS, machine(MachineSign.BEEP, at_beep=True), 9.0),
        ([(0.5, 60.0)], None, WAITS, machine(MachineSign.GREETING), 33.0),
        ([(1.0, 1.5)], 9.0, WAITS, Person(), 2.4),
    ],
)
def test_who_greets_how_is_what(
    words: list[tuple[float, float]],
    beep: float | None,
    settings: MachineDetection,
    verdict: Verdict,
    when: float,
) -> None:
    found, after = judged(*words, beep=beep, settings=settings)
    assert (found, round(after, 6)) == (verdict, round(when, 6))


@pytest.mark.parametrize("tone", [ProgressTone.ANSWER_TONE, ProgressTone.ANSWER_TONE_REVERSED])
def test_a_fax_machine_is_a_machine(tone: ProgressTone) -> None:
    detector = MachineDetector(WAITS, 0.0)
    detector.tone(tone, 1.0)
    assert detector.verdict == MachineFound(MachineSign.ANSWER_TONE, at_beep=False)


def test_a_verdict_stays() -> None:
    detector = MachineDetector(MachineDetection(), 0.0)
    detector.handle_timer(3.5)
    for step in (detector.speech, detector.silence, detector.handle_timer):
        step(4.0)
    detector.tone(ProgressTone.BEEP, 5.0)
    assert (detector.verdict, detector.next_timer()) == (Person(), None)


def test_every_state_can_be_reached_and_all_but_the_last_are_left_by_time_or_proof() -> None:
    assert {State.WAITING, *TRANSITIONS.values()} == set(State)
    for state in State:
        assert ((state, Input.PROOF) in TRANSITIONS) is (state is not State.DECIDED)
