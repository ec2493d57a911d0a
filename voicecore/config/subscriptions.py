"""[subscriptions]: what watchers of phones are granted."""

from __future__ import annotations

from voicecore.config.fields import Fields
from voicecore.subscriptions.settings import SubscriptionRules

DAY = 24 * 3600
_DEFAULT = SubscriptionRules()


def subscriptions_of(table: Fields) -> SubscriptionRules:
    rules = SubscriptionRules(
        min_expires_s=table.integer("min_expires_s", _DEFAULT.min_expires_s, 1, DAY),
        max_expires_s=table.integer("max_expires_s", _DEFAULT.max_expires_s, 1, DAY),
        default_expires_s=table.integer("default_expires_s", _DEFAULT.default_expires_s, 1, DAY),
        max_a_watcher=table.integer("max_a_watcher", _DEFAULT.max_a_watcher, 1, 10_000),
        max_in_all=table.integer("max_in_all", _DEFAULT.max_in_all, 1, 1_000_000),
        shows_remote=table.switch("shows_remote", _DEFAULT.shows_remote),
    )
    if not rules.min_expires_s <= rules.default_expires_s <= rules.max_expires_s:
        order = "min_expires_s, default_expires_s and max_expires_s"
        table.fault("default_expires_s", f"{order} are not in this order", "Each is at least the one before")
    table.close()
    return rules
