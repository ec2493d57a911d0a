"""All subscriptions of a server (RFC 6665, 4.2): takes SUBSCRIBEs, changes and answers, and says what to send."""

from __future__ import annotations

from collections.abc import Callable

from voicecore.errors import PeerError, UsageError
from voicecore.sip.agenda import Agenda
from voicecore.sip.headers import Field
from voicecore.sip.output import DialogId, RequestAnswered, RequestId, RequestReceived
from voicecore.sip.uri import Uri
from voicecore.sip.values.event import Event, SubscriptionState
from voicecore.sip.values.event import Subscription as Standing
from voicecore.sip.values.retry_after import RetryAfter
from voicecore.subscriptions.addressee import addressee
from voicecore.subscriptions.notifier import Notifier, Refusal, Wish
from voicecore.subscriptions.output import Accept, Ended, NotifyDue, Output, Refuse
from voicecore.subscriptions.policy import WatchPolicy
from voicecore.subscriptions.resource import Aor, Resource, States, View
from voicecore.subscriptions.settings import SubscriptionRules
from voicecore.subscriptions.subscription import Input, State, Subject, Subscription, SubscriptionId
from voicecore.subscriptions.table import SubscriptionTable

ResourceOf = Callable[[Uri], Resource | None]
"""Whom a Request-URI names; None: nobody of ours."""


class SubscriptionDesk:
    """After each input: do what `poll` says, until it says nothing, and arm a timer for `next_timer`.

    The two outputs that make a name, `Accept` and `NotifyDue`, are answered with it by `accepted` and `sent`.
    """

    def __init__(
        self, rules: SubscriptionRules, policy: WatchPolicy, states: States, resource_of: ResourceOf
    ) -> None:
        self._rules = rules
        self._policy = policy
        self._notifier = Notifier(rules, policy)
        self._states = states
        self._resource_of = resource_of
        self._table = SubscriptionTable()
        self._agenda: Agenda[SubscriptionId] = Agenda()
        self._accepting: dict[RequestId, tuple[Wish, Subscription | None]] = {}
        self._notifying: dict[RequestId, SubscriptionId] = {}
        self._outbox: list[Output] = []
        self._last_id = 0

    def __len__(self) -> int:
        return len(self._table)

    # -- what comes in --------------------------------------------------------------------------
    def receive(self, received: RequestReceived, watcher: str | None, now: float) -> None:
        """A SUBSCRIBE. `watcher`: the account that proved to have sent it; None: nobody proved anything."""
        self.handle_timer(now)
        dialog = received.dialog

        def resource_for(event: Event) -> Resource | None:
            if (known := self._table.find(dialog, event)) is not None:
                return known.subject.resource
            return self._resource_of(addressee(received))

        wish = self._notifier.receive(received.request, watcher, resource_for)
        if isinstance(wish, Refusal):
            self._refuse(received.id, wish)
            return
        found = self._table.find(dialog, wish.event)
        if found is None:
            refusal = self._room_for(wish)
        else:
            # A subscription stays with who began it.
            refusal = Refusal(403) if found.subject.watcher != wish.watcher else None
        if refusal is not None:
            self._refuse(received.id, refusal)
            return
        self._accepting[received.id] = wish, found
        self._outbox.append(Accept(received.id, 200, (("Expires", str(wish.expires_s)),)))

    def accepted(self, request: RequestId, dialog: DialogId, now: float) -> None:
        """The `Accept` of this request was done: its NOTIFY is due at once. UsageError for any other request."""
        if request not in self._accepting:
            raise UsageError(f"request {request} was not to be accepted")
        wish, found = self._accepting.pop(request)
        if found is None or found.state is State.ENDED:
            found = self._open(wish, dialog, now)
        else:
            # The subscription holds its dialog already; this SUBSCRIBE need not hold it again.
            self._outbox.append(Ended(dialog))
        if wish.expires_s == 0:
            self._end(found, "timeout", now)
            return
        found.refresh(now + wish.expires_s)
        self._settle(found, now)

    def sent(self, subscription: SubscriptionId, request: RequestId) -> None:
        """The `NotifyDue` of this subscription became this request."""
        self._notifying[request] = subscription

    def answered(self, answer: RequestAnswered, now: float) -> bool:
        """The final response to a NOTIFY. False where it is the answer to something else."""
        id = self._notifying.pop(answer.id, None)
        if id is None:
            return False
        found = self._table.get(id)
        if found is None:
            return True  # it was the last one, or crossed it
        retry_after = None if answer.status == 481 else _retry_after(answer)
        if answer.status < 300:
            found.advance(Input.CONFIRM)
        elif retry_after is not None:
            found.postpone(retry_after, now)
        else:
            # RFC 6665, 4.2.2: without Retry-After, or without any answer, the watcher is gone.
            self._forget(found)
            return True
        self._settle(found, now)
        return True

    def changed(self, aor: Aor, now: float) -> None:
        """`States` says something new of this account, or may."""
        for one in self._table.of(aor):
            one.advance(Input.CHANGE)
            self._settle(one, now)

    def close(self, now: float) -> None:
        """Ends all: the watchers may subscribe again at once, here after a restart or elsewhere."""
        for one in self._table:
            self._end(one, "deactivated", now)

    def revoke(self, aor: Aor, now: float) -> None:
        """The account is no more: nobody need ask again (RFC 6665, 4.1.3)."""
        for one in self._table.of(aor):
            self._end(one, "noresource", now)

    def handle_timer(self, now: float) -> None:
        for id in self._agenda.due(now):
            if (one := self._table.get(id)) is not None:
                self._settle(one, now)

    def next_timer(self) -> float | None:
        return self._agenda.next_timer()

    def poll(self) -> list[Output]:
        """What is to be done since the last time, in order."""
        outputs, self._outbox = self._outbox, []
        return outputs

    # -- subscriptions --------------------------------------------------------------------------
    def _refuse(self, request: RequestId, refusal: Refusal) -> None:
        self._outbox.append(Refuse(request, refusal.status, refusal.reason, refusal.headers))

    def _room_for(self, wish: Wish) -> Refusal | None:
        opening = [one for one, found in self._accepting.values() if found is None]
        if len(self._table) + len(opening) >= self._rules.max_in_all:
            return Refusal(503, None, (("Retry-After", str(self._rules.retry_after_s)),))
        own = sum(one.watcher == wish.watcher for one in opening)
        if self._table.count_of(wish.watcher) + own >= self._rules.max_a_watcher:
            return Refusal(403, "Too Many Subscriptions")
        return None

    def _open(self, wish: Wish, dialog: DialogId, now: float) -> Subscription:
        self._last_id += 1
        subject = Subject(wish.watcher, wish.resource, wish.package, wish.event)
        shows_remote = self._rules.shows_remote or wish.watcher == wish.resource.account
        may_pick_up = self._policy.may_pick_up(wish.watcher, wish.resource.account)
        document = wish.package.open(wish.resource, View(shows_remote, may_pick_up))
        one = Subscription(SubscriptionId(self._last_id), subject, dialog, document, now + wish.expires_s)
        self._table.add(one)
        return one

    def _settle(self, one: Subscription, now: float) -> None:
        """Send what is due, end what is over, and arm the timer of what goes on."""
        if one.expires <= now:
            self._end(one, "timeout", now)
            return
        if one.state is State.WAITING and one.earliest <= now:
            body = one.document.write(self._states, now, full=one.is_full_due)
            if body is None:
                one.advance(Input.NO_NEWS)
            else:
                one.sent(now)
                self._notify(one, SubscriptionState(Standing.ACTIVE, one.remaining_s(now)), body)
        self._agenda.arm(one.id, one.next_timer())

    def _end(self, one: Subscription, reason: str, now: float) -> None:
        """The last NOTIFY goes out whatever else is under way (RFC 6665, 4.2.1.4, 4.2.2)."""
        body = one.document.write(self._states, now, full=True) or b""
        self._notify(one, SubscriptionState(Standing.TERMINATED, reason=reason), body)
        self._forget(one)

    def _notify(self, one: Subscription, state: SubscriptionState, body: bytes) -> None:
        subject = one.subject
        fields: list[Field] = [("Event", str(subject.event)), ("Subscription-State", str(state))]
        fields.append(("Content-Type", subject.package.content_type))
        self._outbox.append(NotifyDue(one.id, one.dialog, tuple(fields), body))

    def _forget(self, one: Subscription) -> None:
        one.advance(Input.END)
        self._agenda.arm(one.id, None)
        self._table.remove(one)
        self._outbox.append(Ended(one.dialog))


def _retry_after(answer: RequestAnswered) -> int | None:
    """Seconds until the watcher wants to hear it again; None where it does not say so, or not readably."""
    if answer.response is None:
        return None
    try:
        value = RetryAfter.of(answer.response.headers)
    except PeerError:
        return None
    return None if value is None else value.seconds
