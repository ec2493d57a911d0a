"""Language tags (BCP 47) and what stands in for a language that is missing."""

from __future__ import annotations

import re
from typing import Final

from voicecore.errors import UsageError

_TAG: Final = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")


def canonical(tag: str) -> str:
    """The tag in its usual letters (RFC 5646, section 2.1.1). Anything that is no tag is a UsageError.

    >>> canonical("ZH-hant-tw")
    'zh-Hant-TW'
    """
    if not _TAG.fullmatch(tag):
        raise UsageError(f"not a language tag: {tag!r}")
    primary, *rest = tag.split("-")
    cases = {2: str.upper, 4: str.title}
    return "-".join([primary.lower(), *(cases.get(len(part), str.lower)(part) for part in rest)])


def lookup(tag: str) -> list[str]:
    """The tag, then itself shortened from the right (RFC 4647, section 3.4).

    >>> lookup("zh-Hant-TW")
    ['zh-Hant-TW', 'zh-Hant', 'zh']
    """
    parts = canonical(tag).split("-")
    return ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]
