"""The board says what changed, and keeps nothing of what is over."""

from __future__ import annotations

import pytest

from tests.unit.subscriptions.texts import ALICE, BOB, call_of
from voicecore.errors import UsageError
from voicecore.subscriptions.board import StateBoard
from voicecore.subscriptions.resource import MessageCounts, Phase


def test_only_what_differs_is_a_change() -> None:
    board = StateBoard()
    assert board.set_dialog(BOB.aor, call_of(phase=Phase.EARLY))
    assert not board.set_dialog(BOB.aor, call_of(phase=Phase.EARLY))
    assert board.set_dialog(BOB.aor, call_of())
    assert board.set_dialog(BOB.aor, call_of().ended())
    assert not board.set_dialog(BOB.aor, call_of().ended())


def test_a_dialog_is_seen_by_its_own_account_until_its_end() -> None:
    board = StateBoard()
    board.set_dialog(BOB.aor, call_of("1"))
    board.set_dialog(BOB.aor, call_of("2"))
    board.set_dialog(BOB.aor, call_of("1").ended())
    assert list(board.dialogs(BOB.aor)) == [call_of("2")]
    assert list(board.dialogs(ALICE.aor)) == []


def test_messages_are_counted_from_none() -> None:
    board = StateBoard()
    assert board.messages(BOB.aor) == MessageCounts(0, 0)
    assert not board.set_messages(BOB.aor, 0, 0)
    assert board.set_messages(BOB.aor, 1, 0)
    assert board.messages(BOB.aor) == MessageCounts(1, 0)
    with pytest.raises(UsageError):
        board.set_messages(BOB.aor, -1, 0)
