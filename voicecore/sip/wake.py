"""Whose timer it is that the agenda holds."""

from __future__ import annotations

from voicecore.sip.output import DialogId, InviteId
from voicecore.sip.transaction.key import ClientKey, ServerKey

Wake = ServerKey | ClientKey | InviteId | DialogId
"""A transaction, an INVITE that waits for its ACK, its answer or its end, or a call with a session timer."""
