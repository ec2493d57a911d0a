"""We call somebody whose bill is overdue. Nothing of it is said before he has proved who he is."""

from __future__ import annotations

from datetime import date, timedelta
from enum import Enum
from typing import NamedTuple, Protocol

from ivr_apps.database import FILE, Database
from ivr_apps.handover import to_operator
from ivr_apps.pins import Pins, SqlitePins, enter_pin
from voicecore.ivr import Call, Choice, Money, Named, NoChoice


class Bill(NamedTuple):
    number: str
    """The customer's, as it is dialled."""
    amount: Money
    due: date


class Outcome(Enum):
    PROMISED = "promised"
    OPERATOR = "operator"
    NO_MORE_CALLS = "no more calls"
    NOT_HIM = "not him"
    NO_ANSWER = "no answer"


class Bills(Protocol):
    async def overdue(self, number: str) -> Bill | None: ...
    async def reminded(self, bill: Bill, outcome: Outcome, promised: date | None) -> None: ...


async def main(call: Call, number: str = "", database: str = FILE, operator: str = "") -> None:
    """`number`: the customer's; without it, the one that was dialled (`tel:NUMBER`)."""
    dialled = number or call.number.removeprefix("tel:").partition(";")[0]
    await remind(call, SqliteBills(database), SqlitePins(database), dialled, operator)


async def remind(call: Call, bills: Bills, pins: Pins, number: str, operator: str = "") -> None:
    await call.answer()
    bill = await bills.overdue(number)
    if bill is None:  # he paid since the list was made
        await call.play("goodbye")
        return
    outcome, promised = await talk(call, bill, pins)
    async with call.after_hangup():  # kept first: many hang up as soon as they have said it
        await bills.reminded(bill, outcome, promised)
    if promised is not None:
        await call.play(Named("reminder_promised", day=promised))
    elif outcome is Outcome.NO_MORE_CALLS:
        await call.play("reminder_no_more")
    elif outcome is Outcome.OPERATOR:
        await to_operator(call, operator, ["known_reminder"])
    await call.play("goodbye")


async def talk(call: Call, bill: Bill, pins: Pins) -> tuple[Outcome, date | None]:
    options = {"1": "me", "2": "somebody else", "9": "no more calls", "0": "operator"}
    match await call.menu("reminder_hello", options=options, tries=2):
        case Choice("me"):
            pass
        case Choice("no more calls"):
            return Outcome.NO_MORE_CALLS, None
        case Choice("operator"):
            return Outcome.OPERATOR, None
        case Choice():
            return Outcome.NOT_HIM, None
        case _:
            return Outcome.NO_ANSWER, None
    with call.universal(operator="*"):
        if not await enter_pin(call, pins, bill.number, "enter_pin"):
            return Outcome.OPERATOR, None
    told = Named("reminder_bill", amount=bill.amount, due=bill.due)
    match await call.menu(told, "reminder_menu", options={"1": 1, "2": 7, "0": 0}):
        case Choice(1 | 7 as days):
            return Outcome.PROMISED, call.now.date() + timedelta(days=days)
        case Choice() | NoChoice():
            return Outcome.OPERATOR, None


SCHEMA = """
CREATE TABLE IF NOT EXISTS bills (number TEXT PRIMARY KEY, amount TEXT, currency TEXT, due TEXT);
CREATE TABLE IF NOT EXISTS reminders (
    number TEXT, at TEXT DEFAULT CURRENT_TIMESTAMP, outcome TEXT, promised TEXT);
"""


class SqliteBills:
    """A customer who wants no more calls, or has promised to pay, is not overdue any more for us."""

    def __init__(self, file: str) -> None:
        self._database = Database(file, SCHEMA)

    async def add(self, bill: Bill) -> None:
        row = (bill.number, str(bill.amount.amount), bill.amount.currency, bill.due.isoformat())
        await self._database.change("INSERT OR REPLACE INTO bills VALUES (?, ?, ?, ?)", *row)

    async def overdue(self, number: str) -> Bill | None:
        rows = await self._database.rows(
            "SELECT amount, currency, due FROM bills WHERE number = ? AND number NOT IN"
            " (SELECT number FROM reminders WHERE outcome IN ('promised', 'no more calls'))",
            number,
        )
        return Bill(number, Money(*rows[0][:2]), date.fromisoformat(rows[0][2])) if rows else None

    async def reminded(self, bill: Bill, outcome: Outcome, promised: date | None) -> None:
        sql = "INSERT INTO reminders (number, outcome, promised) VALUES (?, ?, ?)"
        await self._database.change(sql, bill.number, outcome.value, promised and promised.isoformat())
