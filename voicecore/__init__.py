"""VoiceCore: a contact centre on its own SIP and RTP stack."""

__version__ = "0.1.0"
