"""A telephone company's customers help themselves: balance, package, bill by SMS; a person is a key away."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple, Protocol

from ivr_apps.database import FILE, Database
from ivr_apps.handover import to_operator
from ivr_apps.pins import Pins, SqlitePins, enter_pin
from voicecore.ivr import Asked, Call, Choice, DigitString, Money, Named, NoChoice, OneOf, Unanswered


class Subscriber(NamedTuple):
    number: str
    name: str
    balance: Money
    package: int
    """Gigabytes a month."""


class Package(NamedTuple):
    gigabytes: int
    price: Money


class Subscribers(Protocol):
    """What the flow asks the company's back end for."""

    async def find(self, number: str) -> Subscriber | None: ...
    async def packages(self) -> list[Package]:
        """At most nine, the smallest first."""

    async def order(self, number: str, package: Package) -> None: ...
    async def send_bill(self, number: str, language: str) -> None: ...


async def main(call: Call, database: str = FILE, operator: str = "") -> None:
    await serve(call, SqliteSubscribers(database), SqlitePins(database), operator)


async def serve(call: Call, subscribers: Subscribers, pins: Pins, operator: str = "") -> None:
    await call.answer()
    await call.play("welcome")
    with call.universal(repeat="9", operator="*"):
        who = await identify(call, subscribers, pins)
        if who is None:
            await to_operator(call, operator)
            return
        known: list[str | Named] = [Named("known_customer", name=who.name, number=who.number)]
        while True:
            options = {"1": balance, "2": change_package, "3": send_bill, "0": None}
            match await call.menu("self_service_menu", options=options):
                case Choice(errand) if errand is not None:
                    known.append(await errand(call, subscribers, who))
                case NoChoice(Unanswered.SILENT) if len(known) > 1:
                    await call.play("goodbye")
                    return
                case Choice(None) | NoChoice():
                    await to_operator(call, operator, known)
                    return


async def identify(call: Call, subscribers: Subscribers, pins: Pins) -> Subscriber | None:
    """By the number that calls, else one that is pressed, and the PIN. None: a person has to help."""
    number = call.caller_number
    who = await subscribers.find(number)
    if who is None:
        match await call.ask("self_service_number", kind=DigitString(4, 15)):
            case Asked(number):
                who = await subscribers.find(number)
            case _:
                return None
    return who if await enter_pin(call, pins, number, "enter_pin") else None


async def balance(call: Call, subscribers: Subscribers, who: Subscriber) -> str | Named:
    await call.play(Named("balance", amount=who.balance))
    return "known_asked_balance"


async def change_package(call: Call, subscribers: Subscribers, who: Subscriber) -> str | Named:
    options = {str(key): one for key, one in enumerate(await subscribers.packages(), 1)}
    offers = [Named("package_offer", **one._asdict(), key=key) for key, one in options.items()]
    match await call.ask(
        Named("package_now", gigabytes=who.package),
        *offers,
        kind=OneOf(options),
        confirm=lambda one: [Named("package_chosen", **one._asdict())],
    ):
        case Asked(package):
            await subscribers.order(who.number, package)
            await call.play("package_ordered")
            return Named("known_ordered_package", gigabytes=package.gigabytes)
        case _:
            return "known_wanted_package"


async def send_bill(call: Call, subscribers: Subscribers, who: Subscriber) -> str | Named:
    await subscribers.send_bill(who.number, call.language)
    await call.play("bill_sent")
    return "known_asked_bill"


# -- the back end of the example ------------------------------------------------------------------
SCHEMA = """
CREATE TABLE IF NOT EXISTS subscribers (
    number TEXT PRIMARY KEY, name TEXT, balance TEXT, currency TEXT, package INTEGER);
CREATE TABLE IF NOT EXISTS packages (gigabytes INTEGER PRIMARY KEY, price TEXT, currency TEXT);
CREATE TABLE IF NOT EXISTS orders (at TEXT DEFAULT CURRENT_TIMESTAMP, number TEXT, package INTEGER);
CREATE TABLE IF NOT EXISTS outbox (
    at TEXT DEFAULT CURRENT_TIMESTAMP, number TEXT, template TEXT, language TEXT, sent TEXT);
"""


class SqliteSubscribers:
    """Texts go into an outbox by the name of their template, for whatever gateway sends them and sets `sent`."""

    def __init__(self, file: str) -> None:
        self._database = Database(file, SCHEMA)

    async def add(self, who: Subscriber) -> None:
        row = (who.number, who.name, str(who.balance.amount), who.balance.currency, who.package)
        await self._database.change("INSERT INTO subscribers VALUES (?, ?, ?, ?, ?)", *row)

    async def offer(self, package: Package) -> None:
        row = (package.gigabytes, str(package.price.amount), package.price.currency)
        await self._database.change("INSERT INTO packages VALUES (?, ?, ?)", *row)

    async def find(self, number: str) -> Subscriber | None:
        sql = "SELECT name, balance, currency, package FROM subscribers WHERE number = ?"
        for name, amount, currency, package in await self._database.rows(sql, number):
            return Subscriber(number, name, Money(amount, currency), package)
        return None

    async def packages(self) -> list[Package]:
        rows = await self._database.rows("SELECT * FROM packages ORDER BY gigabytes LIMIT 9")
        return [Package(gigabytes, Money(price, currency)) for gigabytes, price, currency in rows]

    async def order(self, number: str, package: Package) -> None:
        def work(connection: sqlite3.Connection) -> None:
            row = (package.gigabytes, number)
            connection.execute("INSERT INTO orders (package, number) VALUES (?, ?)", row)
            connection.execute("UPDATE subscribers SET package = ? WHERE number = ?", row)

        await self._database.do(work)

    async def send_bill(self, number: str, language: str) -> None:
        sql = "INSERT INTO outbox (number, template, language) VALUES (?, 'bill', ?)"
        await self._database.change(sql, number, language)
