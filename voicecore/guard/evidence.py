"""What speaks against a source, and how much. Data, not rules."""

from __future__ import annotations

import re
from enum import Enum


class Evidence(Enum):
    FAILED_LOGIN = "failed login"
    MALFORMED = "malformed message"
    SCANNER = "scanner"
    UNKNOWN_NUMBER = "call to a number that is not there"
    """Of somebody who shows no password, as those do who look for a way out."""
    FLOOD = "flood"


WEIGHTS: dict[Evidence, float] = {
    Evidence.FAILED_LOGIN: 2.2,
    Evidence.MALFORMED: 1.0,
    Evidence.SCANNER: 10.0,
    Evidence.UNKNOWN_NUMBER: 1.0,
    Evidence.FLOOD: 4.0,
}
"""Against a ban's threshold of 10: five failed logins within a minute, one message of a known scanner."""

UNREACHED = 0.2
"""What is left of a weight when the sender never showed that it receives at its address (UDP)."""

SCANNERS = (
    "friendly-scanner", "friendly-request", "sipvicious", "sipcli", "sip-scan", "sundayddr", "iwar",
    "vaxsipuseragent", "vaxip", "pplsip", "sivus", "smap", "gulp", "nmap", "nm@nm", "zmap", "masscan",
)  # fmt: skip
"""Names that scanning programs give themselves in User-Agent, in lower case."""


_names_one = re.compile(f"(?<![a-z])(?:{'|'.join(map(re.escape, SCANNERS))})(?![a-z])").search


def is_scanner(user_agent: str | None) -> bool:
    """Whether the program says itself that it scans; one that lies is caught by what it does.

    >>> is_scanner("friendly-scanner"), is_scanner("Yealink SIP-T46S"), is_scanner(None)
    (True, False, False)
    """
    if user_agent is None:
        return False
    return _names_one(user_agent[:200].lower()) is not None
