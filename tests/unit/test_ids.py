from __future__ import annotations

from voicecore.ids import TokenSource, new_call_id


def test_a_later_call_sorts_behind_an_earlier_one() -> None:
    ids = [new_call_id(1_790_000_000.0 + second / 1000) for second in range(200)]
    assert ids == sorted(ids)
    assert {len(id) for id in ids} == {14}


def test_tokens_have_the_length_asked_for_and_never_repeat() -> None:
    token = TokenSource()
    tokens = [token(16) for _ in range(5000)]
    assert {len(one) for one in tokens} == {16}
    assert len(set(tokens)) == len(tokens)


def test_a_token_may_be_longer_than_the_supply() -> None:
    assert len(TokenSource()(20_000)) == 20_000
