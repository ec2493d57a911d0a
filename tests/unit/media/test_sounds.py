from __future__ import annotations

from voicecore.media.sounds import SoundLibrary
from voicecore.testing.simulated_engine import SimulatedEngine

SECOND = bytes(16000)


async def test_a_sound_is_loaded_once() -> None:
    engine = SimulatedEngine()
    library = SoundLibrary(engine)
    sound = library.put("welcome", SECOND)
    assert library.get("welcome") is sound
    assert sound.duration_ms == 1000
    assert list(engine.sounds) == [sound.id]


async def test_a_full_library_drops_the_least_used_sound() -> None:
    engine = SimulatedEngine()
    library = SoundLibrary(engine, capacity_bytes=3 * len(SECOND))
    for name in "abc":
        library.put(name, SECOND)
    assert library.get("a") is not None  # now b is the least used
    library.put("d", SECOND)
    assert [name for name in "abcd" if library.get(name)] == ["a", "c", "d"]
    assert len(engine.sounds) == 3


async def test_a_sound_of_sixteen_kilohertz_counts_twice_as_much() -> None:
    engine = SimulatedEngine()
    library = SoundLibrary(engine, capacity_bytes=3 * len(SECOND))
    wide = library.put("wide", SECOND * 2, rate=16_000)
    library.put("a", SECOND)
    assert (wide.duration_ms, library.get("wide") is wide) == (1000, True)
    library.put("b", SECOND)
    assert [name for name in ("wide", "a", "b") if library.get(name)] == ["wide", "b"]


async def test_putting_a_name_again_replaces_the_sound() -> None:
    engine = SimulatedEngine()
    library = SoundLibrary(engine)
    first, second = library.put("a", SECOND), library.put("a", SECOND * 2)
    assert first.id not in engine.sounds
    assert library.get("a") == second
