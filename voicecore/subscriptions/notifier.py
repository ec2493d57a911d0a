"""What a SUBSCRIBE asks for, and whether it may (RFC 6665, 4.2.1): a function of the request and the rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from voicecore.errors import PeerError
from voicecore.sip.grammar import parse_number
from voicecore.sip.headers import Field
from voicecore.sip.message import Request
from voicecore.sip.values.event import Event
from voicecore.subscriptions.packages.registry import PACKAGES, Package
from voicecore.subscriptions.policy import WatchPolicy
from voicecore.subscriptions.resource import Resource
from voicecore.subscriptions.settings import SubscriptionRules

ALLOW_EVENTS: Field = ("Allow-Events", ", ".join(PACKAGES))


@dataclass(frozen=True, slots=True)
class Refusal:
    """A final response instead of a subscription. `reason`: None is the status's usual phrase."""

    status: int
    reason: str | None = None
    headers: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """A SUBSCRIBE that may be granted. `expires_s`: 0 ends a subscription, or asks for one NOTIFY only."""

    watcher: str
    resource: Resource
    package: Package
    event: Event
    expires_s: int


class Notifier:
    """Decides about each SUBSCRIBE by itself; what others there are is the desk's business."""

    def __init__(self, rules: SubscriptionRules, policy: WatchPolicy) -> None:
        self._rules = rules
        self._policy = policy

    def receive(
        self, request: Request, watcher: str | None, resource_for: Callable[[Event], Resource | None]
    ) -> Wish | Refusal:
        """`watcher`: the account that proved to have sent it; `resource_for`: whom it wants to watch.

        Who proved nothing learns nothing, neither which accounts nor which packages there are.
        """
        if watcher is None:
            return Refusal(403)
        try:
            event = Event.of(request.headers)
            if event is None:
                return Refusal(400, "Missing Event")
            return self._judge(request, watcher, resource_for(event), event)
        except PeerError as error:
            return Refusal(error.status, error.reason)

    def _judge(
        self, request: Request, watcher: str, resource: Resource | None, event: Event
    ) -> Wish | Refusal:
        package = PACKAGES.get(event.package)
        if package is None:
            return Refusal(489, "Bad Event", (ALLOW_EVENTS,))
        if resource is None:
            return Refusal(404)
        is_own = watcher == resource.account
        if not is_own and (package.is_private or not self._policy.may_watch(watcher, resource.account)):
            return Refusal(403)
        if request.contact is None or not request.contact.uri.is_sip:
            return Refusal(400, "Missing Contact")
        if not _accepts(request, package.content_type):
            return Refusal(406, None, (("Accept", package.content_type),))
        expires_s = self._expires(request)
        if 0 < expires_s < self._rules.min_expires_s:
            return Refusal(423, None, (("Min-Expires", str(self._rules.min_expires_s)),))
        return Wish(watcher, resource, package, event, expires_s)

    def _expires(self, request: Request) -> int:
        text = request.headers.get("Expires")
        wanted = self._rules.default_expires_s if text is None else parse_number(text, "Expires")
        return min(wanted, self._rules.max_expires_s)


def _accepts(request: Request, content_type: str) -> bool:
    """Without Accept, the package's own type is meant (RFC 6665, 4.1.2.1)."""
    if "Accept" not in request.headers:
        return True
    ranges = {value.partition(";")[0].strip().lower() for value in request.headers.all("Accept")}
    return not ranges.isdisjoint({content_type, "application/*", "*/*"})
