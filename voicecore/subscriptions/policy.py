"""Who may watch whom, and pick up whose calls: a function of two names and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence


class WatchPolicy:
    """An account always may watch itself, and pick up what rings there. Others by its patterns; strangers nobody."""

    def __init__(
        self,
        patterns_of: Callable[[str], Sequence[str] | None] = lambda account: None,
        pickup_of: Callable[[str], Sequence[str]] = lambda account: (),
    ) -> None:
        """`patterns_of` an account: names, also with `*` at the end; None: everybody; empty: nobody else.

        `pickup_of` in the same way whose calls it may pick up.
        """
        self._patterns_of = patterns_of
        self._pickup_of = pickup_of

    def may_watch(self, watcher: str | None, account: str) -> bool:
        if watcher is None:
            return False
        if watcher == account:
            return True
        patterns = self._patterns_of(watcher)
        return patterns is None or any(_matches(pattern, account) for pattern in patterns)

    def may_pick_up(self, who: str, account: str) -> bool:
        return who == account or any(_matches(pattern, account) for pattern in self._pickup_of(who))


def _matches(pattern: str, name: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
