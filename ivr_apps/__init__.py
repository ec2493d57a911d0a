"""Call flows. They import `voicecore.ivr` and nothing deeper."""
