"""Callers and people: hours, languages, important customers, busy operators, marks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ivr_apps import caller_routing, fax, handover, hours, language, overload, survey
from ivr_apps.caller_routing import Contact, SqliteContacts
from ivr_apps.database import Database
from ivr_apps.language import SqlitePreferences
from ivr_apps.overload import SEATS, SqliteCallbacks
from tests.scenario.ivr_apps.stage import CUSTOMER, OPERATOR, stage
from voicecore.media.call_progress import ProgressTone


async def test_an_operator_who_refuses_leaves_the_caller_a_message() -> None:
    async with stage(handover.main, operator=OPERATOR) as play:
        play.operator.answers_with = 486
        await play.dial()
        await play.caller.hears("leave_message")
        play.caller.hang_up()


async def test_while_the_office_is_open_people_answer() -> None:
    # The simulated clock begins on a Monday at 14:13 UTC.
    async with stage(hours.main, operator=OPERATOR) as play:
        await play.dial()
        await play.operator_answers()
        await asyncio.sleep(1)
        play.operator.hang_up()
        await play.over()
        assert play.operator.status == 200


async def test_a_closed_office_says_when_it_opens() -> None:
    async with stage(hours.main, zone="Asia/Shanghai", operator=OPERATOR) as play:
        caller = await play.dial()
        await play.says("closed_menu", "1", after=1)
        await play.caller.hears("leave_message")
        assert "We are here again on Tuesday, September twenty-second at nine a.m." in caller.words
        caller.hang_up()


async def test_a_language_is_asked_for_once(tmp_path: Path) -> None:
    file = str(tmp_path / "data.db")
    async with stage(language.main, database=file) as play:
        await play.dial()
        await play.says("language_choice", "2")
        await play.caller.hears("main_menu")
        assert "For English, press 1." in play.caller.words
        assert "试听音乐请按 1" in play.caller.words
        play.caller.hang_up()
        again = play.platform.phone()
        again.user = CUSTOMER
        await again.dial("1")
        await again.hears("main_menu")
        assert again.words.startswith("您好")
        again.hang_up()
    assert await SqlitePreferences(file).language_of(CUSTOMER) == "zh"


async def test_an_important_customer_goes_to_his_own_people(tmp_path: Path) -> None:
    file = str(tmp_path / "data.db")
    contacts = SqliteContacts(file)
    await contacts.add("+44", Contact("Britain", False, ""))
    await contacts.add(CUSTOMER, Contact("Ann Lee", True, OPERATOR))
    async with stage(caller_routing.main, database=file) as play:
        await play.dial()
        words = await play.operator_takes()
        assert "This is an important customer. Ann Lee is calling" in words
        play.operator.hang_up()
        await play.over()


async def test_everybody_else_gets_the_main_menu(tmp_path: Path) -> None:
    async with stage(caller_routing.main, database=str(tmp_path / "data.db")) as play:
        await play.dial()
        await play.caller.hears("main_menu")
        play.caller.hang_up()


async def test_the_longest_beginning_of_a_number_decides(tmp_path: Path) -> None:
    contacts = SqliteContacts(str(tmp_path / "data.db"))
    await contacts.add("+44", Contact("Britain", False, "a"))
    await contacts.add("+4420", Contact("London", False, "b"))
    found = [await contacts.find(number) for number in ("+442079460000", "+441632960000", "+1555", "")]
    assert [one and one.name for one in found] == ["London", "Britain", None, None]


@contextmanager
def one_more_talks() -> Iterator[None]:
    SEATS[OPERATOR] += 1
    yield
    SEATS[OPERATOR] -= 1


async def test_when_all_are_busy_a_call_back_is_noted(tmp_path: Path) -> None:
    file = str(tmp_path / "data.db")
    async with stage(overload.main, operator=OPERATOR, seats=1, database=file) as play:
        with one_more_talks():
            await play.dial()
            await play.says("all_busy_menu", "2")
            await play.says("callback_number", "1")
            await play.over()
    assert await SqliteCallbacks(file).waiting() == [CUSTOMER]


async def test_another_number_is_called_back(tmp_path: Path) -> None:
    file = str(tmp_path / "data.db")
    async with stage(overload.main, operator=OPERATOR, seats=0, database=file) as play:
        await play.dial()
        await play.says("all_busy_menu", "2")
        await play.says("callback_number", "2")
        await play.says("callback_enter", "5550123#")
        await play.says("you_entered", "1")
        await play.over()
    assert await SqliteCallbacks(file).waiting() == ["5550123"]


async def test_who_waits_gets_the_seat_that_becomes_free(tmp_path: Path) -> None:
    async with stage(overload.main, operator=OPERATOR, seats=1, database=str(tmp_path / "data.db")) as play:
        with one_more_talks():
            await play.dial()
            await play.says("all_busy_menu", "1")
            await play.caller.hears("music")
            await asyncio.sleep(20)
        await play.operator_answers()
        await asyncio.sleep(1)
        assert SEATS[OPERATOR] == 1
        play.operator.hang_up()
        await play.over()
        assert SEATS[OPERATOR] == 0


async def test_who_waits_for_ever_is_called_back(tmp_path: Path) -> None:
    file = str(tmp_path / "data.db")
    async with stage(overload.main, operator=OPERATOR, seats=0, database=file) as play:
        await play.dial()
        await play.caller.hears("callback_number", within=3600)
        play.caller.press("1")
        await play.over()
    assert await SqliteCallbacks(file).waiting() == [CUSTOMER]


async def test_a_mark_and_a_word_are_kept(tmp_path: Path) -> None:
    file = str(tmp_path / "data.db")
    async with stage(survey.main, operator=OPERATOR, database=file) as play:
        await play.dial()
        operator = await play.operator_answers()
        await asyncio.sleep(5)
        operator.hang_up()
        await play.says("survey_mark", "4")
        await play.says("survey_comment", "1")
        await asyncio.sleep(2)
        play.caller.speak()
        await asyncio.sleep(2)
        play.caller.press("#")
        record = await play.over()
    rows = await Database(file, survey.SCHEMA).rows("SELECT call, mark, comment FROM opinions")
    assert rows == [(record.call.id, 4, record.recordings[0].path)]


async def test_a_fax_machine_goes_to_the_fax_server() -> None:
    async with stage(fax.main, fax=OPERATOR) as play:
        await play.dial()
        await play.caller.hears("fax_menu")
        play.caller.sound(ProgressTone.FAX_CALLING)
        await play.operator_answers()
        await asyncio.sleep(30)
        play.operator.hang_up()
        record = await play.over()
    assert "fax-calling" in [event.detail.split(": ")[-1] for event in record.events]


async def test_a_caller_on_the_fax_number_who_only_speaks_leaves_a_message() -> None:
    async with stage(fax.main, fax=OPERATOR) as play:
        await play.dial()
        await play.caller.hears("fax_menu")
        play.caller.says("Hello?")
        await play.caller.hears("leave_message")
        play.caller.hang_up()
        assert play.operator.invites == []
