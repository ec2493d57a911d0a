"""`voicecore recordings`: what was recorded, whether it is as it was written, and copies that need no key."""

from __future__ import annotations

import base64
import json as json_text
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from voicecore.cli.options import ConfigOption, JsonOption
from voicecore.cli.printing import cell, clock_time, console, table
from voicecore.config.reader import load
from voicecore.config.recordings import RecordingSettings, recording_keys
from voicecore.errors import Unavailable
from voicecore.store.recording_keys import KEY_LENGTH, RecordingKeys
from voicecore.store.recording_source import is_sealed, opened, size_of, sound_name
from voicecore.store.sealed_file import SealedFile, read_header, rekey

recordings = typer.Typer(no_args_is_help=True, help="List, check and copy what was recorded.")

PIECE = 1 << 20
SOUNDS = (".wav", ".opus")
FilesArgument = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[FILE]...", help="These only. Without: all.", show_default=False),
]


@dataclass(frozen=True, slots=True)
class Found:
    """What the folder shows of one recording. `key` None: it is not sealed."""

    path: Path
    changed: datetime
    size: int
    key: str | None
    problem: str | None = None


@recordings.command("list")
def list_recordings(config: ConfigOption = None, json: JsonOption = False) -> None:
    """List the files of the recordings' folder, with the keys that they are sealed with.

    Examples:

      voicecore recordings list

      voicecore recordings list --json --config voicecore.toml
    """
    found = [_look(path) for path in _files(load(config).recordings)]
    if json:
        rows = [
            {"file": str(one.path), "at": one.changed.isoformat(), "size": one.size, "key": one.key}
            for one in found
        ]
        typer.echo(json_text.dumps(rows))
        return
    made = table("file", "written", "octets", "key", "problem")
    for one in found:
        made.add_row(
            cell(one.path, "bold"),
            cell(clock_time(one.changed)),
            cell(one.size),
            cell(one.key or "not sealed"),
            cell(one.problem, "red"),
        )
    console().print(made)


@recordings.command()
def verify(files: FilesArgument = None, config: ConfigOption = None) -> None:
    """Check that sealed recordings are as they were written, and say where one is not.

    Exit status 1 when one is not. One that was cut short by a crash, or is still running, is told and is no fault.

    Examples:

      voicecore recordings verify

      voicecore recordings verify var/recordings/2026-11-23/06f2zv1m9k3a7c-call-1.wav.sealed
    """
    settings = load(config).recordings
    keys = recording_keys(settings)
    broken = 0
    for path in files or _files(settings):
        verdict, is_right = _verdict(path, keys)
        broken += not is_right
        typer.echo(f"{path}: {verdict}")
    raise typer.Exit(1 if broken else 0)


@recordings.command()
def export(
    file: Annotated[Path, typer.Argument(help="The recording.")],
    target: Annotated[Path, typer.Argument(help="A new file that needs no key.")],
    config: ConfigOption = None,
) -> None:
    """Copy a recording so that anybody can play it. The copy is the owner's alone to read.

    Examples:

      voicecore recordings export var/recordings/2026-11-23/06f2zv1m9k3a7c-call-1.wav.sealed call.wav
    """
    keys = recording_keys(load(config).recordings)
    try:
        with opened(file, keys) as source:
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as out:
                for at in range(0, source.size, PIECE):
                    out.write(source.read_at(at, PIECE))
    except OSError as error:
        raise Unavailable(f"{error.filename}: {error.strerror}") from error
    except Unavailable as error:
        raise Unavailable(f"{file}: {error}") from error
    typer.echo(f"{target}: {target.stat().st_size} octets")


@recordings.command("rekey")
def rekey_recordings(files: FilesArgument = None, config: ConfigOption = None) -> None:
    """Wrap the keys of sealed recordings with the first key of the key file. Their sound is not touched.

    After that the older keys are needed no more. Exit status 1 when one could not be.

    Examples:

      voicecore recordings rekey
    """
    settings = load(config).recordings
    keys = recording_keys(settings)
    if keys.current is None:
        raise Unavailable("[recordings] key_file names no key file")
    failed = changed = 0
    for path in files or _files(settings):
        if not is_sealed(path):
            continue
        try:
            descriptor = os.open(path, os.O_RDWR)
            try:
                changed += rekey(descriptor, keys)
            finally:
                os.close(descriptor)
        except (OSError, Unavailable) as error:
            failed += 1
            typer.echo(f"{path}: {error}", err=True)
    typer.echo(f"{changed} recordings are now sealed with {keys.current[0]}")
    raise typer.Exit(1 if failed else 0)


@recordings.command("new-key")
def new_key(
    name: Annotated[str, typer.Argument(metavar="ID", help="Such as the month: 2026-11.")],
) -> None:
    """Print a line for the key file, with a key that nobody else has.

    Examples:

      voicecore recordings new-key 2026-11
    """
    typer.echo(f"{name} {base64.b64encode(os.urandom(KEY_LENGTH)).decode()}")


def _files(settings: RecordingSettings) -> Iterator[Path]:
    for path in sorted(settings.directory.glob("*/*")):
        if sound_name(path).endswith(SOUNDS):
            yield path


def _look(path: Path) -> Found:
    status, key = path.stat(), None
    changed = datetime.fromtimestamp(status.st_mtime, UTC)
    try:
        size = size_of(path)
        if is_sealed(path):
            with path.open("rb") as stream:
                key = read_header(stream.fileno()).key
    except Unavailable as error:
        return Found(path, changed, status.st_size, key, str(error))
    return Found(path, changed, size.size, key, None if size.is_whole else "no end: cut short, or running")


def _verdict(path: Path, keys: RecordingKeys) -> tuple[str, bool]:
    if not is_sealed(path):
        return "not sealed, nothing to check", True
    try:
        with path.open("rb") as stream:
            file = SealedFile(stream.fileno(), keys)
            found = file.verify()
    except OSError as error:
        return f"cannot be read: {error.strerror}", False
    except Unavailable as error:
        return f"BROKEN: {error}", False
    if file.header.label != sound_name(path):
        return f"BROKEN: it is the recording {file.header.label!r} under another name", False
    end = "whole" if found.is_whole else "no end: cut short, or running"
    return f"{end}, {found.chunks} chunks, {found.size} octets", True
