"""Where an utterance begins and ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voicecore.speech.recognition.endpoint import WINDOW_S, Edge, Endpointer, EndpointRules, Voice

RULES = EndpointRules(ends_after_s=0.64)


def edges(*likelihoods: float) -> list[tuple[int, Edge]]:
    endpointer = Endpointer(RULES)
    heard = [endpointer.hear(bytes([at % 256]), one) for at, one in enumerate(likelihoods)]
    return [(at, edge) for at, edge in enumerate(heard) if edge is not Edge.NONE]


def test_speech_begins_with_its_third_window_and_ends_after_the_silence() -> None:
    assert edges(*[0.0] * 5, *[0.9] * 10, *[0.0] * 30) == [(7, Edge.BEGINS), (34, Edge.ENDS)]


def test_a_click_is_no_speech() -> None:
    assert edges(0.0, 0.9, 0.9, 0.0, 0.9, 0.9, 0.0) == []


def test_a_short_pause_does_not_end_it() -> None:
    assert edges(*[0.9] * 5, *[0.0] * 15, *[0.9] * 5, *[0.0] * 20)[1:] == [(44, Edge.ENDS)]


def test_what_is_neither_speech_nor_silence_changes_nothing() -> None:
    assert edges(0.9, 0.4, 0.9, 0.4, 0.9) == [(4, Edge.BEGINS)]


def test_endless_speech_is_cut() -> None:
    longest = round(RULES.longest_s / WINDOW_S)
    at, edge = edges(*[0.9] * (longest + 10))[1]
    assert (edge, abs(at - longest - 2) <= 1) == (Edge.ENDS, True)


def test_sound_before_the_beginning_belongs_to_the_utterance() -> None:
    endpointer = Endpointer(RULES)
    windows = [bytes([at]) for at in range(40)]
    for window in windows[:37]:
        endpointer.hear(window, 0.0)
    for window in windows[37:]:
        edge = endpointer.hear(window, 0.9)
    assert edge is Edge.BEGINS
    assert endpointer.begun_with() == b"".join(windows[-13:])


@given(st.lists(st.floats(0, 1), max_size=400))
def test_beginnings_and_ends_take_turns(likelihoods: list[float]) -> None:
    endpointer, turn = Endpointer(RULES), Edge.BEGINS
    for one in likelihoods:
        edge = endpointer.hear(b"", one)
        if edge is not Edge.NONE:
            assert edge is turn
            turn = Edge.ENDS if edge is Edge.BEGINS else Edge.BEGINS
        assert (endpointer.voice is Voice.SPEAKING) == (turn is Edge.ENDS)
