"""The registrar (RFC 3261, 10.3), with Path (RFC 3327), outbound (RFC 5626) and GRUUs (RFC 5627). Does not ask who
is asking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import assert_never

from voicecore.errors import PeerError
from voicecore.registrar.account import Account, Accounts
from voicecore.registrar.binding import Aor, Binding, BindingId
from voicecore.registrar.change import BindingMaker, Change, origin_of
from voicecore.registrar.facts import Expired, Refreshed, Registered, RegistrarFact, Removal, Unregistered
from voicecore.registrar.gruu import (
    GRUU,
    GruuWriter,
    Instance,
    TemporaryGruus,
    instance_key,
    is_gruu,
    newest_first,
)
from voicecore.registrar.rules import RegistrarRules
from voicecore.registrar.table import BindingTable
from voicecore.registrar.wish import Everything, IntervalTooBrief, Wishes, read_wishes
from voicecore.sip.headers import Field
from voicecore.sip.hop import Address, Hop, Transport
from voicecore.sip.message import Request
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.reason import reason_phrase
from voicecore.sip.uri import Uri

EXTENSIONS = ("path", "outbound", GRUU)
"""What a REGISTER may require of us (RFC 3327, RFC 5626, RFC 5627)."""
MAX_PATH = 2048
"""Characters of all Path values of one REGISTER."""
_ID_LENGTH = 16
_KEY_LENGTH = 43


@dataclass(frozen=True, slots=True)
class RegistrarAnswer:
    status: int
    reason: str
    headers: tuple[Field, ...] = ()

    @property
    def keep(self) -> bool:
        """Whether a repeat must get the same answer: it would be refused as a replay. For `Stack.answer`."""
        return self.status < 300


class Registrar:
    """Bindings of all accounts. After each input: `poll`, and arm a timer for `next_timer`."""

    def __init__(self, rules: RegistrarRules, accounts: Accounts, token: Callable[[int], str]) -> None:
        """`token` gives that many unguessable characters."""
        self._rules = rules
        self._accounts = accounts
        self._token = token
        self._table = BindingTable()
        self._facts: list[RegistrarFact] = []
        self.seal_with(sha256(token(_KEY_LENGTH).encode()).digest())

    def seal_with(self, key: bytes) -> None:
        """Temporary GRUUs are made with this key of 32 octets, and only those are known that were."""
        self._gruus = TemporaryGruus(key, self._token)

    def __len__(self) -> int:
        return len(self._table)

    def is_ours(self, uri: Uri) -> bool:
        """Whether it is a SIP URI at a domain of ours."""
        return uri.is_sip and uri.host in self._rules.domains

    def account_of(self, uri: Uri) -> Account | None:
        """Whose name or number a URI of our domains holds, or whose GRUU it is."""
        if not self.is_ours(uri):
            return None
        if is_gruu(uri):
            instance = self.instance_of(uri)
            return None if instance is None else instance.account
        return self._accounts.find(uri.dialled)

    def instance_of(self, uri: Uri) -> Instance | None:
        """Whom a GRUU names (RFC 5627, 6.1). None: it is none of ours, or not valid any more."""
        gr = uri.parameter("gr")
        if gr is None or not self.is_ours(uri):
            return None
        return self._instance_by_name(uri.dialled, gr) if gr else self._instance_by_tenure(uri.user or "")

    def _instance_by_name(self, user: str, gr: str) -> Instance | None:
        """A public GRUU is valid for ever (5.3), since it can be made from the account's name again."""
        account = self._accounts.find(user)
        if account is None:
            return None
        bound = newest_first(self._table.of(self.aor_of(account)), gr)
        return Instance(account, instance_key(gr), tuple(bound))

    def _instance_by_tenure(self, user: str) -> Instance | None:
        tenure = self._gruus.tenure_of(user)
        binding = None if tenure is None else self._table.of_tenure(tenure)
        if binding is None or binding.flow.instance is None:
            return None
        account = self._accounts.named(Uri.parse(binding.aor).dialled)
        bound = newest_first(self._table.of(binding.aor), binding.flow.instance)
        # 5.1: a later Call-ID of the instance ended what was made before.
        if account is None or bound[0].origin.tenure != tenure:
            return None
        return Instance(account, instance_key(binding.flow.instance), tuple(bound))

    def aor_of(self, account: Account) -> Aor:
        return Aor(str(Uri("sip", account.name, host=self._rules.domains[0])))

    def lookup(self, aor: Aor, now: float) -> list[Binding]:
        """Where to look for it: the highest q first, then the one that was heard of last."""
        live = [binding for binding in self._table.of(aor) if binding.lease.expires > now]
        return sorted(live, key=_preference)

    def bindings(self, now: float) -> list[Binding]:
        """All of them, for listings."""
        return [binding for binding in self._table if binding.lease.expires > now]

    def refuse(self, request: Request) -> RegistrarAnswer | None:
        """What is wrong with a REGISTER whoever sent it, to be asked before `register` (10.3, 1 and 2)."""
        if request.uri.host not in self._rules.domains:
            return _answer(404)
        unknown = [tag for tag in request.headers.all("Require") if tag.lower() not in EXTENSIONS]
        return _answer(420, [("Unsupported", tag) for tag in unknown]) if unknown else None

    def register(self, request: Request, hop: Hop, now: float) -> RegistrarAnswer:
        """Carry out a REGISTER of somebody who may: all of it, or nothing (10.3, 5 to 8)."""
        self.handle_timer(now)
        refusal = self.refuse(request)
        if refusal is not None:
            return refusal
        account = None if is_gruu(request.to.uri) else self.account_of(request.to.uri)
        if account is None:
            return _answer(404)
        try:
            wishes = read_wishes(request, self._rules)
            self._refuse_circles(request.to.uri, wishes)
            path = _read_path(request, wishes)
            maker = BindingMaker(self.aor_of(account), hop, path, origin_of(request), now, self._new_id)
            change = Change(self._table.of(maker.aor), maker)
            change.apply(wishes)
        except IntervalTooBrief as error:
            return _answer(423, [("Min-Expires", str(self._rules.min_expires_s))], error.reason)
        except PeerError as error:
            fields = [("Unsupported", "path")] if error.status == 420 else []
            return _answer(error.status, fields, error.reason)
        change.crowd_out(self._rules.max_contacts)
        self._commit(change.facts)
        write = GruuWriter(request.to.uri, account, self._gruus).parameters
        wants = _supports(request, GRUU)
        bindings = self.lookup(maker.aor, now)
        bound = [one.field(now) + (write(one) if wants else "") for one in bindings]
        return _answer(200, self._success_fields(bound, path, _opens_flow(request, wishes)))

    def connection_closed(self, transport: Transport, remote: Address) -> None:
        """A phone that only its own connection reaches is gone with it (RFC 5626, 4.3, 5.3)."""
        for binding in self._table.over(transport, remote):
            self._lose_connection(binding)

    def restore(self, bindings: Iterable[Binding], now: float) -> None:
        """Take over what was kept over a restart, which closed every connection."""
        for binding in bindings:
            self._table.put(binding)
            if binding.lease.expires <= now:
                continue
            user = Uri.parse(binding.aor).dialled
            if self._accounts.named(user) is None:
                self._remove(binding, Removal.NO_ACCOUNT)
            elif binding.connection is not None:
                self._lose_connection(binding)
        self.handle_timer(now)

    def forget(self, account: Account) -> None:
        """The account is no more: nobody is reached by it."""
        for binding in self._table.of(self.aor_of(account)):
            self._remove(binding, Removal.NO_ACCOUNT)

    def handle_timer(self, now: float) -> None:
        self._facts += [Expired(binding) for binding in self._table.expired(now)]

    def next_timer(self) -> float | None:
        return self._table.next_timer()

    def poll(self) -> list[RegistrarFact]:
        """What happened since the last time, in order."""
        facts, self._facts = self._facts, []
        return facts

    def _refuse_circles(self, aor: Uri, wishes: Wishes) -> None:
        """RFC 5627, 5.1: an instance whose contact leads back to the account."""
        for wish in () if wishes is Everything.GONE else wishes:
            uri = wish.contact.uri
            leads_back = self.is_ours(uri) and (is_gruu(uri) or uri.matches(aor))
            if wish.instance is not None and wish.expires and leads_back:
                raise PeerError("Contact Leads Back Here", 403)

    def _commit(self, facts: Iterable[RegistrarFact]) -> None:
        for fact in facts:
            match fact:
                case Registered() | Refreshed():
                    self._table.put(fact.binding)
                case Unregistered() | Expired():
                    self._table.remove(fact.binding.id)
                case _:
                    assert_never(fact)
            self._facts.append(fact)

    def _lose_connection(self, binding: Binding) -> None:
        hop = binding.without_connection()
        if hop is None:
            self._remove(binding, Removal.CONNECTION_CLOSED)
        elif hop != binding.flow.hop:
            moved = replace(binding, flow=replace(binding.flow, hop=hop))
            self._table.put(moved)
            self._facts.append(Refreshed(moved, binding))

    def _remove(self, binding: Binding, why: Removal) -> None:
        self._table.remove(binding.id)
        self._facts.append(Unregistered(binding, why))

    def _new_id(self) -> BindingId:
        return BindingId(self._token(_ID_LENGTH))

    def _success_fields(self, bound: Iterable[str], path: Iterable[str], opens_flow: bool) -> list[Field]:
        fields = [("Contact", value) for value in bound]
        # RFC 3327, 5.3: the phone sees which proxies are between us.
        fields += [("Path", value) for value in path]
        if opens_flow:
            fields += [("Require", "outbound"), ("Flow-Timer", str(self._rules.flow_timer_s))]
        return [*fields, ("Supported", ", ".join(EXTENSIONS))]


def _preference(binding: Binding) -> tuple[float, float]:
    return (-binding.q, -binding.lease.refreshed)


def _read_path(request: Request, wishes: Wishes) -> tuple[str, ...]:
    path = request.headers.all("Path")
    if path and not _supports(request, "path"):
        # RFC 3327, 5.3 recommends it: a phone that knows nothing of Path cannot see who put itself between.
        raise PeerError(reason_phrase(420), 420)
    if sum(map(len, path)) > MAX_PATH:
        raise PeerError("Path Too Long")
    nodes = [NameAddr.parse(value).uri for value in path]
    if not all(uri.is_sip for uri in nodes):
        raise PeerError("Path Is No SIP URI")
    # RFC 5626, 6: behind a proxy, the one next to the phone must keep the flow; it is the last of the path.
    keeps_flow = len(request.vias) == 1 or (nodes and nodes[-1].parameter("ob") is not None)
    if _opens_flow(request, wishes) and not keeps_flow:
        raise PeerError("First Hop Lacks Outbound Support", 439)
    return path


def _opens_flow(request: Request, wishes: Wishes) -> bool:
    if wishes is Everything.GONE or not _supports(request, "outbound"):
        return False
    return any(wish.reg_id is not None for wish in wishes)


def _supports(request: Request, extension: str) -> bool:
    named = (*request.headers.all("Supported"), *request.headers.all("Require"))
    return any(tag.lower() == extension for tag in named)


def _answer(status: int, fields: Iterable[Field] = (), reason: str | None = None) -> RegistrarAnswer:
    return RegistrarAnswer(status, reason or reason_phrase(status), tuple(fields))
