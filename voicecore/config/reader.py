"""Where configuration comes in: a file, or the built-in one."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import voicecore
from voicecore.config import machine
from voicecore.config.reading import settings_of
from voicecore.config.settings import Settings
from voicecore.config.source import Source
from voicecore.errors import ConfigError, ConfigFault

BUILT_IN = "default.toml"


def read(path: Path | None) -> Settings:
    """Settings that this machine can run; None: the built-in file. Raises ConfigError with every fault."""
    source = _source(path)
    settings = _with_our_prompts(settings_of(source))
    faults = machine.faults(settings, source)
    if faults:
        raise ConfigError(*sorted(faults, key=lambda fault: fault.line or 0))
    return settings


def load(path: Path | None) -> Settings:
    """Settings that are right as a text, for programs that only look: nothing is imported or made."""
    return _with_our_prompts(settings_of(_source(path)))


def _with_our_prompts(settings: Settings) -> Settings:
    """A server that is started elsewhere than in the checkout still finds the prompts that it came with."""
    ours = Path(voicecore.__file__).parents[1] / "prompts"
    directory = settings.prompts.directory
    if directory == Path("prompts") and not directory.is_dir() and ours.is_dir():
        return replace(settings, prompts=replace(settings.prompts, directory=ours))
    return settings


def _source(path: Path | None) -> Source:
    if path is None:
        return Source.parse((files("voicecore.config") / BUILT_IN).read_text("utf-8"), f"built-in {BUILT_IN}")
    try:
        return Source.parse(path.read_text("utf-8"), str(path))
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
        raise ConfigError(
            ConfigFault(str(path), None, "file", problem, "Name a file with --config")
        ) from error
    except UnicodeDecodeError as error:
        problem = f"is not UTF-8: {error.reason} at byte {error.start}"
        raise ConfigError(ConfigFault(str(path), None, "file", problem, "Save it as UTF-8")) from error
