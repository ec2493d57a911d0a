"""What a browser has to fetch before the page is there, and what the build is made of."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

FIRST_LOAD = 300_000
"""Octets, compressed by gzip."""


@pytest.fixture
def manifest(dist: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(
        (dist / ".vite" / "manifest.json").read_text(encoding="utf-8")
    )
    return found


def needed_at_first(manifest: dict[str, dict[str, Any]]) -> set[str]:
    """The entry, what it imports without asking, and their styles."""
    open_, files = ["index.html"], {"index.html"}
    while open_:
        chunk = manifest[open_.pop()]
        if chunk["file"] in files:
            continue
        files |= {chunk["file"], *chunk.get("css", [])}
        open_ += chunk.get("imports", [])
        # main.tsx waits for nothing else, but the page itself may stand in a chunk that is fetched at once.
        open_ += [name for name in chunk.get("dynamicImports", []) if name.endswith("app.tsx")]
    return files


def test_the_first_load_is_small(dist: Path, manifest: dict[str, dict[str, Any]]) -> None:
    sizes = {name: len(gzip.compress((dist / name).read_bytes())) for name in needed_at_first(manifest)}
    assert sum(sizes.values()) < FIRST_LOAD, sizes


def test_waveforms_and_chinese_are_loaded_when_they_are_wanted(
    dist: Path, manifest: dict[str, dict[str, Any]]
) -> None:
    first = needed_at_first(manifest)
    late = {chunk["file"] for name, chunk in manifest.items() if re.search("recording-player|zh-Han", name)}
    assert len(late) == 3
    assert not first & late


def test_the_page_asks_nobody_but_its_server(dist: Path) -> None:
    page = (dist / "index.html").read_text(encoding="utf-8")
    assert not re.search(r'(?:src|href)="(?!/)', page)
    assert "<style" not in page
    assert not re.search(r"<script(?![^>]*src=)", page)


def test_the_lock_names_no_host(root: Path) -> None:
    text = (root / "voicecore" / "desktop" / "package-lock.json").read_text(encoding="utf-8")
    assert "http" not in text
    assert "resolved" not in text


def test_the_lock_holds_every_platform(root: Path) -> None:
    """`npm ci` refuses a lock that lacks a program for some other machine."""
    lock = json.loads((root / "voicecore" / "desktop" / "package-lock.json").read_text(encoding="utf-8"))
    there = {path.rpartition("node_modules/")[2] for path in lock["packages"]}
    wanted = {name for one in lock["packages"].values() for name in one.get("optionalDependencies", {})}
    assert wanted <= there


def test_the_wheel_takes_the_built_page(root: Path) -> None:
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    assert '{ path = "voicecore/desktop/dist/**/*", format = "wheel" }' in text
