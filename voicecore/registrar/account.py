"""Who may register and call here. Passwords are not here: only their hashes are, for the authenticator."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from voicecore.errors import UsageError
from voicecore.sip.authenticator import PasswordHashes


@dataclass(frozen=True, slots=True)
class Account:
    """One subscriber. `name` is also the Digest user name; `numbers` reach the same phones as `name` does."""

    name: str
    hashes: PasswordHashes
    numbers: tuple[str, ...] = ()
    caller_id: str | None = None
    """What calls of this account show as their number; None: the first of `numbers`, or the name."""
    allow: tuple[str, ...] = ()
    """Patterns of the numbers that it may call beyond this site; empty: none."""
    is_guest: bool = False
    """Lives in memory for a short while (`guests.py`), and calls nothing beyond this site whatever is allowed."""
    caller_name: str = ""
    """The name that its calls show; "": what its phones say themselves."""
    click_to_dial: bool = False
    """Whether it may ask by REFER that its phones are rung and connected."""


class Accounts:
    """All accounts, by name and by number."""

    def __init__(self, accounts: Iterable[Account] = ()) -> None:
        """UsageError for a name or number that stands twice: the configuration refuses it before."""
        self._by_name: dict[str, Account] = {}
        self._by_user: dict[str, Account] = {}
        for account in accounts:
            self.add(account)

    def add(self, account: Account) -> None:
        """UsageError for a name or number that somebody else has."""
        users = dict.fromkeys((account.name, *account.numbers))
        if any(user in self._by_user for user in users):
            raise UsageError("two accounts have the same name or number")
        self._by_user.update(dict.fromkeys(users, account))
        self._by_name[account.name] = account

    def remove(self, name: str) -> None:
        """Nothing happens where there is no such account."""
        account = self._by_name.pop(name, None)
        if account is not None:
            for user in (account.name, *account.numbers):
                self._by_user.pop(user, None)

    def __len__(self) -> int:
        return len(self._by_name)

    def named(self, name: str) -> Account | None:
        return self._by_name.get(name)

    def of(self, name: str) -> Account:
        """The account of a name that was authenticated. UsageError for any other."""
        account = self._by_name.get(name)
        if account is None:
            raise UsageError("no account of this name was authenticated")
        return account

    def find(self, user: str) -> Account | None:
        """Whose name or number this is."""
        return self._by_user.get(user)

    def hashes(self, name: str) -> PasswordHashes | None:
        """What an `Authenticator` asks for."""
        account = self._by_name.get(name)
        return None if account is None else account.hashes
