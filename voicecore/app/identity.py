"""Who we say we are when a call of ours shows nobody else."""

from __future__ import annotations

from voicecore.config.settings import SipSettings


def identity_of(settings: SipSettings) -> str | None:
    if settings.identity is None and settings.public_address is not None:
        host = settings.public_address
        return f"sip:voicecore@[{host}]" if ":" in host else f"sip:voicecore@{host}"
    return settings.identity
