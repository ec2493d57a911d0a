from __future__ import annotations

import pytest

from voicecore.config.source import Key, Source, key_text
from voicecore.errors import ConfigError

TEXT = '''\
# a comment with = and [brackets]
[sip]
listen = [
  "udp://127.0.0.1:5060",   # listen = 7
]
"quoted key" = 1
text = """
fake = 1
[fake]
"""
a.b = 2

[[number]]
match = "1"
[[number]]
match = "2 = 3"
args = { target = "x" }
[number.more]
deep = 1
'''


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("sip",), 2),
        (("sip", "listen"), 3),
        (("sip", "quoted key"), 6),
        (("sip", "text"), 7),
        (("sip", "a", "b"), 11),
        (("number", 0), 13),
        (("number", 0, "match"), 14),
        (("number", 1), 15),
        (("number", 1, "match"), 16),
        (("number", 1, "args", "target"), 17),
        (("number", 1, "more", "deep"), 19),
        (("number", 1, "missing"), 15),
        (("nowhere",), None),
    ],
)
def test_a_key_stands_where_a_person_sees_it(key: Key, line: int | None) -> None:
    assert Source.parse(TEXT, "a.toml").line(key) == line


@pytest.mark.parametrize(
    ("text", "line"), [("a = 1\nb = ", 2), ("[a]\nb = 1\nb = 2\n", 3), ('a = """\n\n', 3)]
)
def test_a_syntax_error_names_its_line(text: str, line: int) -> None:
    with pytest.raises(ConfigError) as caught:
        Source.parse(text, "a.toml")
    (fault,) = caught.value.faults
    assert fault.line == line
    assert str(fault).startswith(f"a.toml:{line}: TOML: ")


@pytest.mark.parametrize("text", ["a = " + "[" * 9000, "a = " + "9" * 9000])
def test_text_made_to_break_the_parser_is_a_config_error(text: str) -> None:
    with pytest.raises(ConfigError):
        Source.parse(text, "a.toml")


def test_entries_are_counted_from_one_for_people() -> None:
    assert key_text(("number", 2, "flow")) == "number[3].flow"
