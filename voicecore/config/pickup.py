"""[pickup]: what phones dial to take a call that rings elsewhere."""

from __future__ import annotations

import re

from voicecore.config.fields import Fields
from voicecore.exchange.pickups import PickupCodes

_CODE = re.compile(r"[0-9*#]{1,16}", re.ASCII)


def pickup_of(table: Fields) -> PickupCodes:
    default = PickupCodes()
    codes = PickupCodes(_code(table, "code", default.directed), _code(table, "group_code", default.group))
    if codes.directed == codes.group:
        table.fault("group_code", "is that of one phone as well", "Make it another code")
    table.close()
    return codes


def _code(table: Fields, name: str, default: str) -> str:
    code = table.text(name, default)
    if not _CODE.fullmatch(code):
        table.fault(name, f"{code!r} is no code", f'Write up to 16 digits, * and #, as "{default}"')
    return code
