"""Who may watch whom, and write to whom: a function of two names and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence


class WatchPolicy:
    """An account always may watch itself. Others it may watch by its patterns; strangers nobody."""

    def __init__(self, patterns_of: Callable[[str], Sequence[str] | None] = lambda account: None) -> None:
        """`patterns_of` an account: names, also with `*` at the end; None: everybody; empty: nobody else."""
        self._patterns_of = patterns_of

    def may_watch(self, watcher: str | None, account: str) -> bool:
        if watcher is None:
            return False
        if watcher == account:
            return True
        patterns = self._patterns_of(watcher)
        return patterns is None or any(_matches(pattern, account) for pattern in patterns)


def _matches(pattern: str, name: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
