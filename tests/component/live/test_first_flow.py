"""docs/first-flow.md as a new designer of flows would walk it: its own blocks, in an empty folder, in order."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from tests.component.live.noisy_site import site
from tests.component.live.serving import PATIENCE_S, run, serving, wait_for
from tests.unit.docs.blocks import blocks_of, commands_of

ROOT = Path(__file__).resolve().parents[3]
PROMPTS = (
    "main_menu",
    "leave_message",
    "message_saved",
    "goodbye",
    "invalid_choice",
    "no_input",
    "apology",
)
LIVE = "hears main_menu\nsilence 1.1\npress 3\nhears leave_message\nhangup\n"
"""As the page's script, in a hurry, and without words: this site has no synthesiser."""


def page() -> tuple[dict[str, str], list[list[str]]]:
    """Its files, and its commands in order."""
    blocks = list(blocks_of(ROOT / "docs" / "first-flow.md", ROOT))

    def first(tag: str) -> str:
        return next(block.text for block in blocks if block.tag == tag)

    commands = [words for block in blocks if block.tag == "sh" for words in commands_of(block)]
    return {"my_flows.py": first("python"), "caller.txt": first("text"), "numbers": first("toml")}, commands


def test_every_step_of_the_page_does_what_it_says(tmp_path: Path) -> None:
    files, commands = page()
    for name in ("my_flows.py", "caller.txt"):
        (tmp_path / name).write_text(files[name])

    assert "nothing is wrong with it" in run(tmp_path, "look", "my_flows:main")
    assert "says Please call me back." in run(tmp_path, "simulate", "my_flows:main", "caller.txt")
    run(tmp_path, "graph", "my_flows:main", "--output", "my-flow.svg")
    assert "menu main_menu" in (tmp_path / "my-flow.svg").read_text()

    port = site(tmp_path, PROMPTS, files["numbers"]).port
    assert "my_flows:main" in run(tmp_path, "check", "--config", "voicecore.toml")
    (tmp_path / "live.txt").write_text(LIVE)
    uri = f"sip:100@127.0.0.1:{port}"
    with serving(tmp_path) as output:
        heard = run(tmp_path, "simulate", "100", "live.txt", "--config", "voicecore.toml", "--live", uri)
        assert "leave_message" in heard
        command = [sys.executable, "-m", "voicecore", "call", uri, "--dtmf", "wwwwwwwwww3", "--seconds", "9"]
        with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL) as change:
            wait_for_calls(tmp_path, 2)
            changed = files["my_flows.py"].replace('play("leave_message")', 'play("goodbye")')
            (tmp_path / "my_flows.py").write_text(changed)
            wait_for("new version of a flow", output)
            assert change.wait(60) == 0
        assert "leave_message" in run(tmp_path, "show", "last", "--config", "voicecore.toml")
        old = run(tmp_path, "show", "last", "--config", "voicecore.toml", "--json")
        assert '"leave_message"' in old
        (tmp_path / "live.txt").write_text(LIVE.replace("leave_message", "goodbye"))
        run(tmp_path, "simulate", "100", "live.txt", "--config", "voicecore.toml", "--live", uri)
        (tmp_path / "my_flows.py").write_text("async def main(call:\n")
        wait_for("my_flows.py:1", output)
        run(tmp_path, "simulate", "100", "live.txt", "--config", "voicecore.toml", "--live", uri)
        (tmp_path / "my_flows.py").write_text(changed)

    assert "the flow does what it did" in run(tmp_path, "replay", "last", "--config", "voicecore.toml")
    run(tmp_path, "replay", "last", "--config", "voicecore.toml", "--test", "test_that_call.py")
    assert "def test_call_" in (tmp_path / "test_that_call.py").read_text()
    run(tmp_path, "graph", "my_flows:main", "--config", "voicecore.toml", "--calls", "1000", "-o", "busy.svg")
    assert re.search(r"3 message \([1-9]\)", (tmp_path / "busy.svg").read_text())
    walked = {"make", "look", "simulate", "graph", "check", "serve", "show", "replay"}
    assert {words[0] if words[0] == "make" else words[1] for words in commands} <= walked


def wait_for_calls(folder: Path, count: int) -> None:
    end = time.monotonic() + PATIENCE_S
    with closing(sqlite3.connect(folder / "calls.db")) as database:
        while database.execute("SELECT count(*) FROM calls").fetchone()[0] < count:
            assert time.monotonic() < end
            time.sleep(0.05)
