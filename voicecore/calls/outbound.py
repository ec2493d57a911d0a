"""Calling somebody: from a target to an answered leg, or the reason why not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from voicecore.calls.active_call import ActiveCall
from voicecore.calls.dial_outcome import (
    Answered,
    DialOutcome,
    NoAnswer,
    NotReachable,
    Rejected,
    describe,
    refusal_of,
    severity,
    status_of,
    why_not,
)
from voicecore.calls.diversion import Diversions
from voicecore.calls.journal import EventKind
from voicecore.calls.leg import ELSEWHERE, NORMAL, Leg
from voicecore.calls.leg_facts import LegIdentity, Signalling
from voicecore.calls.leg_media import open_media
from voicecore.calls.one_codec import able_beside
from voicecore.calls.party import STRANGER, Party
from voicecore.calls.race import race
from voicecore.calls.refusal_tone import REFUSALS, Refused, hears_refusal
from voicecore.calls.route import NotPermitted, Purpose, Stage, Way
from voicecore.errors import PortsExhausted, Unavailable
from voicecore.ids import LegId
from voicecore.media.call_progress import ProgressTone
from voicecore.media.events import ToneHeard
from voicecore.sip.call_options import DEFAULT
from voicecore.sip.uri import Uri
from voicecore.sip.values.reason import Reason
from voicecore.store.records import Side

OnEarlyMedia = Callable[[Leg], None]
"""Told when a party is heard before it answers: ringing, or an announcement of the network."""

OnRinging = Callable[[], None]
"""Told when a phone rings, or its network says that the call goes on (180, 183); once a leg."""


async def dial(
    call: ActiveCall,
    target: str,
    *,
    ring_time: float = 30.0,
    on_behalf_of: Party = STRANGER,
    on_early_media: OnEarlyMedia | None = None,
    on_ringing: OnRinging | None = None,
    elsewhere: asyncio.Event | None = None,
) -> DialOutcome:
    """Calls somebody as a new leg of `call`, by the ways that the router knows, one stage after the other.

    `on_behalf_of` is whose wish it is, who then answers for it; otherwise the flow does. Cancelling it cancels
    the INVITEs; `elsewhere` is set if that is because another phone took the call. A phone that sends the call
    elsewhere (3xx) is followed as far as the router lets it. Raises PeerError if `target` makes no sense.
    """
    caller, flow = call.record.caller, call.record.flow
    dialled = call.record.number
    purpose = Purpose(caller, flow, on_behalf_of, call.hides_caller, call.caller_name, dialled=dialled)
    hearing = _Hearing(ring_time, on_early_media, on_ringing, elsewhere)
    diversions = Diversions(target)
    waiting = [(target, purpose)]
    outcome: DialOutcome = NotReachable("no way leads there")
    while waiting and not isinstance(outcome, Answered):
        where, wish = waiting.pop(0)
        call.journal.note(EventKind.DIALLED, where)
        try:
            outcome, onward = await _reach(call, where, wish, hearing, diversions)
        except Unavailable as error:
            outcome, onward = NotReachable(str(error)), []
        call.journal.note(EventKind.DIAL_OUTCOME, describe(outcome))
        waiting[:0] = onward
    call.on_dialled(status_of(outcome))
    return outcome


@dataclass(frozen=True, slots=True)
class _Hearing:
    """What the asker of a call wants of each attempt."""

    ring_time: float
    on_early_media: OnEarlyMedia | None
    on_ringing: OnRinging | None
    elsewhere: asyncio.Event | None

    def is_taken_elsewhere(self) -> bool:
        return self.elsewhere is not None and self.elsewhere.is_set()


async def _reach(
    call: ActiveCall, target: str, purpose: Purpose, hearing: _Hearing, diversions: Diversions
) -> tuple[DialOutcome, list[tuple[str, Purpose]]]:
    """The stages of one target: what became of the last, and where its phones sent the call."""
    outcome: DialOutcome = NotReachable("no way leads there")
    onward: list[tuple[str, Purpose]] = []
    async for stage in call.services.router.route(target, purpose):
        attempt = await _ring(call, stage, hearing)
        outcome = attempt.outcome
        if not isinstance(outcome, Answered):
            onward = _onward(call, attempt, purpose, diversions)
        is_done = isinstance(outcome, Answered) or bool(onward) or attempt.is_forbidden
        if is_done or not stage.goes_on(attempt.status, attempt.rang):
            break
        call.journal.note(EventKind.DIAL_OUTCOME, describe(outcome))
    return outcome, onward


def _onward(
    call: ActiveCall, attempt: _Attempt, purpose: Purpose, diversions: Diversions
) -> list[tuple[str, Purpose]]:
    """Where the call is sent to, as far as who sends it may, in the order of the wishes."""
    found: list[tuple[str, Purpose]] = []
    for one in attempt.diverted:
        targets = [call.services.router.diverted(uri, one.by) for uri in one.to]
        allowed = diversions.take([target for target in targets if target is not None])
        found += [(target, replace(purpose, diverter=one.by)) for target in allowed]
    return found


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What came of one stage: its outcome, the SIP status of that, and whether somebody's phone rang."""

    outcome: DialOutcome
    status: int
    rang: bool
    diverted: tuple[_Diverted, ...] = ()
    is_forbidden: bool = False
    """By ourselves: no other server is asked, whatever the status."""


@dataclass(frozen=True, slots=True)
class _Diverted:
    """A phone wants the call to go elsewhere, the best place first."""

    by: Party
    to: tuple[Uri, ...]


async def _ring(call: ActiveCall, stage: Stage, hearing: _Hearing) -> _Attempt:
    """Rings all of them; the first that answers is taken, the others are taken back."""
    legs: list[Leg] = []
    ways: dict[LegId, Way] = {}
    refused: Refused = {}
    problem: DialOutcome = NotReachable("no way leads there")
    status, is_forbidden = 503, False
    for way in stage.ways:
        try:
            legs.append(leg := _start(call, way, hearing.on_ringing))
            ways[leg.id] = way
        except NotPermitted as error:
            problem = Rejected(error.status, str(error), retry_after_s=error.retry_after_s)
            status, is_forbidden = error.status, True
        except (PortsExhausted, Unavailable) as error:
            problem = NotReachable(str(error))
    try:
        async with asyncio.timeout(hearing.ring_time):
            if await _anybody_there(legs, stage.patience):
                anew = partial(_offer_anew, call, legs, ways, hearing.on_ringing)
                await _first_answer(legs, hearing.on_early_media, refused, anew)
    except TimeoutError:
        pass
    except asyncio.CancelledError:
        reason = ELSEWHERE if hearing.is_taken_elsewhere() else _farewell_of(call.first)
        for leg in legs:
            leg.hang_up(reason=reason)
        raise
    taken = next((found for leg in legs if (found := _taken(leg)) is not None), None)
    rang = any(leg.has_rung for leg in legs)
    refusals = [_Attempt(why_not(leg), leg.progress.status or 408, rang) for leg in legs if leg.is_over]
    refusals += [_unanswered(leg, rang, refused.get(leg.id)) for leg in legs if not leg.is_over]
    for leg in legs:
        if leg is not taken:
            leg.hang_up(reason=NORMAL if taken is None else ELSEWHERE)
    if taken is not None:
        return _Attempt(Answered(taken), 200, rang)
    untried = _Attempt(problem, status, rang, is_forbidden=is_forbidden)
    attempt = min(refusals, key=lambda one: severity(one.outcome), default=untried)
    diverted = [_Diverted(leg.identity.party, leg.diverted_to) for leg in legs if leg.diverted_to]
    return replace(attempt, diverted=tuple(diverted))


def _taken(leg: Leg) -> Leg | None:
    """Who talks, where the call was answered: the leg, or the one that picked it up."""
    return leg.successor or (leg if leg.is_answered else None)


def _farewell_of(caller: Leg | None) -> Reason:
    """Why those who ring are taken back whose caller is gone: as he says himself (RFC 3326)."""
    if caller is None:
        return NORMAL
    if caller.is_taken_elsewhere:
        return ELSEWHERE
    return NORMAL if caller.told is None else Reason.of_cause(caller.told)


def _unanswered(leg: Leg, rang: bool, heard: ToneHeard | None) -> _Attempt:
    if heard is not None:
        outcome = refusal_of(heard)
        return _Attempt(outcome, status_of(outcome), rang)
    return _Attempt(NoAnswer() if leg.was_heard else NotReachable("no response"), 408, rang)


async def _anybody_there(legs: Sequence[Leg], patience: float | None) -> bool:
    """Whether one of them gives a sign of life in time; without `patience` that is not asked."""
    if patience is None or not legs:
        return True
    try:
        async with asyncio.timeout(patience):
            await race(*[leg.sign_of_life() for leg in legs])
    except TimeoutError:
        return any(leg.was_heard for leg in legs)
    return True


def _offer_anew(
    call: ActiveCall, legs: list[Leg], ways: dict[LegId, Way], on_ringing: OnRinging | None
) -> list[Leg]:
    """Who refused the address family of our audio is called once more with the other one, where we have it.

    The new legs take the places of those in `legs`.
    """
    fresh: list[Leg] = []
    for place, leg in enumerate(legs):
        way = ways[leg.id]
        has_other = len(call.services.engine.addresses) > 1 and not way.is_browser
        if leg.progress.wants_other_family and has_other and not way.in_other_family:
            ways[leg.id] = other = replace(way, in_other_family=True)
            try:
                legs[place] = again = _start(call, other, on_ringing)
            except (NotPermitted, PortsExhausted, Unavailable):
                continue  # the refusal stands
            ways[again.id] = other
            fresh.append(again)
    return fresh


async def _first_answer(
    legs: Sequence[Leg],
    on_early_media: OnEarlyMedia | None,
    refused: Refused,
    anew: Callable[[], list[Leg]],
) -> None:
    """Returns when one leg is answered, or all are over or refused by a tone. `anew`: legs that came in their place."""
    told = on_early_media is None
    # Who listens shall hear the announcement that follows a special information tone.
    tones = REFUSALS if on_early_media is None else REFUSALS - {ProgressTone.SPECIAL_INFORMATION}
    waiting = list(legs)
    while waiting and not any(_taken(leg) is not None for leg in legs):
        await race(
            *[leg.settled() for leg in waiting],
            *[leg.media_flows() for leg in waiting if not told],
            *[hears_refusal(leg, tones, refused) for leg in waiting],
        )
        waiting = [leg for leg in (*waiting, *anew()) if not leg.is_over and leg.id not in refused]
        early = next((leg for leg in waiting if leg.has_media and not leg.is_answered), None)
        if early is not None and not told and on_early_media is not None:
            told = True
            on_early_media(early)


def _start(call: ActiveCall, way: Way, on_ringing: OnRinging | None) -> Leg:
    services = call.services
    id = services.registry.new_leg_id()
    permit = way.permit(id)
    try:
        leg = _invited(call, way, id)
    except BaseException:
        permit.over(None)
        raise
    leg.on_answered = permit.answered
    leg.on_ringing = on_ringing or leg.on_ringing
    leg.on_over = lambda: permit.over(
        200 if leg.progress.answered else leg.progress.status or 503, leg.retry_after_s
    )
    permit.begun(leg.hang_up)
    call.add(leg)
    return leg


def _invited(call: ActiveCall, way: Way, id: LegId) -> Leg:
    services, first = call.services, call.first
    hops_left = 70 if first is None else first.identity.max_forwards - 1
    if hops_left < 1:
        # RFC 3261, 16.3: a 503 would have those before us try other ways into the same circle.
        raise NotPermitted("the call went in a circle (Max-Forwards)", 483)
    codecs = way.codecs or services.codecs.of(is_browser=way.is_browser)
    able = services.able(way.party, way.hop.transport, codecs)
    if first is not None and services.codecs.one_for_both:
        able = able_beside(able, first.counterpart(), as_written=way.codecs is not None)
    near = None if first is None or first.is_over else first.id
    media, sdp = open_media(
        call,
        id,
        able,
        way.hop.remote,
        near=near,
        is_browser=way.is_browser,
        in_other_family=way.in_other_family,
    )
    try:
        invite = services.sip.invite(
            way.target,
            way.hop,
            from_=way.from_,
            to=way.to,
            sdp=sdp.make_offer(),
            headers=way.headers,
            is_symmetric=way.is_symmetric,
            answerer=way.answerer,
            options=replace(way.options or DEFAULT, max_forwards=hops_left),
        )
    except BaseException:
        media.close()
        raise
    identity = LegIdentity(
        id=id,
        call=call.id,
        side=Side.OUTBOUND,
        local_uri=str(way.from_.uri),
        remote_uri=str(way.target),
        sip_call_id=services.sip.call_id(invite),
        remote_address=str(way.hop.remote),
        started=services.clock.wall(),
        party=way.party,
        country=way.country or services.country,
        local_name=way.from_.display,
    )
    return Leg(identity, Signalling(services.sip, invite), media, sdp, services.clock, call.leg_ended)
