"""Text inside XML documents. Whatever a peer called itself, the document stays well-formed."""

from __future__ import annotations

import re
from xml.sax import saxutils

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'

# XML 1.0, 2.2: what no document may hold, not even escaped.
_forbidden = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BREAKS = {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}


def text(value: str) -> str:
    """Character data between tags."""
    return saxutils.escape(_forbidden.sub("", value), {"\r": "&#13;"})


def attribute(value: str) -> str:
    """The value of an attribute, with its quotation marks."""
    escaped = saxutils.escape(_forbidden.sub("", value), {'"': "&quot;", **_BREAKS})
    return f'"{escaped}"'
