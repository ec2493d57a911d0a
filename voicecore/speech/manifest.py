"""The texts of all prompts, by name and language, read from `prompts/manifest.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from voicecore.errors import ConfigError, ConfigFault, UsageError
from voicecore.speech.language.tag import canonical
from voicecore.speech.synthesis import speakable
from voicecore.speech.template import parse_template

_NAME: Final = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_TOML_LINE: Final = re.compile(r"at line (\d+)")

Manifest = Mapping[str, Mapping[str, str]]
"""Prompt name -> language tag -> text."""


def read_manifest(path: Path) -> Manifest:
    """Reads the file whole. Blocks. Raises ConfigError with every fault in it."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            ConfigFault(str(path), None, "prompts", str(error), "Name a file that can be read.")
        ) from error
    except tomllib.TOMLDecodeError as error:
        line = _TOML_LINE.search(str(error))
        number = int(line[1]) if line else None
        raise ConfigError(
            ConfigFault(str(path), number, "prompts", str(error), "Correct the TOML.")
        ) from error
    faults: list[ConfigFault] = []
    manifest = {name: _texts(path, name, table, faults) for name, table in tables.items()}
    if faults:
        raise ConfigError(*faults)
    return manifest


def _texts(path: Path, name: str, table: object, faults: list[ConfigFault]) -> dict[str, str]:
    def fault(key: str, problem: str, remedy: str) -> None:
        faults.append(ConfigFault(str(path), None, key, problem, remedy))

    if not _NAME.fullmatch(name):
        fault(name, "not a prompt name", "Use lower case letters, digits and single underscores.")
    if not isinstance(table, dict) or not table:
        fault(name, "not a table of texts by language", f'Write [{name}] and below it en = "...".')
        return {}
    texts: dict[str, str] = {}
    for tag, text in table.items():
        try:
            texts[canonical(tag)] = line = speakable(text if isinstance(text, str) else "")
            parse_template(line)
        except UsageError as error:
            fault(f"{name}.{tag}", str(error), 'Write a language tag and a text, such as en = "Goodbye.".')
    return texts
