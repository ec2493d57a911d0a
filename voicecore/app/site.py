"""From a configuration to an exchange: who may call whom, over which carriers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import structlog

from voicecore.app.identity import identity_of
from voicecore.app.media_policy import securities_of
from voicecore.calls.agreed import MediaSecurity
from voicecore.calls.numbers import NumberTable
from voicecore.calls.party import Party
from voicecore.clock import Clock
from voicecore.config.accounts import accounts_for, rules_for
from voicecore.config.settings import Settings
from voicecore.config.trunks import inbound_passwords_of, passwords_of
from voicecore.errors import Unavailable
from voicecore.exchange.exchange import Exchange, ExchangeSettings, Machinery
from voicecore.exchange.router import Origin
from voicecore.guard.settings import GuardSettings
from voicecore.guard.stir.certificate import Anchors
from voicecore.guard.stir.revocation_check import RevocationCheck
from voicecore.guard.stir.settings import Revocation, StirMode, StirSettings
from voicecore.guard.stir.signing import Signer, read_key
from voicecore.guard.stir.verifier import Verifier
from voicecore.sip.hop import Hop
from voicecore.store.bindings import BindingStore
from voicecore.store.live_file import LiveFile
from voicecore.transport.certificate_fetch import CertificateFetch
from voicecore.transport.resolver import Resolver, ResolverSettings
from voicecore.transport.sip_transports import SipTransports
from voicecore.trunks.status import REPORT, TrunkReport

_log = structlog.get_logger(__name__)

REPORT_EVERY_S = 10.0


@dataclass(frozen=True, slots=True)
class Site:
    """What a machine needs to know of the site that it serves."""

    settings: ExchangeSettings
    stir: StirSettings
    domain: str
    identity: str | None
    bindings: BindingStore | None
    report: LiveFile | None
    """Where `voicecore trunks` looks; None where there are no trunks."""
    resolver: ResolverSettings
    media: Mapping[Party, MediaSecurity] = field(default_factory=dict)
    """Of parties that have settings of their own."""

    def exchange(self, numbers: NumberTable, transports: SipTransports, clock: Clock) -> Exchange:
        """Raises Unavailable for a key or an authority that cannot be read any more."""

        def certificate_names(hop: Hop) -> frozenset[str]:
            names = transports.peer_certificate(hop) if hop.transport in ("TLS", "WSS") else None
            return frozenset() if names is None else names.domains

        reporter = None if self.report is None else TrunkReporter(self.report, clock)
        made = Exchange(
            self.settings,
            numbers,
            Machinery(
                clock=clock,
                origin=Origin(transports.addresses, self.domain, self.identity),
                locator=Resolver(clock.now, self.resolver),
                certificate_names=certificate_names,
                hold=transports.hold,
                keep_alive=transports.keep_alive,
                waited_s=transports.waited_s,
                verifier=_verifier(self.stir),
                signer=_signer(self.stir),
                changed=lambda: None if reporter is None else reporter.write(made),
            ),
        )
        if reporter is not None:
            made.closing.append(reporter.remove)
            reporter.write_now_and_then(made)
        return made


class TrunkReporter:
    """Writes how the trunks are, at each change and every few seconds."""

    def __init__(self, file: LiveFile, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._timer: asyncio.Handle | None = None

    def write(self, exchange: Exchange) -> None:
        report = TrunkReport(self._clock.wall(), tuple(exchange.trunk_status()))
        try:
            self._file.write(report.to_json())
        except Unavailable as error:
            _log.warning("the state of the trunks is not written", error=str(error))

    def write_now_and_then(self, exchange: Exchange) -> None:
        self.write(exchange)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(REPORT_EVERY_S, self.write_now_and_then, exchange)

    def remove(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        try:
            self._file.remove()
        except Unavailable as error:
            _log.warning("the state of the trunks is still there", error=str(error))


def site_of(settings: Settings, bindings: BindingStore | None) -> Site:
    """Raises ValueError where a secret cannot be had any more."""
    registrar, sip = settings.registrar, settings.sip
    hosts = [*([sip.public_address] if sip.public_address else []), *(one.address for one in sip.listen)]
    rules = rules_for(registrar, hosts)
    accounts = accounts_for(settings.accounts, registrar.realm)
    return Site(
        ExchangeSettings(
            rules=rules,
            realm=registrar.realm,
            algorithms=registrar.algorithms,
            accounts=tuple(accounts.of(one.name) for one in settings.accounts),
            trunks=tuple(one.trunk for one in settings.trunks),
            passwords=passwords_of(settings.trunks),
            inbound_passwords=inbound_passwords_of(settings.trunks),
            guard=guard_of(settings),
            fraud=settings.fraud,
            stir=settings.stir.mode,
            subscriptions=settings.subscriptions,
            guests=settings.http.phones,
            watch={one.name: one.watch for one in settings.accounts},
            pickup={one.name: one.pickup for one in settings.accounts},
            pickup_codes=settings.pickup,
        ),
        settings.stir,
        rules.domains[0],
        identity_of(sip),
        bindings,
        LiveFile.beside(settings.store.url, REPORT) if settings.trunks else None,
        ResolverSettings(),
        securities_of(settings),
    )


def guard_of(settings: Settings) -> GuardSettings:
    """Where there are neither accounts nor trunks nobody can prove anything, and the numbers are for everybody."""
    if settings.accounts or settings.trunks or settings.guard.public:
        return settings.guard
    return replace(settings.guard, public=(".",))


def _verifier(stir: StirSettings) -> Verifier | None:
    if stir.mode is StirMode.OFF or stir.anchors is None:
        return None
    fetch, anchors = CertificateFetch(), Anchors.from_pem(_read(stir.anchors))
    if stir.revocation is Revocation.OFF:
        return Verifier(fetch, anchors)
    file = None if stir.revocation_list is None else partial(_read, stir.revocation_list)
    insists = stir.revocation is Revocation.HARD
    return Verifier(fetch, anchors, RevocationCheck(fetch, anchors, insists=insists, file=file))


def _signer(stir: StirSettings) -> Signer | None:
    signing = stir.signing
    if signing is None:
        return None
    return Signer(read_key(_read(signing.key)), signing.certificate_url, signing.own_numbers)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unavailable(f"cannot read {path}: {error.strerror}") from error
