"""Rates by asker: too many get 429 with when to come back, others are not held up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.api.site import ELSEWHERE, SETTINGS, site
from voicecore.api.problem import Kind, Problem
from voicecore.api.rates import Purpose, RequestRates
from voicecore.api.settings import Limits
from voicecore.guard.settings import Rate

SLOW = Limits(requests=Rate(0.5, 3.0), logins=Rate(0.1, 2.0), phones=Rate(0.1, 1.0))


def test_one_too_many_waits_for_a_place_in_its_bucket() -> None:
    now = 0.0
    rates = RequestRates(SLOW, lambda: now)
    for _ in range(3):
        rates.spend(Purpose.REQUEST, "a")
    with pytest.raises(Problem) as caught:
        rates.spend(Purpose.REQUEST, "a")
    assert (caught.value.status, caught.value.kind) == (429, Kind.RATE_LIMITED)
    assert caught.value.headers == {"Retry-After": "2"}
    rates.spend(Purpose.REQUEST, "b")
    rates.spend(Purpose.LOG_IN, "a")
    now = 2.0
    rates.spend(Purpose.REQUEST, "a")


def test_askers_are_forgotten_before_they_are_too_many() -> None:
    rates = RequestRates(SLOW, lambda: 0.0, most=10)
    for number in range(100):
        rates.spend(Purpose.REQUEST, f"asker {number}")
    assert len(rates) == 10


async def test_requests_of_one_address_are_held_to_a_rate(tmp_path: Path) -> None:
    made = site(tmp_path, replace(SETTINGS, limits=SLOW))
    async with made.client(ELSEWHERE) as client, made.client() as other:
        answers = [await client.get("health") for _ in range(4)]
        assert [one.status_code for one in answers] == [200, 200, 200, 429]
        assert answers[-1].headers["Retry-After"] == "2"
        assert answers[-1].headers["content-type"] == "application/problem+json"
        assert (await other.get("health")).status_code == 200


async def test_tokens_are_not_guessed(tmp_path: Path) -> None:
    limits = replace(SLOW, requests=Rate(1e6, 1e6))
    made = site(tmp_path, replace(SETTINGS, limits=limits))
    async with made.client(ELSEWHERE) as client:
        guesses = [(await client.post("session", json={"token": f"guess {n}"})).status_code for n in range(3)]
        assert guesses == [401, 401, 429]
        assert (await client.post("session", json={})).status_code == 401
    async with made.client("192.0.2.10", Authorization="Bearer guess") as client:
        assert [(await client.get("calls")).status_code for _ in range(3)] == [401, 401, 429]


async def test_phones_are_given_at_a_rate(tmp_path: Path) -> None:
    limits = replace(SLOW, requests=Rate(1e6, 1e6), logins=Rate(1e6, 1e6))
    made = site(tmp_path, replace(SETTINGS, limits=limits))
    async with made.page() as page:
        answers = [(await page.post("phone-credentials", json={})).status_code for _ in range(2)]
    assert answers == [201, 429]
