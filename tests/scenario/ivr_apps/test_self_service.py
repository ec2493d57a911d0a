"""A telephone company's customer helps himself."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ivr_apps import self_service
from ivr_apps.pins import SqlitePins
from ivr_apps.self_service import Package, SqliteSubscribers, Subscriber
from tests.scenario.ivr_apps.stage import CUSTOMER, OPERATOR, stage
from voicecore.ivr import Money

PIN = "4711"


async def customers(folder: Path) -> str:
    """A file with one customer and two packages."""
    file = str(folder / "company.db")
    subscribers = SqliteSubscribers(file)
    await subscribers.add(Subscriber(CUSTOMER, "Ann Lee", Money("12.50", "USD"), 5))
    await subscribers.offer(Package(20, Money("15", "USD")))
    await subscribers.offer(Package(5, Money("8", "USD")))
    await SqlitePins(file).set(CUSTOMER, PIN)
    return file


def rows(file: str, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(file)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


async def test_the_balance_is_told_and_a_silent_caller_is_let_go(tmp_path: Path) -> None:
    async with stage(self_service.main, database=await customers(tmp_path)) as play:
        caller = await play.dial()
        await play.says("enter_pin", f"{PIN}#")
        await play.says("self_service_menu", "1")
        file = await play.over()
    assert "Your balance is twelve dollars and fifty cents." in caller.words
    assert caller.words.endswith("Thank you for calling. Goodbye.")
    assert not any(PIN in event.detail or event.detail.endswith(PIN[0]) for event in file.events)


async def test_the_balance_is_told_in_chinese(tmp_path: Path) -> None:
    async with stage(self_service.main, language="zh", database=await customers(tmp_path)) as play:
        caller = await play.dial()
        await play.says("enter_pin", f"{PIN}#")
        await play.says("self_service_menu", "1")
        await play.over()
    assert "您的余额是 十二点五美元" in caller.words


async def test_a_package_is_changed_once_it_is_confirmed(tmp_path: Path) -> None:
    file = await customers(tmp_path)
    async with stage(self_service.main, database=file) as play:
        caller = await play.dial()
        await play.says("enter_pin", f"{PIN}#")
        await play.says("self_service_menu", "2")
        await play.says("no_input", "2")  # he listens to the end and thinks about it
        await play.says("package_chosen", "1")
        await play.over()
    assert (
        "You have five gigabytes a month. For five gigabytes at eight dollars a month, press" in caller.words
    )
    assert rows(file, "SELECT number, package FROM orders") == [(CUSTOMER, 20)]
    assert rows(file, "SELECT package FROM subscribers") == [(20,)]


async def test_the_bill_goes_into_the_outbox(tmp_path: Path) -> None:
    file = await customers(tmp_path)
    async with stage(self_service.main, language="zh", database=file) as play:
        await play.dial()
        await play.says("enter_pin", f"{PIN}#")
        await play.says("self_service_menu", "3")
        await play.over()
    assert rows(file, "SELECT number, template, language, sent FROM outbox") == [
        (CUSTOMER, "bill", "zh", None)
    ]


async def test_the_operator_hears_what_is_known(tmp_path: Path) -> None:
    async with stage(self_service.main, database=await customers(tmp_path), operator=OPERATOR) as play:
        await play.dial()
        await play.says("enter_pin", f"{PIN}#")
        await play.says("self_service_menu", "1")
        await play.caller.hears("balance")
        await play.says("self_service_menu", "0")
        words = await play.operator_takes()
        play.operator.hang_up()
        await play.over()
    assert "Ann Lee is calling" in words
    assert "The balance was told." in words


async def test_a_stranger_is_asked_for_his_number(tmp_path: Path) -> None:
    async with stage(self_service.main, database=await customers(tmp_path)) as play:
        play.caller.user = "anonymous"
        await play.dial()
        await play.says("self_service_number", "12345#")
        await play.says("enter_pin", f"{PIN}#")
        await play.caller.hears("wrong_pin")
        await play.says("enter_pin", "*")
        await play.caller.hears("operator_unavailable")
        play.caller.hang_up()


async def test_after_some_wrong_pins_the_right_one_does_not_help(tmp_path: Path) -> None:
    file = await customers(tmp_path)
    pins = SqlitePins(file)
    assert [await pins.is_right(CUSTOMER, "0000") for _ in range(5)] == [False] * 5
    assert not await pins.is_right(CUSTOMER, PIN)


async def test_a_right_pin_forgets_wrong_ones(tmp_path: Path) -> None:
    pins = SqlitePins(await customers(tmp_path))
    tried = [await pins.is_right(CUSTOMER, pin) for pin in ("1", "2", "3", "4", PIN, "5", "6", PIN)]
    assert tried == [False] * 4 + [True, False, False, True]
    assert not await pins.is_right("nobody", PIN)
