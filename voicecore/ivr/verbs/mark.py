"""mark: a place in what is being recorded, with a text to find it by."""

from __future__ import annotations

from collections.abc import Mapping

from voicecore.calls.journal import HIDDEN, EventKind
from voicecore.errors import UsageError
from voicecore.ivr.line import Line
from voicecore.store.records import MarkField

MAX_TEXT = 200
MAX_FIELDS = 20


def mark(line: Line, text: str, fields: Mapping[str, MarkField]) -> None:
    """In every recording of the call, and in its journal. Within what is secret neither text nor fields are kept.

    Raises UsageError for an empty text, one that is too long, and for too many fields.
    """
    if not 0 < len(text) <= MAX_TEXT or len(fields) > MAX_FIELDS:
        raise UsageError(f"a mark has 1 to {MAX_TEXT} characters and at most {MAX_FIELDS} fields")
    line.note(EventKind.MARK, " ".join([text, *(f"{name}={value}" for name, value in fields.items())]))
    if line.is_secret:
        text, fields = HIDDEN, {}
    for tape in line.tapes:
        tape.mark(text, fields)
