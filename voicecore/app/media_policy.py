"""From a configuration to what each party's media may be."""

from __future__ import annotations

from dataclasses import replace

from voicecore.calls.agreed import MediaSecurity
from voicecore.calls.party import Party, PartyKind
from voicecore.config.media_wishes import MediaWishes
from voicecore.config.settings import MediaSettings, Settings


def security_of(media: MediaSettings) -> MediaSecurity:
    """What holds for all."""
    return MediaSecurity(
        media.srtp,
        media.srtp_needs_tls,
        media.srtp_keys,
        media.rtcp_mux,
        media.rtcp_xr,
        media.silence_suppression,
    )


def securities_of(settings: Settings) -> dict[Party, MediaSecurity]:
    """What holds for those that have settings of their own."""
    wishes = {Party(PartyKind.ACCOUNT, one.name): one.media for one in settings.accounts}
    wishes |= {Party(PartyKind.TRUNK, one.trunk.name): one.media for one in settings.trunks}
    site = security_of(settings.media)
    return {party: _with(site, wish) for party, wish in wishes.items() if wish != MediaWishes()}


def _with(site: MediaSecurity, wish: MediaWishes) -> MediaSecurity:
    return replace(
        site,
        srtp=site.srtp if wish.srtp is None else wish.srtp,
        keys=site.keys if wish.srtp_keys is None else wish.srtp_keys,
        rtcp_mux=site.rtcp_mux if wish.rtcp_mux is None else wish.rtcp_mux,
        rtcp_xr=site.rtcp_xr if wish.rtcp_xr is None else wish.rtcp_xr,
        silence_suppression=(
            site.silence_suppression if wish.silence_suppression is None else wish.silence_suppression
        ),
    )
