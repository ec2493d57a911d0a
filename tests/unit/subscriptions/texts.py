"""SUBSCRIBE and MESSAGE requests as phones write them, and a desk that they are laid on."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from voicecore.sip.headers import Headers
from voicecore.sip.hop import Address, Hop
from voicecore.sip.message import Request, Response
from voicecore.sip.output import DialogId, RequestAnswered, RequestId, RequestReceived
from voicecore.sip.parser import parse_datagram
from voicecore.sip.uri import Uri
from voicecore.subscriptions.board import StateBoard
from voicecore.subscriptions.desk import SubscriptionDesk
from voicecore.subscriptions.output import Accept, Ended, NotifyDue, Output, Refuse
from voicecore.subscriptions.policy import WatchPolicy
from voicecore.subscriptions.resource import (
    Aor,
    Direction,
    Identity,
    ObservedDialog,
    Phase,
    Resource,
)
from voicecore.subscriptions.settings import SubscriptionRules
from voicecore.testing.sip_text import request_text

DOMAIN = "example.org"
SERVER = Address("192.0.2.1", 5060)
PHONE = Address("192.0.2.7", 5060)
HOP = Hop("UDP", SERVER, PHONE)
ALICE, BOB, CAROL = (Resource(name, Aor(f"sip:{name}@{DOMAIN}")) for name in ("alice", "bob", "carol"))
RULES = SubscriptionRules(max_expires_s=1800, default_expires_s=600, max_a_watcher=3, max_in_all=5)


def resource_of(uri: Uri) -> Resource | None:
    return next((one for one in (ALICE, BOB, CAROL) if one.account == uri.user), None)


def request_of(
    method: str = "SUBSCRIBE", uri: str = BOB.aor, *fields: str, to_tag: str | None = None, body: bytes = b""
) -> Request:
    data = request_text(method, PHONE, SERVER, uri=uri, to_tag=to_tag, fields=fields, body=body)
    message = parse_datagram(data.replace(f"To: <sip:1000@{SERVER}>".encode(), f"To: <{uri}>".encode()))
    assert isinstance(message, Request)
    return message


def call_of(id: str = "1", phase: Phase = Phase.CONFIRMED) -> ObservedDialog:
    """A call to Bob, by somebody whom not everybody is to know."""
    return ObservedDialog(id, Direction.RECIPIENT, phase, Identity(BOB.aor), Identity("sip:secret@x.invalid"))


class Desk:
    """A desk whose wishes are carried out by nobody: `notifies` and the rest are what it asked for so far."""

    def __init__(self, rules: SubscriptionRules = RULES, policy: WatchPolicy | None = None) -> None:
        self.now = 100.0
        self.board = StateBoard(lambda aor, now: aor == ALICE.aor)
        self.desk = SubscriptionDesk(rules, policy or WatchPolicy(), self.board, resource_of)
        self.outputs: list[Output] = []
        self.waiting: dict[RequestId, NotifyDue] = {}
        """NOTIFYs without an answer."""
        self.told_at: list[float] = []
        """When each of `notifies` went out."""
        self._serial = itertools.count(1)

    def subscribe(
        self,
        event: str = "dialog",
        expires: int | str | None = 600,
        *,
        watcher: str | None = "alice",
        uri: str = BOB.aor,
        dialog: DialogId | None = None,
        fields: Sequence[str] = (),
    ) -> Accept | Refuse:
        """The answer. A new subscription makes a dialog of its own, and `dialog` names an older one."""
        lines = [f"Event: {event}", *fields, *([] if expires is None else [f"Expires: {expires}"])]
        request = request_of("SUBSCRIBE", uri, *lines, to_tag=None if dialog is None else dialog.local_tag)
        id = RequestId(next(self._serial))
        before = len(self.outputs)
        self.desk.receive(RequestReceived(id, request, HOP, dialog), watcher, self.now)
        self.carry_out(dialog)
        return next(one for one in self.outputs[before:] if isinstance(one, Accept | Refuse))

    def carry_out(self, dialog: DialogId | None = None) -> None:
        while wanted := self.desk.poll():
            for one in wanted:
                self.outputs.append(one)
                if isinstance(one, Accept):
                    made = dialog or DialogId("call", f"ours-{one.request}", "theirs")
                    self.desk.accepted(one.request, made, self.now)
                elif isinstance(one, NotifyDue):
                    id = RequestId(next(self._serial))
                    self.waiting[id] = one
                    self.told_at.append(self.now)
                    self.desk.sent(one.subscription, id)

    def answer(
        self, status: int = 200, *, fields: Sequence[tuple[str, str]] = (), lost: bool = False
    ) -> None:
        """The oldest NOTIFY is answered."""
        id = next(iter(self.waiting))
        del self.waiting[id]
        response = None if lost else Response(status, "", Headers.of(*fields))
        self.desk.answered(RequestAnswered(id, status, "", response), self.now)
        self.carry_out()

    def change(self, *dialogs: ObservedDialog, of: Resource = BOB) -> None:
        for dialog in dialogs:
            self.board.set_dialog(of.aor, dialog)
        self.desk.changed(of.aor, self.now)
        self.carry_out()

    def run_for(self, seconds: float) -> None:
        end = self.now + seconds
        while (due := self.desk.next_timer()) is not None and due <= end:
            self.now = max(self.now, due)
            self.desk.handle_timer(self.now)
            self.carry_out()
        self.now = end

    @property
    def notifies(self) -> list[NotifyDue]:
        return [one for one in self.outputs if isinstance(one, NotifyDue)]

    @property
    def ended(self) -> list[DialogId]:
        return [one.dialog for one in self.outputs if isinstance(one, Ended)]

    @property
    def dialog(self) -> DialogId:
        """That of the last NOTIFY."""
        return self.notifies[-1].dialog


def field_of(one: Accept | Refuse | NotifyDue, name: str) -> str | None:
    return dict(one.headers).get(name)


def state_of(notify: NotifyDue) -> str:
    return field_of(notify, "Subscription-State") or ""
