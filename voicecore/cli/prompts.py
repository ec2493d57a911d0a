"""`voicecore prompts`: what is said, whether it can be, and its sounds made before anybody calls."""

from __future__ import annotations

import asyncio
import json as json_text
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from voicecore.app.voices import prompts as prompts_of
from voicecore.app.voices import speaker
from voicecore.cli.log import configure_log
from voicecore.cli.options import ConfigOption, JsonOption
from voicecore.cli.printing import cell, console, table
from voicecore.config.reader import read
from voicecore.config.settings import Settings
from voicecore.errors import UsageError
from voicecore.speech.language.tag import canonical
from voicecore.speech.lint import findings, source_of
from voicecore.speech.prompts import Prompts, PromptVersion, RenderProgress

prompts = typer.Typer(no_args_is_help=True, help="List, check and render what VoiceCore says.")


def _tag(text: str) -> str:
    try:
        return canonical(text)
    except UsageError as error:
        raise typer.BadParameter(str(error)) from error


_STYLES = {"missing": "red", "recorded": "green"}
LanguageOption = Annotated[
    list[str] | None,
    typer.Option(
        "--language", "-l", metavar="TAG", parser=_tag, help="Only this one; may be repeated. Without: all."
    ),
]


@prompts.command("list")
def list_prompts(
    config: ConfigOption = None, language: LanguageOption = None, json: JsonOption = False
) -> None:
    """List every prompt with its text and where its sound comes from.

    Examples:

      voicecore prompts list

      voicecore prompts list --language zh --json
    """
    settings = _settings(config)
    known = prompts_of(settings, speaker(settings))
    versions = [PromptVersion(name, tag) for name in known.names() for tag in known.texts.tags(language)]
    rows = [
        (one.name, one.language, source_of(known, one), known.texts.of(one.name).get(one.language, ""))
        for one in versions
    ]
    if json:
        keys = ("name", "language", "source", "text")
        typer.echo(json_text.dumps([dict(zip(keys, row, strict=True)) for row in rows], ensure_ascii=False))
        return
    made = table("prompt", "language", "sound", "text")
    for name, tag, source, text in rows:
        made.add_row(cell(name, "bold"), cell(tag), cell(source, _STYLES.get(source, "")), cell(text))
    console().print(made)


@prompts.command("check")
def check_prompts(config: ConfigOption = None, language: LanguageOption = None) -> None:
    """Say what a caller would miss: prompts without text or voice, translations without a value, wrong recordings.

    Exit status: 0 nothing to mend, 1 something found, 2 the manifest or the configuration is wrong.

    Examples:

      voicecore prompts check

      voicecore prompts check --language en --language zh --config voicecore.toml
    """
    settings = _settings(config)
    voice = speaker(settings)
    known = prompts_of(settings, voice)
    found = list(findings(known, settings.prompts.directory / "recorded", language))
    for one in found:
        place = f"{one.place} ({one.language})" if one.language else one.place
        typer.echo(f"{place}: {one.problem}")
    speechless = [tag for tag in known.texts.tags(language) if not voice.speaks(tag)]
    for tag in speechless:
        typer.echo(f"({tag}): no synthesiser speaks it; what is not recorded is not heard")
    if found or speechless:
        raise typer.Exit(1)
    typer.echo(f"{len(known.names())} prompts in {', '.join(known.texts.tags(language))}: nothing to mend")


@prompts.command("render")
def render_prompts(config: ConfigOption = None, language: LanguageOption = None) -> None:
    """Make the sound of every prompt now, so that no caller waits for it. Of those with values, the fixed parts.

    Exit status: 0 all have a sound, 1 some have none, 2 the manifest or the configuration is wrong.

    Examples:

      voicecore prompts render

      voicecore prompts render --language zh --config voicecore.toml
    """
    settings = _settings(config)
    known = prompts_of(settings, speaker(settings))
    tags = known.texts.tags(language)
    failures = asyncio.run(_rendered(known, tags))
    for failure in failures:
        typer.echo(f"{failure.prompt.name} ({failure.prompt.language}): {failure.failure}", err=True)
    typer.echo(f"{len(known.names()) * len(tags) - len(failures)} prompts are ready, {len(failures)} are not")
    if failures:
        raise typer.Exit(1)


async def _rendered(known: Prompts, tags: Sequence[str]) -> list[RenderProgress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("prompts", total=None)

        def show(progress: RenderProgress) -> None:
            bar.update(task, completed=progress.done, total=progress.total)

        return await known.render_all(tags, show)


def _settings(config: Path | None) -> Settings:
    """The configuration; what is logged from now on goes to standard error."""
    settings = read(config)
    configure_log(settings.log.level)
    return settings
