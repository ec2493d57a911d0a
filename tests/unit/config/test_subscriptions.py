"""[subscriptions] and the accounts' `watch`."""

from __future__ import annotations

import pytest

from voicecore.config.reading import settings_of
from voicecore.config.settings import Settings
from voicecore.config.source import Source
from voicecore.errors import ConfigError
from voicecore.subscriptions.settings import SubscriptionRules

ALICE = '[[account]]\nname = "alice"\npassword = "hunter2"\n'


def parse(text: str) -> Settings:
    return settings_of(Source.parse(text, "a.toml"))


def test_what_is_left_out_keeps_the_default() -> None:
    settings = parse(ALICE)
    assert settings.subscriptions == SubscriptionRules()
    assert settings.accounts[0].watch is None


def test_every_setting_is_read() -> None:
    settings = parse(f"""
        [subscriptions]
        min_expires_s = 30
        max_expires_s = 900
        default_expires_s = 300
        max_a_watcher = 5
        max_in_all = 50
        shows_remote = true
        {ALICE}
        watch = ["bob", "sales-*", "*"]
    """)
    assert settings.subscriptions == SubscriptionRules(30, 900, 300, 5, 50, True)
    assert settings.accounts[0].watch == ("bob", "sales-*", "*")


def test_an_empty_watch_is_nobody_and_not_everybody() -> None:
    assert parse(f"{ALICE}watch = []").accounts[0].watch == ()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[subscriptions]\nmin_expires_s = 0", "subscriptions.min_expires_s"),
        ("[subscriptions]\nmax_expires_s = 90", "subscriptions.default_expires_s"),
        ("[subscriptions]\nshows_remote = 1", "subscriptions.shows_remote"),
        ("[subscriptions]\nexpires = 1", "subscriptions.expires"),
        (f'{ALICE}watch = ["b*b"]', "account"),
        (f'{ALICE}watch = ["bob", "bob"]', "account"),
    ],
)
def test_a_fault_names_its_key(text: str, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    (fault,) = caught.value.faults
    assert fault.key.startswith(key)
