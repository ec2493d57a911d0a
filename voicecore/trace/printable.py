"""Text from the network, made harmless for whatever obeys control characters."""

from __future__ import annotations


def printable(text: str, keep: str = "") -> str:
    """Control and other unprintable characters as `\\x1b`, so that a caller cannot drive our terminal."""
    return "".join(c if c.isprintable() or c in keep else c.encode("unicode_escape").decode() for c in text)
