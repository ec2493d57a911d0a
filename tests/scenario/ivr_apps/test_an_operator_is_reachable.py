"""Whatever number of the library somebody calls, a person is a few keys away; and nobody is trapped."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr_apps import (
    caller_routing,
    contingency,
    fax,
    handover,
    hours,
    language,
    main_menu,
    overload,
    reminder,
    self_service,
    survey,
    voicemail,
)
from ivr_apps.contingency import SqliteNotices
from ivr_apps.reminder import Bill, SqliteBills
from tests.scenario.ivr_apps.stage import OPERATOR, stage
from voicecore.ivr import Money
from voicecore.testing.virtual_loop import VirtualTimeLoop

NOBODY = "sip:nobody@192.0.2.99"
LONG_AGO_CLOSED = {"hours": "mon 00:00-00:01"}

WAYS: list[tuple[Any, dict[str, Any], tuple[tuple[str, str], ...]]] = [
    (handover.main, {}, ()),
    (main_menu.main, {}, (("main_menu", "0"),)),
    (self_service.main, {"database": True}, (("self_service_number", "*"),)),
    (fax.main, {"fax": NOBODY}, (("fax_menu", "0"),)),
    (hours.main, LONG_AGO_CLOSED, (("closed_menu", "0"),)),
    (language.main, {"database": True}, (("language_choice", "1"), ("main_menu", "0"))),
    (caller_routing.main, {"database": True}, (("main_menu", "0"),)),
    (contingency.main, {"database": True}, (("notice_outage", "0"),)),
    (contingency.switch, {"database": True}, (("enter_pin", "*"),)),
    (overload.main, {"database": True}, ()),
    (voicemail.main, {"database": True, "target": NOBODY, "mailbox": "1"}, (("voicemail_greeting", "0"),)),
    (voicemail.listen, {"database": True}, (("voicemail_number", "*"),)),
    (survey.main, {"database": True}, ()),
    (reminder.main, {"database": True, "number": "1"}, (("reminder_hello", "0"),)),
]


@pytest.mark.parametrize(("flow", "args", "way"), WAYS, ids=lambda one: getattr(one, "__module__", ""))
async def test_a_person_is_few_keys_away(
    flow: Any, args: dict[str, Any], way: tuple[tuple[str, str], ...], tmp_path: Path
) -> None:
    if "database" in args:
        args = {**args, "database": str(tmp_path / "data.db")}
    if flow is contingency.main:
        await SqliteNotices(args["database"]).switch_on("44", "notice_outage", 4e9)
    if flow is reminder.main:
        await SqliteBills(args["database"]).add(Bill("1", Money("1", "USD"), date(2026, 1, 1)))
    async with stage(flow, operator=OPERATOR, **args) as play:
        calling = asyncio.create_task(play.dial())
        for prompt, keys in way:
            await calling
            await play.says(prompt, keys)
        await play.operator_answers()
        play.caller.hang_up()
        await calling


presses = st.lists(
    st.tuples(st.floats(0, 9), st.sampled_from([*"0123456789*#", "4711#", "hang up"])), max_size=15
)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(WAYS), presses)
def test_whatever_is_pressed_the_call_ends(
    way: tuple[Any, dict[str, Any], object], keys: list[tuple[float, str]]
) -> None:
    flow, args, _ = way

    async def one_call(folder: Path) -> None:
        given = {**args, "database": str(folder / "data.db")} if "database" in args else args
        async with stage(flow, operator=NOBODY, **given) as play:
            calling = asyncio.create_task(play.dial())
            for pause, key in keys:
                await asyncio.sleep(pause)
                if play.caller.is_over or not calling.done():
                    continue
                if key == "hang up":
                    play.caller.hang_up()
                else:
                    play.caller.press(key)
            await calling
            await play.caller.over(within=3600)
            file = await play.platform.record()
            assert file.call.traceback is None

    with (
        tempfile.TemporaryDirectory() as folder,
        asyncio.Runner(loop_factory=VirtualTimeLoop) as runner,
    ):
        runner.run(one_call(Path(folder)))
