"""Notices to an area, voicemail, and calls about overdue bills."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path

from ivr_apps import contingency, reminder, voicemail
from ivr_apps.contingency import SqliteNotices
from ivr_apps.database import Database
from ivr_apps.pins import SqlitePins
from ivr_apps.reminder import Bill, SqliteBills
from ivr_apps.voicemail import SqliteMailboxes
from tests.scenario.ivr_apps.stage import CUSTOMER, OPERATOR, Stage, stage
from voicecore.calls.dial_outcome import Answered, Busy
from voicecore.ivr import Money

PIN = "4711"


async def test_staff_switch_a_notice_on_and_callers_of_the_area_hear_it(tmp_path: Path) -> None:
    file = str(tmp_path / "data.db")
    await SqlitePins(file).set("staff", PIN)
    async with stage(contingency.switch, database=file) as play:
        await play.dial()
        await play.says("enter_pin", f"{PIN}#")
        await play.says("notice_area", "441632#")
        await play.says("you_entered", "1")
        await play.says("notice_switch", "1")
        await play.says("notice_hours", "3#")
        await play.over()
    async with stage(contingency.main, database=file) as play:
        caller = await play.dial()
        await play.over()
    assert "There is a disturbance in your area." in caller.words


async def test_nobody_switches_a_notice_without_the_pin(tmp_path: Path) -> None:
    async with stage(contingency.switch, database=str(tmp_path / "data.db")) as play:
        await play.dial()
        for _ in range(3):
            await play.says("enter_pin", "0000#")
            await play.caller.hears("wrong_pin")
        await play.caller.hears("operator_unavailable")
        play.caller.hang_up()


async def test_a_notice_ends_by_itself_and_by_hand(tmp_path: Path) -> None:
    notices = SqliteNotices(str(tmp_path / "data.db"))
    await notices.switch_on("44", "notice_weather", 100.0)
    await notices.switch_on("441632", "notice_outage", 50.0)
    assert await notices.notice_for("441632960001", 49.0) == "notice_outage"
    assert await notices.notice_for("441632960001", 51.0) == "notice_weather"
    assert await notices.notice_for("4930", 49.0) is None
    await notices.switch_off("44")
    assert await notices.notice_for("441632960001", 51.0) is None


async def leave_a_message(play: Stage, *, hang_up: bool) -> None:
    await play.dial()
    await play.caller.hears("voicemail_greeting")
    await asyncio.sleep(3)
    play.caller.speak()
    await asyncio.sleep(4)
    if hang_up:
        play.caller.hang_up()
    else:
        play.caller.press("#")


async def test_a_message_is_kept_also_when_the_caller_just_hangs_up(tmp_path: Path) -> None:
    file = str(tmp_path / "data.db")
    for hang_up in (False, True):
        async with stage(
            voicemail.main, target="sip:1001@192.0.2.7:7099", mailbox="1001", database=file
        ) as play:
            await leave_a_message(play, hang_up=hang_up)
            await play.platform.record()
    assert await SqliteMailboxes(file).counts("1001") == (2, 0)


async def test_messages_are_heard_with_the_pin_and_deleted(tmp_path: Path) -> None:
    file = str(tmp_path / "data.db")
    mailboxes = SqliteMailboxes(file)
    for sender in (CUSTOMER, "alice"):
        at = datetime(2026, 1, 4, 15, 30, tzinfo=UTC)
        await mailboxes.keep("1001", str(tmp_path / "gone.wav"), sender, at)
    await SqlitePins(file).set("1001", PIN)
    async with stage(voicemail.listen, database=file) as play:
        caller = await play.dial()
        await play.says("voicemail_number", "1001#")
        await play.says("enter_pin", f"{PIN}#")
        await play.caller.hears("voicemail_menu")
        await asyncio.sleep(8)
        caller.press("2")
        await play.says("voicemail_from_unknown", "3", after=8)
        await play.over()
    assert "You have two new messages and zero old messages." in caller.words
    assert "on Sunday, January fourth at three thirty p.m." in caller.words
    assert await mailboxes.counts("1001") == (0, 1)


async def test_before_the_tone_the_operator_is_a_key_away(tmp_path: Path) -> None:
    async with stage(
        voicemail.main,
        target="sip:1001@192.0.2.7:7099",
        mailbox="1001",
        operator=OPERATOR,
        database=str(tmp_path / "data.db"),
    ) as play:
        await play.dial()
        await play.says("voicemail_greeting", "0")
        await play.operator_answers()
        await asyncio.sleep(1)
        play.operator.hang_up()
        await play.over()


BILL = Bill("5550123", Money("40", "USD"), date(2025, 12, 20))


async def bills(folder: Path) -> str:
    file = str(folder / "data.db")
    await SqliteBills(file).add(BILL)
    await SqlitePins(file).set(BILL.number, PIN)
    return file


async def outcomes(file: str) -> list[tuple[str, str | None]]:
    return await Database(file, reminder.SCHEMA).rows("SELECT outcome, promised FROM reminders")


async def test_who_is_called_promises_to_pay(tmp_path: Path) -> None:
    file = await bills(tmp_path)
    async with stage(reminder.main, number=BILL.number, database=file) as play:
        customer = play.operator
        assert isinstance(await play.platform.call_out("1", OPERATOR), Answered)
        await play.operator_answers()
        for prompt, keys in (("reminder_hello", "1"), ("enter_pin", f"{PIN}#"), ("reminder_menu", "2")):
            await customer.hears(prompt)
            if prompt != "reminder_menu":
                assert "bill of" not in customer.words
            await asyncio.sleep(5)
            customer.press(keys)
        await customer.over()
        record = await play.platform.record()
    assert "Your bill of forty dollars was due on December twentieth, twenty twenty-five." in customer.words
    assert record.call.number == OPERATOR
    assert record.call.answered is not None
    assert await outcomes(file) == [("promised", "2026-09-28")]
    assert await SqliteBills(file).overdue(BILL.number) is None


async def test_nothing_is_said_to_somebody_else(tmp_path: Path) -> None:
    file = await bills(tmp_path)
    async with stage(reminder.main, number=BILL.number, database=file) as play:
        await play.platform.call_out("1", OPERATOR)
        customer = await play.operator_answers()
        await customer.hears("reminder_hello")
        customer.press("2")
        await customer.over()
        await play.platform.record()
    assert "bill" not in customer.words
    assert await outcomes(file) == [("not him", None)]


async def test_who_hangs_up_at_once_is_called_again(tmp_path: Path) -> None:
    file = await bills(tmp_path)
    async with stage(reminder.main, number=BILL.number, database=file) as play:
        await play.platform.call_out("1", OPERATOR)
        customer = await play.operator_answers()
        await customer.hears("reminder_hello")
        customer.hang_up()
        await play.platform.record()
    assert await SqliteBills(file).overdue(BILL.number) == BILL


async def test_who_is_busy_is_told_to_the_dialler(tmp_path: Path) -> None:
    async with stage(reminder.main, number=BILL.number, database=await bills(tmp_path)) as play:
        play.operator.answers_with = 486
        assert await play.platform.call_out("1", OPERATOR) == Busy()
        record = await play.platform.record()
    assert record.call.status == 486
    assert record.call.answered is None
