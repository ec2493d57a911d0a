"""One number for people and fax machines: who sends the calling tone goes to the fax server, the others to a person."""

from __future__ import annotations

from ivr_apps.handover import message, to_operator
from voicecore.ivr import Answered, Call, Choice, FaxTone, first_of


async def main(call: Call, fax: str, operator: str = "") -> None:
    """`fax`: who takes faxes, as `dial` takes it. The whole greeting is time in which a machine can be heard."""
    await call.answer()
    options = {"1": "fax", "0": "operator"}
    match await first_of(call.menu("fax_menu", options=options, tries=2), call.fax_tone()):
        case FaxTone() | Choice("fax"):
            match await call.dial(fax, early_media=False):
                case Answered(server):
                    await call.bridge(server)
                case _:
                    await call.hangup(480)
        case Choice():
            await to_operator(call, operator)
        case _:
            await message(call)
