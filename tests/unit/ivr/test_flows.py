from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from voicecore.errors import UsageError
from voicecore.ivr.flows import FlowLibrary, NotReloaded, Reloaded

FIRST = "from own_words import WORD\n\n\nasync def main(call):\n    return WORD + '1'\n"


class Folder:
    """Where an operator's flows lie."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.write("own_words", "WORD = 'a'\n")
        self.write("own_flows", FIRST)
        self.library = FlowLibrary()

    def write(self, module: str, text: str) -> None:
        (self.path / f"{module}.py").write_text(text)

    async def say(self) -> object:
        flow = self.library.get("own_flows:main").flow
        return await flow(None)  # type: ignore[func-returns-value]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    monkeypatch.syspath_prepend(str(tmp_path))
    yield Folder(tmp_path)
    for name in ("own_flows", "own_words"):
        sys.modules.pop(name, None)


async def test_a_changed_file_is_a_new_version_and_the_old_one_goes_on(folder: Folder) -> None:
    old = folder.library.get("own_flows:main")
    folder.write("own_flows", FIRST.replace("'1'", "'2'"))
    (told,) = folder.library.refresh()
    assert told == Reloaded("own_flows:main", folder.library.get("own_flows:main").version)
    assert await folder.say() == "a2"
    assert await old.flow(None) == "a1"  # type: ignore[func-returns-value]
    assert old.version != told.version


async def test_a_changed_module_beside_it_counts_as_well(folder: Folder) -> None:
    old = folder.library.get("own_flows:main")
    folder.write("own_words", "WORD = 'b'\n")
    assert [type(one) for one in folder.library.refresh()] == [Reloaded]
    assert await folder.say() == "b1"
    assert await old.flow(None) == "a1"  # type: ignore[func-returns-value]


async def test_changes_within_one_second_are_told_apart(folder: Folder) -> None:
    folder.library.get("own_flows:main")
    for number in "234":
        folder.write("own_flows", FIRST.replace("'1'", f"'{number}'"))
        assert [type(one) for one in folder.library.refresh()] == [Reloaded]
        assert await folder.say() == f"a{number}"


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("async def main(call):\n    return (\n", 2, "'(' was never closed"),
        ("import os\n\nos.no_such\n", 3, "AttributeError: module 'os' has no attribute 'no_such'"),
        ("WORD = 1\n", 1, "has no attribute 'main'"),
        ("async def main(call, needed):\n    pass\n", 1, "missing a required argument: 'needed'"),
    ],
)
async def test_a_broken_file_is_told_once_and_the_last_version_stays(
    folder: Folder, text: str, line: int, problem: str
) -> None:
    folder.library.get("own_flows:main")
    folder.write("own_flows", text)
    (told,) = folder.library.refresh()
    assert isinstance(told, NotReloaded)
    assert (told.file, told.line) == (str(folder.path / "own_flows.py"), line)
    assert problem in told.problem
    assert folder.library.refresh() == []
    assert await folder.say() == "a1"
    folder.write("own_flows", FIRST.replace("'1'", "'mended'"))
    assert [type(one) for one in folder.library.refresh()] == [Reloaded]
    assert await folder.say() == "amended"


async def test_a_file_that_was_only_touched_is_no_new_version(folder: Folder) -> None:
    folder.library.get("own_flows:main")
    folder.write("own_flows", FIRST)
    assert folder.library.refresh() == []


def test_a_version_is_that_of_the_text(folder: Folder) -> None:
    version = folder.library.get("own_flows:main").version
    assert FlowLibrary().get("own_flows:main").version == version
    assert len(version) == 8


def test_a_flow_that_is_not_there_is_the_callers_fault() -> None:
    with pytest.raises(UsageError, match="there is no flow nowhere:main"):
        FlowLibrary().get("nowhere:main")
