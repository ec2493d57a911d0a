"""What is decided about a caller before a flow meets it. The site decides; by default everything is plain."""

from __future__ import annotations

from typing import Protocol

from voicecore.calls.active_call import Script
from voicecore.calls.destination import Directory
from voicecore.calls.leg import Leg
from voicecore.calls.numbers import NumberEntry
from voicecore.calls.party import Party
from voicecore.calls.requests import REFUSED, Reply
from voicecore.calls.route import FREE, Permit
from voicecore.sip.call_options import DEFAULT, CallOptions
from voicecore.sip.message import Request
from voicecore.sip.output import RequestReceived
from voicecore.sip.uri import Uri
from voicecore.sip.values.replaces import Replaces


class Reception(Protocol):
    """One a process."""

    directory: Directory

    def admit(self, party: Party) -> Permit:
        """A line for an incoming call. Raises Unavailable where the party has no more."""
        ...

    def caller(self, request: Request, party: Party) -> str:
        """The URI that the call's record and flow show as its caller."""
        ...

    def caller_name(self, request: Request, party: Party) -> str:
        """The name beside that URI which called phones may show; "": none."""
        ...

    def called(self, request: Request, party: Party) -> Uri:
        """Whom a call is for."""
        ...

    def options(self, party: Party) -> CallOptions:
        """What a call of this party may use of the extensions to SIP."""
        ...

    def may_transfer(self, party: Party) -> bool:
        """Whether a caller may transfer whom it talks to."""
        ...

    def click_to_dial(self, request: Request, party: Party) -> str | None:
        """Whom to dial first for who asks by REFER to be connected: its own phones. None: it may not."""
        ...

    def screen(self, request: Request, party: Party, script: Script) -> Script:
        """The script, behind whatever has to be judged first."""
        ...

    def connecting(self, dialled: str, target: str) -> NumberEntry:
        """The flow that connects a caller to somebody that it dialled itself."""
        ...

    def request(self, received: RequestReceived) -> Reply | None:
        """What does not belong to a call: REGISTER, SUBSCRIBE, MESSAGE. None: it answers by itself, or later."""
        ...

    def message_light(self, account: str, new: int, old: int) -> bool:
        """So many voice messages wait for an account, and so many were heard. False: there is no such account."""
        ...

    def joined(self, leg: Leg) -> None:
        """A leg began, or came to another call."""
        ...

    def left(self, leg: Leg) -> None:
        """A leg is over, or left its call."""
        ...

    def ringing_at(self, account: str | None, party: Party) -> Leg | None:
        """What rings longest at a phone of that account, or of any (None), and may be picked up by the party."""
        ...

    def ringing_as(self, replaces: Replaces, party: Party) -> Leg | None:
        """What rings under the key that watchers of phones were told, and may be picked up by the party."""
        ...


NOT_OF_A_CALL = frozenset({"REGISTER", "SUBSCRIBE", "MESSAGE", "PUBLISH"})
"""Methods that the reception answers also where they come within the dialog of a call."""


LONGEST_NAME = 80
"""Characters of a caller's name that are passed on."""


def shown_name(display: str) -> str:
    """A display name as it is passed on."""
    return display.strip()[:LONGEST_NAME]


class PlainReception:
    """No limits, no judgement, no phones."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory

    def admit(self, party: Party) -> Permit:
        return FREE

    def caller(self, request: Request, party: Party) -> str:
        return str(request.from_.uri)

    def caller_name(self, request: Request, party: Party) -> str:
        return shown_name(request.from_.display)

    def called(self, request: Request, party: Party) -> Uri:
        return request.uri

    def options(self, party: Party) -> CallOptions:
        return DEFAULT

    def may_transfer(self, party: Party) -> bool:
        return True

    def click_to_dial(self, request: Request, party: Party) -> str | None:
        return None

    def screen(self, request: Request, party: Party, script: Script) -> Script:
        return script

    def connecting(self, dialled: str, target: str) -> NumberEntry:
        return NumberEntry(dialled, CONNECT, {"target": target})

    def request(self, received: RequestReceived) -> Reply | None:
        return REFUSED

    def message_light(self, account: str, new: int, old: int) -> bool:
        return False

    def joined(self, leg: Leg) -> None:
        """Nobody watches."""

    def left(self, leg: Leg) -> None:
        """Nobody watches."""

    def ringing_at(self, account: str | None, party: Party) -> Leg | None:
        return None

    def ringing_as(self, replaces: Replaces, party: Party) -> Leg | None:
        return None


CONNECT = "ivr_apps.office:connect"
"""Rings whom a phone of ours dialled, and connects."""
