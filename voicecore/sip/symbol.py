"""The enum of which state tables are made, and whatever else is looked up for each message."""

from __future__ import annotations

from enum import Enum


class Symbol(Enum):
    """A state or an input. Members hash as objects do: `Enum` hashes the name in Python, at every look into a table."""

    __hash__ = object.__hash__
