"""Asks pip for the newest versions that fit pyproject.toml, and writes them to `requirements/`.

A package stands in the first list that needs it; the lists are installed in order: runtime, recognition, dev,
interop.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADS = {
    "runtime": "What `make run` installs; maturin builds the native module. Written by `make lock`.",
    "recognition": "What understanding callers needs: the extra `recognition`. Written by `make lock`.",
    "dev": "What `make test` and `make check` need beside runtime.txt. Written by `make lock`.",
    "interop": "Phones that we did not write, for tests/interop: never shipped. Written by `make lock`.",
}


def wanted(project: Mapping[str, object]) -> dict[str, list[str]]:
    """What pyproject.toml asks for, by list."""
    match project:
        case {
            "build-system": {"requires": list(build)},
            "project": {
                "dependencies": list(runtime),
                "optional-dependencies": {"recognition": list(recognition)},
            },
            "dependency-groups": {"dev": list(dev), "interop": list(interop)},
        }:
            return {
                "runtime": [*build, *runtime],
                "recognition": recognition,
                "dev": dev,
                "interop": interop,
            }
        case _:
            raise ValueError(
                "pyproject.toml lacks the build requirements, the dependencies, an extra or a dependency group"
            )


def resolve(requirements: Sequence[str]) -> dict[str, str]:
    """The versions that pip would install into an empty environment, by name."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--dry-run"]
    command = [*pip, "--ignore-installed", "--report", "-", *requirements]
    report = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    found = (package["metadata"] for package in report["install"])
    return {metadata["name"].lower().replace("_", "-"): metadata["version"] for metadata in found}


def lock(project: Mapping[str, object]) -> dict[str, dict[str, str]]:
    """Every list's own packages: each list is resolved with what the ones before it chose."""
    chosen: dict[str, str] = {}
    lists = {}
    for name, requirements in wanted(project).items():
        pins = [f"{package}=={version}" for package, version in chosen.items()]
        found = resolve([*pins, *requirements])
        lists[name] = {package: version for package, version in found.items() if package not in chosen}
        chosen.update(found)
    return lists


def text_of(head: str, packages: Iterable[tuple[str, str]]) -> str:
    return "".join([f"# {head}\n", *(f"{name}=={version}\n" for name, version in sorted(packages))])


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for name, packages in lock(project).items():
        path = ROOT / "requirements" / f"{name}.txt"
        path.write_text(text_of(HEADS[name], packages.items()), encoding="utf-8")
        print(f"{path.relative_to(ROOT)}: {len(packages)} packages")


if __name__ == "__main__":
    main()
