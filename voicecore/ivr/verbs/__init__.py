"""The verbs of a call, one file each. `voicecore.ivr.call` lists them."""
