"""A whole site whose prompts are noise, each its own: no synthesiser is needed, and a caller can tell them apart."""

from __future__ import annotations

import socket
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

SECONDS = 1.4
"""Of each prompt."""


class Site(NamedTuple):
    config: Path
    port: int


def site(folder: Path, prompts: Sequence[str], numbers: str) -> Site:
    """`numbers`: TOML."""
    directory = folder / "prompts"
    recorded = directory / "recorded" / "en"
    recorded.mkdir(parents=True)
    (directory / "manifest.toml").write_text("".join(f'[{name}]\nen = "{name}"\n' for name in prompts))
    for seed, name in enumerate(prompts):
        noise = np.random.default_rng(seed).normal(0, 4000, int(SECONDS * 8000)).astype("<i2")
        with wave.open(str(recorded / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(noise.tobytes())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    config = folder / "voicecore.toml"
    config.write_text(
        f'[sip]\nlisten = ["udp://127.0.0.1:{port}"]\n[media]\nports = [31000, 31999]\n'
        f'[store]\nurl = "sqlite:///{folder}/calls.db"\n[recordings]\ndirectory = "{folder}/recordings"\n'
        f'[music]\ndirectory = "{folder}/music"\n'
        f'[prompts]\ndirectory = "{directory}"\ncache = "{folder}/cache"\n{numbers}'
    )
    return Site(config, port)
