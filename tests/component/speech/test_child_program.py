"""With small programs of our own in the place of a synthesiser."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from voicecore.errors import Unavailable, UsageError
from voicecore.speech.child_program import ChildPrograms, CommandLine, TooSlow

WRITE_NOISE = """
import random, struct, sys, wave
text = open(sys.argv[1], encoding="utf-8").read()
with wave.open(sys.argv[2], "wb") as out:
    out.setparams((1, 2, 16000, 0, "NONE", ""))
    noise = random.Random(1)
    count = 1600 * len(text.strip())
    out.writeframes(b"".join(struct.pack("<h", noise.randint(-9000, 9000)) for _ in range(count)))
"""

HANG = 'sleep 600 & echo "$$ $!" > "$0"; wait'


def program(source: str) -> CommandLine:
    def command_line(text_file: Path, wav_file: Path) -> Sequence[str]:
        return [sys.executable, "-c", source, str(text_file), str(wav_file)]

    return command_line


def hanging(pids: Path) -> CommandLine:
    return lambda text_file, wav_file: ["/bin/sh", "-c", HANG, str(pids)]


async def pids_in(file: Path) -> list[int]:
    """Waits until the hanging program has started and told its process ids."""
    while True:
        content = await asyncio.to_thread(lambda: file.read_text() if file.exists() else "")
        if " " in content:
            return [int(pid) for pid in content.split()]
        await asyncio.sleep(0.01)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for_end(pid: int) -> None:
    while is_running(pid):
        time.sleep(0.005)


async def gone(pids: list[int]) -> None:
    for pid in pids:
        await asyncio.to_thread(wait_for_end, pid)


def test_the_program_gets_the_text_and_its_sound_comes_back() -> None:
    sound = asyncio.run(ChildPrograms().render("你好!", program(WRITE_NOISE)))
    assert sound.duration_ms == pytest.approx(3 * 100 + 200, abs=20)


def test_a_program_that_hangs_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    async def scenario() -> None:
        pids = tmp_path / "pids"
        programs = ChildPrograms(timeout_s=0.5)
        with pytest.raises(TooSlow):
            await programs.render("hello", hanging(pids))
        await gone(await pids_in(pids))

    asyncio.run(scenario())


def test_hanging_up_kills_the_program_with_all_that_it_started(tmp_path: Path) -> None:
    async def scenario() -> None:
        pids = tmp_path / "pids"
        async with asyncio.TaskGroup() as group:
            call = group.create_task(ChildPrograms().render("hello", hanging(pids)))
            running = await pids_in(pids)
            assert all(is_running(pid) for pid in running)
            call.cancel()
        assert call.cancelled()
        await gone(running)

    asyncio.run(scenario())


def test_a_program_that_fails_is_reported_with_what_it_said() -> None:
    source = "import sys; print('no such voice', file=sys.stderr); sys.exit(3)"
    with pytest.raises(Unavailable, match="status 3: no such voice"):
        asyncio.run(ChildPrograms().render("hello", program(source)))


def test_a_program_that_is_not_installed_is_reported() -> None:
    with pytest.raises(Unavailable, match="no-such-program"):
        asyncio.run(ChildPrograms().render("hello", lambda text, wav: ["/nowhere/no-such-program"]))


def test_a_program_that_writes_nothing_is_reported() -> None:
    with pytest.raises(Unavailable, match="cannot read"):
        asyncio.run(ChildPrograms().render("hello", program("pass")))


def test_no_text_starts_no_program() -> None:
    with pytest.raises(UsageError):
        asyncio.run(ChildPrograms().render(" \x01 ", lambda text, wav: pytest.fail("started")))


def test_no_more_than_the_limit_run_at_once(tmp_path: Path) -> None:
    source = f"""
import os, sys
open(os.path.join({str(tmp_path)!r}, str(os.getpid())), "w").close()
print(len(os.listdir({str(tmp_path)!r})), file=sys.stderr)
os.unlink(os.path.join({str(tmp_path)!r}, str(os.getpid())))
sys.exit(1)
"""

    async def one(programs: ChildPrograms) -> int:
        with pytest.raises(Unavailable) as raised:
            await programs.render("hello", program(source))
        return int(str(raised.value).rsplit(" ", 1)[1])

    async def scenario() -> list[int]:
        programs = ChildPrograms(limit=2)
        return await asyncio.gather(*(one(programs) for _ in range(6)))

    assert max(asyncio.run(scenario())) <= 2


def test_a_full_queue_refuses_at_once_and_recovers() -> None:
    async def scenario() -> None:
        programs = ChildPrograms(limit=1, queue_limit=1)
        async with asyncio.TaskGroup() as group:
            taken = [group.create_task(programs.render("hello", program(WRITE_NOISE))) for _ in range(2)]
            await asyncio.sleep(0)
            with pytest.raises(Unavailable, match="too many"):
                await programs.render("hello", program(WRITE_NOISE))
        assert all(task.result().duration_ms for task in taken)
        assert (await programs.render("hello", program(WRITE_NOISE))).duration_ms

    asyncio.run(scenario())


def test_speech_gives_way_to_media() -> None:
    source = "import os, sys; print(os.getpriority(os.PRIO_PROCESS, 0), file=sys.stderr); sys.exit(1)"

    async def scenario() -> str:
        with pytest.raises(Unavailable) as raised:
            await ChildPrograms().render("hello", program("import time; time.sleep(0.2)\n" + source))
        return str(raised.value)

    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert int(asyncio.run(scenario()).rsplit(" ", 1)[1]) > own
