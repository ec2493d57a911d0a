"""Who understands callers, as the configuration says it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from voicecore.config.fields import Fields, described

RECOGNISERS = ("whisper", "pocketsphinx", "vosk")
WITH_MODELS = ("whisper", "vosk")
"""Those that take models of the operator's beside, or in place of, their packages'."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_MOST_PROCESSES = 64


@dataclass(frozen=True, slots=True)
class RecognitionSettings:
    recognisers: tuple[str, ...] = ()
    """Names in order of preference; empty: keys are all that is taken."""
    processes: int = 1
    """For each model. One has a core's worth of work when some five callers a second end an utterance."""
    models: Mapping[str, Mapping[str, Path]] = field(default_factory=dict)
    """By recogniser and language: the folder of a model."""


def recognition_of(table: Fields) -> RecognitionSettings:
    """From [speech]."""
    names = list[str]()
    for value in table.values("recognisers", []):
        if isinstance(value, str) and value in RECOGNISERS and value not in names:
            names.append(value)
        else:
            problem = "is there twice" if value in names else f"is none of {', '.join(RECOGNISERS)}"
            table.fault("recognisers", f"{described(value)} {problem}", "Name each at most once, best first")
    models = {name: _models(table, f"{name}_models") for name in WITH_MODELS}
    for name, found in models.items():
        if found and name not in names:
            table.fault(f"{name}_models", f"{name} is not among the recognisers", f'Add "{name}" to them')
    if "vosk" in names and not models["vosk"]:
        table.fault("recognisers", "vosk has no model", 'Add vosk_models = { en = "FOLDER" }')
    return RecognitionSettings(
        tuple(names), table.integer("recogniser_processes", 1, 1, _MOST_PROCESSES), models
    )


def _models(table: Fields, name: str) -> dict[str, Path]:
    found = dict[str, Path]()
    for language, folder in table.plain_table(name).items():
        if not _LANGUAGE.fullmatch(language):
            table.fault(name, f"{language!r} is no language tag", 'Write one such as "en" or "zh"')
        elif not isinstance(folder, str) or not folder or "\0" in folder:
            table.fault(name, f"{language} is {described(folder)}", "Name the folder of a model, in quotes")
        else:
            found[language] = Path(folder)
    return found
