"""Routes by who calls: important customers go straight to their own people, others where their number says."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from ivr_apps import main_menu
from ivr_apps.database import FILE, Database
from ivr_apps.handover import to_operator
from voicecore.ivr import Call, Named, Prompt


class Contact(NamedTuple):
    name: str
    is_vip: bool
    target: str
    """Who answers this caller: what `dial` takes; "" for the operator."""


class Contacts(Protocol):
    async def find(self, number: str) -> Contact | None: ...


async def main(call: Call, database: str = FILE, operator: str = "") -> None:
    await route(call, SqliteContacts(database), operator)


async def route(call: Call, contacts: Contacts, operator: str = "") -> None:
    match await contacts.find(call.caller_number):
        case Contact(name, is_vip, target) if is_vip or target:
            await call.answer()
            await call.play("vip_welcome" if is_vip else "welcome")
            known: list[Prompt] = ["known_vip"] if is_vip else []
            known.append(Named("known_customer", name=name, number=call.caller_number))
            await to_operator(call, target or operator, known)
        case _:
            await main_menu.main(call, operator)


SCHEMA = "CREATE TABLE IF NOT EXISTS contacts (number TEXT PRIMARY KEY, name TEXT, vip INTEGER, target TEXT)"


class SqliteContacts:
    """The longest beginning of the caller's number that is in the table counts: "+4420" is all of London."""

    def __init__(self, file: str) -> None:
        self._database = Database(file, SCHEMA)

    async def add(self, number: str, contact: Contact) -> None:
        await self._database.change("INSERT OR REPLACE INTO contacts VALUES (?, ?, ?, ?)", number, *contact)

    async def find(self, number: str) -> Contact | None:
        rows = await self._database.rows(
            "SELECT name, vip, target FROM contacts WHERE ? <> '' AND substr(?, 1, length(number)) = number"
            " ORDER BY length(number) DESC LIMIT 1",
            *(number, number),
        )
        return Contact(rows[0][0], bool(rows[0][1]), rows[0][2]) if rows else None
