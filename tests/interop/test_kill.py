"""kill -9 in the middle of a call: what was recorded plays, and the next start is clean."""

from __future__ import annotations

import time
from pathlib import Path

from tests.interop.phones import sound
from tests.interop.phones.baresip import Baresip
from tests.interop.phones.server import Server
from tests.interop.phones.sound import RATE


def test_killed_server_keeps_the_recording_and_starts_again(
    tmp_path: Path, rendered: Path, root: Path, long_speech: Path, speech: Path
) -> None:
    with Server(tmp_path / "server", rendered, root / "prompts") as server:
        with Baresip(tmp_path / "phone", long_speech) as phone:
            phone.dial(server.uri("1000"))
            phone.wait_for("CALL_ESTABLISHED")
            answered = time.monotonic()
            time.sleep(4.5)
            server.kill()
            talked = time.monotonic() - answered
            said = sound.read_wav(phone.said())
        (file,) = server.recordings("call")
        caller, platform = sound.read_wav(file, channel=0), sound.read_wav(file, channel=1)
        assert len(caller) / RATE > talked - 1
        assert sound.likeness(caller[RATE // 2 :], said) > 0.99
        assert sound.find(server.prompt("welcome"), platform).correlation > 0.99

        server.start()
        assert server.started_in_s < 5
        assert server.calls() == [("1000", "interrupted")]
        with Baresip(tmp_path / "second", speech) as phone:
            phone.dial(server.uri("9001"))
            phone.wait_for("CALL_CLOSED")
            assert sound.level_db(sound.read_wav(phone.heard())) > -40
        assert server.new_calls(1) == [("9001", "caller hung up")]
        assert server.stop() == 0
