"""Voicemail: who does not answer gets a message, his phones show it, and he listens to it from anywhere."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from ivr_apps.database import FILE, Database
from ivr_apps.handover import to_operator
from ivr_apps.pins import Pins, SqlitePins, enter_pin
from voicecore.ivr import Answered, Asked, AudioFile, Call, Choice, DigitString, Message, Named, first_of


class VoiceMessage(NamedTuple):
    id: int
    path: str
    caller: str
    at: datetime


class Mailboxes(Protocol):
    """Messages by the name of the account that they are for."""

    async def keep(self, mailbox: str, path: str, caller: str, at: datetime) -> None: ...
    async def messages(self, mailbox: str) -> list[VoiceMessage]:
        """New ones first, each kind in the order in which they came."""

    async def heard(self, id: int) -> None: ...
    async def delete(self, id: int) -> None: ...
    async def counts(self, mailbox: str) -> tuple[int, int]:
        """New ones and old ones."""


async def main(
    call: Call, target: str, mailbox: str, operator: str = "", ring_time: float = 20.0, database: str = FILE
) -> None:
    """Rings `target` ("phone:alice"), and takes a message for `mailbox` ("alice") where nobody answers."""
    match await call.dial(target, ring_time=ring_time, as_caller=True):
        case Answered(party):
            await call.answer()
            await call.bridge(party)
        case _:
            await leave(call, SqliteMailboxes(database), mailbox, operator)


async def leave(call: Call, mailboxes: Mailboxes, mailbox: str, operator: str = "") -> None:
    """Key 0 leads to the operator before the tone."""
    await call.answer()
    if await first_of(call.key("0"), call.play("voicemail_greeting")) is not None:
        await to_operator(call, operator)
        return
    async with call.after_hangup():  # most callers end their message by hanging up
        match await call.record():
            case Message(path, spoken=True):
                await mailboxes.keep(mailbox, path, call.caller_number, call.now)
                await show(call, mailboxes, mailbox)
                said = "message_saved"
            case _:
                said = "no_message"
    await call.play(said, "goodbye")


async def listen(call: Call, operator: str = "", zone: str = "UTC", database: str = FILE) -> None:
    """For who has a mailbox: from his own phone at once, from elsewhere with its name in digits and his PIN."""
    await retrieve(call, SqliteMailboxes(database), SqlitePins(database), operator, zone)


async def retrieve(
    call: Call, mailboxes: Mailboxes, pins: Pins, operator: str = "", zone: str = "UTC"
) -> None:
    await call.answer()
    with call.universal(operator="*"):
        mailbox = call.account
        if mailbox is None:
            match await call.ask("voicemail_number", kind=DigitString(1, 15)):
                case Asked(number) if await enter_pin(call, pins, number, "enter_pin"):
                    mailbox = number
                case _:
                    await to_operator(call, operator)
                    return
        new, old = await mailboxes.counts(mailbox)
        await call.play(Named("voicemail_count", new=new, old=old))
        for message in await mailboxes.messages(mailbox):
            if not await play(call, mailboxes, message, zone):
                await to_operator(call, operator)
                return
            await show(call, mailboxes, mailbox)
    await call.play("voicemail_end", "goodbye")


async def play(call: Call, mailboxes: Mailboxes, message: VoiceMessage, zone: str) -> bool:
    """One message, as often as the caller wants. False: he wants the operator."""
    at, sender = message.at.astimezone(ZoneInfo(zone)), message.caller
    head = Named("voicemail_from_unknown", at=at)
    if sender.lstrip("+").isdecimal():
        head = Named("voicemail_from", caller=sender, at=at)
    while True:
        options = {"1": "again", "2": "delete", "3": "next", "0": "operator"}
        chosen = await call.menu(head, AudioFile(message.path), "voicemail_menu", options=options, tries=2)
        await mailboxes.heard(message.id)
        match chosen:
            case Choice("again"):
                continue
            case Choice("delete"):
                await mailboxes.delete(message.id)
                await call.play("voicemail_deleted")
                return True
            case Choice("next"):
                return True
            case Choice("operator"):
                return False
            case _:
                return False


async def show(call: Call, mailboxes: Mailboxes, mailbox: str) -> None:
    """The light of the account's phones."""
    new, old = await mailboxes.counts(mailbox)
    call.message_light(mailbox, new=new, old=old)


SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY, mailbox TEXT, path TEXT, caller TEXT, at REAL, heard INTEGER DEFAULT 0);
CREATE INDEX IF NOT EXISTS messages_of ON messages (mailbox);
"""


class SqliteMailboxes:
    """Deleting a message leaves its file, which belongs to the record of the call."""

    def __init__(self, file: str) -> None:
        self._database = Database(file, SCHEMA)

    async def keep(self, mailbox: str, path: str, caller: str, at: datetime) -> None:
        sql = "INSERT INTO messages (mailbox, path, caller, at) VALUES (?, ?, ?, ?)"
        await self._database.change(sql, mailbox, path, caller, at.timestamp())

    async def messages(self, mailbox: str) -> list[VoiceMessage]:
        sql = "SELECT id, path, caller, at FROM messages WHERE mailbox = ? ORDER BY heard, id"
        rows = await self._database.rows(sql, mailbox)
        return [
            VoiceMessage(id, path, caller, datetime.fromtimestamp(at, UTC)) for id, path, caller, at in rows
        ]

    async def heard(self, id: int) -> None:
        await self._database.change("UPDATE messages SET heard = 1 WHERE id = ?", id)

    async def delete(self, id: int) -> None:
        await self._database.change("DELETE FROM messages WHERE id = ?", id)

    async def counts(self, mailbox: str) -> tuple[int, int]:
        sql = "SELECT count(*), coalesce(sum(heard), 0) FROM messages WHERE mailbox = ?"
        [(every, heard)] = await self._database.rows(sql, mailbox)
        return every - heard, heard
