"""What a configuration means for who may call."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicecore.app.site import guard_of
from voicecore.config.reader import load
from voicecore.guard.numbers import Patterns

NUMBER = '[[number]]\nmatch = "1000"\nflow = "ivr_apps.main_menu:main"\n'
ACCOUNT = '[[account]]\nname = "alice"\npassword = "secret"\n'
TRUNK = '[[trunk]]\nname = "carrier"\nservers = ["sip:192.0.2.1"]\n'


@pytest.mark.parametrize(
    ("text", "is_public"),
    [
        (NUMBER, True),
        (NUMBER + ACCOUNT, False),
        (NUMBER + TRUNK, False),
        ('[guard]\npublic = ["2000"]\n' + NUMBER, False),
        ('[guard]\npublic = ["1000"]\n' + NUMBER + ACCOUNT + TRUNK, True),
    ],
)
def test_numbers_are_for_everybody_only_where_nobody_could_prove_anything(
    tmp_path: Path, text: str, is_public: bool
) -> None:
    file = tmp_path / "voicecore.toml"
    file.write_text(text)
    assert Patterns(guard_of(load(file)).public).match("1000") is is_public
