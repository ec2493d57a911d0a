"""docs/twiml.md and docs/webhooks.md: their configurations are right, and their tables and schema are the code's."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from tests.unit.docs.blocks import blocks_of
from voicecore.config.reading import settings_of
from voicecore.config.source import Source
from voicecore.ivr.flows import load_flow
from voicecore.ivr.webhook import verbs
from voicecore.ivr.webhook.document import Reply, read_reply


@pytest.mark.parametrize("page", ["twiml.md", "webhooks.md", "flows.md"])
def test_the_pages_configuration_is_right(root: Path, page: str) -> None:
    (text,) = [block.text for block in blocks_of(root / "docs" / page, root) if block.tag == "toml"]
    for number in settings_of(Source.parse(text, "voicecore.toml")).numbers:
        flow = load_flow(number.flow)
        names = flow.__code__.co_varnames[: flow.__code__.co_argcount]
        assert set(number.args) <= set(names), number


@pytest.mark.parametrize("page", ["twiml.md", "flows.md"])
async def test_the_pages_tests_pass(root: Path, page: str, tmp_path: Path) -> None:
    found: dict[str, Any] = {}
    for block in blocks_of(root / "docs" / page, root):
        if block.tag == "python" and "async def test_" in block.text:
            exec(block.text, found)
    (test,) = [value for name, value in found.items() if name.startswith("test_")]
    await (test(tmp_path) if page == "flows.md" else test())


def rows(root: Path, head: str) -> list[list[str]]:
    """Cells of the table of docs/webhooks.md that begins with this heading."""
    page = (root / "docs" / "webhooks.md").read_text(encoding="utf-8")
    _, _, table = page.partition(f"\n| {head} |")
    return [line.strip("|").split(" | ") for line in table.partition("\n\n")[0].splitlines()[2:]]


def words(cell: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", cell))


def keys_of(model: type[verbs.Strict], but: str) -> set[str]:
    return set(model.model_fields) - {but}


def test_every_verb_stands_in_the_table_with_its_keys(root: Path) -> None:
    models = {
        get_args(model.model_fields["verb"].annotation)[0]: model
        for model in (*get_args(verbs.Telling), *get_args(verbs.Ending))
    }
    told = {verb: words(cells[1]) for cells in rows(root, "verb") for verb in words(cells[0])}
    assert told == {verb: keys_of(model, "verb") for verb, model in models.items()}


def test_every_kind_stands_in_the_table_with_its_keys(root: Path) -> None:
    union = get_args(verbs.AskedKind)[0]
    models = {get_args(model.model_fields["type"].annotation)[0]: model for model in get_args(union)}
    told = {kind: words(cells[1]) for cells in rows(root, "`kind` of `ask`") for kind in words(cells[0])}
    assert told == {kind: keys_of(model, "type") for kind, model in models.items()}


def test_the_pages_reply_and_prompts_are_read(root: Path) -> None:
    _, reply = [block.text for block in blocks_of(root / "docs" / "webhooks.md", root) if block.tag == "json"]
    assert len(read_reply(reply.encode()).verbs) == 2
    prompts = [json.loads(re.findall("`(.+?)`", cells[0])[0]) for cells in rows(root, "a prompt")]
    played = {"version": 1, "verbs": [{"verb": "play", "prompts": prompts}]}
    assert len(read_reply(json.dumps(played).encode()).verbs) == 1


def test_the_schema_is_the_codes(root: Path) -> None:
    """Write it anew with `python -m tools.webhook_schema`."""
    written = json.loads((root / "docs" / "webhooks.schema.json").read_text(encoding="utf-8"))
    assert written == Reply.model_json_schema()
