from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.speech.fake_synthesiser import FakeSynthesiser
from voicecore.errors import Unavailable
from voicecore.speech.cache import PromptCache, Rendering
from voicecore.speech.pcm import Pcm

GOODBYE = Rendering("fake", "voice-en", "en", "Goodbye.")


async def fetch(cache: PromptCache, fake: FakeSynthesiser, rendering: Rendering = GOODBYE) -> Pcm:
    return await cache.sound(
        rendering, lambda: fake.render(rendering.text, rendering.language, rendering.voice)
    )


async def failure_of(cache: PromptCache, fake: FakeSynthesiser) -> str:
    with pytest.raises(Unavailable) as raised:
        await fetch(cache, fake)
    return str(raised.value)


async def settle() -> None:
    """Long enough for every task to come to where it waits for the fake's gate or for its turn."""
    for _ in range(20):
        await asyncio.sleep(0)
        await asyncio.to_thread(lambda: None)


def test_a_text_is_rendered_once_and_kept(tmp_path: Path) -> None:
    async def scenario() -> None:
        fake = FakeSynthesiser()
        first = await fetch(PromptCache(tmp_path), fake)
        again = await fetch(PromptCache(tmp_path), fake)
        assert first == again == fake.sound_of(GOODBYE.text)
        assert fake.rendered == ["Goodbye."]

    asyncio.run(scenario())


def test_callers_at_once_share_one_rendering(tmp_path: Path) -> None:
    async def scenario() -> None:
        cache, fake = PromptCache(tmp_path), FakeSynthesiser(gate=asyncio.Event())
        assert fake.gate is not None
        async with asyncio.TaskGroup() as group:
            callers = [group.create_task(fetch(cache, fake)) for _ in range(20)]
            await settle()
            fake.gate.set()
        assert {caller.result() for caller in callers} == {fake.sound_of(GOODBYE.text)}
        assert fake.rendered == ["Goodbye."]

    asyncio.run(scenario())


def test_callers_at_once_share_one_failure_and_a_later_one_tries_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        cache = PromptCache(tmp_path)
        fake = FakeSynthesiser(failure=Unavailable("dead"), gate=asyncio.Event())
        assert fake.gate is not None
        async with asyncio.TaskGroup() as group:
            callers = [group.create_task(failure_of(cache, fake)) for _ in range(20)]
            await settle()
            fake.gate.set()
        assert {caller.result() for caller in callers} == {"dead"}
        assert len(fake.rendered) == 1
        fake.failure = None
        assert await fetch(cache, fake) == fake.sound_of(GOODBYE.text)

    asyncio.run(scenario())


def test_when_the_one_who_renders_hangs_up_the_next_in_line_renders(tmp_path: Path) -> None:
    async def scenario() -> None:
        cache, fake = PromptCache(tmp_path), FakeSynthesiser(gate=asyncio.Event())
        assert fake.gate is not None
        async with asyncio.TaskGroup() as group:
            hanging_up = group.create_task(fetch(cache, fake))
            await settle()
            staying = group.create_task(fetch(cache, fake))
            await settle()
            hanging_up.cancel()
            await settle()
            fake.gate.set()
        assert hanging_up.cancelled()
        assert staying.result() == fake.sound_of(GOODBYE.text)
        assert len(fake.rendered) == 2

    asyncio.run(scenario())


@pytest.mark.parametrize("damage", [b"", b"RIFF", b"not a sound file, but long enough to look at"])
def test_a_damaged_file_is_rendered_again(tmp_path: Path, damage: bytes) -> None:
    async def scenario() -> None:
        cache, fake = PromptCache(tmp_path), FakeSynthesiser()
        await fetch(cache, fake)
        (tmp_path / GOODBYE.file).write_bytes(damage)
        assert await fetch(cache, fake) == fake.sound_of(GOODBYE.text)
        await fetch(cache, fake)
        assert len(fake.rendered) == 2

    asyncio.run(scenario())


def test_a_file_cut_short_is_rendered_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        cache, fake = PromptCache(tmp_path), FakeSynthesiser()
        await fetch(cache, fake)
        file = tmp_path / GOODBYE.file
        file.write_bytes(file.read_bytes()[:-100])
        assert await fetch(cache, fake) == fake.sound_of(GOODBYE.text)
        assert len(fake.rendered) == 2

    asyncio.run(scenario())


def test_a_cache_that_cannot_be_written_still_gives_the_sound(tmp_path: Path) -> None:
    async def scenario() -> None:
        blocked = tmp_path / "a-file"
        blocked.write_bytes(b"")
        fake = FakeSynthesiser()
        assert await fetch(PromptCache(blocked), fake) == fake.sound_of(GOODBYE.text)

    asyncio.run(scenario())


def test_texts_that_look_alike_have_files_of_their_own() -> None:
    others = [
        Rendering("fake", "voice-en", "en", "Goodbye!"),
        Rendering("fake", "voice", "en", "Goodbye."),
        Rendering("fake", "voice-en", "en-GB", "Goodbye."),
        Rendering("other", "voice-en", "en", "Goodbye."),
    ]
    assert len({rendering.file for rendering in [GOODBYE, *others]}) == 5


def test_a_file_name_can_be_read_by_people() -> None:
    assert GOODBYE.file.name.startswith("goodbye-")
    assert Rendering("e", "v", "zh", "您好，欢迎。").file.name.startswith("您好-欢迎-")


@given(st.text(max_size=300), st.text(max_size=20))
def test_no_text_leads_out_of_the_cache_or_past_the_length_of_a_file_name(text: str, voice: str) -> None:
    file = Rendering("engine", voice, "en", text).file
    assert not file.is_absolute()
    assert ".." not in file.parts
    assert len(file.parts) == 3
    assert len(file.name.encode(errors="replace")) < 255
