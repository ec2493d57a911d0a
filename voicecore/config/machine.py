"""What only the machine can tell about settings: imports, its addresses, its directories."""

from __future__ import annotations

import importlib
import inspect
import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from voicecore.config import api, recordings, synthesis, trunks, web
from voicecore.config.accounts import secret_faults
from voicecore.config.fields import did_you_mean
from voicecore.config.guard import stir_faults
from voicecore.config.settings import NumberSettings, Settings
from voicecore.config.source import Key, Source
from voicecore.errors import ConfigFault
from voicecore.transport import tls

REMEDY = "Name PEM files that belong together and that this user may read"


def faults(settings: Settings, source: Source) -> list[ConfigFault]:
    """Every fault. Imports the flows, and makes the directories that are written to."""
    found = [*_addresses(settings, source), *_directories(settings, source), *_prompts(settings, source)]
    found += [source.fault(("tls", key), what, REMEDY) for key, what in tls.problems(settings.tls)]
    found += stir_faults(settings.stir, source)
    for index, number in enumerate(settings.numbers):
        found += flow_faults(number, index, source)
        if number.canary is not None:
            canary = replace(number, flow=number.canary.flow)
            found += flow_faults(canary, index, source, "canary")
    found += recordings.key_faults(settings.recordings, source)
    found += secret_faults(settings.accounts, source)
    found += web.secret_faults(settings.web, source)
    found += synthesis.secret_faults(settings.speech.services, source)
    found += [*api.secret_faults(settings.http, source), *api.certificate_faults(settings.http, source)]
    return [*found, *trunks.secret_faults(settings.trunks, source)]


def _addresses(settings: Settings, source: Source) -> Iterator[ConfigFault]:
    places = {("sip", "listen"): {one.address for one in settings.sip.listen}}
    places["media", "address"] = set(settings.media.addresses)
    if settings.http.api is not None:
        places["api", "listen"] = {settings.http.api.listen.host}
    for key, addresses in places.items():
        for address in sorted(addresses):
            if not is_of_this_machine(address):
                yield source.fault(
                    key, f"{address} is not an address of this machine", "`ip address` lists those that are"
                )


def is_of_this_machine(address: str) -> bool:
    """Whether a socket can be bound to it; asks with a port that the system picks."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def _directories(settings: Settings, source: Source) -> Iterator[ConfigFault]:
    database = Path(settings.store.url.partition(":///")[2])
    places = {
        ("store", "url"): database.parent,
        ("recordings", "directory"): settings.recordings.directory,
        ("music", "directory"): settings.music.directory,
        ("prompts", "cache"): settings.prompts.cache,
    }
    for key, directory in places.items():
        problem = directory_problem(directory)
        if problem is not None:
            yield source.fault(
                key, f"cannot write to {directory}: {problem}", "Name another, or change its owner"
            )
    if database.is_dir():
        yield source.fault(("store", "url"), f"{database} is a directory", "Name a file")


def _prompts(settings: Settings, source: Source) -> Iterator[ConfigFault]:
    manifest = settings.prompts.directory / "manifest.toml"
    if not manifest.is_file():
        remedy = "Name the folder that holds manifest.toml, as prompts/ of the checkout does"
        yield source.fault(("prompts", "directory"), f"there is no {manifest}", remedy)


def directory_problem(directory: Path) -> str | None:
    """Makes the directory if it is not there; None when files can be made in it."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        return error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    if os.access(directory, os.W_OK | os.X_OK):
        return None
    return "permission denied"


def flow_faults(number: NumberSettings, index: int, source: Source, *inside: str) -> list[ConfigFault]:
    """What keeps the number's flow from being called as `flow(call, **args)`. `inside`: the table that names it."""
    key: Key = ("number", index, *inside)
    module_name, _, name = number.flow.partition(":")
    if os.getcwd() not in sys.path:
        # An operator's flows lie beside the configuration, and an installed command does not look there.
        sys.path.append(os.getcwd())
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        problem = f"there is no module {error.name}"
        return [source.fault((*key, "flow"), problem, "Check its spelling, and that its folder is installed")]
    except Exception as error:
        problem = f"{module_name} cannot be imported: {type(error).__name__}: {error}"
        return [source.fault((*key, "flow"), problem, "Mend the module; `python -m` shows where it fails")]
    flow = getattr(module, name, None)
    if not inspect.iscoroutinefunction(flow):
        known = [n for n, value in vars(module).items() if inspect.iscoroutinefunction(value)]
        problem = f"{module_name} has no coroutine function {name}"
        return [source.fault((*key, "flow"), problem, did_you_mean(name, known))]
    try:
        inspect.signature(flow).bind(object(), **number.args)
    except TypeError as error:
        takes = f"{name}{inspect.signature(flow)}"
        return [source.fault((*key, "args"), f"do not fit the flow: {error}", f"It is {takes}")]
    return []
